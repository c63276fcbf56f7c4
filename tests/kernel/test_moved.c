/* SPDX-License-Identifier: BSD-2-Clause */

/* A map that has another slot or another pin now is the same map, with what is in it. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include "harness.h"

/* Two outer maps, one of them full with two slots, and two inner maps. */
static void write_moved(const char *slots, const char *full, const char *pins)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml),
		 "version: 1\nname: t\nbpffs: %s\n"
		 "templates: [{name: k, type: hash, key: u32, value: u64, "
		 "max_entries: 8}]\n"
		 "outer_maps:\n"
		 "  - {name: o, type: array_of_maps, max_entries: 4, template: k}\n"
		 "  - {name: full, type: hash_of_maps, key: u32, max_entries: 2, "
		 "template: k}\n"
		 "inner_maps: [{name: a, template: k}, {name: b, template: k}]\n"
		 "bindings: [{outer: o, slots: [%s]}, {outer: full, slots: [%s]}]\n"
		 "pins: [%s]\n",
		 bench.bpffs, slots, full, pins);
	bench_write(yaml);
}

#define HERE	   "{key: 0, inner: a}, {key: 1, inner: b}"
#define THERE	   "{key: 1, inner: a}, {key: 3, inner: b}"
#define OUTER_PINS "{map: o, path: o}, {map: full, path: full}"

/* Put something in what is in a slot. Return: the map's id. */
static uint32_t mark(const char *outer, uint32_t key, uint64_t value)
{
	uint32_t id = slot_id(outer, key), entry = 1;
	int fd = bpf_map_get_fd_by_id(id);

	ck_assert_int_eq(bpf_map_update_elem(fd, &entry, &value, 0), 0);
	close(fd);
	return id;
}

static void is_marked(const char *outer, uint32_t key, uint32_t id, uint64_t value)
{
	uint32_t entry = 1;
	uint64_t there = 0;
	int fd;

	ck_assert_uint_eq(slot_id(outer, key), id);
	fd = bpf_map_get_fd_by_id(id);
	ck_assert_int_eq(bpf_map_lookup_elem(fd, &entry, &there), 0);
	ck_assert_uint_eq(there, value);
	close(fd);
}

START_TEST(slots_that_move_take_their_maps_along)
{
	static const struct {
		const char *slots;
		const char *full;
		struct {
			const char *outer;
			uint32_t key;
		} a, b;
	} cases[] = {
		{"{key: 1, inner: a}, {key: 0, inner: b}", "", {"t/o", 1}, {"t/o", 0}},
		{"{key: 2, inner: a}, {key: 3, inner: b}", "", {"t/o", 2}, {"t/o", 3}},
		{"{key: 3, inner: a}",
		 "{key: 7, inner: b}, {key: 8}",
		 {"t/o", 3},
		 {"t/full", 7}},
		/* There is room for a only where b has been. */
		{"{key: 0, inner: b}",
		 "{key: 9, inner: a}, {key: 8}",
		 {"t/full", 9},
		 {"t/o", 0}},
	};
	uint32_t a, b;

	write_moved(HERE, "", OUTER_PINS);
	apply();
	a = mark("t/o", 0, 100);
	b = mark("t/o", 1, 200);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_moved(cases[i].slots, cases[i].full, OUTER_PINS);
		ck_assert_int_eq(mimctl("plan", "-f", bench.file), 0);
		lacks(bench.out, "lost");
		apply();
		is_marked(cases[i].a.outer, cases[i].a.key, a, 100);
		is_marked(cases[i].b.outer, cases[i].b.key, b, 200);
	}
}
END_TEST

START_TEST(pins_that_move_take_their_maps_along)
{
	int64_t outer;
	uint32_t a;

	write_moved(HERE, "", OUTER_PINS ", {map: b, path: b}");
	apply();
	a = mark("t/o", 0, 100);
	mark("t/o", 1, 200);
	outer = map_number("t/o", "id");
	write_moved("{key: 2, inner: a}, {key: 3, inner: b}", "",
		    "{map: o, path: x/o}, {map: full, path: full}, {map: b, path: x/b}");
	apply();
	ck_assert_int_eq(map_number("t/x/o", "id"), outer);
	ck_assert(!is_there("t/o"));
	is_marked("t/x/o", 2, a, 100);
	is_marked("t/x/o", 3, (uint32_t)map_number("t/x/b", "id"), 200);
}
END_TEST

/* Return: whether the apply went through although its @k-th call failed. */
static bool move_once(int k, uint32_t a, uint32_t b)
{
	char fault[32];

	snprintf(fault, sizeof(fault), "*:%d:%d", k, EIO);
	write_moved(THERE, "", OUTER_PINS);
	if (faulty(fault, "apply", "-f", bench.file) != 0) {
		is_marked("t/o", 0, a, 100);
		is_marked("t/o", 1, b, 200);
		return false;
	}
	is_marked("t/o", 1, a, 100);
	is_marked("t/o", 3, b, 200);
	write_moved(HERE, "", OUTER_PINS);
	apply();
	return true;
}

/* Where it fails, and where nobody confirms it, the maps are where they were. */
START_TEST(what_has_moved_goes_back)
{
	uint32_t a, b;
	int good = 0;

	write_moved(HERE, "", OUTER_PINS);
	apply();
	a = mark("t/o", 0, 100);
	b = mark("t/o", 1, 200);
	/* Some calls may fail without harm: the end is a run of many good ones. */
	for (int k = 1; good < 12 / bench_stride(5) + 2; k += bench_stride(5)) {
		ck_assert_int_lt(k, 1000);
		good = move_once(k, a, b) ? good + 1 : 0;
	}
	write_moved(THERE, "", OUTER_PINS);
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--confirm", "1"), 5);
	is_marked("t/o", 0, a, 100);
	is_marked("t/o", 1, b, 200);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		slots_that_move_take_their_maps_along,
		pins_that_move_take_their_maps_along,
		what_has_moved_goes_back,
	};

	return bench_suite("moved", tests, sizeof(tests) / sizeof(tests[0]));
}
