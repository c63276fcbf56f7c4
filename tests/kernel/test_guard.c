/* SPDX-License-Identifier: BSD-2-Clause */
#include <bpf/bpf.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "harness.h"

#define TEMPLATES                                                                        \
	"templates: [{name: table, type: hash, key: u32, value: u32, max_entries: 8}]\n"
#define HEAD "version: 1\nname: t\nbpffs: %s\n" TEMPLATES
#define OUTER(entries, more)                                                             \
	"outer_maps: [{name: o, type: array_of_maps, max_entries: " entries              \
	", template: table" more "}]\n"

/* What a guard refuses has to be as it was: the same map at the same pin. */
static void refused(const char *message, const char *option)
{
	int64_t id = map_number("t/o", "id");
	int status = mimctl("apply", "-f", bench.file);

	ck_assert_msg(status == 78, "status %d\n%s%s", status, bench.out, bench.err);
	has(bench.err, message);
	has(bench.err, option);
	has(bench.err, "nothing was changed");
	ck_assert_int_eq(map_number("t/o", "id"), id);
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 78);
	has(bench.out, "Plan: ");
}

START_TEST(an_empty_description_removes_nothing_by_accident)
{
	bench_write(HEAD OUTER("4", ""));
	apply();
	bench_write("version: 1\nname: t\nbpffs: %s\n");
	refused("declares no maps", "--allow-empty");
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--allow-empty"), 0);
	ck_assert_int_ne(access(pin("t/o"), F_OK), 0);
	/* The scope is still ours. */
	ck_assert_int_eq(faccessat(AT_FDCWD, pin("t/mimctl"), F_OK, AT_SYMLINK_NOFOLLOW),
			 0);
}
END_TEST

START_TEST(a_folder_of_somebody_elses_is_not_taken_over)
{
	ck_assert_int_eq(mkdir(pin("t"), 0700), 0);
	bpftool("map", "create", pin("t/theirs"), "type", "array", "key", "4", "value",
		"4", "entries", "1", "name", "theirs");
	bench_write(HEAD OUTER("4", ""));
	ck_assert_int_eq(mimctl("apply", "-f", bench.file), 78);
	has(bench.err, "--adopt");
	ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs), 78);
	ck_assert_int_eq(access(pin("t/theirs"), F_OK), 0);
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--adopt"), 0);
	has(bench.out, "= scope");
	plan_is_empty();
}
END_TEST

START_TEST(a_protected_map_outlives_its_lines)
{
	bench_write(HEAD OUTER("4", ", protect: true"));
	apply();
	bench_write(HEAD OUTER("8", ", protect: true"));
	refused("is protected", "protect: false");
	bench_write(HEAD OUTER("8", ""));
	refused("is protected", "protect: false");
	bench_write(HEAD
		    "outer_maps: [{name: other, type: array_of_maps, max_entries: 4, "
		    "template: table}]\n");
	refused("is protected", "protect: false");
	ck_assert_int_eq(mimctl("destroy", "-f", bench.file), 78);
	bench_write(HEAD OUTER("4", ", protect: false"));
	apply();
	bench_write(HEAD OUTER("8", ""));
	apply();
	ck_assert_int_eq(map_number("t/o", "max_entries"), 8);
}
END_TEST

START_TEST(a_map_that_a_program_uses_is_not_replaced)
{
	int program;
	int64_t id;

	bench_write(HEAD OUTER("4", ""));
	apply();
	program = load_user("t/o");
	id = map_number("t/o", "id");
	bench_write(HEAD OUTER("8", ""));
	refused("while 1 program uses it", "--allow-orphans");
	has(bench.err, "'lb_main' uses it");
	ck_assert_int_eq(mimctl("destroy", "-f", bench.file), 78);
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--allow-orphans"), 0);
	has(bench.out, "'lb_main' goes on using id");
	ck_assert_int_ne(map_number("t/o", "id"), id);
	close(program);
	plan_is_empty();
}
END_TEST

START_TEST(an_inner_map_that_takes_its_pin_does_not_get_past_the_guards)
{
	int program;

	bench_write(HEAD OUTER("4", ", protect: true"));
	apply();
	program = load_user("t/o");
	bench_write(HEAD "inner_maps: [{name: a, template: table}]\n"
			 "pins: [{map: a, path: o}]\n");
	refused("is protected", "protect: false");
	has(bench.err, "while 1 program uses it");
	close(program);
}
END_TEST

START_TEST(a_moved_first_pin_does_not_make_the_map_look_lost)
{
	int64_t id;
	int program;

	bench_write(HEAD OUTER(
		"4", "") "bindings: [{outer: o, slots: [{keys: 0-1}]}]\n"
			 "pins: [{map: o, path: o}, {map: o, path: again/o}]\n");
	apply();
	id = map_number("t/o", "id");
	program = load_user("t/o");
	ck_assert_int_eq(unlink(pin("t/o")), 0);
	bpftool("map", "create", pin("t/o"), "type", "array", "key", "4", "value", "4",
		"entries", "4", "name", "foo");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 0);
	has(bench.out, "~ pin    o            holds id");
	has(bench.out, "0 to replace");
	lacks(bench.out, "slot   ");
	apply();
	ck_assert_int_eq(map_number("t/o", "id"), id);
	ck_assert_int_eq(map_number("t/again/o", "id"), id);
	close(program);
}
END_TEST

START_TEST(a_protect_record_follows_its_map)
{
	bench_write(HEAD OUTER("4", ", protect: true") "pins: [{map: o, path: a}, "
						       "{map: o, path: o}]\n");
	apply();
	/* The pin that the record was about leaves, and the line as well. */
	bench_write(HEAD OUTER("4", "") "pins: [{map: o, path: o}]\n");
	apply();
	ck_assert_int_eq(mimctl("destroy", "-f", bench.file), 78);
	bench_write(HEAD OUTER("4", ", protect: true") "pins: [{map: o, path: b}, "
						       "{map: o, path: o}]\n");
	apply();
	bench_write(HEAD OUTER("4", ", protect: false") "pins: [{map: o, path: o}]\n");
	apply();
	ck_assert_int_eq(mimctl("destroy", "-f", bench.file), 0);
	ck_assert_int_ne(access(pin("t"), F_OK), 0);
}
END_TEST

START_TEST(what_lies_where_a_pin_is_to_be_is_told)
{
	bench_write(HEAD OUTER("4", ""));
	apply();
	ck_assert_int_eq(symlink("x", pin("t/new")), 0);
	bench_write(HEAD OUTER("4", "") "inner_maps: [{name: a, template: table}]\n"
					"pins: [{map: a, path: new}]\n");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 78);
	has(bench.err, "t/new is there and is no map");
	unlink(pin("t/new"));
	apply();
}
END_TEST

START_TEST(slots_that_nothing_lists_do_not_get_lost_in_a_smaller_map)
{
	bench_write(HEAD OUTER(
		"4", ", unlisted: keep") "inner_maps: [{name: a, template: table}]\n"
					 "pins: [{map: a, path: a}]\n");
	apply();
	for (int i = 0; i < 4; i++) {
		char key[4];

		snprintf(key, sizeof(key), "%d", i);
		bpftool("map", "update", "pinned", pin("t/o"), "key", key, "0", "0", "0",
			"value", "pinned", pin("t/a"));
	}
	bench_write(HEAD OUTER(
		"2", ", unlisted: keep") "inner_maps: [{name: a, template: table}]\n"
					 "pins: [{map: a, path: a}]\n");
	refused("have no room", "max_entries");
}
END_TEST

START_TEST(slots_of_a_map_in_use_change_in_place)
{
	int program;
	int64_t id;

	bench_write(HEAD OUTER("4", "") "bindings: [{outer: o, slots: [{key: 0}]}]\n");
	apply();
	program = load_user("t/o");
	id = map_number("t/o", "id");
	bench_write(HEAD OUTER("4", "") "bindings: [{outer: o, slots: [{key: 1}]}]\n");
	apply();
	ck_assert_int_eq(map_number("t/o", "id"), id);
	close(program);
}
END_TEST

START_TEST(removals_stop_at_the_limit)
{
	bench_write(HEAD OUTER("8", "") "bindings: [{outer: o, slots: [{keys: 0-7}]}]\n");
	apply();
	bench_write(HEAD OUTER("8", "") "bindings: [{outer: o, slots: [{keys: 0-4}]}]\n");
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--prune-limit", "2"), 78);
	has(bench.err, "--prune-limit");
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--prune-limit", "10%"), 78);
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--prune-limit", "3"), 0);
	plan_is_empty();
}
END_TEST

/* The outer map, its pin and eight slots: five of ten go. */
START_TEST(removals_stop_at_a_share_of_what_is_there)
{
	bench_write(HEAD OUTER("8", "") "bindings: [{outer: o, slots: [{keys: 0-7}]}]\n");
	apply();
	bench_write(HEAD OUTER("8", "") "bindings: [{outer: o, slots: [{keys: 0-2}]}]\n");
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--prune-limit", "49%"), 78);
	has(bench.err, "5 of 10 objects would be removed or replaced, more than "
		       "--prune-limit 49%");
	ck_assert_int_eq(mimctl("destroy", "-f", bench.file, "--prune-limit", "99%"), 78);
	ck_assert_uint_ne(slot_id("t/o", 7), 0);
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--prune-limit", "50%"), 0);
	plan_is_empty();
	ck_assert_int_eq(mimctl("destroy", "-f", bench.file, "--prune-limit", "100%"), 0);
	ck_assert_int_ne(access(pin("t"), F_OK), 0);
}
END_TEST

#define PINNED_OUTSIDE                                                                   \
	HEAD OUTER("4", "") "pins: [{map: o, path: o}, {map: o, path: %s/tc/o}]\n"

/* Somebody else has put a map of his own where the one that mimctl made was. */
static int64_t take_pin_outside(void)
{
	bench_write(PINNED_OUTSIDE);
	apply();
	ck_assert_int_eq(unlink(pin("tc/o")), 0);
	bpftool("map", "create", pin("tc/o"), "type", "array", "key", "4", "value", "4",
		"entries", "1", "name", "theirs");
	return map_number("tc/o", "id");
}

START_TEST(a_pin_outside_that_was_taken_is_not_removed)
{
	int64_t theirs = take_pin_outside();

	bench_write(HEAD OUTER("4", "") "pins: [{map: o, path: o}]\n");
	apply();
	ck_assert_int_eq(map_number("tc/o", "id"), theirs);
	/* What was recorded of it is forgotten: it does not become ours again. */
	bench_write(PINNED_OUTSIDE);
	refused("tc/o is there already", "--adopt");
	ck_assert_int_eq(map_number("tc/o", "id"), theirs);
}
END_TEST

START_TEST(a_pin_outside_that_was_taken_is_not_put_back)
{
	int64_t theirs = take_pin_outside();

	bench_write(PINNED_OUTSIDE);
	refused("tc/o is there already", "--adopt");
	ck_assert_int_eq(map_number("tc/o", "id"), theirs);
	ck_assert_int_eq(mimctl("destroy", "-f", bench.file), 0);
	ck_assert_int_eq(map_number("tc/o", "id"), theirs);
}
END_TEST

START_TEST(a_pin_outside_that_is_there_is_somebody_elses)
{
	char yaml[1024];
	int64_t theirs;

	ck_assert_int_eq(mkdir(pin("tc"), 0700), 0);
	bpftool("map", "create", pin("tc/o"), "type", "array", "key", "4", "value", "4",
		"entries", "1", "name", "theirs");
	theirs = map_number("tc/o", "id");
	snprintf(yaml, sizeof(yaml),
		 HEAD OUTER("4",
			    "") "pins: [{map: o, path: o}, {map: o, path: %s/tc/o}]\n",
		 bench.bpffs, bench.bpffs);
	bench_write(yaml);
	ck_assert_int_eq(mimctl("apply", "-f", bench.file), 78);
	has(bench.err, "tc/o is there already");
	ck_assert_int_eq(map_number("tc/o", "id"), theirs);
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--adopt"), 0);
	plan_is_empty();
	ck_assert_int_eq(map_number("tc/o", "id"), map_number("t/o", "id"));
	/* Once ours, it is ours to replace and to remove. */
	ck_assert_int_eq(mimctl("destroy", "-f", bench.file), 0);
	ck_assert_int_ne(access(pin("tc/o"), F_OK), 0);
}
END_TEST

START_TEST(a_scope_that_is_a_link_or_another_users_is_refused)
{
	ck_assert_int_eq(mkdir(pin("elsewhere"), 0700), 0);
	ck_assert_int_eq(symlink("elsewhere", pin("t")), 0);
	bench_write(HEAD OUTER("4", ""));
	ck_assert_int_eq(mimctl("apply", "-f", bench.file), 78);
	ck_assert_int_ne(access(pin("elsewhere/o"), F_OK), 0);
	ck_assert_int_eq(unlink(pin("t")), 0);
	ck_assert_int_eq(mkdir(pin("t"), 0700), 0);
	ck_assert_int_eq(chown(pin("t"), 12345, 12345), 0);
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--adopt"), 78);
	has(bench.err, "belongs to user 12345");
}
END_TEST

/* A map that a slot alone held is gone with it, whether the slot is emptied or not. */
START_TEST(maps_that_are_freed_count_as_removed)
{
	bench_write(HEAD OUTER("4", "") "bindings: [{outer: o, slots: [{keys: 0-2}]}]\n");
	apply();
	bench_write(
		HEAD OUTER("4", "") "inner_maps: [{name: a, template: table}]\n"
				    "bindings: [{outer: o, slots: [{key: 0, inner: a}, "
				    "{key: 1, inner: a}, {key: 2, inner: a}]}]\n");
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--prune-limit", "2"), 78);
	has(bench.err, "3 of 5 objects would be removed or replaced");
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--prune-limit", "3"), 0);
}
END_TEST

/* What is no map there is seen before a slot changes, as it is in the scope. */
START_TEST(what_lies_where_a_pin_outside_is_to_be_is_told)
{
	static const char *const things[] = {
		"mkdir P/tc P/tc/o", "mkdir P/tc P/x && ln -s ../x P/tc/o",
		"mkdir P/x && ln -s x P/tc",
		"B map create P/tc type hash key 4 value 4 entries 8 name theirs"};
	int program;

	for (size_t i = 0; i < sizeof(things) / sizeof(things[0]) + 2; i++) {
		bench_write(HEAD OUTER("4", ""));
		apply();
		if (i < sizeof(things) / sizeof(things[0])) {
			bench_command(things[i]);
			ck_assert_int_eq(system(getenv("MIMCTL_COMMAND")), 0);
		} else {
			/* At the place itself, and on the way to it. */
			bool below = i % 2;

			if (below)
				ck_assert_int_eq(mkdir(pin("tc"), 0700), 0);
			program = load_user("t/o");
			ck_assert_int_eq(bpf_obj_pin(program, pin(below ? "tc/o" : "tc")),
					 0);
			close(program);
		}
		bench_write(PINNED_OUTSIDE);
		ck_assert_int_eq(mimctl("plan", "-f", bench.file), 78);
		has(bench.err, "'o' cannot be pinned at ");
		has(bench.err, "something that is no map is there, or lies in the way");
		refused("something that is no map is there", "choose another path");
		bench_command("rm -rf P/tc P/x");
		ck_assert_int_eq(system(getenv("MIMCTL_COMMAND")), 0);
		apply();
		ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
		bench_command("rm -rf P/tc");
		ck_assert_int_eq(system(getenv("MIMCTL_COMMAND")), 0);
	}
}
END_TEST

/* Return: what mimctl says at a terminal from the question on; its end is in @status. */
static const char *answer(void (*meanwhile)(void), const char *words, int *status)
{
	static char said[16384];
	size_t used = 0;
	bool asked = false;
	int terminal;
	ssize_t n;
	pid_t child = forkpty(&terminal, NULL, NULL, NULL);

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		execl(bench_program("MIMCTL"), "mimctl", "apply", "-f", bench.file,
		      "--ask", NULL);
		_exit(127);
	}
	while (used < sizeof(said) - 1 &&
	       (n = read(terminal, said + used, sizeof(said) - 1 - used)) > 0) {
		used += (size_t)n;
		said[used] = '\0';
		if (asked || !strstr(said, "Only 'yes' does: "))
			continue;
		asked = true;
		meanwhile();
		ck_assert_int_eq(write(terminal, words, strlen(words)),
				 (int)strlen(words));
	}
	ck_assert_msg(asked, "%s", said);
	close(terminal);
	ck_assert_int_eq(waitpid(child, status, 0), child);
	*status = WEXITSTATUS(*status);
	return said;
}

static void nothing_happens(void)
{
}

static void use_it(void)
{
	/* It lives as long as this process. */
	load_user("t/o");
}

static void fill_a_slot(void)
{
	bench_command("B map create P/x type hash key 4 value 4 entries 8 name x && "
		      "B map update pinned P/t/o key 3 0 0 0 value pinned P/x");
	ck_assert_int_eq(system(getenv("MIMCTL_COMMAND")), 0);
}

/* Whoever is asked may take his time. */
START_TEST(after_the_answer_the_guards_are_asked_again)
{
	int64_t id;
	int status;

	bench_write(HEAD OUTER("4", ""));
	apply();
	id = map_number("t/o", "id");
	bench_write(HEAD OUTER("8", ""));
	has(answer(nothing_happens, "no\n", &status), "the answer was no");
	ck_assert_int_eq(status, 1);
	has(answer(fill_a_slot, "yes\n", &status),
	    "'t' has changed since the plan was shown");
	ck_assert_int_eq(status, 75);
	has(answer(use_it, "yes\n", &status), "while 1 program uses it");
	ck_assert_int_eq(status, 78);
	ck_assert_int_eq(map_number("t/o", "id"), id);
}
END_TEST

START_TEST(after_the_answer_it_is_done)
{
	int status;

	bench_write(HEAD OUTER("4", ""));
	has(answer(nothing_happens, "yes\n", &status), "Applied: 1 outer map created");
	ck_assert_int_eq(status, 0);
	plan_is_empty();
}
END_TEST

/* Of somebody else's map the slots are ours. */
START_TEST(slots_of_an_external_map_are_something_to_remove_from)
{
	static const char *const slots[] = {"{keys: 0-3}",
					    "{keys: 0-2}, {key: 3, inner: a}"};
	char yaml[1024];

	bench_command(
		"B map create P/i type hash key 4 value 4 entries 8 name i && "
		"B map create P/e type array_of_maps key 4 value 4 entries 4 name e "
		"inner_map pinned P/i");
	ck_assert_int_eq(system(getenv("MIMCTL_COMMAND")), 0);
	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		snprintf(yaml, sizeof(yaml),
			 HEAD "outer_maps: [{name: o, external: %s/e, template: table}]\n"
			      "inner_maps: [{name: a, template: table}]\n"
			      "bindings: [{outer: o, slots: [%s]}]\npins: [{map: a, "
			      "path: a}]\n",
			 bench.bpffs, bench.bpffs, slots[i]);
		bench_write(yaml);
		ck_assert_int_eq(
			mimctl("apply", "-f", bench.file, "--prune-limit", "30%"), 0);
	}
	bench_write(HEAD "inner_maps: [{name: a, template: table}]\n"
			 "pins: [{map: a, path: a}]\n");
	plan_is_empty();
}
END_TEST

/* Whoever had a pin that is taken over has no part in what takes its place. */
START_TEST(an_adopted_pin_is_ours_alone)
{
	struct stat st;

	ck_assert_int_eq(mkdir(pin("tc"), 0755), 0);
	bpftool("map", "create", pin("tc/o"), "type", "array", "key", "4", "value", "4",
		"entries", "1", "name", "theirs");
	ck_assert_int_eq(chown(pin("tc/o"), 12345, 12345), 0);
	ck_assert_int_eq(chmod(pin("tc/o"), 0666), 0);
	bench_write(PINNED_OUTSIDE);
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--adopt"), 0);
	ck_assert_int_eq(stat(pin("tc/o"), &st), 0);
	ck_assert_uint_eq(st.st_uid, 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		an_empty_description_removes_nothing_by_accident,
		a_folder_of_somebody_elses_is_not_taken_over,
		a_protected_map_outlives_its_lines,
		a_map_that_a_program_uses_is_not_replaced,
		an_inner_map_that_takes_its_pin_does_not_get_past_the_guards,
		a_moved_first_pin_does_not_make_the_map_look_lost,
		a_protect_record_follows_its_map,
		what_lies_where_a_pin_is_to_be_is_told,
		slots_that_nothing_lists_do_not_get_lost_in_a_smaller_map,
		slots_of_a_map_in_use_change_in_place,
		removals_stop_at_the_limit,
		removals_stop_at_a_share_of_what_is_there,
		a_pin_outside_that_was_taken_is_not_removed,
		a_pin_outside_that_was_taken_is_not_put_back,
		a_pin_outside_that_is_there_is_somebody_elses,
		a_scope_that_is_a_link_or_another_users_is_refused,
		maps_that_are_freed_count_as_removed,
		what_lies_where_a_pin_outside_is_to_be_is_told,
		after_the_answer_the_guards_are_asked_again,
		after_the_answer_it_is_done,
		slots_of_an_external_map_are_something_to_remove_from,
		an_adopted_pin_is_ours_alone,
	};

	return bench_suite("guard", tests, sizeof(tests) / sizeof(tests[0]));
}
