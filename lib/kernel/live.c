/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/live.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>
#include "base/array.h"
#include "base/table.h"
#include "kernel/bpffs.h"
#include "kernel/sight.h"
#include "kernel/slots.h"
#include "model/kind.h"

#define TRIES 3

struct read {
	struct mim_kernel *kernel;
	struct mim_topology *live;
	struct mim_diags *diags;
};

static int failed(struct read *read, int r, const char *what)
{
	if (r == -ENOMEM)
		return mim_out_of_memory(read->diags);
	if (r == -EPERM)
		return mim_error(read->diags, MIM_NOWHERE, MIM_CODE_CAPABILITY, r,
				 "cannot %s: this needs CAP_SYS_ADMIN", what);
	return mim_error(read->diags, MIM_NOWHERE, MIM_CODE_KERNEL, r, "cannot %s: %s",
			 what, mim_errno_text(r));
}

static int read_host(struct mim_topology *live)
{
	char boot_id[64] = "";
	mim_auto_fclose FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
	int cpus = libbpf_num_possible_cpus();

	live->host.possible_cpus = cpus > 0 ? (uint32_t)cpus : 1;
	live->host.page_size = (uint32_t)sysconf(_SC_PAGESIZE);
	if (file && fgets(boot_id, sizeof(boot_id), file))
		boot_id[strcspn(boot_id, "\n")] = '\0';
	live->boot_id = mim_arena_strdup(&live->arena, boot_id);
	return live->boot_id ? 0 : -ENOMEM;
}

static bool is_outer(const struct mim_shape *shape)
{
	const struct mim_kind *kind = mim_kind_by_type(shape->type);

	return kind && kind->role == MIM_ROLE_OUTER;
}

static struct mim_map *add_info(struct read *read, const struct mim_map_info *info)
{
	struct mim_map *map = mim_topology_add_map(read->live, NULL);

	if (!map)
		return NULL;
	map->id = info->id;
	map->shape = info->shape;
	memcpy(map->kernel_name, info->name, sizeof(map->kernel_name));
	map->name = mim_arena_strdup(&read->live->arena, info->name);
	if (!map->name)
		return NULL;
	if (is_outer(&map->shape) && !mim_topology_make_outer(read->live, map))
		return NULL;
	return map;
}

static int add_map(struct read *read, int fd)
{
	struct mim_map_info info;
	struct mim_map *map;
	int r = mim_kernel_call(read->kernel, map_info, fd, &info);

	if (r < 0)
		return r;
	map = add_info(read, &info);
	if (!map)
		return -ENOMEM;
	if (map->outer)
		map->outer->frozen = mim_kernel_call(read->kernel, map_frozen, fd) == 1;
	return 0;
}

static int add_record(struct read *read, const struct mim_map_record *record)
{
	struct mim_map *map = add_info(read, &record->info);

	if (!map)
		return -ENOMEM;
	if (!map->outer)
		return 0;
	map->outer->frozen = record->frozen;
	if (record->has_inner) {
		map->outer->inner = record->inner;
		map->outer->inner_known = MIM_KNOWN_FULL;
	}
	return 0;
}

/* Return: 1 when the iterator cannot run here: ids tell all but the inner templates. */
static int iterate_maps(struct read *read)
{
	mim_auto_free struct mim_map_record *records = NULL;
	size_t n = 0;
	int r = mim_sight_read(read->kernel, &records, &n);

	for (size_t i = 0; r == 0 && i < n; i++)
		if (i == 0 || records[i].info.id > records[i - 1].info.id)
			r = add_record(read, &records[i]);
	return r;
}

static int read_maps(struct read *read)
{
	uint32_t id = 0;
	int r = iterate_maps(read);

	if (r <= 0)
		return r < 0 ? failed(read, r, "read maps") : 0;

	for (;;) {
		mim_auto_close int fd = -1;

		r = mim_kernel_call(read->kernel, map_next_id, id, &id);
		if (r == -ENOENT)
			return 0;
		if (r < 0)
			return failed(read, r, "enumerate maps");
		fd = mim_kernel_call(read->kernel, map_open, id);
		if (fd == -ENOENT)
			continue;
		r = fd < 0 ? fd : add_map(read, fd);
		if (r < 0)
			return failed(read, r, "read a map's attributes");
	}
}

/* A map made since the ids were read still belongs to what is seen in its slot. */
static uint32_t find_or_add(struct read *read, uint32_t id)
{
	struct mim_topology *live = read->live;
	uint32_t index = mim_topology_by_id(live, id);
	mim_auto_close int fd = -1;

	if (index != MIM_NONE)
		return index;
	if (live->n_maps && live->maps[live->n_maps - 1].id > id)
		return MIM_NONE;
	fd = mim_kernel_call(read->kernel, map_open, id);
	if (fd < 0 || add_map(read, fd) < 0)
		return MIM_NONE;
	return (uint32_t)live->n_maps - 1;
}

static int take_slots(struct read *read, uint32_t index, const struct mim_slot_ids *ids)
{
	struct mim_outer *outer = read->live->maps[index].outer;
	struct mim_arena *arena = &read->live->arena;
	uint32_t key_size = read->live->maps[index].shape.key_size, n = 0;

	outer->slots.keys = mim_arena_array(arena, ids->n, key_size);
	outer->slots.inner = mim_arena_array(arena, ids->n, sizeof(*outer->slots.inner));
	if (!outer->slots.keys || !outer->slots.inner)
		return -ENOMEM;
	for (uint32_t i = 0; i < ids->n; i++) {
		uint32_t inner = find_or_add(read, ids->ids[i]);

		if (inner == MIM_NONE)
			continue;
		memcpy(outer->slots.keys + (size_t)n * key_size,
		       ids->keys + (size_t)i * key_size, key_size);
		outer->slots.inner[n++] = inner;
	}
	outer->slots.n = n;
	if (mim_slots_sort(&outer->slots, key_size) < 0)
		return -ENOMEM;
	if (outer->slots.n && outer->inner_known != MIM_KNOWN_FULL)
		mim_outer_learn(outer, &read->live->maps[outer->slots.inner[0]].shape);
	return 0;
}

static int read_slots_of(struct read *read, uint32_t index)
{
	mim_cleanup(mim_slot_ids_release) struct mim_slot_ids ids = {0};
	const struct mim_map *map = &read->live->maps[index];
	mim_auto_close int fd = -1;
	int r;

	if (!map->outer || map->outer->slots_read)
		return 0;
	map->outer->slots_read = true;
	fd = mim_kernel_call(read->kernel, map_open, map->id);
	if (fd == -ENOENT)
		return 0;
	r = fd < 0 ? fd : mim_slots_read(read->kernel, fd, &map->shape, &ids);
	if (r == 0)
		r = take_slots(read, index, &ids);
	return r < 0 ? failed(read, r, "read the slots of an outer map") : 0;
}

static int read_all_slots(struct read *read)
{
	size_t n = read->live->n_maps;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = read_slots_of(read, (uint32_t)i);
	return r;
}

static int note_path(struct mim_table *table, const char *path)
{
	uint32_t there;

	return mim_table_add(table, path, 0, &there) == -ENOMEM ? -ENOMEM : 0;
}

/* Paths whose maps are this scope's concern although they lie outside its folder. */
static int note_paths(const struct mim_topology *live, const struct mim_topology *want,
		      struct mim_table *paths)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < live->scope.outside.n; i++) {
		const char *space = strchr(live->scope.outside.items[i], ' ');

		r = space ? note_path(paths, space + 1) : 0;
	}
	for (size_t i = 0; want && r == 0 && i < want->n_pins; i++)
		r = note_path(paths, want->pins[i].path);
	for (size_t i = 0; want && r == 0 && i < want->n_maps; i++)
		r = want->maps[i].external ? note_path(paths, want->maps[i].external) : 0;
	return r;
}

/*
 * Before 6.12 every lookup in an array_of_maps waits for a grace period: a neighbour's
 * large map must not hold up a scope that has nothing to do with it.
 */
static int read_scope_slots(struct read *read, const struct mim_topology *want)
{
	mim_auto_table struct mim_table paths = {0};
	struct mim_topology *live = read->live;
	size_t n = live->n_pins;
	int r = 0;

	if (!live->scope.name)
		return read_all_slots(read);
	if (note_paths(live, want, &paths) < 0)
		return mim_out_of_memory(read->diags);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (live->pins[i].inside ||
		    mim_table_find(&paths, live->pins[i].path) != MIM_TABLE_NONE)
			r = read_slots_of(read, live->pins[i].map);
	return r;
}

static int add_user(struct mim_topology *live, uint32_t map, uint32_t program)
{
	struct mim_map *used = &live->maps[map];
	uint32_t *grown = mim_arena_resize(&live->arena, used->programs,
					   (used->n_programs + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	used->programs = grown;
	used->programs[used->n_programs++] = program;
	return 0;
}

static int add_program(struct read *read, int fd)
{
	struct mim_topology *live = read->live;
	struct mim_prog_info info;
	struct mim_program *program;
	const char *type;
	uint32_t index = (uint32_t)live->n_programs;
	int r = mim_kernel_call(read->kernel, prog_info, fd, &info);

	if (r < 0)
		return r;
	program = mim_array_add(live->programs, live->n_programs);
	if (program) {
		type = libbpf_bpf_prog_type_str(info.type);
		program->id = info.id;
		program->type = type ? type : "unknown";
		program->name = mim_arena_strdup(&live->arena, info.name);
	}
	r = program && program->name ? 0 : -ENOMEM;
	for (uint32_t i = 0; r == 0 && i < info.n_maps; i++) {
		uint32_t map = mim_topology_by_id(live, info.maps[i]);

		if (map != MIM_NONE)
			r = add_user(live, map, index);
	}
	free(info.maps);
	return r;
}

static int read_programs(struct read *read)
{
	uint32_t id = 0;
	int r;

	for (;;) {
		mim_auto_close int fd = -1;

		r = mim_kernel_call(read->kernel, prog_next_id, id, &id);
		if (r == -ENOENT)
			return 0;
		if (r < 0)
			return failed(read, r, "enumerate programs");
		fd = mim_kernel_call(read->kernel, prog_open, id);
		if (fd == -ENOENT)
			continue;
		r = fd < 0 ? fd : add_program(read, fd);
		if (r < 0)
			return failed(read, r, "read a program's attributes");
	}
}

static int read_pins(struct read *read)
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
	if (root >= 0 && fstat(root, &st) == 0)
		r = mim_bpffs_walk(read->kernel, root, scope->bpffs, root, read->live);
	if (r == 0)
		r = mim_bpffs_walk_others(read->kernel, root, st.st_dev, read->live);
	if (r == -EACCES || r == -EPERM)
		return mim_error(
			read->diags, MIM_NOWHERE, MIM_CODE_CAPABILITY, r,
			"cannot open everything in %s: this needs CAP_DAC_OVERRIDE "
			"and CAP_BPF",
			scope->folder ? scope->folder : scope->bpffs);
	return r < 0 ? failed(read, r, "read bpffs") : 0;
}

static int read_once(struct mim_kernel *kernel, const char *name, const char *bpffs,
		     const struct mim_topology *want, struct mim_diags *diags,
		     struct mim_topology **ret_live)
{
	mim_auto_topology struct mim_topology *live = mim_topology_new();
	struct read read = {kernel, live, diags};
	int r;

	if (!live || mim_topology_set_scope(live, name, bpffs) < 0 || read_host(live) < 0)
		return mim_out_of_memory(diags);
	r = read_maps(&read);
	if (r == 0)
		r = read_programs(&read);
	/* After the programs: pins are theirs as well. */
	if (r == 0)
		r = read_pins(&read);
	if (r == 0)
		r = read_scope_slots(&read, want);
	if (r < 0)
		return r;
	*ret_live = TAKE_PTR(live);
	return 0;
}

static bool same_slots(const struct mim_topology *a, const struct mim_map *x,
		       const struct mim_topology *b, const struct mim_map *y)
{
	const struct mim_slots *s = &x->outer->slots, *t = &y->outer->slots;

	if (s->n != t->n ||
	    (s->n && memcmp(s->keys, t->keys, (size_t)s->n * x->shape.key_size) != 0))
		return false;
	for (uint32_t i = 0; i < s->n; i++)
		if (a->maps[s->inner[i]].id != b->maps[t->inner[i]].id)
			return false;
	return true;
}

/* What a plan for the scope rests on: its pins, and the slots of its outer maps. */
static bool same_scope(const struct mim_topology *a, const struct mim_topology *b)
{
	size_t j = 0;

	if (a->scope.exists != b->scope.exists ||
	    a->scope.marker.generation != b->scope.marker.generation)
		return false;
	for (size_t i = 0; i < a->n_pins; i++) {
		const struct mim_map *x, *y;

		if (!a->pins[i].inside)
			continue;
		while (j < b->n_pins && !b->pins[j].inside)
			j++;
		if (j == b->n_pins || strcmp(a->pins[i].path, b->pins[j].path) != 0)
			return false;
		x = &a->maps[a->pins[i].map];
		y = &b->maps[b->pins[j].map];
		j++;
		if (x->id != y->id || (x->outer && !same_slots(a, x, b, y)))
			return false;
	}
	while (j < b->n_pins && !b->pins[j].inside)
		j++;
	return j == b->n_pins;
}

int mim_live_read_rest(struct mim_kernel *kernel, struct mim_topology *live,
		       struct mim_diags *diags)
{
	struct read read = {kernel, live, diags};

	return read_all_slots(&read);
}

int mim_live_read(struct mim_kernel *kernel, const char *name, const char *bpffs,
		  const struct mim_topology *want, struct mim_diags *diags,
		  struct mim_topology **ret_live)
{
	mim_auto_topology struct mim_topology *first = NULL;
	int r = read_once(kernel, name, bpffs, want, diags, &first);

	if (r < 0)
		return r;
	for (int i = 0; name && i < TRIES; i++) {
		struct mim_topology *again = NULL;
		bool same;

		r = read_once(kernel, name, bpffs, want, diags, &again);
		if (r < 0)
			return r;
		same = same_scope(first, again);
		mim_topology_free(first);
		first = again;
		if (same)
			name = NULL;
	}
	if (name)
		return mim_error(diags, MIM_NOWHERE, MIM_CODE_CHANGED, -EAGAIN,
				 "'%s' changed while it was read, %d times over", name,
				 TRIES + 1);
	*ret_live = TAKE_PTR(first);
	return 0;
}
