/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/topology.h"
#include "unit.h"

static const struct {
	uint32_t size;
	uint8_t a[8];
	uint8_t b[8];
	int order;
} orders[] = {
	{1, {1}, {2}, -1},
	{1, {0xff}, {1}, 1},
	{1, {7}, {7}, 0},
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	{2, {0xff, 0x00}, {0x00, 0x01}, -1},
	{4, {0xff, 0, 0, 0}, {0, 1, 0, 0}, -1},
	{8, {0xff, 0, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0, 0, 1}, -1},
#endif
	{3, {0xff, 0, 0}, {0, 1, 0}, 1}, /* no integer: byte by byte */
	{6, {0, 0, 0, 0, 0, 1}, {0, 0, 0, 0, 0, 2}, -1},
};

START_TEST(keys_of_integer_size_are_in_counting_order)
{
	int c = mim_key_compare(orders[_i].size, orders[_i].a, orders[_i].b);
	int back = mim_key_compare(orders[_i].size, orders[_i].b, orders[_i].a);

	ck_assert_int_eq((c > 0) - (c < 0), orders[_i].order);
	ck_assert_int_eq((back > 0) - (back < 0), -orders[_i].order);
}
END_TEST

static void add_slots(struct mim_topology *topology, struct mim_map *map,
		      const uint32_t *keys, uint32_t n)
{
	struct mim_slots *slots = &mim_topology_make_outer(topology, map)->slots;

	map->shape.key_size = sizeof(*keys);
	slots->keys = mim_arena_array(&topology->arena, n, sizeof(*keys));
	slots->inner = mim_arena_array(&topology->arena, n, sizeof(*slots->inner));
	slots->origins = mim_arena_array(&topology->arena, n, sizeof(*slots->origins));
	memcpy(slots->keys, keys, n * sizeof(*keys));
	for (uint32_t i = 0; i < n; i++) {
		slots->inner[i] = keys[i] * 10;
		slots->origins[i].part = i;
	}
	slots->n = n;
}

static const struct {
	uint32_t keys[8];
	uint32_t n;
} unsorted[] = {
	{{0}, 0},
	{{5}, 1},
	{{1, 2, 3}, 3},
	{{3, 2, 1}, 3},
	{{0xffffffff, 0, 256, 1, 255}, 5},
	{{7, 7, 7, 1}, 4},
};

START_TEST(sorted_slots_keep_key_inner_and_origin_together)
{
	struct mim_topology *topology = mim_topology_new();
	struct mim_map *map = mim_topology_add_map(topology, "outer");
	const struct mim_slots *slots;

	add_slots(topology, map, unsorted[_i].keys, unsorted[_i].n);
	slots = &map->outer->slots;
	ck_assert_int_eq(mim_slots_sort(&map->outer->slots, 4), 0);
	ck_assert_uint_eq(slots->n, unsorted[_i].n);
	for (uint32_t i = 0; i < slots->n; i++) {
		uint32_t key, last;

		memcpy(&key, mim_slot_key(map, i), sizeof(key));
		ck_assert_uint_eq(slots->inner[i], key * 10);
		ck_assert_uint_eq(unsorted[_i].keys[slots->origins[i].part], key);
		if (i == 0)
			continue;
		memcpy(&last, mim_slot_key(map, i - 1), sizeof(last));
		ck_assert_uint_ge(key, last);
		/* Of equal keys the one declared first stays first. */
		if (key == last)
			ck_assert_uint_gt(slots->origins[i].part,
					  slots->origins[i - 1].part);
	}
	mim_topology_free(topology);
}
END_TEST

START_TEST(live_slots_without_origins_are_sorted_too)
{
	struct mim_topology *topology = mim_topology_new();
	struct mim_map *map = mim_topology_add_map(topology, "outer");
	uint32_t one = 1;

	add_slots(topology, map, unsorted[3].keys, unsorted[3].n);
	map->outer->slots.origins = NULL;
	ck_assert_int_eq(mim_slots_sort(&map->outer->slots, 4), 0);
	ck_assert_uint_eq(mim_slots_find(map, &one), 0);
	mim_topology_free(topology);
}
END_TEST

START_TEST(every_slot_is_found_and_nothing_else)
{
	enum { MANY = 1000 };
	struct mim_topology *topology = mim_topology_new();
	struct mim_map *map = mim_topology_add_map(topology, "outer");
	uint32_t keys[MANY];

	for (uint32_t i = 0; i < MANY; i++)
		keys[i] = (i * 7919) % MANY * 2; /* every even number, shuffled */
	add_slots(topology, map, keys, MANY);
	ck_assert_int_eq(mim_slots_sort(&map->outer->slots, 4), 0);
	for (uint32_t key = 0; key < 2 * MANY; key++)
		ck_assert_uint_eq(mim_slots_find(map, &key),
				  key % 2 ? MIM_NONE : key / 2);
	mim_topology_free(topology);
}
END_TEST

START_TEST(pins_of_a_map_are_chained_in_their_order)
{
	struct mim_topology *topology = mim_topology_empty("lb", "/sys/fs/bpf//");
	static const char *const paths[] = {"/sys/fs/bpf/lb/a", "/sys/fs/bpf/lbx/a",
					    "/sys/fs/bpf/lb", "/sys/fs/bpf/lb/b/c"};
	static const bool inside[] = {true, false, false, true};
	uint32_t p, i = 0;

	ck_assert_str_eq(topology->scope.bpffs, "/sys/fs/bpf");
	ck_assert_str_eq(topology->scope.folder, "/sys/fs/bpf/lb");
	mim_topology_add_map(topology, "other");
	mim_topology_add_map(topology, "map");
	for (i = 0; i < MIM_ARRAY_SIZE(paths); i++) {
		ck_assert_ptr_nonnull(mim_topology_add_pin(topology, 0, "/x"));
		ck_assert_ptr_nonnull(mim_topology_add_pin(topology, 1, paths[i]));
	}
	i = 0;
	for (p = topology->maps[1].pins; p != MIM_NONE; p = topology->pins[p].next, i++) {
		ck_assert_str_eq(topology->pins[p].path, paths[i]);
		ck_assert_int_eq(topology->pins[p].inside, inside[i]);
		ck_assert_uint_eq(topology->pins[p].mode, MIM_MODE_ANY);
	}
	ck_assert_uint_eq(i, MIM_ARRAY_SIZE(paths));
	mim_topology_free(topology);
}
END_TEST

START_TEST(live_maps_are_found_by_id)
{
	static const uint32_t ids[] = {3, 7, 8, 4000000000u};
	struct mim_topology *topology = mim_topology_new();

	ck_assert_uint_eq(mim_topology_by_id(topology, 3), MIM_NONE);
	for (size_t i = 0; i < MIM_ARRAY_SIZE(ids); i++)
		mim_topology_add_map(topology, "map")->id = ids[i];
	for (uint32_t i = 0; i < MIM_ARRAY_SIZE(ids); i++)
		ck_assert_uint_eq(mim_topology_by_id(topology, ids[i]), i);
	ck_assert_uint_eq(mim_topology_by_id(topology, 0), MIM_NONE);
	ck_assert_uint_eq(mim_topology_by_id(topology, 5), MIM_NONE);
	ck_assert_uint_eq(mim_topology_by_id(topology, UINT32_MAX), MIM_NONE);
	mim_topology_free(topology);
}
END_TEST

START_TEST(a_name_that_is_the_kernels_moves_with_its_map)
{
	struct mim_topology *topology = mim_topology_new();

	ck_assert_int_eq(mim_topology_expect(topology, 3), 0);
	for (uint32_t i = 0; i < 1000; i++) {
		struct mim_map *map = mim_topology_add_map(topology, "declared");

		ck_assert_ptr_nonnull(map);
		if (i % 3 == 0)
			continue;
		snprintf(map->kernel_name, sizeof(map->kernel_name), "map_%u", i);
		map->name = map->kernel_name;
	}
	for (uint32_t i = 0; i < 1000; i++) {
		const struct mim_map *map = &topology->maps[i];

		if (i % 3 == 0)
			ck_assert_str_eq(map->name, "declared");
		else
			ck_assert_ptr_eq(map->name, map->kernel_name);
	}
	mim_topology_free(topology);
}
END_TEST

START_TEST(a_good_guess_and_a_bad_one_find_the_same_slot)
{
	uint32_t keys[] = {2, 3, 5, 7}, absent = 4;
	struct mim_outer outer = {.slots = {.n = 4, .keys = (uint8_t *)keys}};
	struct mim_map map = {.shape.key_size = 4, .outer = &outer};

	for (uint32_t i = 0; i < 4; i++)
		for (uint32_t guess = 0; guess < 6; guess++)
			ck_assert_uint_eq(mim_slots_find_near(&map, &keys[i], guess), i);
	ck_assert_uint_eq(mim_slots_find_near(&map, &absent, 2), MIM_NONE);
}
END_TEST

static const uint32_t key_sizes[] = {1, 2, 3, 4, 6, 8, 16};

START_TEST(slots_are_sorted_and_equal_keys_keep_their_order)
{
	uint32_t size = key_sizes[_i], inner[500];
	uint8_t keys[MIM_ARRAY_SIZE(inner) * 16];
	struct mim_slots slots = {
		.n = MIM_ARRAY_SIZE(inner), .keys = keys, .inner = inner};

	/* Few values a byte, so that some keys come twice. */
	srand(size);
	for (size_t i = 0; i < sizeof(keys); i++)
		keys[i] = (uint8_t)(rand() % 4 * 85);
	for (uint32_t i = 0; i < slots.n; i++)
		inner[i] = i;
	ck_assert_int_eq(mim_slots_sort(&slots, size), 0);
	for (uint32_t i = 1; i < slots.n; i++) {
		int c = mim_key_compare(size, keys + (i - 1) * size, keys + i * size);

		ck_assert(c < 0 || (c == 0 && inner[i - 1] < inner[i]));
	}
}
END_TEST

UNIT_MAIN("topology",
	  UNIT_EACH(slots_are_sorted_and_equal_keys_keep_their_order, key_sizes),
	  UNIT_EACH(keys_of_integer_size_are_in_counting_order, orders),
	  UNIT_EACH(sorted_slots_keep_key_inner_and_origin_together, unsorted),
	  UNIT(live_slots_without_origins_are_sorted_too),
	  UNIT(every_slot_is_found_and_nothing_else),
	  UNIT(pins_of_a_map_are_chained_in_their_order), UNIT(live_maps_are_found_by_id),
	  UNIT(a_name_that_is_the_kernels_moves_with_its_map),
	  UNIT(a_good_guess_and_a_bad_one_find_the_same_slot))
