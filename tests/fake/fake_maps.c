/* SPDX-License-Identifier: BSD-2-Clause */

/* Maps: the rules are the kernel's, read off it and checked against it. */
#include <ctype.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include "fake.h"

#define ACCESS (BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)
/* Limits the descriptor of whoever creates the map; never stored. */
#define CREATOR_ONLY (BPF_F_RDONLY | BPF_F_WRONLY)

static bool is_outer(uint32_t type)
{
	return type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

static bool is_array(const struct fake_map *map)
{
	return map->info.shape.type == BPF_MAP_TYPE_ARRAY ||
	       map->info.shape.type == BPF_MAP_TYPE_PROG_ARRAY ||
	       map->info.shape.type == BPF_MAP_TYPE_ARRAY_OF_MAPS;
}

static uint32_t flags_of(uint32_t type)
{
	switch (type) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
		return BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE | BPF_F_ZERO_SEED | ACCESS;
	case BPF_MAP_TYPE_ARRAY:
		return BPF_F_NUMA_NODE | BPF_F_MMAPABLE | BPF_F_INNER_MAP | ACCESS;
	case BPF_MAP_TYPE_LPM_TRIE:
		return BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE | ACCESS;
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_PROG_ARRAY:
		return BPF_F_NUMA_NODE | CREATOR_ONLY;
	default:
		return 0;
	}
}

static int check_shape(const struct mim_shape *shape)
{
	uint32_t type = shape->type;
	bool array = type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PROG_ARRAY ||
		     type == BPF_MAP_TYPE_ARRAY_OF_MAPS;

	if (!flags_of(type) || shape->flags & ~flags_of(type) || !shape->max_entries ||
	    !shape->key_size || !shape->value_size)
		return -EINVAL;
	if (array && shape->key_size != 4)
		return -EINVAL;
	if ((is_outer(type) || type == BPF_MAP_TYPE_PROG_ARRAY) && shape->value_size != 4)
		return -EINVAL;
	if (type == BPF_MAP_TYPE_LPM_TRIE &&
	    (!(shape->flags & BPF_F_NO_PREALLOC) || shape->key_size < 5 ||
	     shape->key_size > 260))
		return -EINVAL;
	return 0;
}

static bool is_good_name(const char *name)
{
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '_' && *name != '.')
			return false;
	return true;
}

/* Which maps an outer map of this kind takes; nothing for an inner map. */
static int take_template(struct fake *fake, struct fake_map *map, int inner_fd)
{
	struct fake_map *inner;
	int r;

	if (!is_outer(map->info.shape.type))
		return 0;
	inner = fake_map_of(fake, inner_fd > 0 ? inner_fd : 0, &r);
	if (!inner)
		return r;
	if (inner->has_inner)
		return -EINVAL;
	if (inner->info.shape.type == BPF_MAP_TYPE_PROG_ARRAY)
		return -MIM_ENOTSUPP;
	map->has_inner = true;
	map->inner = inner->info.shape;
	return 0;
}

/* Outer maps carry no types. */
static int take_types(struct fake *fake, struct fake_map *map,
		      const struct mim_map_types *types)
{
	const struct fake_btf *btf = types ? fake_btf_of(fake, types->fd) : NULL;

	if (!types)
		return 0;
	if (!btf)
		return -EINVAL;
	if (map->info.shape.type != BPF_MAP_TYPE_HASH &&
	    map->info.shape.type != BPF_MAP_TYPE_ARRAY)
		return -MIM_ENOTSUPP;
	map->info.btf = (struct mim_map_btf){btf->id, types->key, types->value};
	return 0;
}

static int btf_load(void *data, const void *btf, uint32_t size)
{
	static const uint16_t magic = 0xeb9f;
	struct fake *fake = fake_enter(data);
	struct fake_btf *made;

	if (size < sizeof(magic) || memcmp(btf, &magic, sizeof(magic)) != 0)
		return fake_leave(fake, -EINVAL);
	fake->btfs = fake_add(fake->btfs, &fake->n_btfs, sizeof(*fake->btfs));
	made = &fake->btfs[fake->n_btfs - 1];
	made->id = fake->next_id++;
	made->bytes = fake_need(malloc(size));
	made->size = size;
	memcpy(made->bytes, btf, size);
	made->base = fake_new_base("btf", &made->inode);
	return fake_leave(fake, fake_issue(fake, made->base));
}

static int btf_read(void *data, uint32_t id, void **ret_bytes, uint32_t *ret_size)
{
	struct fake *fake = fake_enter(data);

	for (size_t i = 0; i < fake->n_btfs; i++)
		if (fake->btfs[i].id == id) {
			*ret_bytes = fake_need(malloc(fake->btfs[i].size));
			memcpy(*ret_bytes, fake->btfs[i].bytes, fake->btfs[i].size);
			*ret_size = fake->btfs[i].size;
			return fake_leave(fake, 0);
		}
	return fake_leave(fake, -ENOENT);
}

static int create(struct fake *fake, const struct mim_shape *shape, const char *name,
		  int inner_fd, const struct mim_map_types *types)
{
	struct fake_map made = {.info.shape = *shape}, *map;
	int r = is_good_name(name) ? check_shape(shape) : -EINVAL;

	if (r == 0)
		r = take_template(fake, &made, inner_fd);
	if (r == 0)
		r = take_types(fake, &made, types);
	if (r < 0)
		return r;
	made.info.shape.flags &= ~CREATOR_ONLY;
	strncpy(made.info.name, name, sizeof(made.info.name) - 1);
	made.info.id = fake->next_id++;
	made.base = fake_new_base("map", &made.inode);
	r = fake_issue(fake, made.base);
	if (r < 0) {
		close(made.base);
		return r;
	}
	map = fake_need(malloc(sizeof(*map)));
	*map = made;
	fake->maps = fake_add(fake->maps, &fake->n_maps, sizeof(struct fake_map *));
	fake->maps[fake->n_maps - 1] = map;
	return r;
}

static int map_create(void *data, const struct mim_shape *shape, const char *name,
		      int inner_fd, const struct mim_map_types *types)
{
	struct fake *fake = fake_enter(data);

	return fake_leave(fake, create(fake, shape, name, inner_fd, types));
}

static int map_next_id(void *data, uint32_t id, uint32_t *ret_id)
{
	struct fake *fake = fake_enter(data);
	uint32_t next = UINT32_MAX;

	fake_collect(fake);
	for (size_t i = 0; i < fake->n_maps; i++)
		if (fake->maps[i]->info.id > id && fake->maps[i]->info.id < next)
			next = fake->maps[i]->info.id;
	if (next != UINT32_MAX)
		*ret_id = next;
	return fake_leave(fake, next == UINT32_MAX ? -ENOENT : 0);
}

static int map_open(void *data, uint32_t id)
{
	struct fake *fake = fake_enter(data);
	const struct fake_map *map;

	fake_collect(fake);
	map = fake_map_by_id(fake, id);
	return fake_leave(fake, map ? fake_issue(fake, map->base) : -ENOENT);
}

static int map_info(void *data, int fd, struct mim_map_info *ret_info)
{
	struct fake *fake = fake_enter(data);
	const struct fake_map *map;
	int r;

	map = fake_map_of(fake, fd, &r);
	if (map)
		*ret_info = map->info;
	return fake_leave(fake, map ? 0 : r);
}

static int map_frozen(void *data, int fd)
{
	struct fake *fake = fake_enter(data);
	const struct fake_map *map;
	int r;

	map = fake_map_of(fake, fd, &r);
	return fake_leave(fake, map ? map->frozen : r);
}

/* Who takes the records is no part of the fake. */
static int map_iterate(void *data, mim_take_record *take, void *context)
{
	struct fake *fake = fake_enter(data);
	struct mim_map_record *records;
	size_t n;
	int r = 0;

	fake_collect(fake);
	n = fake->n_maps;
	records = fake_need(calloc(n + 1, sizeof(*records)));
	/* They are made in the order of their ids. */
	for (size_t i = 0; i < n; i++) {
		const struct fake_map *map = fake->maps[i];

		records[i] = (struct mim_map_record){map->info, map->frozen,
						     map->has_inner, map->inner};
	}
	fake_leave(fake, 0);
	if (fake->no_iterator)
		r = -EPERM;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = take(context, &records[i]);
	fake_inside++;
	free(records);
	fake_inside--;
	return r;
}

/* Of an array the elements that were never written are there all the same. */
static uint32_t find(const struct fake_map *map, const void *key)
{
	for (uint32_t i = 0; i < map->n; i++)
		if (memcmp(map->elements[i].key, key, map->info.shape.key_size) == 0)
			return i;
	return UINT32_MAX;
}

static uint32_t index_of(const void *key)
{
	uint32_t index;

	memcpy(&index, key, sizeof(index));
	return index;
}

static int next_key(const struct fake_map *map, const void *key, void *ret_key)
{
	uint32_t next = 0, i;

	if (is_array(map)) {
		if (key && index_of(key) < map->info.shape.max_entries)
			next = index_of(key) + 1;
		if (next >= map->info.shape.max_entries)
			return -ENOENT;
		memcpy(ret_key, &next, sizeof(next));
		return 0;
	}
	i = key ? find(map, key) : UINT32_MAX;
	i = i == UINT32_MAX ? 0 : i + 1;
	if (i >= map->n)
		return -ENOENT;
	memcpy(ret_key, map->elements[i].key, map->info.shape.key_size);
	return 0;
}

static int map_next_key(void *data, int fd, const void *key, void *ret_key)
{
	struct fake *fake = fake_enter(data);
	const struct fake_map *map;
	int r;

	map = fake_map_of(fake, fd, &r);
	return fake_leave(fake, map ? next_key(map, key, ret_key) : r);
}

static int lookup(const struct fake_map *map, const void *key, void *ret_value)
{
	uint32_t i = find(map, key);

	if (map->info.shape.type == BPF_MAP_TYPE_PROG_ARRAY)
		return -MIM_ENOTSUPP;
	if (i == UINT32_MAX) {
		if (map->info.shape.type != BPF_MAP_TYPE_ARRAY ||
		    index_of(key) >= map->info.shape.max_entries)
			return -ENOENT;
		memset(ret_value, 0, map->info.shape.value_size);
		return 0;
	}
	memcpy(ret_value, map->elements[i].value, map->info.shape.value_size);
	return 0;
}

static int map_lookup(void *data, int fd, const void *key, void *ret_value)
{
	struct fake *fake = fake_enter(data);
	const struct fake_map *map;
	int r;

	map = fake_map_of(fake, fd, &r);
	return fake_leave(fake, map ? lookup(map, key, ret_value) : r);
}

static bool is_free_of_size(const struct mim_shape *shape)
{
	return shape->type == BPF_MAP_TYPE_ARRAY && shape->flags & BPF_F_INNER_MAP;
}

/* map_meta_equal; since 5.10 max_entries counts for an array only. */
static bool fits(const struct mim_shape *template, const struct mim_shape *inner)
{
	return template->type == inner->type && template->key_size == inner->key_size &&
	       template->value_size == inner->value_size &&
	       template->flags == inner->flags &&
	       (template->type != BPF_MAP_TYPE_ARRAY || is_free_of_size(template) ||
		template->max_entries == inner->max_entries);
}

/* @value: a descriptor becomes an id. */
static int take_inner(struct fake *fake, const struct fake_map *map, const void *value,
		      uint32_t *ret_id)
{
	const struct fake_map *inner;
	int r;

	inner = fake_map_of(fake, (int)index_of(value), &r);
	if (!inner)
		return r;
	if (!fits(&map->inner, &inner->info.shape))
		return -EINVAL;
	*ret_id = inner->info.id;
	return 0;
}

static int check_presence(const struct fake_map *map, const void *key, uint32_t at,
			  uint64_t flags)
{
	if (is_array(map)) {
		if (map->has_inner && flags != BPF_ANY)
			return -EINVAL;
		if (flags > BPF_EXIST)
			return -EINVAL;
		if (index_of(key) >= map->info.shape.max_entries)
			return -E2BIG;
		return flags == BPF_NOEXIST ? -EEXIST : 0;
	}
	if (flags > BPF_EXIST)
		return -EINVAL;
	if (flags == BPF_EXIST && at == UINT32_MAX)
		return -ENOENT;
	if (flags == BPF_NOEXIST && at != UINT32_MAX)
		return -EEXIST;
	return at == UINT32_MAX && map->n >= map->info.shape.max_entries ? -E2BIG : 0;
}

static void put(struct fake_map *map, uint32_t at, const void *key, const void *value)
{
	size_t n = map->n;

	if (at == UINT32_MAX) {
		map->elements = fake_add(map->elements, &n, sizeof(*map->elements));
		at = map->n++;
		map->elements[at].key = fake_need(malloc(map->info.shape.key_size));
		map->elements[at].value = fake_need(malloc(map->info.shape.value_size));
		memcpy(map->elements[at].key, key, map->info.shape.key_size);
	}
	memcpy(map->elements[at].value, value, map->info.shape.value_size);
}

static int update(struct fake *fake, struct fake_map *map, const void *key,
		  const void *value, uint64_t flags)
{
	uint32_t at = find(map, key), id = 0;
	int r = 0, s;

	if (map->frozen)
		return -EPERM;
	s = check_presence(map, key, at, flags);
	/* An array looks at the index first, a hash at the map. */
	if (map->has_inner && (s == 0 || !is_array(map)))
		r = take_inner(fake, map, value, &id);
	if (r < 0 || s < 0)
		return r < 0 ? r : s;
	put(map, at, key, map->has_inner ? &id : value);
	return 0;
}

static int map_update(void *data, int fd, const void *key, const void *value,
		      uint64_t flags)
{
	struct fake *fake = fake_enter(data);
	struct fake_map *map;
	int r;

	map = fake_map_of(fake, fd, &r);
	return fake_leave(fake, map ? update(fake, map, key, value, flags) : r);
}

static int delete (struct fake_map *map, const void *key)
{
	uint32_t at = find(map, key);

	if (map->frozen)
		return -EPERM;
	if (is_array(map) && !map->has_inner)
		return -EINVAL;
	if (is_array(map) && index_of(key) >= map->info.shape.max_entries)
		return -E2BIG;
	if (at == UINT32_MAX)
		return -ENOENT;
	free(map->elements[at].key);
	free(map->elements[at].value);
	map->elements[at] = map->elements[--map->n];
	return 0;
}

static int map_delete(void *data, int fd, const void *key)
{
	struct fake *fake = fake_enter(data);
	struct fake_map *map;
	int r;

	map = fake_map_of(fake, fd, &r);
	return fake_leave(fake, map ? delete (map, key) : r);
}

/* The token is the position that the next call starts at. */
static int lookup_batch(const struct fake_map *map, const void *in, void *out, void *keys,
			void *values, uint32_t *count)
{
	uint32_t key_size = map->info.shape.key_size, n = 0;
	uint32_t value_size = map->info.shape.value_size;
	bool plain_array = map->info.shape.type == BPF_MAP_TYPE_ARRAY;
	uint32_t at = in ? index_of(in) : 0;
	uint32_t end = plain_array ? map->info.shape.max_entries : map->n;

	for (; at < end && n < *count; at++, n++) {
		uint8_t *key = (uint8_t *)keys + (size_t)n * key_size;

		if (plain_array)
			memcpy(key, &at, sizeof(at));
		else
			memcpy(key, map->elements[at].key, key_size);
		lookup(map, key, (uint8_t *)values + (size_t)n * value_size);
	}
	memcpy(out, &at, sizeof(at));
	*count = n;
	return at >= end ? -ENOENT : 0;
}

static int map_lookup_batch(void *data, int fd, void *in, void *out, void *keys,
			    void *values, uint32_t *count)
{
	struct fake *fake = fake_enter(data);
	const struct fake_map *map;
	int r;

	map = fake_map_of(fake, fd, &r);
	if (map)
		r = fake->no_batch ? -MIM_ENOTSUPP
				   : lookup_batch(map, in, out, keys, values, count);
	return fake_leave(fake, r);
}

static int map_update_batch(void *data, int fd, const void *keys, const void *values,
			    uint32_t *count)
{
	struct fake *fake = fake_enter(data);
	struct fake_map *map;
	uint32_t n = *count, i = 0;
	int r;

	map = fake_map_of(fake, fd, &r);
	if (map && fake->no_batch)
		r = -MIM_ENOTSUPP;
	else if (map)
		for (r = 0, *count = 0; r == 0 && i < n; i += r == 0, *count = i)
			r = update(fake, map,
				   (const uint8_t *)keys +
					   (size_t)i * map->info.shape.key_size,
				   (const uint8_t *)values +
					   (size_t)i * map->info.shape.value_size,
				   0);
	return fake_leave(fake, r);
}

static int map_delete_batch(void *data, int fd, const void *keys, uint32_t *count)
{
	struct fake *fake = fake_enter(data);
	struct fake_map *map;
	uint32_t n = *count, i = 0;
	int r;

	map = fake_map_of(fake, fd, &r);
	if (map && (fake->no_batch || is_array(map)))
		r = -MIM_ENOTSUPP;
	else if (map)
		for (r = 0, *count = 0; r == 0 && i < n; i += r == 0, *count = i)
			r = delete (map, (const uint8_t *)keys +
						 (size_t)i * map->info.shape.key_size);
	return fake_leave(fake, r);
}

static int template_sizes(void *data, int fd, uint32_t key_size, uint32_t *ret_key,
			  uint32_t *ret_value)
{
	struct fake *fake = fake_enter(data);
	const struct fake_map *map;
	int r;

	(void)key_size;
	map = fake_map_of(fake, fd, &r);
	if (!map || !map->has_inner)
		return fake_leave(fake, -ENODATA);
	*ret_key = map->inner.key_size;
	*ret_value = map->inner.value_size;
	return fake_leave(fake, 0);
}

static int prog_next_id(void *data, uint32_t id, uint32_t *ret_id)
{
	struct fake *fake = fake_enter(data);
	int r = -ENOENT;

	for (size_t i = fake->n_programs; i-- > 0;)
		if (fake->programs[i].id > id) {
			*ret_id = fake->programs[i].id;
			r = 0;
		}
	return fake_leave(fake, r);
}

static int prog_open(void *data, uint32_t id)
{
	struct fake *fake = fake_enter(data);
	const struct fake_program *program = fake_program_by_id(fake, id);

	return fake_leave(fake, program ? fake_issue(fake, program->base) : -ENOENT);
}

static int prog_info(void *data, int fd, struct mim_prog_info *ret_info)
{
	struct fake *fake = fake_enter(data);
	const struct fake_program *program = fake_program_of(fake, fd);

	if (!program)
		return fake_leave(fake, -EINVAL);
	*ret_info = (struct mim_prog_info){
		.id = program->id,
		.type = BPF_PROG_TYPE_XDP,
		.name = "lb_main",
		.maps = fake_need(calloc(1, sizeof(uint32_t))),
		.n_maps = 1,
	};
	ret_info->maps[0] = program->map;
	return fake_leave(fake, 0);
}

void fake_add_map_ops(struct mim_kernel_ops *ops)
{
	ops->btf_load = btf_load;
	ops->btf_read = btf_read;
	ops->map_create = map_create;
	ops->map_next_id = map_next_id;
	ops->map_open = map_open;
	ops->map_info = map_info;
	ops->map_iterate = map_iterate;
	ops->map_frozen = map_frozen;
	ops->map_next_key = map_next_key;
	ops->map_lookup = map_lookup;
	ops->map_update = map_update;
	ops->map_delete = map_delete;
	ops->map_lookup_batch = map_lookup_batch;
	ops->map_update_batch = map_update_batch;
	ops->map_delete_batch = map_delete_batch;
	ops->template_sizes = template_sizes;
	ops->prog_next_id = prog_next_id;
	ops->prog_open = prog_open;
	ops->prog_info = prog_info;
}
