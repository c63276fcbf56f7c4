/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_OBJECT_OBJECT_H
#define MIM_OBJECT_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/diag.h"
#include "base/table.h"
#include "model/topology.h"
#include "object/types.h"

/** hex digits of a SHA-1 and a NUL */
#define MIM_SHA1_TEXT 41

/**
 * DOC: the maps that a BPF program's object file defines
 *
 * Three ways of defining maps are read: libbpf's BTF-defined maps (section ".maps"), the
 * older struct bpf_map_def and iproute2's struct bpf_elf_map (both in section "maps").
 * Nothing is loaded into the kernel. An object is untrusted: every size, offset and index
 * in it is checked, and what cannot be read for certain is refused with words.
 */

/** an object file may have this many bytes; the largest in use have a tenth of it */
#define MIM_OBJECT_MOST ((size_t)64 << 20)

/**
 * enum mim_object_pinning - where a loader pins a map by itself
 * @MIM_OBJECT_PIN_BY_NAME: libbpf's LIBBPF_PIN_BY_NAME: at the top of bpffs, or where the
 *	loader's pin_root_path says (iproute2: tc/globals)
 * @MIM_OBJECT_PIN_OBJECT: iproute2's PIN_OBJECT_NS: in tc/ and the object's SHA-1
 * @MIM_OBJECT_PIN_GLOBAL: iproute2's PIN_GLOBAL_NS: in tc/globals
 * @MIM_OBJECT_PIN_CUSTOM: where /etc/iproute2/bpf_pinning says
 */
enum mim_object_pinning {
	MIM_OBJECT_PIN_NONE,
	MIM_OBJECT_PIN_BY_NAME,
	MIM_OBJECT_PIN_OBJECT,
	MIM_OBJECT_PIN_GLOBAL,
	MIM_OBJECT_PIN_CUSTOM,
};

/** enum mim_object_form - how a map is defined, and so whose loader reads it */
enum mim_object_form {
	MIM_OBJECT_BTF,	    /* libbpf, from 0.0.4 on */
	MIM_OBJECT_MAP_DEF, /* struct bpf_map_def; libbpf before 1.0 */
	MIM_OBJECT_ELF_MAP, /* struct bpf_elf_map; iproute2 built without libbpf 1.0 */
};

/**
 * struct mim_object_def - what an object says a map is created with
 * @shape: sizes and max_entries are 0 where the object leaves them to the loader
 * @key_type, @value_type: as far as BTF tells; MIM_TYPE_NONE: only the size is known
 * @key_why, @value_why: why BTF has a type and we have not; NULL otherwise
 *
 * Ring buffers have been rounded up to a size that the kernel takes, as libbpf does.
 */
struct mim_object_def {
	struct mim_shape shape;
	struct mim_type key_type;
	struct mim_type value_type;
	const char *key_why;
	const char *value_why;
};

/** struct mim_object_slot - a slot that the loader fills: its index, and with which map
 */
struct mim_object_slot {
	uint32_t index;
	uint32_t map;
};

/**
 * struct mim_object_map - a map of the object
 * @inner: outer maps: what its slots take; valid when @has_inner
 * @inner_name: what @inner is called: "NAME.inner", or iproute2's map with the id
 * @slots: @n_slots of them, ascending by index
 */
struct mim_object_map {
	const char *name;
	enum mim_object_form form;
	enum mim_object_pinning pinning;
	struct mim_object_def def;
	struct mim_object_def inner;
	const char *inner_name;
	bool has_inner;
	struct mim_object_slot *slots;
	uint32_t n_slots;
};

/**
 * struct mim_object_file - the maps of one object
 * @name: as the user gave it
 * @digest: of all its bytes, mim_str_hash()
 * @sha1: of all its bytes, hex: iproute2's name for the object
 * @maps: @n_maps of them, in the order of the object
 * @names: of maps and of what they hold, for mim_object_def()
 * @types: its types; NULL when it has none
 */
struct mim_object_file {
	const char *name;
	uint64_t digest;
	char sha1[MIM_SHA1_TEXT];
	struct mim_object_map *maps;
	uint32_t n_maps;
	struct mim_table names;
	struct mim_btf_types *types;
	struct mim_arena arena;
};

/**
 * mim_object_load() - read the maps out of an object file
 * @path: a regular file of at most MIM_OBJECT_MOST bytes
 * @spot: the words that name it, for diagnostics; MIM_NOWHERE when there are none
 *
 * Return: 0; -EINVAL with a diagnostic when it is no BPF object for this machine or a map
 * in it cannot be read; -EFBIG; -ENOMEM; what open(2) and read(2) give. The object
 * belongs to the caller.
 */
MIM_PUBLIC int mim_object_load(const char *path, struct mim_spot spot,
			       struct mim_diags *diags,
			       struct mim_object_file **ret_object);

/**
 * mim_object_read() - the same out of memory
 * @name: for diagnostics; copied
 * @bytes: @size of them, not needed any more when it returns
 */
MIM_PUBLIC int mim_object_read(const char *name, const void *bytes, size_t size,
			       struct mim_spot spot, struct mim_diags *diags,
			       struct mim_object_file **ret_object);

MIM_PUBLIC void mim_object_free(struct mim_object_file *object);

static inline void mim_object_free_at(struct mim_object_file **object)
{
	mim_object_free(*object);
}

#define mim_auto_object mim_cleanup(mim_object_free_at)

/** mim_object_find() - Return: the map called @name, or NULL */
MIM_PUBLIC const struct mim_object_map *
mim_object_find(const struct mim_object_file *object, const char *name);

/** mim_object_is_outer() - can its slots hold maps? */
bool mim_object_is_outer(const struct mim_object_map *map);

/**
 * mim_object_def() - a definition by name
 * @name: of a map, or "NAME.inner": what the slots of outer map NAME take
 *
 * Return: lives as long as the object; NULL when there is none.
 */
const struct mim_object_def *mim_object_def(const struct mim_object_file *object,
					    const char *name);

/**
 * mim_object_topology() - what should be there for the program, as a description has it
 * @name: of the scope; a copy of it is kept
 * @bpffs: where bpffs is mounted
 *
 * The outer maps, the inner maps in their slots, what is pinned, and the templates of all
 * of them: what a loader makes by itself, in its slots and at its pins. Other maps are
 * the loader's own. What cannot be described for certain is left out with a warning: a
 * size or max_entries that only the loader knows, slots that take nobody knows what, a
 * map type that the kernel makes in other ways.
 *
 * Return: 0; -EINVAL with a diagnostic when nothing is left, or slots cannot be filled as
 * the object says; -ENOMEM. The topology borrows from @object.
 */
MIM_PUBLIC int mim_object_topology(const struct mim_object_file *object, const char *name,
				   const char *bpffs, struct mim_diags *diags,
				   struct mim_topology **ret_want);

/**
 * mim_object_pin() - where a loader pins a map by itself
 * @path: MIM_PATH_MOST bytes
 *
 * Return: false when it pins it nowhere, or only the machine it runs on knows.
 */
MIM_PUBLIC bool mim_object_pin(const struct mim_object_file *object,
			       const struct mim_object_map *map, const char *bpffs,
			       char *path);

/**
 * mim_object_struct() - a struct of the object, or a typedef of one, by its name
 * @why: MIM_BTF_WHY bytes, set on -EINVAL: what no description can say
 *
 * Return: 0; -ENOENT; -EINVAL; -ENOMEM. The type lives as long as the object.
 */
int mim_object_struct(const struct mim_object_file *object, const char *name,
		      struct mim_type *ret_type, char *why);

/** mim_object_closest_struct() - Return: the struct's name most like @name, or NULL */
const char *mim_object_closest_struct(const struct mim_object_file *object,
				      const char *name);

/** mim_object_closest() - Return: the name of a definition most like @name, or NULL */
const char *mim_object_closest(const struct mim_object_file *object, const char *name);

#endif
