/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/topology.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "base/array.h"
#include "base/pages.h"
#include "base/str.h"
#include "model/kind.h"

struct mim_topology *mim_topology_new(void)
{
	return calloc(1, sizeof(struct mim_topology));
}

void mim_topology_free(struct mim_topology *topology)
{
	if (!topology)
		return;
	free(topology->templates);
	free(topology->maps);
	free(topology->pins);
	free(topology->programs);
	free(topology->processes);
	free(topology->scope.folders.items);
	free(topology->scope.foreign.items);
	free(topology->scope.begun.items);
	free(topology->scope.stale.items);
	free(topology->scope.protected.items);
	free(topology->scope.outside.items);
	free(topology->scope.taken.items);
	free(topology->scope.denied.items);
	free(topology->missed.items);
	mim_arena_release(&topology->arena);
	free(topology);
}

int mim_topology_set_scope(struct mim_topology *topology, const char *name,
			   const char *bpffs)
{
	struct mim_scope *scope = &topology->scope;
	struct mim_arena *arena = &topology->arena;
	size_t length = strlen(bpffs);

	while (length > 1 && bpffs[length - 1] == '/')
		length--;
	scope->bpffs = mim_arena_strndup(arena, bpffs, length);
	if (!scope->bpffs)
		return -ENOMEM;
	if (!name)
		return 0;
	scope->name = mim_arena_strdup(arena, name);
	scope->folder = mim_arena_printf(arena, "%s/%s", scope->bpffs, name);
	return scope->name && scope->folder ? 0 : -ENOMEM;
}

struct mim_topology *mim_topology_empty(const char *name, const char *bpffs)
{
	mim_auto_topology struct mim_topology *empty = mim_topology_new();

	if (!empty || mim_topology_set_scope(empty, name, bpffs) < 0)
		return NULL;
	return TAKE_PTR(empty);
}

static int make_room(struct mim_topology *topology, size_t room)
{
	struct mim_map *old = topology->maps, *maps;

	for (size_t i = 0; i < topology->n_maps; i++)
		if (old[i].name == old[i].kernel_name)
			old[i].name = NULL;
	maps = reallocarray(old, room, sizeof(*maps));
	if (maps)
		topology->maps = maps;
	/* A name that is the kernel's moves with its map. */
	for (size_t i = 0; i < topology->n_maps; i++)
		if (!topology->maps[i].name)
			topology->maps[i].name = topology->maps[i].kernel_name;
	if (!maps)
		return -ENOMEM;
	mim_pages_large(maps, room * sizeof(*maps));
	topology->maps_room = room;
	return 0;
}

int mim_topology_expect(struct mim_topology *topology, size_t n)
{
	size_t room;

	if (__builtin_add_overflow(topology->n_maps, n, &room))
		return -ENOMEM;
	return room > topology->maps_room ? make_room(topology, room) : 0;
}

struct mim_map *mim_topology_add_map(struct mim_topology *topology, const char *name)
{
	size_t n = topology->n_maps;
	struct mim_map *map;

	/* By half of what is there: some of it may stay unused. */
	if (n == topology->maps_room && make_room(topology, n + n / 2 + 8) < 0)
		return NULL;
	mim_pages_append(topology->maps, n, sizeof(*map), topology->maps_room);
	map = &topology->maps[topology->n_maps++];
	*map = (struct mim_map){.name = name,
				.template = MIM_NONE,
				.pins = MIM_NONE,
				.entries = MIM_ENTRIES_UNKNOWN};
	return map;
}

const struct mim_users *mim_map_users(const struct mim_map *map)
{
	static const struct mim_users nobody;

	return map->users ? map->users : &nobody;
}

struct mim_users *mim_topology_make_users(struct mim_topology *topology,
					  struct mim_map *map)
{
	if (!map->users)
		map->users = mim_arena_alloc(&topology->arena, sizeof(*map->users));
	return map->users;
}

struct mim_outer *mim_topology_make_outer(struct mim_topology *topology,
					  struct mim_map *map)
{
	map->outer = mim_arena_alloc(&topology->arena, sizeof(*map->outer));
	if (map->outer)
		map->outer->template = MIM_NONE;
	return map->outer;
}

/* An inner map may have other max_entries than its template, where the kernel lets it. */
static bool is_like(const struct mim_template *template, const struct mim_template *like,
		    bool exactly)
{
	const struct mim_kind *kind = mim_kind_by_type(like->shape.type);
	uint32_t differs = mim_shape_differs(&like->shape, &template->shape);

	if (!exactly && kind && kind->role == MIM_ROLE_INNER)
		differs &= ~MIM_FIELD_BIT(MIM_FIELD_MAX_ENTRIES);
	return !differs && like->shape.numa_node == template->shape.numa_node &&
	       mim_type_same(like->key_type, template->key_type) &&
	       mim_type_same(like->value_type, template->value_type);
}

uint32_t mim_topology_template(struct mim_topology *topology,
			       const struct mim_template *like, bool exactly)
{
	struct mim_template *template;

	for (size_t i = 0; i < topology->n_templates; i++)
		if (is_like(&topology->templates[i], like, true))
			return (uint32_t)i;
	for (size_t i = 0; !exactly && i < topology->n_templates; i++)
		if (is_like(&topology->templates[i], like, false))
			return (uint32_t)i;
	template = mim_array_add(topology->templates, topology->n_templates);
	if (!template)
		return MIM_NONE;
	*template = *like;
	return (uint32_t)topology->n_templates - 1;
}

void mim_outer_learn(struct mim_outer *outer, const struct mim_shape *fits)
{
	const struct mim_kind *kind = mim_kind_by_type(fits->type);

	outer->inner = (struct mim_shape){.type = fits->type,
					  .key_size = fits->key_size,
					  .value_size = fits->value_size,
					  .flags = fits->flags};
	outer->inner_known = MIM_KNOWN_PART;
	if (!kind || kind->role != MIM_ROLE_INNER_EQUAL ||
	    (fits->flags & BPF_F_INNER_MAP))
		return;
	outer->inner.max_entries = fits->max_entries;
	outer->inner_known = MIM_KNOWN_FULL;
}

struct mim_pin *mim_topology_add_pin(struct mim_topology *topology, uint32_t map,
				     const char *path)
{
	uint32_t index = (uint32_t)topology->n_pins;
	char *copy = mim_arena_strdup(&topology->arena, path);
	struct mim_pin *pin;

	pin = copy ? mim_array_add(topology->pins, topology->n_pins) : NULL;
	if (!pin)
		return NULL;
	pin->path = copy;
	pin->map = map;
	pin->mode = MIM_MODE_ANY;
	pin->next = MIM_NONE;
	pin->inside = mim_topology_inside(topology, path);
	if (map != MIM_NONE) {
		struct mim_map *owner = &topology->maps[map];

		if (owner->pins == MIM_NONE)
			owner->pins = index;
		else
			topology->pins[topology->pins[owner->pins].last].next = index;
		topology->pins[owner->pins].last = index;
	}
	return pin;
}

int mim_texts_add(struct mim_texts *texts, const char *text)
{
	const char **item = mim_array_add(texts->items, texts->n);

	if (!item)
		return -ENOMEM;
	*item = text;
	texts->sorted = false;
	return 0;
}

int mim_topology_add_text(struct mim_topology *topology, struct mim_texts *texts,
			  const char *text)
{
	const char *copy = mim_arena_strdup(&topology->arena, text);

	return copy ? mim_texts_add(texts, copy) : -ENOMEM;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void mim_texts_sort(struct mim_texts *texts)
{
	if (texts->n)
		qsort(texts->items, texts->n, sizeof(*texts->items), compare_texts);
	texts->sorted = true;
}

bool mim_texts_has(const struct mim_texts *texts, const char *text)
{
	if (texts->sorted)
		return texts->n && bsearch(&text, texts->items, texts->n,
					   sizeof(*texts->items), compare_texts);
	for (size_t i = 0; i < texts->n; i++)
		if (strcmp(texts->items[i], text) == 0)
			return true;
	return false;
}

const char *mim_outside_text(uint32_t id, const char *path, char *text)
{
	snprintf(text, MIM_OUTSIDE_TEXT, "%u %s", id, path);
	return text;
}

const char *mim_outside_path(const char *record)
{
	const char *space = strchr(record, ' ');

	return space ? space + 1 : NULL;
}

bool mim_topology_recorded(const struct mim_topology *live, const struct mim_pin *pin)
{
	char text[MIM_OUTSIDE_TEXT];

	return mim_texts_has(&live->scope.outside,
			     mim_outside_text(live->maps[pin->map].id, pin->path, text));
}

bool mim_topology_made(const struct mim_topology *live, const struct mim_pin *pin)
{
	return pin->inside ? live->scope.marked : mim_topology_recorded(live, pin);
}

/* Maps that are made side by side have ids that lie not much further apart. */
#define NEAR 8U

/* Live lists ascend by id: one search serves maps and programs. */
static uint32_t find_id(const void *items, size_t low, size_t high, size_t size,
			size_t offset, uint32_t id)
{
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint32_t there;

		memcpy(&there, (const char *)items + middle * size + offset,
		       sizeof(there));
		if (there == id)
			return (uint32_t)middle;
		if (there < id)
			low = middle + 1;
		else
			high = middle;
	}
	return MIM_NONE;
}

uint32_t mim_topology_by_id(const struct mim_topology *topology, uint32_t id)
{
	return find_id(topology->maps, 0, topology->n_maps, sizeof(struct mim_map),
		       offsetof(struct mim_map, id), id);
}

uint32_t mim_topology_by_id_near(const struct mim_topology *topology, uint32_t id,
				 uint32_t near)
{
	const struct mim_map *maps = topology->maps;
	size_t low = near > NEAR ? near - NEAR : 0, high = (size_t)near + NEAR;

	if (high > topology->n_maps)
		high = topology->n_maps;
	if (low >= high || id < maps[low].id || id > maps[high - 1].id)
		return mim_topology_by_id(topology, id);
	return find_id(maps, low, high, sizeof(*maps), offsetof(struct mim_map, id), id);
}

uint32_t mim_topology_program(const struct mim_topology *topology, uint32_t id)
{
	return find_id(topology->programs, 0, topology->n_programs,
		       sizeof(struct mim_program), offsetof(struct mim_program, id), id);
}

bool mim_topology_inside(const struct mim_topology *topology, const char *path)
{
	const char *folder = topology->scope.folder;

	return folder && mim_str_starts(path, folder) && path[strlen(folder)] == '/';
}

#define COMPARE_AS(type)                                                                 \
	do {                                                                             \
		type x, y;                                                               \
		memcpy(&x, a, sizeof(x));                                                \
		memcpy(&y, b, sizeof(y));                                                \
		return (x > y) - (x < y);                                                \
	} while (0)

int mim_key_compare(uint32_t size, const void *a, const void *b)
{
	switch (size) {
	case 2:
		COMPARE_AS(uint16_t);
	case 4:
		COMPARE_AS(uint32_t);
	case 8:
		COMPARE_AS(uint64_t);
	default:
		return memcmp(a, b, size);
	}
}

/* One pass over one byte of all keys; equal ones keep their order. */
static void sort_by_byte(const uint8_t *byte, uint32_t key_size, uint32_t n,
			 const uint32_t *order, uint32_t *ret_order)
{
	uint32_t starts[257] = {0};

	for (uint32_t i = 0; i < n; i++)
		starts[byte[(size_t)i * key_size] + 1]++;
	for (size_t value = 1; value < MIM_ARRAY_SIZE(starts); value++)
		starts[value] += starts[value - 1];
	for (uint32_t i = 0; i < n; i++)
		ret_order[starts[byte[(size_t)order[i] * key_size]]++] = order[i];
}

static bool is_integer(uint32_t key_size)
{
	return key_size == 2 || key_size == 4 || key_size == 8;
}

/* From the byte that counts least in mim_key_compare() to the one that counts most. */
static uint32_t byte_at(uint32_t key_size, uint32_t pass)
{
	bool upwards = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && is_integer(key_size);

	return upwards ? pass : key_size - 1 - pass;
}

static bool is_the_same(const uint8_t *byte, uint32_t key_size, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		if (byte[(size_t)i * key_size] != *byte)
			return false;
	return true;
}

/* Equal keys keep their order: the later one is the duplicate. */
static void sort_keys(const struct mim_slots *slots, uint32_t key_size, uint32_t *order,
		      uint32_t *spare, uint32_t **ret_order)
{
	for (uint32_t i = 0; i < slots->n; i++)
		order[i] = i;
	for (uint32_t pass = 0; pass < key_size; pass++) {
		const uint8_t *byte = slots->keys + byte_at(key_size, pass);
		uint32_t *sorted = spare;

		if (is_the_same(byte, key_size, slots->n))
			continue;
		sort_by_byte(byte, key_size, slots->n, order, sorted);
		spare = order;
		order = sorted;
	}
	*ret_order = order;
}

static bool in_order(const struct mim_slots *slots, uint32_t key_size)
{
	for (size_t i = 1; i < slots->n; i++)
		if (mim_key_compare(key_size, slots->keys + (i - 1) * key_size,
				    slots->keys + i * key_size) > 0)
			return false;
	return true;
}

static void permute(void *items, size_t size, const uint32_t *order, uint32_t n,
		    void *scratch)
{
	if (!items)
		return;
	memcpy(scratch, items, size * n);
	for (size_t i = 0; i < n; i++)
		memcpy((uint8_t *)items + i * size, (uint8_t *)scratch + order[i] * size,
		       size);
}

int mim_slots_sort(struct mim_slots *slots, uint32_t key_size)
{
	mim_auto_free uint32_t *orders = NULL;
	mim_auto_free void *scratch = NULL;
	size_t widest = key_size;
	uint32_t *order;

	if (in_order(slots, key_size))
		return 0;
	if (widest < sizeof(*slots->origins))
		widest = sizeof(*slots->origins);
	orders = calloc(slots->n, 2 * sizeof(*orders));
	scratch = calloc(slots->n, widest);
	if (!orders || !scratch)
		return -ENOMEM;
	sort_keys(slots, key_size, orders, orders + slots->n, &order);
	permute(slots->keys, key_size, order, slots->n, scratch);
	permute(slots->inner, sizeof(*slots->inner), order, slots->n, scratch);
	permute(slots->origins, sizeof(*slots->origins), order, slots->n, scratch);
	return 0;
}

uint32_t mim_slots_find_near(const struct mim_map *outer, const void *key, uint32_t guess)
{
	return guess < outer->outer->slots.n &&
			       mim_key_compare(outer->shape.key_size,
					       mim_slot_key(outer, guess), key) == 0
		       ? guess
		       : mim_slots_find(outer, key);
}

uint32_t mim_keys_find(const uint8_t *keys, uint32_t n, uint32_t size, const void *key)
{
	uint32_t low = 0, high = n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int c = mim_key_compare(size, keys + (size_t)middle * size, key);

		if (c == 0)
			return middle;
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return MIM_NONE;
}

uint32_t mim_slots_find(const struct mim_map *outer, const void *key)
{
	return mim_keys_find(outer->outer->slots.keys, outer->outer->slots.n,
			     outer->shape.key_size, key);
}
