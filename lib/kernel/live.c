/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/live.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "kernel/bpffs.h"
#include "kernel/group.h"
#include "kernel/maps.h"
#include "kernel/programs.h"
#include "kernel/reading.h"
#include "kernel/slots.h"

#define TRIES 3
/* Maps of others that there is room for beside those that are declared. */
#define SPARE_MAPS 256

int mim_reading_failed(struct mim_reading *read, int r, const char *what)
{
	if (r == -ENOMEM)
		return mim_out_of_memory(read->diags);
	if (mim_maps_denied(r))
		return mim_error(read->diags, MIM_NOWHERE, MIM_CODE_CAPABILITY, r,
				 "cannot %s: this needs CAP_SYS_ADMIN", what);
	return mim_error(read->diags, MIM_NOWHERE, MIM_CODE_KERNEL, r, "cannot %s: %s",
			 what, mim_errno_text(r));
}

/* In one read(2): this file has no second part, which a stream might ask for. */
static int read_boot_id(struct mim_kernel *kernel, struct mim_topology *live)
{
	mim_auto_close int fd =
		mim_kernel_call(kernel, open_path, "/proc/sys/kernel/random/boot_id", 0);
	char boot_id[64] = "";
	ssize_t n = fd < 0 ? 0 : read(fd, boot_id, sizeof(boot_id) - 1);

	/* Without /proc it is not known; that is no reason to give up. */
	if (mim_is_shortage(fd))
		return fd;
	boot_id[n > 0 ? strcspn(boot_id, "\n") : 0] = '\0';
	live->boot_id = mim_arena_strdup(&live->arena, boot_id);
	return live->boot_id ? 0 : -ENOMEM;
}

static int read_host(struct mim_kernel *kernel, struct mim_topology *live)
{
	const char *group;
	int cpus, r;

	/* glibc 2.36 dies where it cannot allocate its name service: now, if it has to.
	 */
	r = mim_group_name(&live->arena, 0, &group);
	if (r < 0)
		return r;
	cpus = libbpf_num_possible_cpus();
	if (mim_is_shortage(cpus))
		return cpus;
	/* Only who has per-CPU maps needs to know. */
	live->host.possible_cpus = cpus > 0 ? (uint32_t)cpus : 0;
	live->host.page_size = (uint32_t)sysconf(_SC_PAGESIZE);
	return read_boot_id(kernel, live);
}

/* A map in a slot of the scope: it must not look like another one. */
static int cannot_open(struct mim_reading *read, const struct mim_map *outer, uint32_t id)
{
	return mim_error(
		read->diags, MIM_NOWHERE, MIM_CODE_CAPABILITY, -EPERM,
		"cannot open map id %u, which a slot of '%s' (id %u) holds: this needs "
		"CAP_SYS_ADMIN, and that no security module denies it",
		id, outer->name, outer->id);
}

bool mim_reading_is_concern(const struct mim_map *want, const struct mim_map *live,
			    const void *key)
{
	return !want || !want->outer || !want->outer->keep_unlisted ||
	       want->shape.key_size != live->shape.key_size ||
	       mim_slots_find(want, key) != MIM_NONE;
}

/* The map in the first slot that can be opened has the template's shape. */
static void learn_template(const struct mim_topology *live, struct mim_outer *outer)
{
	uint32_t i = 0;

	while (i < outer->slots.n && live->maps[outer->slots.inner[i]].hidden)
		i++;
	if (i < outer->slots.n && outer->inner_known != MIM_KNOWN_FULL)
		mim_outer_learn(outer, &live->maps[outer->slots.inner[i]].shape);
}

/* Return: 0 with the map in the slot, MIM_NONE for one that is to be left out. */
static int take_slot(struct mim_reading *read, uint32_t index, const struct mim_map *want,
		     const uint8_t *key, uint32_t id, uint32_t *ret_inner)
{
	struct mim_topology *live = read->live;
	const struct mim_map *outer;
	int r = mim_maps_find(read->kernel, live, id, ret_inner);

	outer = &live->maps[index];
	if (r < 0 || !mim_reading_is_concern(want, outer, key))
		return r;
	if (*ret_inner == MIM_NONE)
		read->missed = true;
	else if (read->scoped && live->maps[*ret_inner].hidden)
		return cannot_open(read, outer, id);
	return 0;
}

static int take_slots(struct mim_reading *read, uint32_t index,
		      const struct mim_map *want, const struct mim_slot_ids *ids)
{
	struct mim_topology *live = read->live;
	struct mim_slots *slots = &live->maps[index].outer->slots;
	uint32_t key_size = live->maps[index].shape.key_size, inner = MIM_NONE;
	int r;

	slots->keys = mim_arena_array(&live->arena, ids->n, key_size);
	slots->inner = mim_arena_array(&live->arena, ids->n, sizeof(*slots->inner));
	if (!slots->keys || !slots->inner)
		return -ENOMEM;
	for (uint32_t i = 0; i < ids->n; i++) {
		const uint8_t *key = ids->keys + (size_t)i * key_size;

		/* A walk over a hash that changes may begin again, and tell a slot twice.
		 */
		if (i && memcmp(key - key_size, key, key_size) == 0)
			continue;
		r = take_slot(read, index, want, key, ids->ids[i], &inner);
		if (r < 0)
			return r;
		if (inner == MIM_NONE)
			continue;
		memcpy(slots->keys + (size_t)slots->n * key_size, key, key_size);
		slots->inner[slots->n++] = inner;
	}
	learn_template(live, live->maps[index].outer);
	return 0;
}

/* Slots that no file lists are looked at once only, and go into a map that replaces this
 * one: they must not be those of a while ago.
 */
static bool may_be_old(const struct mim_map *want)
{
	return !want || !want->outer || !want->outer->keep_unlisted;
}

static int read_slots_of(struct mim_reading *read, uint32_t index,
			 const struct mim_map *want)
{
	mim_cleanup(mim_slot_ids_release) struct mim_slot_ids ids = {0};
	const struct mim_map *map = &read->live->maps[index];
	size_t reported = read->diags->n_errors;
	mim_auto_close int fd = -1;
	int r = 0;

	if (!map->outer || map->outer->slots_read)
		return 0;
	map->outer->slots_read = true;
	if (!may_be_old(want) || !mim_ahead_slots(read->ahead, map->id, &ids)) {
		fd = mim_kernel_call(read->kernel, map_open, map->id);
		if (fd == -ENOENT)
			return 0;
		r = fd < 0 ? fd : mim_slots_read(read->kernel, fd, &map->shape, &ids);
	}
	if (mim_maps_denied(r) && !read->scoped) {
		map->outer->slots_hidden = read->live->hides = true;
		return 0;
	}
	if (r == 0)
		r = take_slots(read, index, want, &ids);
	if (r < 0 && read->diags->n_errors == reported)
		return mim_reading_failed(read, r, "read the slots of an outer map");
	return r;
}

static int read_all_slots(struct mim_reading *read)
{
	size_t n = read->live->n_maps;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = read_slots_of(read, (uint32_t)i, NULL);
	return r;
}

static int note_path(struct mim_table *table, const char *path, uint32_t map)
{
	uint32_t there;

	return mim_table_add(table, path, map, &there) == -ENOMEM ? -ENOMEM : 0;
}

/* Paths of declared maps; some lie outside the scope's folder. */
static int note_declared(const struct mim_topology *want, struct mim_table *declared)
{
	int r = 0;

	for (size_t i = 0; want && r == 0 && i < want->n_pins; i++)
		r = note_path(declared, want->pins[i].path, want->pins[i].map);
	for (size_t i = 0; want && r == 0 && i < want->n_maps; i++)
		if (want->maps[i].external)
			r = note_path(declared, want->maps[i].external, (uint32_t)i);
	return r;
}

/* Paths outside the scope's folder that an earlier apply has left a pin at. */
static int note_recorded(const struct mim_topology *live, struct mim_table *recorded)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < live->scope.outside.n; i++) {
		const char *path = mim_outside_path(live->scope.outside.items[i]);

		r = path ? note_path(recorded, path, 0) : 0;
	}
	return r;
}

const struct mim_map *mim_reading_declared(const struct mim_topology *want,
					   const struct mim_table *declared,
					   const char *path)
{
	uint32_t map = mim_table_find(declared, path);

	return map == MIM_TABLE_NONE ? NULL : &want->maps[map];
}

int mim_reading_watch(struct mim_reading *read)
{
	mim_auto_table struct mim_table recorded = {0};
	struct mim_topology *live = read->live;

	if (note_recorded(live, &recorded) < 0)
		return mim_out_of_memory(read->diags);
	for (size_t i = 0; i < live->n_pins; i++) {
		struct mim_pin *pin = &live->pins[i];

		pin->watched =
			pin->inside ||
			mim_reading_declared(read->want, read->declared, pin->path) ||
			mim_table_find(&recorded, pin->path) != MIM_TABLE_NONE;
	}
	return 0;
}

/*
 * Before 6.12 every lookup in an array_of_maps waits for a grace period: a neighbour's
 * large map must not hold up a scope that has nothing to do with it.
 */
static int read_scope_slots(struct mim_reading *read)
{
	const struct mim_topology *live = read->live;
	int r;

	if (!live->scope.name)
		return read_all_slots(read);
	r = mim_reading_watch(read);
	read->scoped = true;
	for (size_t i = 0; r == 0 && i < live->n_pins; i++) {
		const struct mim_pin *pin = &live->pins[i];

		if (pin->watched)
			r = read_slots_of(read, pin->map,
					  mim_reading_declared(read->want, read->declared,
							       pin->path));
	}
	return r;
}

int mim_reading_pins(struct mim_reading *read)
{
	struct mim_scope *scope = &read->live->scope;
	mim_auto_close int root = mim_bpffs_open(read->kernel, scope->bpffs);
	struct stat st = {0};
	int r = 0;

	scope->mounted = root >= 0;
	if (root < 0 && root != -ENODEV && root != -ENOENT && root != -ENOTDIR)
		return mim_error(read->diags, MIM_NOWHERE,
				 root == -EACCES ? MIM_CODE_CAPABILITY : MIM_CODE_BPFFS,
				 root,
				 root == -EACCES ? "cannot open %s: %s (CAP_DAC_OVERRIDE)"
						 : "cannot open %s: %s",
				 scope->bpffs, mim_errno_text(root));
	if (root >= 0)
		r = mim_kernel_call(read->kernel, status, root, "", &st);
	if (root >= 0 && r == 0)
		r = mim_bpffs_walk(read->kernel, root, scope->bpffs, root, read->live);
	if (r == 0)
		r = mim_bpffs_walk_others(read->kernel, root, st.st_dev, read->live);
	if (r == 0)
		r = mim_reading_outside(read, root);
	if (r == -EACCES || r == -EPERM)
		return mim_error(
			read->diags, MIM_NOWHERE, MIM_CODE_CAPABILITY, r,
			"cannot open everything in %s: this needs CAP_DAC_OVERRIDE "
			"and CAP_BPF",
			scope->folder ? scope->folder : scope->bpffs);
	return r < 0 ? mim_reading_failed(read, r, "read bpffs") : 0;
}

static void release(struct mim_question *question)
{
	mim_table_release(&question->declared);
}

int mim_reading_list(struct mim_reading *read, const struct mim_without *without)
{
	int r = read_host(read->kernel, read->live);

	if (r < 0)
		return mim_reading_failed(read, r, "read what this machine is");
	r = mim_maps_read(read->kernel, read->live, without);
	return r < 0 ? mim_reading_failed(read, r, "read the list of maps") : 0;
}

static int read_programs(struct mim_reading *read)
{
	int r = mim_programs_read(read->kernel, read->live);

	return r < 0 ? mim_reading_failed(read, r, "read the list of programs") : 0;
}

/* Return: 1 when a slot held a map that the list did not have yet; 0; what failed. */
static int read_once(const struct mim_question *question, struct mim_ahead *ahead,
		     const struct mim_without *without, struct mim_topology **ret_live)
{
	mim_auto_topology struct mim_topology *live =
		ahead ? mim_ahead_list(ahead) : mim_topology_new();
	struct mim_reading read = {.kernel = question->kernel,
				   .live = live,
				   .diags = question->diags,
				   .want = question->want,
				   .declared = &question->declared,
				   .ahead = ahead};
	size_t listed;
	int r = 0;

	if (!live || mim_topology_set_scope(live, question->name, question->bpffs) < 0 ||
	    (question->want && !ahead &&
	     mim_topology_expect(live, question->want->n_maps + SPARE_MAPS) < 0))
		return mim_out_of_memory(question->diags);
	if (!ahead)
		r = mim_reading_list(&read, without);
	listed = live->n_maps;
	/* Before the pins, which may be theirs. */
	if (r == 0)
		r = read_programs(&read);
	if (r == 0)
		r = mim_reading_pins(&read);
	if (r == 0)
		r = read_scope_slots(&read);
	if (r < 0)
		return r;
	/* Of what came after a list that is old by now, too little is known. */
	read.missed |= ahead && live->n_maps > listed;
	*ret_live = TAKE_PTR(live);
	return read.missed;
}

int mim_live_read_rest(struct mim_kernel *kernel, struct mim_topology *live,
		       struct mim_diags *diags)
{
	struct mim_reading read = {.kernel = kernel, .live = live, .diags = diags};

	return read_all_slots(&read);
}

static void free_ahead(struct mim_ahead **ahead)
{
	mim_ahead_free(*ahead);
}

/* Until what was read is still so. Return: 1 when it never is. */
static int read_settled(const struct mim_question *question,
			struct mim_topology **ret_live)
{
	mim_cleanup(free_ahead) struct mim_ahead *ahead =
		mim_ahead_take(question->kernel, question->name, question->bpffs);
	mim_auto_topology struct mim_topology *live = NULL;
	bool settled = false;

	/* What is read ahead and is old by now is no sign of a kernel that never rests.
	 */
	for (int i = ahead ? -1 : 0; !settled && i < TRIES; i++) {
		int r;

		mim_topology_free(TAKE_PTR(live));
		r = i < 0    ? read_once(question, ahead, NULL, &live)
		    : i == 0 ? read_once(question, NULL, question->without, &live)
			     : read_once(question, NULL, NULL, &live);
		if (r == 0)
			r = question->name ? mim_reading_look_again(question, live) : 1;
		else if (r > 0)
			r = 0;
		if (r < 0)
			return r;
		settled = r > 0;
	}
	*ret_live = TAKE_PTR(live);
	return !settled;
}

int mim_live_is_same(struct mim_kernel *kernel, const struct mim_topology *want,
		     const struct mim_topology *live, struct mim_diags *diags)
{
	mim_cleanup(release) struct mim_question question = {.kernel = kernel,
							     .name = want->scope.name,
							     .bpffs = want->scope.bpffs,
							     .want = want,
							     .diags = diags};

	if (note_declared(want, &question.declared) < 0)
		return mim_out_of_memory(diags);
	return mim_reading_look_again(&question, live);
}

int mim_live_read_without(struct mim_kernel *kernel, const char *name, const char *bpffs,
			  const struct mim_topology *want,
			  const struct mim_without *without, struct mim_diags *diags,
			  struct mim_topology **ret_live)
{
	mim_cleanup(release) struct mim_question question = {.kernel = kernel,
							     .name = name,
							     .bpffs = bpffs,
							     .want = want,
							     .without = without,
							     .diags = diags};
	mim_auto_topology struct mim_topology *live = NULL;
	int r;

	if (note_declared(want, &question.declared) < 0)
		return mim_out_of_memory(diags);
	r = read_settled(&question, &live);
	if (r < 0)
		return r;
	/* Somewhere on a busy machine something always moves: only a scope has to rest.
	 */
	if (r > 0 && name)
		return mim_error(diags, MIM_NOWHERE, MIM_CODE_CHANGED, -EAGAIN,
				 "'%s' changed while it was read, %d times over", name,
				 TRIES);
	*ret_live = TAKE_PTR(live);
	return 0;
}

int mim_live_read(struct mim_kernel *kernel, const char *name, const char *bpffs,
		  const struct mim_topology *want, struct mim_diags *diags,
		  struct mim_topology **ret_live)
{
	return mim_live_read_without(kernel, name, bpffs, want, NULL, diags, ret_live);
}
