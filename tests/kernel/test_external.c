/* SPDX-License-Identifier: BSD-2-Clause */

/* Maps that somebody else made: bound to and from, never created, replaced or removed. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include "harness.h"

#define TABLE                                                                            \
	"templates: [{name: table, type: hash, key: u32, value: u32, max_entries: 8}]\n"

static void write_for(const char *outer, const char *rest)
{
	char yaml[2048];

	snprintf(yaml, sizeof(yaml),
		 "version: 1\nname: t\nbpffs: %s\n" TABLE
		 "outer_maps: [{name: theirs, external: %s, template: table%s\n",
		 bench.bpffs, outer, rest);
	bench_write(yaml);
}

static void make_with_bpftool(void)
{
	bpftool("map", "create", pin("inner"), "type", "hash", "key", "4", "value", "4",
		"entries", "8", "name", "shared");
	bpftool("map", "create", pin("outer"), "type", "array_of_maps", "key", "4",
		"value", "4", "entries", "4", "name", "loader", "inner_map", "pinned",
		pin("inner"));
}

static char *shared_and_own(void)
{
	static char rest[512];

	snprintf(rest, sizeof(rest),
		 "}]\ninner_maps: [{name: shared, external: %s}, {name: own, template: "
		 "table}]\n"
		 "bindings: [{outer: theirs, slots: [{key: 0, inner: shared}, "
		 "{key: 1, inner: own}, {keys: 2-3}]}]\n",
		 pin("inner"));
	return rest;
}

START_TEST(slots_of_an_outer_map_that_bpftool_made)
{
	int64_t outer, inner;

	make_with_bpftool();
	outer = map_number("outer", "id");
	inner = map_number("inner", "id");
	write_for(pin("outer"), shared_and_own());
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 0);
	has(bench.out, "~ outer  theirs");
	has(bench.out, "+ slot   0            shared (id ");
	apply();
	ck_assert_int_eq(map_number("outer", "id"), outer);
	ck_assert_uint_eq(slot_id("outer", 0), inner);
	ck_assert_uint_ne(slot_id("outer", 1), 0);
	write_for(pin("outer"),
		  "}]\nbindings: [{outer: theirs, slots: [{keys: 2-3}]}]\n");
	apply();
	ck_assert_uint_eq(slot_id("outer", 0), 0);
	ck_assert_uint_ne(slot_id("outer", 2), 0);
	/* What we did not make, we do not remove. */
	ck_assert_int_eq(mimctl("destroy", "-f", bench.file), 0);
	ck_assert_int_eq(map_number("outer", "id"), outer);
	ck_assert_int_eq(map_number("inner", "id"), inner);
}
END_TEST

START_TEST(slots_of_an_outer_map_that_a_libbpf_loader_made)
{
	struct bpf_object_open_opts opts = {.sz = sizeof(opts),
					    .pin_root_path = bench.bpffs};
	struct bpf_object *object;
	struct bpf_map *map;
	uint32_t id, slot;
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info), key = 80;

	libbpf_set_print(NULL);
	object = bpf_object__open_file(bench_program("LOADER_OBJECT"), &opts);
	ck_assert(object != NULL);
	ck_assert_int_eq(bpf_object__load(object), 0);
	map = bpf_object__find_map_by_name(object, "services");
	ck_assert(map != NULL);
	ck_assert_int_eq(bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &size), 0);
	id = info.id;
	/* LIBBPF_PIN_BY_NAME has pinned it under its name. */
	ck_assert_uint_eq((uint32_t)map_number("services", "id"), id);
	write_for(pin("services"),
		  ", key: u32}]\nbindings: [{outer: theirs, slots: [{key: 80}]}]\n");
	apply();
	ck_assert_int_eq(bpf_map_lookup_elem(bpf_map__fd(map), &key, &slot), 0);
	ck_assert_uint_eq(slot, slot_id("services", 80));
	ck_assert_int_eq(mimctl("destroy", "-f", bench.file), 0);
	ck_assert_uint_eq((uint32_t)map_number("services", "id"), id);
	bpf_object__close(object);
}
END_TEST

static void refused(const char *outer, const char *rest, const char *message)
{
	write_for(outer, rest);
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 69);
	has(bench.err, message);
	has(bench.err, "test.yaml:");
	ck_assert_int_eq(mimctl("apply", "-f", bench.file), 69);
	has(bench.err, message);
	ck_assert_int_ne(access(pin("t"), F_OK), 0);
}

START_TEST(what_does_not_fit_is_refused_with_its_place)
{
	make_with_bpftool();
	refused(pin("nothing"), "}]\nbindings: [{outer: theirs, slots: [{key: 0}]}]\n",
		"external map 'theirs' is not there");
	refused(pin("inner"), "}]\n", "is no outer map: hash");
	refused(pin("outer"), ", key: u64}]\n", "has keys of 4 bytes, not 8");
	write_for(pin("outer"), ", protect: true}]\n");
	ck_assert_int_eq(mimctl("validate", "-f", bench.file), 65);
	has(bench.err, "protect of an external map is its owner's to set");
}
END_TEST

START_TEST(another_template_is_refused_not_replaced)
{
	char yaml[1024];

	make_with_bpftool();
	snprintf(yaml, sizeof(yaml),
		 "version: 1\nname: t\nbpffs: %s\n"
		 "templates: [{name: wide, type: hash, key: u32, value: u64, "
		 "max_entries: 8}]\n"
		 "outer_maps: [{name: theirs, external: %s, template: wide}]\n"
		 "bindings: [{outer: theirs, slots: [{key: 0}]}]\n",
		 bench.bpffs, pin("outer"));
	bench_write(yaml);
	ck_assert_int_eq(mimctl("apply", "-f", bench.file), 69);
	has(bench.err,
	    "was made for other inner maps: value_size is 4, template 'wide' has 8");
}
END_TEST

static void make(const char *path, const char *type, const char *entries,
		 const char *flags)
{
	bpftool("map", "create", pin(path), "type", type, "key", "4", "value", "4",
		"entries", entries, "name", "theirs", "flags", flags);
}

/* Arrays of 8 as the template, one external inner map that fits, and perhaps another. */
static void write_arrays(bool with_flag, const char *more_maps, const char *more_bindings)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml),
		 "version: 1\nname: t\nbpffs: %s\n"
		 "templates: [{name: table, type: array, value: u32, max_entries: 8%s}]\n"
		 "outer_maps: [{name: o, type: array_of_maps, max_entries: 4, template: "
		 "table}]\n"
		 "inner_maps: [{name: a, external: %s}%s]\n"
		 "bindings:\n- {outer: o, slots: [{key: 0}, {key: 1, inner: a}]}\n%s",
		 bench.bpffs, with_flag ? ", flags: [inner_map]" : "",
		 pin(with_flag ? "free" : "same"), more_maps, more_bindings);
	bench_write(yaml);
}

/* What only the live maps tell is told by plan, at the line, before the kernel refuses.
 */
START_TEST(an_inner_map_that_does_not_fit_is_refused_at_its_slot)
{
	char more[128];

	make("same", "array", "8", "0");
	make("larger", "array", "16", "0");
	make("free", "array", "16", "4096");
	snprintf(more, sizeof(more), ", {name: b, external: %s}", pin("larger"));
	for (int with_flag = 0; with_flag < 2; with_flag++) {
		write_arrays(with_flag, more,
			     "- {outer: o, slots: [{keys: 2-3, inner: b}]}\n");
		ck_assert_int_eq(mimctl("plan", "-f", bench.file), 69);
		has(bench.err, "test.yaml:9:41: error: external map 'b' (id ");
		has(bench.err, with_flag ? "flags is [], not [inner_map]"
					 : "max_entries is 16, not 8");
		has(bench.err, "if both are made with flags: [inner_map]");
		has(bench.err, "1 error;");
		ck_assert_int_eq(mimctl("apply", "-f", bench.file), 69);
		ck_assert_int_ne(access(pin("t"), F_OK), 0);
	}
	/* Without that slot both are let in: the words above were true. */
	for (int with_flag = 0; with_flag < 2; with_flag++) {
		write_arrays(with_flag, "", "");
		apply();
	}
}
END_TEST

START_TEST(a_loaders_outer_map_of_arrays_says_which_size_it_takes)
{
	char yaml[1024];

	make("inner", "array", "16", "0");
	bpftool("map", "create", pin("outer"), "type", "array_of_maps", "key", "4",
		"value", "4", "entries", "4", "name", "loader", "inner_map", "pinned",
		pin("inner"));
	/* A filled slot is all there is to see without the iterator. */
	bpftool("map", "update", "pinned", pin("outer"), "key", "3", "0", "0", "0",
		"value", "pinned", pin("inner"));
	snprintf(yaml, sizeof(yaml),
		 "version: 1\nname: t\nbpffs: %s\n"
		 "templates: [{name: table, type: array, value: u32, max_entries: 8}]\n"
		 "outer_maps: [{name: theirs, external: %s, template: table, unlisted: "
		 "keep}]\n"
		 "bindings: [{outer: theirs, slots: [{key: 0}]}]\n",
		 bench.bpffs, pin("outer"));
	bench_write(yaml);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(mimctl("plan", "-f", bench.file), 69);
		has(bench.err, "max_entries is 16, template 'table' has 8");
		has(bench.err, "if both are made with flags: [inner_map]");
		has(bench.err, "test.yaml:6:36: note: the kernel would refuse");
		ck_assert_int_eq(mimctl("apply", "-f", bench.file), 69);
		setenv("MIMCTL_NO_ITERATOR", "1", 1);
	}
}
END_TEST

/* What was ours is somebody else's from now on: it stays, and so does what holds it. */
START_TEST(a_map_that_is_handed_over_stays)
{
	char path[256], yaml[1024];
	int64_t outer;

	snprintf(path, sizeof(path), "%s", pin("theirs/outer"));
	snprintf(yaml, sizeof(yaml),
		 "version: 1\nname: t\nbpffs: %s\n" TABLE
		 "outer_maps: [{name: theirs, type: array_of_maps, max_entries: 4, "
		 "template: table, protect: true}]\n"
		 "bindings: [{outer: theirs, slots: [{key: 0}]}]\n"
		 "pins: [{map: theirs, path: theirs}, {map: theirs, path: %s}]\n",
		 bench.bpffs, path);
	bench_write(yaml);
	apply();
	outer = map_number("theirs/outer", "id");
	write_for(path, ", unlisted: keep}]");
	ck_assert_int_eq(mimctl("apply", "-f", bench.file), 0);
	has(bench.out, "- pin    theirs");
	lacks(bench.out, "theirs/outer ");
	ck_assert(!is_there("t/theirs"));
	ck_assert_int_eq(map_number("theirs/outer", "id"), outer);
	ck_assert_uint_ne(slot_id("theirs/outer", 0), 0);
	plan_is_empty();
	ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
	ck_assert_int_eq(map_number("theirs/outer", "id"), outer);
}
END_TEST

/* One bpffs may be reached by several paths, and in part by some of them. */
START_TEST(a_part_of_a_bpffs_that_is_mounted_elsewhere_is_seen)
{
	char yaml[1024];

	make_with_bpftool();
	ck_assert_int_eq(mkdir(pin("part"), 0700), 0);
	ck_assert_int_eq(
		rename(pin("outer"), strcat(strcpy(yaml, pin("part")), "/outer")), 0);
	ck_assert_int_eq(mkdir(bench.other, 0700), 0);
	ck_assert_int_eq(mount(pin("part"), bench.other, NULL, MS_BIND, NULL), 0);
	snprintf(yaml, sizeof(yaml),
		 "version: 1\nname: t\nbpffs: %s\n" TABLE
		 "outer_maps: [{name: theirs, external: %s/outer, template: table}]\n"
		 "inner_maps: [{name: own, template: table}]\n"
		 "bindings: [{outer: theirs, slots: [{key: 1, inner: own}]}]\n"
		 "pins: [{map: own, path: %s/own}]\n",
		 bench.bpffs, bench.other, bench.other);
	bench_write(yaml);
	ck_assert_int_eq(mimctl("apply", "-f", bench.file), 0);
	has(bench.out, "~ outer  theirs");
	has(bench.out, "+ pin    ");
	plan_is_empty();
	ck_assert_uint_eq(slot_id("part/outer", 1), map_number("part/own", "id"));
	ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
	ck_assert(!is_there("part/own"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		slots_of_an_outer_map_that_bpftool_made,
		slots_of_an_outer_map_that_a_libbpf_loader_made,
		what_does_not_fit_is_refused_with_its_place,
		another_template_is_refused_not_replaced,
		an_inner_map_that_does_not_fit_is_refused_at_its_slot,
		a_loaders_outer_map_of_arrays_says_which_size_it_takes,
		a_map_that_is_handed_over_stays,
		a_part_of_a_bpffs_that_is_mounted_elsewhere_is_seen,
	};

	return bench_suite("external", tests, sizeof(tests) / sizeof(tests[0]));
}
