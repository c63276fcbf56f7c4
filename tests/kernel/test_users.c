/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Who else has a map: programs and where these are pinned, other pins, slots of other
 * outer maps, descriptors of processes. In show, in its JSON, and as what follows from a
 * plan.
 */
#include <bpf/bpf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "harness.h"

#define HEAD                                                                             \
	"version: 1\nname: t\nbpffs: %s\n"                                               \
	"templates: [{name: table, type: hash, key: u32, value: u32, max_entries: 8}]\n"
#define OUTER(entries)                                                                   \
	"outer_maps: [{name: o, type: array_of_maps, max_entries: " entries              \
	", template: table}]\n"
#define ALL                                                                              \
	HEAD OUTER(                                                                      \
		"4") "inner_maps: [{name: a, template: table}]\n"                        \
		     "bindings: [{outer: o, slots: [{key: 0, inner: a}, {key: 1}]}]\n"   \
		     "pins: [{map: a, path: a}, {map: o, path: o}]\n"

static struct {
	int64_t inner;
	int64_t outer;
	int64_t own;
	int64_t neighbour;
	uint32_t program;
	int programs[2];
	pid_t holder;
} users;

/* A process that calls itself something nasty and holds descriptors of both maps. */
static pid_t hold(void)
{
	int ready[2];
	pid_t child;
	char byte;

	ck_assert_int_eq(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_NAME, "a\033[2J\xff", 0, 0, 0);
		if (bpf_obj_get(pin("t/a")) < 0 || bpf_obj_get(pin("t/o")) < 0 ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	/* Never to be given to kill() as -1, which means everybody. */
	ck_assert_int_gt(child, 0);
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return child;
}

static uint32_t program_id(int fd)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	ck_assert_int_eq(bpf_obj_get_info_by_fd(fd, &info, &size), 0);
	return info.id;
}

static void add_slot(const char *key, int64_t inner)
{
	char id[24];

	snprintf(id, sizeof(id), "%ld", (long)inner);
	bpftool("map", "update", "pinned", pin("neighbour"), "key", key, "0", "0", "0",
		"value", "id", id);
}

/* The inner and the outer map of the scope, each with users of every kind outside it. */
static void make_users(void)
{
	bench_write(ALL);
	apply();
	users.inner = map_number("t/a", "id");
	users.outer = map_number("t/o", "id");
	users.own = slot_id("t/o", 1);
	bpftool("map", "create", pin("neighbour"), "type", "hash_of_maps", "key", "4",
		"value", "4", "entries", "8", "name", "neighbour", "inner_map", "pinned",
		pin("t/a"));
	users.neighbour = map_number("neighbour", "id");
	add_slot("5", users.inner);
	add_slot("6", users.inner);
	add_slot("7", users.own);
	bpftool("map", "pin", "pinned", pin("t/a"), pin("more_a"));
	bpftool("map", "pin", "pinned", pin("t/o"), pin("more_o"));
	users.programs[0] = load_user("t/o");
	users.programs[1] = load_user("t/a");
	users.program = program_id(users.programs[0]);
	ck_assert_int_eq(bpf_obj_pin(users.programs[0], pin("user")), 0);
	ck_assert_int_eq(bpf_obj_pin(users.programs[0], pin("again")), 0);
	users.holder = hold();
}

static void drop_users(void)
{
	kill(users.holder, SIGKILL);
	waitpid(users.holder, NULL, 0);
	close(users.programs[0]);
	close(users.programs[1]);
}

/* A line that printf() makes, insisted on. */
#define line(text, ...)                                                                  \
	do {                                                                             \
		char line_[512];                                                         \
                                                                                         \
		snprintf(line_, sizeof(line_), __VA_ARGS__);                             \
		has(text, line_);                                                        \
	} while (0)

START_TEST(show_tells_them_all)
{
	make_users();
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs, "-v"), 0);
		line(bench.out, "outer  o (id %ld)", (long)users.outer);
		line(bench.out, "    pin    o  mode 0600");
		line(bench.out, "    pin    %s  mode 0600", pin("more_o"));
		line(bench.out, "    prog   %u xdp 'lb_main'  pinned %s  pinned %s\n",
		     users.program, pin("again"), pin("user"));
		line(bench.out, "inner  a (id %ld)", (long)users.inner);
		line(bench.out, "    pin    a  mode 0600");
		line(bench.out, "    pin    %s  mode 0600", pin("more_a"));
		line(bench.out, "    held   by 1 slot of o (id %ld)", (long)users.outer);
		line(bench.out, "    held   by 2 slots of neighbour (id %ld)",
		     (long)users.neighbour);
		/* Twice, once with each map; what it calls itself cannot do harm. */
		line(bench.out, "    pid    %d 'a\\x1b[2J\\xff' holds a descriptor",
		     users.holder);
		lacks(bench.out, "\033");
		setenv("MIMCTL_NO_ITERATOR", "1", 1);
	}
	drop_users();
}
END_TEST

static struct json_object *find_by_id(struct json_object *list, int64_t id)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (json_object_get_int64(json_object_object_get(item, "id")) == id)
			return item;
	}
	ck_abort_msg("no id %ld in:\n%.3000s", (long)id,
		     json_object_to_json_string(list));
}

/* The members of a list, each as text, sorted and with commas between them. */
static const char *texts(struct json_object *object, const char *key, const char *inside)
{
	static char text[1024];
	struct json_object *list = json_object_object_get(object, key);

	text[0] = '\0';
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (inside)
			item = json_object_object_get(item, inside);
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
			 i ? "," : "", json_object_get_string(item));
	}
	return text;
}

#define is(object, key, inside, ...)                                                     \
	do {                                                                             \
		char wanted_[512];                                                       \
                                                                                         \
		snprintf(wanted_, sizeof(wanted_), __VA_ARGS__);                         \
		ck_assert_str_eq(texts(object, key, inside), wanted_);                   \
	} while (0)

START_TEST(json_tells_them_all)
{
	struct json_object *root, *maps, *map, *programs;

	make_users();
	ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs, "-o", "json"), 0);
	root = json_tokener_parse(bench.out);
	ck_assert(root != NULL);
	maps = json_object_object_get(root, "maps");
	programs = json_object_object_get(root, "programs");
	map = find_by_id(maps, users.outer);
	is(map, "pins", "path", "%s,%s", pin("more_o"), pin("t/o"));
	is(map, "programs", NULL, "%u", users.program);
	is(map, "processes", "pid", "%d", users.holder);
	is(map, "processes", "name", "a\\x1b[2J\\xff");
	map = find_by_id(maps, users.inner);
	is(map, "pins", "path", "%s,%s", pin("more_a"), pin("t/a"));
	is(map, "programs", NULL, "%u", program_id(users.programs[1]));
	is(map, "processes", "pid", "%d", users.holder);
	is(map, "held_by", NULL, "%ld,%ld", (long)users.outer, (long)users.neighbour);
	map = find_by_id(maps, users.own);
	is(map, "held_by", NULL, "%ld,%ld", (long)users.outer, (long)users.neighbour);
	is(map, "processes", "pid", "%s", "");
	is(find_by_id(programs, users.program), "pins", NULL, "%s,%s", pin("again"),
	   pin("user"));
	is(find_by_id(programs, program_id(users.programs[1])), "pins", NULL, "%s", "");
	json_object_put(root);
	drop_users();
}
END_TEST

/* The outer map is replaced, the inner one goes, and so does what is in slot 1. */
static void write_change(void)
{
	bench_write(HEAD OUTER("5"));
}

START_TEST(a_plan_tells_what_goes_on)
{
	make_users();
	write_change();
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(mimctl("plan", "-f", bench.file, "--allow-orphans"), 0);
		line(bench.out,
		     "! prog %u xdp 'lb_main' (pinned at %s, %s) goes on using id %ld "
		     "until it is loaded again\n",
		     users.program, pin("again"), pin("user"), (long)users.outer);
		line(bench.out,
		     "! process %d 'a\\x1b[2J\\xff' keeps a descriptor of id %ld\n",
		     users.holder, (long)users.outer);
		line(bench.out, "! id %ld stays: pinned at %s\n", (long)users.outer,
		     pin("more_o"));
		line(bench.out, "! prog %u xdp 'lb_main' goes on using id %ld ",
		     program_id(users.programs[1]), (long)users.inner);
		line(bench.out,
		     "! process %d 'a\\x1b[2J\\xff' keeps a descriptor of id %ld\n",
		     users.holder, (long)users.inner);
		line(bench.out, "! id %ld stays: pinned at %s\n", (long)users.inner,
		     pin("more_a"));
		line(bench.out, "! id %ld stays: held by 2 slots of 'neighbour' (id %ld)",
		     (long)users.inner, (long)users.neighbour);
		lacks(bench.out, "is freed");
		lacks(bench.out, "\033");
		setenv("MIMCTL_NO_ITERATOR", "1", 1);
	}
	ck_assert_int_eq(
		mimctl("plan", "-f", bench.file, "--allow-orphans", "-o", "json"), 0);
	line(bench.out, "\"id %ld stays: held by 2 slots of 'neighbour' (id %ld)\"",
	     (long)users.inner, (long)users.neighbour);
	/* All of it was true. */
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--allow-orphans"), 0);
	ck_assert_int_eq(map_number("more_o", "id"), users.outer);
	ck_assert_int_eq(map_number("more_a", "id"), users.inner);
	ck_assert_uint_eq(slot_id("neighbour", 6), users.inner);
	drop_users();
}
END_TEST

START_TEST(a_slot_tells_what_becomes_of_its_map)
{
	make_users();
	bench_write(HEAD OUTER("4") "pins: [{map: o, path: o}]\n");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 0);
	line(bench.out,
	     "- slot   1            id %ld; the map stays: held by 1 slot of 'neighbour' "
	     "(id %ld)\n",
	     (long)users.own, (long)users.neighbour);
	ck_assert_int_eq(mimctl("apply", "-f", bench.file), 0);
	ck_assert_uint_eq(slot_id("neighbour", 7), users.own);
	/* And where the neighbour lets go as well. */
	bench_write(ALL);
	apply();
	users.own = slot_id("t/o", 1);
	bench_write(HEAD OUTER("4") "pins: [{map: o, path: o}]\n");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 0);
	line(bench.out,
	     "- slot   1            id %ld; the map is freed: nothing else holds it\n",
	     (long)users.own);
	ck_assert_int_eq(mimctl("apply", "-f", bench.file), 0);
	map_is_gone(users.own);
	drop_users();
}
END_TEST

/* Whose slots were not read is not said to hold nothing. */
START_TEST(a_slot_that_only_changes_does_not_claim_too_much)
{
	make_users();
	bench_write(HEAD OUTER(
		"4") "inner_maps: [{name: a, template: table}, {name: b, template: "
		     "table}]\n"
		     "bindings: [{outer: o, slots: [{key: 0, inner: a}, {key: 1, inner: "
		     "b}]}]\n"
		     "pins: [{map: a, path: a}, {map: o, path: o}]\n");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 0);
	line(bench.out, "~ slot   1            id %ld -> b (new); the old map ",
	     (long)users.own);
	lacks(bench.out, "nothing else holds it");
	ck_assert_int_eq(mimctl("apply", "-f", bench.file), 0);
	ck_assert_uint_eq(slot_id("neighbour", 7), users.own);
	drop_users();
}
END_TEST

START_TEST(a_snapshot_knows_them_too)
{
	char file[160], *plan;
	FILE *snapshot;

	make_users();
	ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs, "-o", "json"), 0);
	snprintf(file, sizeof(file), "%s/live.json", bench.folder);
	snapshot = fopen(file, "w");
	fputs(bench.out, snapshot);
	fclose(snapshot);
	write_change();
	ck_assert_int_eq(mimctl("plan", "-f", bench.file, "--allow-orphans"), 0);
	plan = strdup(bench.out);
	ck_assert_int_eq(
		mimctl("plan", "-f", bench.file, "--allow-orphans", "--live", file), 0);
	ck_assert_str_eq(bench.out, plan);
	free(plan);
	unlink(file);
	drop_users();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		show_tells_them_all,
		json_tells_them_all,
		a_plan_tells_what_goes_on,
		a_slot_tells_what_becomes_of_its_map,
		a_slot_that_only_changes_does_not_claim_too_much,
		a_snapshot_knows_them_too,
	};

	return bench_suite("users", tests, sizeof(tests) / sizeof(tests[0]));
}
