/* SPDX-License-Identifier: BSD-2-Clause */
#include <bpf/bpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "harness.h"

#define TWO_OUTER_MAPS                                                                   \
	"version: 1\n"                                                                   \
	"name: t\n"                                                                      \
	"bpffs: %s\n"                                                                    \
	"templates:\n"                                                                   \
	"  - {name: table, type: array, value: u32, max_entries: 8}\n"                   \
	"  - {name: rules, type: lpm_trie, key: ipv4_prefix, value: u64,\n"              \
	"     max_entries: 100, flags: [no_prealloc]}\n"                                 \
	"outer_maps:\n"                                                                  \
	"  - {name: services, type: hash_of_maps, key: u32, max_entries: 16,\n"          \
	"     template: table}\n"                                                        \
	"  - {name: tenants, type: array_of_maps, max_entries: 8, template: rules}\n"    \
	"inner_maps:\n"                                                                  \
	"  - {name: web, template: table}\n"                                             \
	"  - {name: api, template: table}\n"                                             \
	"  - {name: big, template: rules, max_entries: 500}\n"                           \
	"bindings:\n"                                                                    \
	"  - outer: services\n"                                                          \
	"    slots: [{key: 80, inner: web}, {key: 443, inner: web}, {key: 53, inner: "   \
	"api}]\n"                                                                        \
	"  - outer: tenants\n"                                                           \
	"    slots: [{keys: 0-3}, {key: 5, inner: big}]\n"                               \
	"pins:\n"                                                                        \
	"  - {map: services, path: services}\n"                                          \
	"  - {map: web, path: inner/web, mode: \"0640\", group: \"0\"}\n"

START_TEST(what_apply_makes_is_what_bpftool_sees)
{
	uint32_t web;
	struct stat st;

	bench_write(TWO_OUTER_MAPS);
	apply();
	ck_assert_str_eq(map_text("t/services", "type"), "hash_of_maps");
	ck_assert_str_eq(map_text("t/services", "name"), "services");
	ck_assert_int_eq(map_number("t/services", "max_entries"), 16);
	ck_assert_str_eq(map_text("t/tenants", "type"), "array_of_maps");
	ck_assert_str_eq(map_text("t/inner/web", "name"), "web");
	web = (uint32_t)map_number("t/inner/web", "id");
	ck_assert_uint_eq(slot_id("t/services", 80), web);
	ck_assert_uint_eq(slot_id("t/services", 443), web);
	ck_assert_uint_ne(slot_id("t/services", 53), web);
	for (uint64_t i = 0; i < 8; i++)
		ck_assert_int_eq(slot_id("t/tenants", i) != 0, i <= 3 || i == 5);
	ck_assert_uint_ne(slot_id("t/tenants", 0), slot_id("t/tenants", 1));
	ck_assert_int_eq(stat(pin("t/inner/web"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
}
END_TEST

START_TEST(drift_by_hand_is_named_and_brought_back)
{
	uint32_t web, api, kept;

	bench_write(TWO_OUTER_MAPS);
	apply();
	web = slot_id("t/services", 80);
	api = slot_id("t/services", 53);
	kept = slot_id("t/tenants", 0);
	bpftool("map", "update", "pinned", pin("t/services"), "key", "53", "0", "0", "0",
		"value", "pinned", pin("t/inner/web"));
	bpftool("map", "delete", "pinned", pin("t/tenants"), "key", "5", "0", "0", "0");
	ck_assert_int_eq(unlink(pin("t/inner/web")), 0);
	ck_assert_int_eq(mimctl("plan", "-f", bench.file, "--detailed-exitcode"), 2);
	has(bench.out, "~ slot   53");
	has(bench.out, "+ slot   5            big (new)");
	has(bench.out, "+ pin    inner/web");
	has(bench.out,
	    "Plan: 0 outer maps to create, 2 to change, 0 to replace, 0 to remove; "
	    "2 maps, 1 slot;");
	lacks(bench.out, "slot   80");
	lacks(bench.out, "slot   0");
	apply();
	ck_assert_uint_eq(slot_id("t/services", 80), web);
	/* The map that only the slot held was freed with it: a new one took its place. */
	ck_assert_uint_ne(slot_id("t/services", 53), web);
	ck_assert_uint_ne(slot_id("t/services", 53), api);
	ck_assert_uint_eq(slot_id("t/tenants", 0), kept);
	ck_assert_int_eq(map_number("t/inner/web", "id"), web);
}
END_TEST

START_TEST(swapped_pins_are_not_taken_for_the_other_map)
{
	int64_t a, b;

	bench_write(
		"version: 1\nname: t\nbpffs: %s\n"
		"templates: [{name: table, type: hash, key: u32, value: u32, "
		"max_entries: 8}]\n"
		"outer_maps: [{name: o, type: array_of_maps, max_entries: 2, "
		"template: table}]\n"
		"inner_maps: [{name: a, template: table}, {name: b, template: table}]\n"
		"bindings: [{outer: o, slots: [{key: 0, inner: a}, {key: 1, inner: "
		"b}]}]\n"
		"pins: [{map: a, path: a}, {map: b, path: b}]\n");
	apply();
	a = map_number("t/a", "id");
	b = map_number("t/b", "id");
	/* Through a third name: RENAME_EXCHANGE is on bpffs from 5.16. */
	ck_assert_int_eq(rename(pin("t/a"), pin("t/c")), 0);
	ck_assert_int_eq(rename(pin("t/b"), pin("t/a")), 0);
	ck_assert_int_eq(rename(pin("t/c"), pin("t/b")), 0);
	ck_assert_int_eq(map_number("t/a", "id"), b);
	apply();
	ck_assert_int_eq(map_number("t/a", "id"), a);
	ck_assert_int_eq(map_number("t/b", "id"), b);
	ck_assert_uint_eq(slot_id("t/o", 0), a);
}
END_TEST

#define HEAD                                                                             \
	"version: 1\nname: t\nbpffs: %s\n"                                               \
	"templates: [{name: table, type: hash, key: u32, value: u32, max_entries: 8}]\n"

START_TEST(replacing_an_outer_map_keeps_its_inner_maps)
{
	uint32_t slots[2];
	int64_t outer;

	bench_write(HEAD "outer_maps: [{name: o, type: hash_of_maps, key: u32, "
			 "max_entries: 4, template: table}]\n"
			 "bindings: [{outer: o, slots: [{keys: 1-2}]}]\n");
	apply();
	outer = map_number("t/o", "id");
	slots[0] = slot_id("t/o", 1);
	slots[1] = slot_id("t/o", 2);
	bench_write(HEAD "outer_maps: [{name: o, type: hash_of_maps, key: u32, "
			 "max_entries: 64, template: table}]\n"
			 "bindings: [{outer: o, slots: [{keys: 1-3}]}]\n");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 0);
	has(bench.out, "+/- outer  o");
	has(bench.out, "max_entries 4 -> 64 cannot change on a live map");
	has(bench.out, "+ slot   3");
	lacks(bench.out, "slot   1");
	apply();
	ck_assert_int_ne(map_number("t/o", "id"), outer);
	ck_assert_int_eq(map_number("t/o", "max_entries"), 64);
	ck_assert_uint_eq(slot_id("t/o", 1), slots[0]);
	ck_assert_uint_eq(slot_id("t/o", 2), slots[1]);
	ck_assert_uint_ne(slot_id("t/o", 3), 0);
}
END_TEST

START_TEST(what_nothing_lists_is_removed_or_kept_as_declared)
{
	bench_write(
		HEAD
		"outer_maps:\n"
		"  - {name: ours, type: array_of_maps, max_entries: 4, template: table}\n"
		"  - {name: shared, type: array_of_maps, max_entries: 4, "
		"template: table, unlisted: keep}\n"
		"inner_maps: [{name: a, template: table}]\n"
		"pins: [{map: a, path: a}]\n");
	apply();
	bpftool("map", "update", "pinned", pin("t/ours"), "key", "3", "0", "0", "0",
		"value", "pinned", pin("t/a"));
	bpftool("map", "update", "pinned", pin("t/shared"), "key", "3", "0", "0", "0",
		"value", "pinned", pin("t/a"));
	ck_assert_int_eq(mimctl("apply", "-f", bench.file), 0);
	has(bench.out, "- slot   3");
	plan_is_empty();
	ck_assert_uint_eq(slot_id("t/ours", 3), 0);
	ck_assert_int_eq(slot_id("t/shared", 3), map_number("t/a", "id"));
	/* A replaced outer map takes along what is somebody else's. */
	bench_write(HEAD "outer_maps:\n"
			 "  - {name: shared, type: array_of_maps, max_entries: 8, "
			 "template: table, unlisted: keep}\n"
			 "inner_maps: [{name: a, template: table}]\n"
			 "pins: [{map: a, path: a}]\n");
	apply();
	ck_assert_int_eq(map_number("t/shared", "max_entries"), 8);
	ck_assert_int_eq(slot_id("t/shared", 3), map_number("t/a", "id"));
	ck_assert_int_ne(access(pin("t/ours"), F_OK), 0);
}
END_TEST

START_TEST(a_frozen_outer_map_is_told_before_anything_is_done)
{
	bench_write(HEAD "outer_maps: [{name: o, type: array_of_maps, max_entries: 4, "
			 "template: table}]\n");
	apply();
	bpftool("map", "freeze", "pinned", pin("t/o"));
	plan_is_empty();
	bench_write(HEAD "outer_maps: [{name: o, type: array_of_maps, max_entries: 4, "
			 "template: table}]\n"
			 "bindings: [{outer: o, slots: [{key: 1}]}]\n");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 78);
	has(bench.err, "is frozen: its slots cannot change");
	setenv("MIMCTL_NO_ITERATOR", "1", 1);
	ck_assert_int_eq(mimctl("apply", "-f", bench.file), 78);
	has(bench.err, "is frozen: its slots cannot change");
}
END_TEST

START_TEST(an_empty_outer_map_with_another_template_is_replaced)
{
	bench_write(HEAD "outer_maps: [{name: o, type: array_of_maps, max_entries: 4, "
			 "template: table}]\n");
	apply();
	bench_write("version: 1\nname: t\nbpffs: %s\n"
		    "templates: [{name: table, type: hash, key: u32, value: u64, "
		    "max_entries: 8}]\n"
		    "outer_maps: [{name: o, type: array_of_maps, max_entries: 4, "
		    "template: table}]\n");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 0);
	has(bench.out, "+/- outer  o");
	has(bench.out, "template value_size 4 -> 8");
	apply();
}
END_TEST

/* Without the iterator: a dry bind for a hash, the verifier's log for an array. */
START_TEST(other_ways_see_the_template_of_an_empty_outer_map)
{
	static const char *const types[] = {"hash_of_maps, key: u32", "array_of_maps"};

	setenv("MIMCTL_NO_ITERATOR", "1", 1);
	for (size_t i = 0; i < 2; i++) {
		static const struct {
			const char *template;
			bool seen_by_hash;
			bool seen_by_array;
		} others[] = {
			{"type: hash, key: u32, value: u64, max_entries: 8", true, true},
			{"type: hash, key: u64, value: u32, max_entries: 8", true, true},
			{"type: lru_hash, key: u32, value: u32, max_entries: 8", true,
			 false},
			{"type: hash, key: u32, value: u32, max_entries: 8, "
			 "flags: [no_prealloc]",
			 true, false},
			{"type: hash, key: u32, value: u32, max_entries: 9", false,
			 false},
		};
		char yaml[1024];

		for (size_t o = 0; o < sizeof(others) / sizeof(others[0]); o++) {
			bool seen =
				i == 0 ? others[o].seen_by_hash : others[o].seen_by_array;

			snprintf(yaml, sizeof(yaml),
				 HEAD "outer_maps: [{name: o, type: %s, max_entries: 4, "
				      "template: table}]\n",
				 bench.bpffs, types[i]);
			bench_write(yaml);
			apply();
			snprintf(yaml, sizeof(yaml),
				 "version: 1\nname: t\nbpffs: %s\n"
				 "templates: [{name: other, %s}]\n"
				 "outer_maps: [{name: o, type: %s, max_entries: 4, "
				 "template: other}]\n",
				 bench.bpffs, others[o].template, types[i]);
			bench_write(yaml);
			ck_assert_int_eq(
				mimctl("plan", "-f", bench.file, "--detailed-exitcode"),
				seen ? 2 : 0);
			if (seen)
				has(bench.out, "template ");
			ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs),
					 0);
		}
	}
}
END_TEST

/* Before 6.12 a lookup waits: a neighbour's map is not to be read without need. */
START_TEST(a_neighbours_slots_are_not_read)
{
	bpftool("map", "create", pin("inner"), "type", "hash", "key", "4", "value", "4",
		"entries", "8", "name", "inner");
	bpftool("map", "create", pin("theirs"), "type", "array_of_maps", "key", "4",
		"value", "4", "entries", "512", "name", "theirs", "inner_map", "pinned",
		pin("inner"));
	bench_write(TWO_OUTER_MAPS);
	ck_assert_int_eq(
		faulty("map_lookup_batch:1+:5,map_lookup:1+:5", "plan", "-f", bench.file),
		0);
	apply();
	/* Its own are read, of course. */
	ck_assert_int_eq(faulty("map_lookup_batch:1+:5", "plan", "-f", bench.file), 1);
}
END_TEST

START_TEST(show_and_plan_tell_who_uses_a_map)
{
	int holder, program;
	char mine[64];

	bench_write(HEAD "outer_maps: [{name: o, type: array_of_maps, max_entries: 4, "
			 "template: table}]\n"
			 "inner_maps: [{name: a, template: table}]\n"
			 "bindings: [{outer: o, slots: [{key: 0, inner: a}]}]\n"
			 "pins: [{map: a, path: a}]\n");
	apply();
	holder = bpf_obj_get(pin("t/o"));
	program = load_user("t/o");
	ck_assert_int_eq(bpf_obj_pin(program, pin("user")), 0);
	ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs, "-v"), 0);
	snprintf(mine, sizeof(mine), "pid    %d 'test_apply' holds a descriptor",
		 getpid());
	has(bench.out, mine);
	has(bench.out, "xdp 'lb_main'  pinned ");
	has(bench.out, "held   by 1 slot of o (id ");
	ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs, "-o", "json"), 0);
	has(bench.out, "\"held_by\"");
	has(bench.out, "test_apply");
	bench_write(HEAD "outer_maps: [{name: o, type: array_of_maps, max_entries: 5, "
			 "template: table}]\n");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file, "--allow-orphans"), 0);
	has(bench.out, "keeps a descriptor of id");
	has(bench.out, "xdp 'lb_main' (pinned at ");
	has(bench.out, "/user) goes on using id");
	lacks(bench.out, "is freed: nothing else");
	close(holder);
	close(program);
	unlink(pin("user"));
}
END_TEST

START_TEST(a_full_hash_makes_room_before_it_takes)
{
	bench_write(HEAD "outer_maps: [{name: o, type: hash_of_maps, key: u32, "
			 "max_entries: 2, template: table}]\n"
			 "bindings: [{outer: o, slots: [{keys: 1-2}]}]\n");
	apply();
	bench_write(HEAD "outer_maps: [{name: o, type: hash_of_maps, key: u32, "
			 "max_entries: 2, template: table}]\n"
			 "bindings: [{outer: o, slots: [{keys: 2-3}]}]\n");
	apply();
	ck_assert_uint_eq(slot_id("t/o", 1), 0);
	ck_assert_uint_ne(slot_id("t/o", 3), 0);
}
END_TEST

START_TEST(keys_are_stored_as_their_types_say)
{
	static const struct {
		const char *type;
		const char *key;
		uint8_t bytes[16];
		uint32_t size;
	} cases[] = {
		{"be16", "443", {0x01, 0xbb}, 2},
		{"u16", "443", {0xbb, 0x01}, 2},
		{"ipv4", "10.1.2.3", {10, 1, 2, 3}, 4},
		{"mac", "02:00:00:00:00:01", {2, 0, 0, 0, 0, 1}, 6},
		{"char[8]", "abc", {'a', 'b', 'c'}, 8},
		{"bytes[3]", "0a 0b 0c", {10, 11, 12}, 3},
		{"ipv6", "'::1'", {[15] = 1}, 16},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json_object *list, *key;
		char yaml[1024];

		snprintf(yaml, sizeof(yaml),
			 HEAD "outer_maps: [{name: o, type: hash_of_maps, key: '%s', "
			      "max_entries: 4, template: table}]\n"
			      "bindings: [{outer: o, slots: [{key: %s}]}]\n",
			 bench.bpffs, cases[i].type, cases[i].key);
		bench_write(yaml);
		apply();
		bpftool("-j", "map", "dump", "pinned", pin("t/o"));
		list = json_tokener_parse(bench.out);
		ck_assert_uint_eq(json_object_array_length(list), 1);
		ck_assert(json_object_object_get_ex(json_object_array_get_idx(list, 0),
						    "key", &key));
		ck_assert_uint_eq(json_object_array_length(key), cases[i].size);
		for (uint32_t b = 0; b < cases[i].size; b++)
			ck_assert_uint_eq(
				strtoul(json_object_get_string(
						json_object_array_get_idx(key, b)),
					NULL, 16),
				cases[i].bytes[b]);
		json_object_put(list);
		ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
	}
}
END_TEST

START_TEST(destroy_leaves_nothing_behind)
{
	int64_t ids[3];

	bench_write(TWO_OUTER_MAPS);
	apply();
	ids[0] = map_number("t/services", "id");
	ids[1] = slot_id("t/tenants", 5);
	ids[2] = slot_id("t/services", 53);
	ck_assert_int_eq(mimctl("destroy", "-f", bench.file), 0);
	ck_assert_int_ne(access(pin("t"), F_OK), 0);
	for (size_t i = 0; i < 3; i++)
		map_is_gone(ids[i]);
	ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
	ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs), 1);
}
END_TEST

START_TEST(dry_run_prints_what_plan_prints)
{
	char plan[8192];

	bench_write(TWO_OUTER_MAPS);
	for (int i = 0; i < 2; i++) {
		static const char *const forms[] = {"text", "json"};

		ck_assert_int_eq(mimctl("plan", "-f", bench.file, "-o", forms[i]), 0);
		snprintf(plan, sizeof(plan), "%.8191s", bench.out);
		ck_assert_int_eq(
			mimctl("apply", "--dry-run", "-f", bench.file, "-o", forms[i]),
			0);
		ck_assert_int_eq(strncmp(plan, bench.out, sizeof(plan) - 1), 0);
	}
	ck_assert_int_ne(access(pin("t"), F_OK), 0);
}
END_TEST

START_TEST(show_tells_the_tree_and_the_revision)
{
	bench_write(TWO_OUTER_MAPS);
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--revision", "abc 123"), 0);
	ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs), 0);
	has(bench.out, "generation 1");
	has(bench.out, "revision abc 123");
	has(bench.out, "outer  services");
	has(bench.out, "pin    inner/web  mode 0640");
	/* Nothing to do is no new generation, but it is another revision. */
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--revision", "def"), 0);
	ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs), 0);
	has(bench.out, "generation 1");
	has(bench.out, "revision def");
	ck_assert_int_eq(mimctl("show", "--bpffs", bench.bpffs), 0);
	has(bench.out, "services");
}
END_TEST

START_TEST(a_snapshot_plans_like_the_kernel)
{
	char file[160], plan[8192];
	FILE *snapshot;

	bench_write(TWO_OUTER_MAPS);
	apply();
	bpftool("map", "delete", "pinned", pin("t/tenants"), "key", "1", "0", "0", "0");
	ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs, "-o", "json"), 0);
	snprintf(file, sizeof(file), "%s/live.json", bench.folder);
	snapshot = fopen(file, "w");
	fputs(bench.out, snapshot);
	fclose(snapshot);
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 0);
	snprintf(plan, sizeof(plan), "%s", bench.out);
	ck_assert_int_eq(mimctl("plan", "-f", bench.file, "--live", file), 0);
	ck_assert_str_eq(bench.out, plan);
	unlink(file);
}
END_TEST

START_TEST(mode_and_group_of_a_pin_are_kept)
{
	struct stat st;

	bench_write(TWO_OUTER_MAPS);
	apply();
	ck_assert_int_eq(chmod(pin("t/inner/web"), 0600), 0);
	ck_assert_int_eq(chown(pin("t/inner/web"), 0, 12345), 0);
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 0);
	has(bench.out, "mode 0600 -> 0640");
	has(bench.out, "group 12345 -> 0");
	apply();
	ck_assert_int_eq(stat(pin("t/inner/web"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert_uint_eq(st.st_gid, 0);
}
END_TEST

START_TEST(a_pin_outside_the_scope_is_made_and_taken_back)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml),
		 HEAD "outer_maps: [{name: o, type: array_of_maps, max_entries: 2, "
		      "template: table}]\n"
		      "pins: [{map: o, path: o}, {map: o, path: %s/tc/globals/o}]\n",
		 bench.bpffs, bench.bpffs);
	bench_write(yaml);
	apply();
	ck_assert_int_eq(map_number("tc/globals/o", "id"), map_number("t/o", "id"));
	bench_write(HEAD "outer_maps: [{name: o, type: array_of_maps, max_entries: 2, "
			 "template: table}]\n");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 0);
	has(bench.out, "tc/globals/o");
	apply();
	ck_assert_int_ne(access(pin("tc/globals/o"), F_OK), 0);
	ck_assert_int_eq(access(pin("t/o"), F_OK), 0);
}
END_TEST

START_TEST(a_pin_becomes_a_folder_and_the_reverse)
{
	static const char *const paths[] = {"x", "x/y", "x/y/z", "x"};
	char yaml[1024];

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		snprintf(yaml, sizeof(yaml),
			 HEAD
			 "outer_maps: [{name: o, type: array_of_maps, max_entries: 2, "
			 "template: table}]\n"
			 "inner_maps: [{name: a, template: table}]\n"
			 "bindings: [{outer: o, slots: [{key: 0, inner: a}]}]\n"
			 "pins: [{map: a, path: %s}]\n",
			 bench.bpffs, paths[i]);
		bench_write(yaml);
		apply();
	}
}
END_TEST

START_TEST(destroy_takes_folders_that_lost_their_pin_by_hand)
{
	bench_write(TWO_OUTER_MAPS);
	apply();
	ck_assert_int_eq(unlink(pin("t/inner/web")), 0);
	ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
	ck_assert_int_ne(access(pin("t"), F_OK), 0);
}
END_TEST

START_TEST(names_of_hostile_neighbours_break_nothing)
{
	struct json_object *object;

	bench_write(TWO_OUTER_MAPS);
	apply();
	ck_assert_int_eq(symlink("x", pin("t/y\xff\033[31m")), 0);
	plan_is_empty();
	ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs), 0);
	lacks(bench.out, "\033");
	has(bench.out, "y\\xff\\x1b[31m");
	ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs, "-o", "json"), 0);
	object = json_tokener_parse(bench.out);
	ck_assert(object != NULL);
	json_object_put(object);
	ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs, "-o", "yaml"), 0);
	has(bench.out, "format_version: 1");
}
END_TEST

START_TEST(a_group_is_the_same_by_name_and_by_number)
{
	static const char *const groups[] = {"0", "root", "\"0x0\"", "\"0x1\""};
	char yaml[1024];

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		snprintf(yaml, sizeof(yaml),
			 HEAD
			 "outer_maps: [{name: o, type: array_of_maps, max_entries: 2, "
			 "template: table}]\n"
			 "pins: [{map: o, path: o, group: %s}]\n",
			 bench.bpffs, groups[i]);
		bench_write(yaml);
		apply();
	}
}
END_TEST

START_TEST(programs_and_strangers_in_the_scope_stay)
{
	bench_write(TWO_OUTER_MAPS);
	apply();
	ck_assert_int_eq(symlink("somewhere", pin("t/theirs")), 0);
	plan_is_empty();
	ck_assert_int_eq(mimctl("destroy", "-f", bench.file), 0);
	has(bench.err, "stays");
	ck_assert_int_ne(access(pin("t/services"), F_OK), 0);
	ck_assert_int_eq(faccessat(AT_FDCWD, pin("t/theirs"), F_OK, AT_SYMLINK_NOFOLLOW),
			 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_apply_makes_is_what_bpftool_sees,
		drift_by_hand_is_named_and_brought_back,
		swapped_pins_are_not_taken_for_the_other_map,
		replacing_an_outer_map_keeps_its_inner_maps,
		what_nothing_lists_is_removed_or_kept_as_declared,
		a_frozen_outer_map_is_told_before_anything_is_done,
		an_empty_outer_map_with_another_template_is_replaced,
		other_ways_see_the_template_of_an_empty_outer_map,
		a_neighbours_slots_are_not_read,
		show_and_plan_tell_who_uses_a_map,
		a_full_hash_makes_room_before_it_takes,
		keys_are_stored_as_their_types_say,
		destroy_leaves_nothing_behind,
		dry_run_prints_what_plan_prints,
		show_tells_the_tree_and_the_revision,
		a_snapshot_plans_like_the_kernel,
		mode_and_group_of_a_pin_are_kept,
		a_pin_outside_the_scope_is_made_and_taken_back,
		a_pin_becomes_a_folder_and_the_reverse,
		destroy_takes_folders_that_lost_their_pin_by_hand,
		names_of_hostile_neighbours_break_nothing,
		a_group_is_the_same_by_name_and_by_number,
		programs_and_strangers_in_the_scope_stay,
	};

	return bench_suite("apply", tests, sizeof(tests) / sizeof(tests[0]));
}
