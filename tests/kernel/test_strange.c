/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What a reader of the kernel meets on a busy machine, and what is no error by itself:
 * maps that vanish, pins that hold no map, files of the kernel's own, maps that may not
 * be opened, and a kernel that changes while it is read.
 */
#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "harness.h"

#define HEAD                                                                             \
	"version: 1\nname: t\nbpffs: %s\n"                                               \
	"templates: [{name: table, type: hash, key: u32, value: u32, max_entries: 8}]\n"
#define OUTER(more)                                                                      \
	"outer_maps: [{name: o, type: hash_of_maps, key: u32, max_entries: 8, "          \
	"template: table" more "}]\n"
#define INNER "inner_maps: [{name: a, template: table}]\n"
#define SLOTS "bindings: [{outer: o, slots: [{key: 1, inner: a}, {key: 2}]}]\n"
#define PINS  "pins: [{map: o, path: o}, {map: a, path: in/a}]\n"
#define BOTH  HEAD OUTER("") INNER SLOTS PINS

#define IDS_ONLY(yes)                                                                    \
	((yes) ? setenv("MIMCTL_NO_ITERATOR", "1", 1) : unsetenv("MIMCTL_NO_ITERATOR"))

static void expect(int status, int wanted)
{
	ck_assert_msg(status == wanted, "status %d, not %d:\n%.1500s%.1500s", status,
		      wanted, bench.out, bench.err);
}

static char *text_of_id(int64_t id)
{
	static char text[24];

	snprintf(text, sizeof(text), "%ld", (long)id);
	return text;
}

/* Somebody else's hash_of_maps with one slot, and the map in it. */
static void make_neighbour(int64_t *ret_outer, int64_t *ret_inner)
{
	bpftool("map", "create", pin("inner"), "type", "hash", "key", "4", "value", "4",
		"entries", "8", "name", "theirs");
	bpftool("map", "create", pin("outer"), "type", "hash_of_maps", "key", "4",
		"value", "4", "entries", "8", "name", "neighbour", "inner_map", "pinned",
		pin("inner"));
	bpftool("map", "update", "pinned", pin("outer"), "key", "7", "0", "0", "0",
		"value", "pinned", pin("inner"));
	*ret_outer = map_number("outer", "id");
	*ret_inner = map_number("inner", "id");
}

/* Gone between two calls: never there, or seen again by the next reading. */
START_TEST(what_vanishes_was_never_there)
{
	static const char *const ops[] = {"map_open", "map_info", "prog_open",
					  "prog_info", "get"};
	static const int calls[] = {1, 3};
	int program;

	bench_write(BOTH);
	apply();
	program = load_user("t/o");
	for (int ids = 0; ids < 2; ids++)
		for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
			for (size_t k = 0; k < sizeof(calls) / sizeof(calls[0]); k++) {
				char faults[64];

				IDS_ONLY(ids);
				snprintf(faults, sizeof(faults), "%s:%d:2", ops[i],
					 calls[k]);
				expect(faulty(faults, "plan", "-f", bench.file,
					      "--detailed-exitcode"),
				       0);
				ck_assert_str_eq(bench.err, "");
			}
	close(program);
}
END_TEST

START_TEST(a_neighbours_map_that_is_gone_is_no_error)
{
	int64_t outer, inner;
	char faults[64];

	make_neighbour(&outer, &inner);
	bench_write(BOTH);
	apply();
	IDS_ONLY(true);
	snprintf(faults, sizeof(faults), "map_open=%ld:1+:2", (long)inner);
	expect(faulty(faults, "plan", "-f", bench.file, "--detailed-exitcode"), 0);
	expect(faulty(faults, "show", "--bpffs", bench.bpffs, "-v"), 0);
	has(bench.out, "neighbour");
	expect(faulty(faults, "show", "t", "--bpffs", bench.bpffs, "-o", "json"), 0);
	lacks(bench.out, "\"theirs\"");
}
END_TEST

/* Makes and unmakes all kinds of things beside the scope until it is killed. */
static void make_trouble(void)
{
	const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	char path[128], other[128];

	snprintf(path, sizeof(path), "%s/trouble", bench.bpffs);
	snprintf(other, sizeof(other), "%s/moved", bench.bpffs);
	for (;;) {
		int inner = bpf_map_create(BPF_MAP_TYPE_HASH, "inner", 4, 4, 8, NULL);
		LIBBPF_OPTS(bpf_map_create_opts, opts, .inner_map_fd = (uint32_t)inner);
		int outer = bpf_map_create(BPF_MAP_TYPE_HASH_OF_MAPS, "outer", 4, 4, 8,
					   &opts);
		int program =
			bpf_prog_load(BPF_PROG_TYPE_XDP, "trouble", "GPL", code, 2, NULL);

		for (uint32_t key = 0; key < 3; key++) {
			uint32_t value = (uint32_t)inner;

			bpf_map_update_elem(outer, &key, &value, 0);
		}
		bpf_obj_pin(outer, path);
		rename(path, other);
		bpf_obj_pin(program, path);
		unlink(other);
		unlink(path);
		close(program);
		close(outer);
		close(inner);
	}
}

START_TEST(a_busy_neighbour_disturbs_nobody)
{
	pid_t child;

	bench_write(BOTH);
	apply();
	child = fork();
	if (child == 0) {
		make_trouble();
		_exit(1);
	}
	/* Never to be given to kill() as -1, which means everybody. */
	ck_assert_int_gt(child, 0);
	for (int i = 0; i < 4; i++) {
		IDS_ONLY(i & 1);
		expect(mimctl("plan", "-f", bench.file, "--detailed-exitcode"), 0);
		expect(mimctl("show", "--bpffs", bench.bpffs, "-v"), 0);
		expect(mimctl("show", "t", "--bpffs", bench.bpffs, "-o", "json"), 0);
		lacks(bench.err, "error");
	}
	ck_assert_int_eq(waitpid(child, NULL, WNOHANG), 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}
END_TEST

/* A program that is attached to a network namespace of this test's own. */
static int make_link(int *ret_program)
{
	const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_SK_LOOKUP);
	int namespace, link;

	*ret_program =
		bpf_prog_load(BPF_PROG_TYPE_SK_LOOKUP, "lookup", "GPL", code, 2, &opts);
	ck_assert_int_ge(*ret_program, 0);
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	link = bpf_link_create(*ret_program, namespace, BPF_SK_LOOKUP, NULL);
	ck_assert_int_ge(link, 0);
	close(namespace);
	return link;
}

START_TEST(pins_of_programs_and_links_are_no_maps)
{
	int program, link;

	bench_write(BOTH);
	apply();
	link = make_link(&program);
	for (int inside = 0; inside < 2; inside++) {
		ck_assert_int_eq(bpf_obj_pin(program, pin(inside ? "t/prog" : "prog")),
				 0);
		ck_assert_int_eq(bpf_obj_pin(link, pin(inside ? "t/in/link" : "link")),
				 0);
		for (int ids = 0; ids < 2; ids++) {
			IDS_ONLY(ids);
			plan_is_empty();
			expect(mimctl("show", "--bpffs", bench.bpffs), 0);
			expect(mimctl("show", "t", "--bpffs", bench.bpffs), 0);
			ck_assert_int_eq(strstr(bench.out, "other  ") != NULL, inside);
		}
	}
	has(bench.out, "/t/prog  not a map, not mimctl's");
	has(bench.out, "/t/in/link  not a map, not mimctl's");
	expect(mimctl("show", "t", "--bpffs", bench.bpffs, "-o", "json"), 0);
	has(bench.out, "/t/in/link\"");
	/* They lie where a pin is to be: that is said before anything is done. */
	bench_write(HEAD OUTER("") INNER SLOTS
		    "pins: [{map: o, path: o}, {map: a, path: in/link}]\n");
	expect(mimctl("apply", "-f", bench.file), 78);
	has(bench.err, "t/in/link is there and is no map");
	/* And they stay when everything of ours goes. */
	expect(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
	has(bench.err, "stays");
	ck_assert_int_eq(access(pin("t/prog"), F_OK), 0);
	ck_assert_int_eq(access(pin("t/in/link"), F_OK), 0);
	ck_assert_int_ne(access(pin("t/o"), F_OK), 0);
	ck_assert_int_eq(access(pin("prog"), F_OK), 0);
	close(link);
	close(program);
}
END_TEST

START_TEST(files_of_the_kernels_own_are_left_alone)
{
	/* Not on every kernel: CONFIG_BPF_PRELOAD puts them there. */
	if (access(pin("maps.debug"), F_OK) != 0)
		return;
	bench_write(BOTH);
	apply();
	expect(mimctl("show", "--bpffs", bench.bpffs), 0);
	lacks(bench.out, ".debug");
	expect(mimctl("show", "t", "--bpffs", bench.bpffs, "-o", "json"), 0);
	lacks(bench.out, ".debug");
	expect(mimctl("show", "maps", "--bpffs", bench.bpffs), 1);
	expect(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
	ck_assert_int_eq(access(pin("maps.debug"), F_OK), 0);
	ck_assert_int_eq(access(pin("progs.debug"), F_OK), 0);
}
END_TEST

START_TEST(a_neighbours_map_that_may_not_be_opened_is_no_error)
{
	int64_t outer, inner;
	char faults[2][64], line[64];

	make_neighbour(&outer, &inner);
	bench_write(BOTH);
	snprintf(faults[0], sizeof(faults[0]), "map_open=%ld:1+:1", (long)inner);
	snprintf(faults[1], sizeof(faults[1]), "map_open=%ld:1+:13", (long)outer);
	for (int i = 0; i < 2; i++) {
		for (int ids = 0; ids < 2; ids++) {
			IDS_ONLY(ids);
			expect(faulty(faults[i], "apply", "-f", bench.file), 0);
			expect(faulty(faults[i], "plan", "-f", bench.file,
				      "--detailed-exitcode"),
			       0);
			expect(faulty(faults[i], "show", "--bpffs", bench.bpffs), 0);
			/* Its pin could be opened, and tells the rest. */
			has(bench.out, i == 0 ? "inner  theirs" : "outer  neighbour");
		}
		if (i == 1)
			has(bench.out, "slots  cannot be read");
		expect(faulty(faults[i], "show", "t", "--bpffs", bench.bpffs, "-o",
			      "json"),
		       0);
	}
	has(bench.out, "\"slots\":null");
	/* Without its pin only the slot is left to see it by. */
	ck_assert_int_eq(unlink(pin("inner")), 0);
	expect(faulty(faults[0], "show", "--bpffs", bench.bpffs, "-v"), 0);
	snprintf(line, sizeof(line), "(no name) (id %ld)  cannot be opened", (long)inner);
	has(bench.out, line);
	expect(faulty(faults[0], "show", "t", "--bpffs", bench.bpffs, "-o", "json"), 0);
	has(bench.out, "\"hidden\":true");
	/* It may hold what the plan takes away: the plan does not say that nothing does.
	 */
	bench_write(HEAD OUTER("") "bindings: [{outer: o, slots: [{key: 2}]}]\n");
	expect(faulty(faults[1], "plan", "-f", bench.file), 0);
	has(bench.out, "is freed: nothing that can be seen holds it");
	expect(faulty(faults[1], "apply", "-f", bench.file), 0);
}
END_TEST

START_TEST(a_map_of_ours_that_may_not_be_opened_is_told)
{
	char faults[64], told[96];
	int64_t outer, inner;

	bench_write(BOTH);
	apply();
	outer = map_number("t/o", "id");
	inner = slot_id("t/o", 2);
	IDS_ONLY(true);
	snprintf(faults, sizeof(faults), "map_open=%ld:1+:1", (long)inner);
	expect(faulty(faults, "plan", "-f", bench.file), 77);
	snprintf(told, sizeof(told),
		 "cannot open map id %ld, which a slot of 'o' (id %s)", (long)inner,
		 text_of_id(outer));
	has(bench.err, told);
	expect(faulty(faults, "apply", "-f", bench.file), 77);
	snprintf(faults, sizeof(faults), "map_open=%ld:1+:1", (long)outer);
	expect(faulty(faults, "plan", "-f", bench.file), 77);
	expect(faulty("get=o:1+:13", "plan", "-f", bench.file), 77);
	has(bench.err, "cannot open everything in ");
	/* A slot that no file lists is not ours. */
	bench_write(HEAD OUTER(", unlisted: keep") INNER
		    "bindings: [{outer: o, slots: [{key: 1, inner: a}]}]\n" PINS);
	snprintf(faults, sizeof(faults), "map_open=%ld:1+:1", (long)inner);
	expect(faulty(faults, "plan", "-f", bench.file, "--detailed-exitcode"), 0);
}
END_TEST

/* The real thing: pins of root's that somebody without CAP_DAC_OVERRIDE may not open. */
START_TEST(an_external_map_that_may_not_be_opened_is_not_absent)
{
	char yaml[1024];
	int64_t outer, inner;

	make_neighbour(&outer, &inner);
	ck_assert_int_eq(mkdir(pin("closed"), 0700), 0);
	ck_assert_int_eq(rename(pin("inner"), pin("closed/inner")), 0);
	chmod(bench.folder, 0755);
	chmod(bench.bpffs, 0777);
	snprintf(yaml, sizeof(yaml),
		 HEAD "outer_maps: [{name: theirs, external: %s, template: table}]\n"
		      "inner_maps: [{name: a, external: %s}]\n"
		      "bindings: [{outer: theirs, slots: [{key: 1, inner: a}]}]\n",
		 bench.bpffs, pin("outer"), pin("closed/inner"));
	bench_write(yaml);
	expect(run("/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
		   "--inh-caps=-all,+sys_admin", "--ambient-caps=-all,+sys_admin",
		   "--bounding-set=-all,+sys_admin", bench_program("MIMCTL"), "plan",
		   "-f", bench.file, NULL),
	       77);
	has(bench.err, "external map 'theirs' may not be opened: no permission for ");
	has(bench.err, "external map 'a' may not be opened: no permission for ");
	lacks(bench.err, "is not there");
	expect(mimctl("plan", "-f", bench.file), 0);
}
END_TEST

/* Moves a pin there, and the next time back. */
static void set_moves(const char *from, const char *to)
{
	char moves[512];

	snprintf(moves, sizeof(moves), "%s:%s", pin(from), pin(to));
	setenv("MIMCTL_MOVES", moves, 1);
}

/* Each reading and each look whether it still holds walks the pins once. */
START_TEST(status_75_when_the_scope_never_rests)
{
	bench_write(BOTH);
	apply();
	set_moves("t/in/a", "t/in/b");
	expect(faulty("get=o:1+:m", "plan", "-f", bench.file), 75);
	has(bench.err, "'t' changed while it was read, 3 times over");
	ck_assert_str_eq(bench.out, "");
	expect(faulty("get=o:1+:m", "show", "t", "--bpffs", bench.bpffs), 75);
	expect(faulty("get=o:1+:m", "apply", "-f", bench.file), 75);
	has(bench.err, "the kernel is as it was before");
	expect(faulty("get=o:1+:m", "destroy", "-f", bench.file), 75);
	plan_is_empty();
}
END_TEST

START_TEST(one_change_during_the_read_is_read_again)
{
	bench_write(BOTH);
	apply();
	set_moves("t/in/a", "t/in/b");
	/* Moved before it is looked at again: what is seen from then on is what counts.
	 */
	expect(faulty("get=a:2:m", "plan", "-f", bench.file), 0);
	has(bench.out, "+ pin    in/a");
	has(bench.out, "- pin    in/b");
	expect(faulty("get=b:2:m", "show", "t", "--bpffs", bench.bpffs), 0);
	has(bench.out, "in/a");
	lacks(bench.out, "in/b");
	/* There and back. */
	expect(faulty("get=a:2:m,get=b:1:m", "plan", "-f", bench.file,
		      "--detailed-exitcode"),
	       0);
	/* Moved while it is first read. */
	expect(faulty("get=a:1:m", "plan", "-f", bench.file), 0);
	has(bench.out, "+ pin    in/a");
	expect(faulty("get=b:1:m", "plan", "-f", bench.file, "--detailed-exitcode"), 0);
	/* Moved while apply reads: it is put where it belongs. */
	expect(faulty("get=a:2:m", "apply", "-f", bench.file), 0);
	plan_is_empty();
	ck_assert_int_ne(access(pin("t/in/b"), F_OK), 0);
}
END_TEST

/* What lies outside the scope and is declared, the plan rests on as well. */
START_TEST(an_external_map_that_changes_meanwhile_is_read_again)
{
	char yaml[1024];
	int64_t outer, inner;

	make_neighbour(&outer, &inner);
	snprintf(yaml, sizeof(yaml),
		 HEAD "outer_maps: [{name: theirs, external: %s, template: table, "
		      "unlisted: keep}]\n",
		 bench.bpffs, pin("outer"));
	bench_write(yaml);
	apply();
	/* Another map takes its place, and the next time it is the other way round. */
	bench_command("test -e P/third || B map create P/third type hash_of_maps key 4 "
		      "value 4 entries 8 name another inner_map pinned P/inner; "
		      "mv P/outer P/fourth; mv P/third P/outer; mv P/fourth P/third");
	expect(faulty("get=inner:1+:c", "plan", "-f", bench.file), 75);
	has(bench.err, "'t' changed while it was read, 3 times over");
	/* A pin that the description does not name may move as it likes. */
	set_moves("inner", "elsewhere");
	expect(faulty("get=outer:1+:m", "plan", "-f", bench.file), 0);
}
END_TEST

#define EMPTIES_OR_FILLS(key)                                                            \
	"B map delete pinned P/t/o key " key " 0 0 0 >/dev/null 2>&1 || "                \
	"B map update pinned P/t/o key " key " 0 0 0 value pinned P/t/in/a"

/* Slots that no file lists are somebody else's: they may change all the time. */
START_TEST(only_slots_of_the_scope_have_to_rest)
{
	bench_write(HEAD OUTER(", unlisted: keep") INNER SLOTS PINS);
	apply();
	for (int ids = 0; ids < 2; ids++) {
		IDS_ONLY(ids);
		bench_command(EMPTIES_OR_FILLS("7"));
		expect(faulty("get=o:1+:c", "plan", "-f", bench.file,
			      "--detailed-exitcode"),
		       0);
	}
	IDS_ONLY(false);
	bench_command(EMPTIES_OR_FILLS("1"));
	expect(faulty("get=o:1+:c", "plan", "-f", bench.file), 75);
}
END_TEST

/* The newest map is met first, and the one before it could not be put in its place. */
START_TEST(a_slot_with_a_map_newer_than_the_list_is_read_again)
{
	bench_write(HEAD "outer_maps: [{name: o, type: array_of_maps, max_entries: 4, "
			 "template: table}]\n");
	apply();
	bench_command("B map create P/x type hash key 4 value 4 entries 8 name older && "
		      "B map create P/y type hash key 4 value 4 entries 8 name newer && "
		      "B map update pinned P/t/o key 0 0 0 0 value pinned P/y && "
		      "B map update pinned P/t/o key 1 0 0 0 value pinned P/x");
	expect(faulty("is_bpffs:1:c", "show", "--bpffs", bench.bpffs), 0);
	has(bench.out, "slot   0            newer (id ");
	has(bench.out, "slot   1            older (id ");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_vanishes_was_never_there,
		a_neighbours_map_that_is_gone_is_no_error,
		a_busy_neighbour_disturbs_nobody,
		pins_of_programs_and_links_are_no_maps,
		files_of_the_kernels_own_are_left_alone,
		a_neighbours_map_that_may_not_be_opened_is_no_error,
		a_map_of_ours_that_may_not_be_opened_is_told,
		an_external_map_that_may_not_be_opened_is_not_absent,
		status_75_when_the_scope_never_rests,
		one_change_during_the_read_is_read_again,
		an_external_map_that_changes_meanwhile_is_read_again,
		only_slots_of_the_scope_have_to_rest,
		a_slot_with_a_map_newer_than_the_list_is_read_again,
	};

	return bench_suite("strange", tests, sizeof(tests) / sizeof(tests[0]));
}
