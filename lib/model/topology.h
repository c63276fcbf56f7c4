/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_MODEL_TOPOLOGY_H
#define MIM_MODEL_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/diag.h"
#include "model/elements.h"
#include "model/name.h"
#include "model/shape.h"
#include "model/type.h"

/**
 * DOC: one type for what should be and for what is
 *
 * The configuration, the kernel and a saved snapshot all fill a struct mim_topology.
 * Objects refer to each other by index. A field that only one source can know says so.
 */

/** an index that refers to nothing */
#define MIM_NONE UINT32_MAX

/** bytes of the longest pin path with its NUL: PATH_MAX */
#define MIM_PATH_MOST 4096

/**
 * parts of the longest pin path below bpffs
 *
 * Nothing sensible is deeper, and a hostile tree must not exhaust the stack of whoever
 * walks it. What is pinned deeper would not be seen.
 */
#define MIM_PIN_MOST_PARTS 64

/** most bytes of a revision that a marker keeps */
#define MIM_REVISION_MOST 255

/** nobody has counted what is in a map, or the kernel does not tell */
#define MIM_ENTRIES_UNKNOWN UINT32_MAX

/** a pin whose mode or group nobody asked for */
#define MIM_MODE_ANY UINT32_MAX

/** the mode that new pins have: the kernel makes them so, for root */
#define MIM_MODE_USUAL 0600

/**
 * struct mim_btf - the types of all templates, as BPF_BTF_LOAD takes them
 * @size: bytes of @data; 0 when no template has types that BTF is made for
 */
struct mim_btf {
	const void *data;
	uint32_t size;
};

/**
 * struct mim_template - the shape of inner maps, as declared
 * @btf_key, @btf_value: ids of its types in mim_topology.btf; both 0 when its maps are
 *	made without. @btf_key alone is 0 for a map that has no keys.
 * @copy: maps made from it inherit the entries of those they replace
 */
struct mim_template {
	const char *name;
	struct mim_shape shape;
	struct mim_type key_type;
	struct mim_type value_type;
	uint32_t btf_key;
	uint32_t btf_value;
	struct mim_origin origin;
	bool copy;
};

/**
 * struct mim_slots - what an outer map holds, sorted by mim_key_compare()
 * @n: number of slots that hold something
 * @keys: @n keys of the outer map's key_size, one after the other
 * @inner: index of the inner map in each slot
 * @origins: where each slot is declared; NULL when live
 */
struct mim_slots {
	uint32_t n;
	uint8_t *keys;
	uint32_t *inner;
	struct mim_origin *origins;
};

/**
 * enum mim_knowledge - how much of an outer map's inner template is known
 * @MIM_KNOWN_SIZES: key_size and value_size only
 * @MIM_KNOWN_PART: read off a map in a slot: all but max_entries where the kernel does
 *	not compare it
 *
 * What is not known is 0. map_extra and numa_node are never known: the kernel's template
 * does not keep them.
 */
enum mim_knowledge { MIM_KNOWN_NOT, MIM_KNOWN_SIZES, MIM_KNOWN_PART, MIM_KNOWN_FULL };

/** enum mim_protect - what the configuration says of "protect" */
enum mim_protect { MIM_PROTECT_UNSAID, MIM_PROTECT_NO, MIM_PROTECT_YES };

/**
 * struct mim_outer - what only an outer map has
 * @template: declared template, index; MIM_NONE when live
 * @inner: shape that the kernel compares maps with on their way into a slot
 * @inner_known: how much of @inner is known; declared: MIM_KNOWN_FULL
 * @key_type: how its keys are written; MIM_TYPE_NONE when live and not known
 * @protect: apply never replaces or removes it
 * @keep_unlisted: slots that no file lists are left alone
 * @template_refused: it refuses maps of the declared template, whatever its own is; live
 * @slots_read: @slots was asked of the kernel; live
 * @slots_hidden: and it did not let us read them
 * @frozen: nobody can change its slots any more; live only
 */
struct mim_outer {
	uint32_t template;
	struct mim_shape inner;
	enum mim_knowledge inner_known;
	struct mim_type key_type;
	enum mim_protect protect;
	bool keep_unlisted;
	bool template_refused;
	bool slots_read;
	bool slots_hidden;
	bool frozen;
	struct mim_slots slots;
};

/** enum mim_update - how what is in a map becomes what is declared */
enum mim_update {
	MIM_UPDATE_UNSAID,
	MIM_UPDATE_SWAP,     /* a new map takes its place, in one moment for each slot */
	MIM_UPDATE_IN_PLACE, /* entry by entry */
};

/**
 * struct mim_users - who uses a map
 * @programs: indices of the programs that do, @n_programs of them
 * @processes: indices of the processes that hold a descriptor of it
 */
struct mim_users {
	uint32_t *programs;
	uint32_t *processes;
	uint32_t n_programs;
	uint32_t n_processes;
};

/**
 * struct mim_map - an inner or an outer map
 * @name: declared name, unique; "outer[key]" for a slot's own map; live: @kernel_name
 * @kernel_name: NUL-padded
 * @id: kernel id; 0 when it is only declared
 * @template: inner map, declared: its template; MIM_NONE otherwise
 * @pins: index of its first pin, chained by mim_pin.next; MIM_NONE for none
 * @users: NULL for nobody, see mim_map_users(); live only
 * @outer: NULL for an inner map
 * @elements: inner map, declared: what is to be in it; live: what is in it, once it was
 *	read. NULL for nothing, or when it is not known.
 * @exact: @elements are kept as they are declared; declared only
 * @update: and how, enum mim_update; declared only
 * @entries: how many are in it, MIM_ENTRIES_UNKNOWN when nobody asked; live only
 * @copy: it inherits the entries of the map that it replaces; declared only
 * @hidden: it may not be opened: only @id is known, and who uses it; live only
 * @own: it is one slot's own map: declared by a slot without "inner"
 * @external: pin of a map that somebody else made, declared; NULL for ours. Its shape is
 *	not declared: all but key_size is 0 or, for max_entries, without a limit.
 *
 * There may be a million, declared and live: what few maps have is kept elsewhere, and
 * the order of the fields leaves no holes.
 */
struct mim_map {
	const char *name;
	char kernel_name[MIM_KERNEL_NAME];
	struct mim_shape shape;
	uint32_t id;
	uint32_t template;
	uint32_t pins;
	uint32_t entries;
	struct mim_users *users;
	struct mim_outer *outer;
	struct mim_elements *elements;
	const char *external;
	struct mim_origin origin;
	bool copy;
	bool hidden;
	bool own;
	bool exact : 1;
	uint8_t update : 2;
};

/**
 * struct mim_pin - a place in bpffs that holds a map
 * @path: absolute
 * @map: index of the map
 * @mode: permission bits, or MIM_MODE_ANY
 * @uid, @gid: owner and group; live only
 * @group: declared group, name or number, or NULL; live: the name of @gid, or its number
 * @next: next pin of the same map in declared order, or MIM_NONE
 * @last: end of that chain; valid in its first pin
 * @inside: lies in the scope's folder
 * @watched: it is the scope's concern: inside, recorded as made by it, or declared; live
 */
struct mim_pin {
	const char *path;
	uint32_t map;
	uint32_t mode;
	uint32_t uid;
	uint32_t gid;
	const char *group;
	uint32_t next;
	uint32_t last;
	bool inside;
	bool watched;
	struct mim_origin origin;
};

/**
 * struct mim_program - a loaded program; live only
 * @pins: absolute paths where it is pinned, @n_pins of them
 */
struct mim_program {
	uint32_t id;
	const char *type;
	const char *name;
	const char **pins;
	uint32_t n_pins;
};

/** struct mim_process - a process that holds a descriptor of one of the maps; live only
 */
struct mim_process {
	uint32_t pid;
	const char *name;
};

/**
 * struct mim_marker - what the last apply left at the top of the scope; live only
 * @generation: counts applies that changed something; 0 while the first is under way
 * @digest: of the configuration, hex
 * @revision: --revision of that apply, or ""
 * @time: seconds since the epoch
 */
struct mim_marker {
	uint64_t generation;
	const char *digest;
	const char *revision;
	int64_t time;
};

/**
 * struct mim_runner - who works on a scope, or waits for it to be confirmed; live only
 * @pid: as it is called where it runs
 * @space: inode of the pid namespace that this is in; 0 when that is not known
 * @elsewhere: that is another one than ours
 * @since, @until: seconds since the epoch; @until is 0 when there is no end to wait for
 * @host: NULL when there is nobody
 * @command: printable, on one line
 */
struct mim_runner {
	uint32_t pid;
	uint32_t space;
	bool elsewhere;
	int64_t since;
	int64_t until;
	const char *host;
	const char *command;
};

/** enum mim_record - what is kept in the scope and outlives its line in a file */
enum mim_record { MIM_RECORD_PROTECTED, MIM_RECORD_OUTSIDE };

/**
 * struct mim_texts - a list of texts in the topology's arena
 * @sorted: mim_texts_sort() has been called since the last one was added
 */
struct mim_texts {
	bool sorted;
	const char **items;
	size_t n;
};

/**
 * struct mim_scope - the folder in bpffs that mimctl owns
 * @name: NULL when a topology is of the whole machine
 * @bpffs: where bpffs is mounted, no slash at the end
 * @folder: @bpffs, a slash and @name
 * @mounted: bpffs is mounted there; live only, like all that follows
 * @exists: @folder is there
 * @marked: and carries mimctl's marker
 * @owner: uid of @folder
 * @untrusted: @owner is neither root nor the caller: nothing in it was believed
 * @folders: absolute paths of the folders in every bpffs, parents first
 * @foreign: paths below @folder that are no maps and not mimctl's
 * @begun: folders that an interrupted run was about to make or to remove
 * @stale: paths, in any bpffs, of what an interrupted run left
 * @pending: an apply that is neither confirmed nor undone, and whose time is not over
 * @overdue: one whose time is over, and whose process is gone: nobody went back
 * @halfway: of @overdue: somebody began to, and did not get to the end
 * @protected: first pins of the outer maps recorded as protected
 * @outside: pins outside the scope recorded as made by mimctl: map id, space, path
 * @taken: declared paths outside the scope where something is that is no map, or on the
 *	way to which a link or no folder lies
 * @denied: paths outside the scope that are there and may not be opened
 */
struct mim_scope {
	const char *name;
	const char *bpffs;
	const char *folder;
	bool mounted;
	bool exists;
	bool marked;
	bool untrusted;
	uint32_t owner;
	struct mim_marker marker;
	struct mim_runner pending;
	struct mim_runner overdue;
	bool halfway;
	struct mim_texts folders;
	struct mim_texts foreign;
	struct mim_texts begun;
	struct mim_texts stale;
	struct mim_texts protected;
	struct mim_texts outside;
	struct mim_texts taken;
	struct mim_texts denied;
};

/**
 * struct mim_topology - a hierarchy of maps
 *
 * Owns everything it points to; texts and slots live in @arena, the lists on the
 * heap. Live maps and programs are sorted by id. There is room for @maps_room maps before
 * the list moves. Processes are looked for only when @processes_read says so. Where
 * @hides is set, some maps or slots could not be read: what they hold is not known.
 * @missed: paths of pins whose map is not in the list; live only.
 */
struct mim_topology {
	struct mim_arena arena;
	struct mim_scope scope;
	struct mim_host host;
	struct mim_btf btf;
	const char *boot_id;
	struct mim_template *templates;
	struct mim_map *maps;
	struct mim_pin *pins;
	struct mim_program *programs;
	struct mim_process *processes;
	size_t n_templates;
	size_t n_maps;
	size_t maps_room;
	size_t n_pins;
	size_t n_programs;
	size_t n_processes;
	bool processes_read;
	bool hides;
	struct mim_texts missed;
};

struct mim_topology *mim_topology_new(void);
MIM_PUBLIC void mim_topology_free(struct mim_topology *topology);

static inline void mim_topology_free_at(struct mim_topology **topology)
{
	mim_topology_free(*topology);
}

#define mim_auto_topology mim_cleanup(mim_topology_free_at)

/** mim_topology_set_scope() - @name may be NULL; Return: 0 or -ENOMEM */
int mim_topology_set_scope(struct mim_topology *topology, const char *name,
			   const char *bpffs);

/** mim_topology_empty() - a scope in which nothing is declared; NULL: out of memory */
MIM_PUBLIC struct mim_topology *mim_topology_empty(const char *name, const char *bpffs);

/** mim_topology_expect() - room for @n more maps; Return: 0 or -ENOMEM */
int mim_topology_expect(struct mim_topology *topology, size_t n);

/** mim_topology_add_map() - Return: the new map, valid until the next one, or NULL */
struct mim_map *mim_topology_add_map(struct mim_topology *topology, const char *name);

/** mim_map_users() - who uses a map; nobody, where that is not known */
MIM_PUBLIC const struct mim_users *mim_map_users(const struct mim_map *map);

/** mim_topology_make_users() - Return: @map's list of users, empty at first, or NULL */
struct mim_users *mim_topology_make_users(struct mim_topology *topology,
					  struct mim_map *map);

/** mim_topology_make_outer() - Return: @map's outer part, all zero, or NULL */
struct mim_outer *mim_topology_make_outer(struct mim_topology *topology,
					  struct mim_map *map);

/**
 * mim_topology_template() - a declared template like another
 * @like: copied when there is none like it yet
 * @exactly: max_entries has to be the same even where an inner map may have its own
 *
 * Return: its index, the new one's too; MIM_NONE when out of memory.
 */
uint32_t mim_topology_template(struct mim_topology *topology,
			       const struct mim_template *like, bool exactly);

/**
 * mim_outer_learn() - what a map that fits tells of the inner template
 * @fits: its shape, normalised; the kernel lets it into a slot
 *
 * All that the kernel compares: MIM_KNOWN_FULL where max_entries belongs to that, else
 * MIM_KNOWN_PART.
 */
void mim_outer_learn(struct mim_outer *outer, const struct mim_shape *fits);

/**
 * mim_topology_add_pin() - another pin of @map, last in its chain
 * @path: absolute; copied
 * Return: the new pin, valid until the next one, or NULL when out of memory.
 */
struct mim_pin *mim_topology_add_pin(struct mim_topology *topology, uint32_t map,
				     const char *path);

/** mim_topology_add_text() - append a copy of @text; Return: 0 or -ENOMEM */
int mim_topology_add_text(struct mim_topology *topology, struct mim_texts *texts,
			  const char *text);

/** mim_texts_add() - append a borrowed text; Return: 0 or -ENOMEM */
int mim_texts_add(struct mim_texts *texts, const char *text);

/** mim_texts_sort() - so that mim_texts_has() need not look at every one */
void mim_texts_sort(struct mim_texts *texts);

/** mim_texts_has() - is @text in the list? */
bool mim_texts_has(const struct mim_texts *texts, const char *text);

/** bytes that are enough for what mim_outside_text() writes */
#define MIM_OUTSIDE_TEXT (MIM_PATH_MOST + 16)

/**
 * mim_outside_text() - the record of a pin outside the scope: which map was pinned there
 * Return: @text, "id path".
 */
const char *mim_outside_text(uint32_t id, const char *path, char *text);

/** mim_outside_path() - path in such a record, which may be anything; NULL for none */
const char *mim_outside_path(const char *record);

/** mim_topology_recorded() - is a pin outside the scope still the one that was made? */
bool mim_topology_recorded(const struct mim_topology *live, const struct mim_pin *pin);

/** mim_topology_made() - was a pin made by mimctl, for this scope? */
bool mim_topology_made(const struct mim_topology *live, const struct mim_pin *pin);

/** mim_topology_by_id() - Return: index of the live map with that id, or MIM_NONE */
MIM_PUBLIC uint32_t mim_topology_by_id(const struct mim_topology *topology, uint32_t id);

/** mim_topology_by_id_near() - the same, and quick if it is near the index @near */
uint32_t mim_topology_by_id_near(const struct mim_topology *topology, uint32_t id,
				 uint32_t near);

/** mim_topology_program() - Return: index of the program with that id, or MIM_NONE */
uint32_t mim_topology_program(const struct mim_topology *topology, uint32_t id);

/** mim_topology_inside() - does @path lie below the scope's folder? */
bool mim_topology_inside(const struct mim_topology *topology, const char *path);

/**
 * mim_key_compare() - the order of slots in a topology
 *
 * Keys of 1, 2, 4 and 8 bytes as integers in host order, others byte by byte, so that
 * the usual keys come out in the order people count in.
 */
int mim_key_compare(uint32_t size, const void *a, const void *b);

/** mim_keys_find() - Return: index of @key among @n keys in that order, or MIM_NONE */
uint32_t mim_keys_find(const uint8_t *keys, uint32_t n, uint32_t size, const void *key);

static inline const uint8_t *mim_slot_key(const struct mim_map *outer, uint32_t slot)
{
	return outer->outer->slots.keys + (size_t)slot * outer->shape.key_size;
}

/** mim_slots_sort() - bring slots in order; Return: 0 or -ENOMEM */
int mim_slots_sort(struct mim_slots *slots, uint32_t key_size);

/** mim_slots_find() - Return: the slot with that key, or MIM_NONE */
uint32_t mim_slots_find(const struct mim_map *outer, const void *key);

/** mim_slots_find_near() - the same, in no time when it is slot @guess */
uint32_t mim_slots_find_near(const struct mim_map *outer, const void *key,
			     uint32_t guess);

#endif
