/* SPDX-License-Identifier: BSD-2-Clause */

/* What others do while an apply is at work is theirs to keep. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "harness.h"

#define TEMPLATES                                                                        \
	"templates:\n"                                                                   \
	"  - {name: k, type: hash, key: u32, value: u32, max_entries: 8}\n"              \
	"  - {name: a, type: array, value: u32, max_entries: 8}\n"
#define OUTER(n)                                                                         \
	"outer_maps: [{name: o, type: array_of_maps, max_entries: " #n                   \
	", template: k}]\nbindings: [{outer: o, slots: [{key: 0}]}]\n"
#define HEAD	"version: 1\nname: t\nbpffs: %s\n" TEMPLATES
#define OUTSIDE "pins: [{map: o, path: %s/o}]\n"

static void expect(int status, int wanted)
{
	ck_assert_msg(status == wanted, "status %d, not %d:\n%s%s", status, wanted,
		      bench.out, bench.err);
}

/* A mount is for all: it goes only while nobody has anything in it. */
START_TEST(a_bpffs_in_use_stays_mounted)
{
	struct stat before, after;

	/* Unmounting it where others see that would take away what they have there. */
	if (!bench_is_private || stat("/sys/fs/bpf", &before) < 0)
		return;
	umount2("/sys/fs/bpf", MNT_DETACH);
	ck_assert_int_eq(stat("/sys/fs/bpf", &before), 0);
	bench_write("version: 1\nname: mimctl-test\n" TEMPLATES OUTER(4));
	bench_command("B map create /sys/fs/bpf/theirs type hash key 4 value 4 "
		      "entries 8 name theirs");
	expect(faulty("rename:1:c,rename:2:5", "apply", "-f", bench.file), 1);
	ck_assert_int_eq(access("/sys/fs/bpf/theirs", F_OK), 0);
	ck_assert_int_ne(access("/sys/fs/bpf/mimctl-test", F_OK), 0);
	ck_assert_int_eq(unlink("/sys/fs/bpf/theirs"), 0);
	umount2("/sys/fs/bpf", MNT_DETACH);
	ck_assert_int_eq(stat("/sys/fs/bpf", &after), 0);
	ck_assert_uint_eq(before.st_dev, after.st_dev);
}
END_TEST

/* The lock is ours alone: what lies at a pin may be somebody else's by the time. */
START_TEST(a_pin_that_somebody_exchanges_is_not_taken)
{
	/* The outer map is replaced, and it loses a pin. */
	static const char *const next[] = {HEAD OUTER(8) OUTSIDE, HEAD OUTER(4)};

	bench_command("rm P/o && B map create P/o type hash key 4 value 4 entries 8 "
		      "name theirs");
	for (size_t i = 0; i < sizeof(next) / sizeof(next[0]); i++) {
		bench_write(HEAD OUTER(4) OUTSIDE);
		apply();
		bench_write(next[i]);
		expect(faulty("pin:1:c", "apply", "-f", bench.file), 75);
		has(bench.err, "somebody has put something else at ");
		ck_assert_str_eq(map_text("o", "name"), "theirs");
		ck_assert_int_eq(unlink(pin("o")), 0);
	}
}
END_TEST

/* No running program is to see what cannot stay. */
START_TEST(a_group_that_is_none_is_found_before_anything_changes)
{
	uint32_t before;

	bench_write(HEAD OUTER(4) "pins: [{map: o, path: o}]\n");
	apply();
	before = slot_id("t/o", 0);
	bench_write(HEAD "outer_maps: [{name: o, type: array_of_maps, max_entries: 4, "
			 "template: k}]\n"
			 "inner_maps: [{name: x, template: k}]\n"
			 "bindings: [{outer: o, slots: [{key: 0, inner: x}]}]\n"
			 "pins: [{map: o, path: o, group: mimctl-none}]\n");
	expect(mimctl("plan", "-f", bench.file), 1);
	has(bench.err, "there is no group 'mimctl-none' on this machine");
	expect(faulty("map_update:1:s9,map_update_batch:1:s9", "apply", "-f", bench.file),
	       1);
	has(bench.err, "there is no group 'mimctl-none' on this machine");
	ck_assert_uint_eq(slot_id("t/o", 0), before);
}
END_TEST

/* All calls of the way back succeed, and still it is not what it was: that is said. */
START_TEST(what_somebody_has_changed_is_told_after_going_back)
{
	bench_write(HEAD OUTER(4));
	apply();
	bench_write(HEAD OUTER(4) "inner_maps: [{name: y, template: k}]\n"
				  "pins: [{map: y, path: y}]\n");
	expect(faulty("rename:1:5", "apply", "-f", bench.file), 1);
	lacks(bench.err, "is not what it was before");
	bench_command("B map create P/x type hash key 4 value 4 entries 8 name x && "
		      "B map update pinned P/t/o key 3 0 0 0 value pinned P/x");
	expect(faulty("pin:1:c,rename:1:5", "apply", "-f", bench.file), 1);
	has(bench.err, "'t' is not what it was before: somebody else has changed it");
	ck_assert_uint_ne(slot_id("t/o", 3), 0);
}
END_TEST

/* The look at what was applied does without what was replaced, until that is there. */
START_TEST(a_map_that_somebody_puts_back_is_seen)
{
	char command[128];
	uint32_t old;

	bench_write(HEAD OUTER(4) "pins: [{map: o, path: o}]\n");
	apply();
	old = slot_id("t/o", 0);
	bench_write(
		"version: 1\nname: t\nbpffs: %s\ntemplates:\n"
		"  - {name: k, type: hash, key: u32, value: u32, max_entries: 9}\n" OUTER(
			4) "pins: [{map: o, path: o}]\n");
	snprintf(command, sizeof(command),
		 "B map update pinned P/t/o key 0 0 0 0 value id %u", old);
	bench_command(command);
	expect(faulty("map_iterate:2:c", "apply", "-f", bench.file), 4);
	has(bench.err, "what was read back is not what was applied: 2 maps, 1 slots");
	ck_assert_uint_eq(slot_id("t/o", 0), old);
	apply();
	ck_assert_uint_ne(slot_id("t/o", 0), old);
}
END_TEST

#define NEW_PIN                                                                          \
	HEAD OUTER(4) "inner_maps: [{name: y, template: k}]\npins: [{map: y, path: "     \
		      "y}]\n"

/* Nobody else's pin is removed on the way back, nor written over. */
START_TEST(a_pin_that_somebody_exchanges_is_not_taken_on_the_way_back)
{
	bench_write(HEAD OUTER(4));
	apply();
	bench_write(NEW_PIN);
	bench_command("rm P/t/y && B map create P/t/y type hash key 4 value 4 entries 8 "
		      "name theirs");
	/* The marker is what comes last, and on the way back y is looked at. */
	expect(faulty("rename:2:5,get=y:1:c", "apply", "-f", bench.file), 1);
	has(bench.err, "somebody has put something else at ");
	has(bench.err, "t/y meanwhile: it stays");
	ck_assert_str_eq(map_text("t/y", "name"), "theirs");
}
END_TEST

START_TEST(what_cannot_be_put_back_is_kept)
{
	char *kept, path[64];
	uint32_t before;

	bench_write(HEAD OUTER(4));
	apply();
	before = (uint32_t)map_number("t/o", "id");
	bench_write(HEAD OUTER(8));
	bench_command("rm P/t/o && B map create P/t/o type hash key 4 value 4 entries 8 "
		      "name theirs");
	expect(faulty("rename:2:5,get=o@rename:1:c", "apply", "-f", bench.file), 3);
	has(bench.err, "t/o: a pin is not as it was");
	kept = strstr(bench.err, "t/mimctl~/kept-");
	ck_assert_msg(kept != NULL, "%s", bench.err);
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(kept, " "), kept);
	ck_assert_uint_eq((uint32_t)map_number(path, "id"), before);
	ck_assert_str_eq(map_text("t/o", "name"), "theirs");
	/* A pin that is not ours is taken over by its name alone: it is in our scope. */
	apply();
	ck_assert(!is_there("t/mimctl~"));
}
END_TEST

/* Nor does it get another mode, and a mode that is gone is not undone. */
START_TEST(a_pin_that_somebody_exchanges_keeps_its_mode)
{
	struct stat st;

	bench_write(HEAD OUTER(4));
	apply();
	bench_write(HEAD OUTER(4) "inner_maps: [{name: y, template: k}]\n"
				  "pins: [{map: o, path: o, mode: \"0644\"}, "
				  "{map: y, path: y}]\n");
	bench_command("rm P/t/o && B map create P/t/o type hash key 4 value 4 entries 8 "
		      "name theirs");
	expect(faulty("pin:1:c", "apply", "-f", bench.file), 75);
	has(bench.err, "somebody has put something else at ");
	ck_assert_int_eq(stat(pin("t/o"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(unlink(pin("t/o")), 0);
	bench_write(HEAD OUTER(4));
	apply();
	bench_write(HEAD OUTER(4) "inner_maps: [{name: y, template: k}]\n"
				  "pins: [{map: o, path: o, mode: \"0644\"}, "
				  "{map: y, path: y}]\n");
	bench_command("rm P/t/o");
	expect(faulty("pin:1:c", "apply", "-f", bench.file), 75);
	has(bench.err, "somebody has removed ");
}
END_TEST

/* Each mount is a bpffs of its own: what others have pinned would be hidden. */
START_TEST(bpffs_is_not_mounted_a_second_time)
{
	if (!bench_is_private)
		return;
	umount2("/sys/fs/bpf", MNT_DETACH);
	bench_write(
		"version: 1\nname: mimctl-test\n"
		"templates:\n"
		"  - {name: k, type: hash, key: u32, value: u32, max_entries: 8}\n" OUTER(
			4));
	/* The types are loaded when the plan is made, and before it is carried out. */
	bench_command("mount -t bpf bpf /sys/fs/bpf && B map create /sys/fs/bpf/theirs "
		      "type hash key 4 value 4 entries 8 name theirs");
	expect(faulty("btf_load:1:c", "apply", "-f", bench.file), 75);
	has(bench.err, "somebody has mounted bpffs at /sys/fs/bpf since");
	ck_assert_int_eq(access("/sys/fs/bpf/theirs", F_OK), 0);
	ck_assert_int_eq(unlink("/sys/fs/bpf/theirs"), 0);
	umount2("/sys/fs/bpf", MNT_DETACH);
}
END_TEST

/* Without room for one descriptor more nobody is to wait for ever. */
START_TEST(a_lock_that_cannot_be_looked_at_again_is_an_error)
{
	bench_write(HEAD OUTER(4));
	apply();
	for (int most = 4; most < 12; most++) {
		char command[1024];

		snprintf(command, sizeof(command),
			 "timeout 20 prlimit --nofile=%d:%d %s apply -f %s >/dev/null "
			 "2>&1",
			 most, most, bench_program("MIMCTL"), bench.file);
		ck_assert_int_ne(WEXITSTATUS(system(command)), 124);
	}
}
END_TEST

#define SHARED(n, type)                                                                  \
	HEAD "outer_maps: [{name: o, type: " type ", max_entries: " #n                   \
	     ", template: k, unlisted: keep}]\nbindings: [{outer: o, slots: [{key: "     \
	     "0}]}]\n"

/* Whoever has the other slots goes on changing them until the new map is there. */
START_TEST(slots_of_others_move_on_as_they_are_by_then)
{
	static const char *const yaml[][2] = {
		{SHARED(4, "array_of_maps"), SHARED(8, "array_of_maps")},
		{SHARED(8, "hash_of_maps, key: u32"),
		 SHARED(3, "hash_of_maps, key: u32")},
	};

	for (size_t i = 0; i < sizeof(yaml) / sizeof(yaml[0]); i++) {
		uint32_t theirs;

		bench_write(yaml[i][0]);
		apply();
		bench_command(
			"for m in x y; do B map create P/$m type hash key 4 value 4 "
			"entries 8 name $m; done; for k in 1 3; do "
			"B map update pinned P/t/o key $k 0 0 0 value pinned P/x; done");
		ck_assert_int_eq(system(getenv("MIMCTL_COMMAND")), 0);
		theirs = (uint32_t)map_number("y", "id");
		bench_write(yaml[i][1]);
		/* One is changed, one is new, one is emptied, and one is ours. */
		bench_command("B map update pinned P/t/o key 1 0 0 0 value pinned P/y && "
			      "B map delete pinned P/t/o key 3 0 0 0 && "
			      "B map update pinned P/t/o key 2 0 0 0 value pinned P/y && "
			      "B map delete pinned P/t/o key 0 0 0 0");
		expect(faulty("rename:1:c", "apply", "-f", bench.file), 0);
		ck_assert_uint_ne(slot_id("t/o", 0), 0);
		ck_assert_uint_eq(slot_id("t/o", 1), theirs);
		ck_assert_uint_eq(slot_id("t/o", 2), theirs);
		ck_assert_uint_eq(slot_id("t/o", 3), 0);
		ck_assert_int_eq(map_number("t/o", "max_entries"), i ? 3 : 8);
		plan_is_empty();
		expect(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
		ck_assert_int_eq(unlink(pin("x")) | unlink(pin("y")), 0);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_bpffs_in_use_stays_mounted,
		a_pin_that_somebody_exchanges_is_not_taken,
		a_group_that_is_none_is_found_before_anything_changes,
		what_somebody_has_changed_is_told_after_going_back,
		a_map_that_somebody_puts_back_is_seen,
		a_pin_that_somebody_exchanges_is_not_taken_on_the_way_back,
		what_cannot_be_put_back_is_kept,
		a_pin_that_somebody_exchanges_keeps_its_mode,
		bpffs_is_not_mounted_a_second_time,
		a_lock_that_cannot_be_looked_at_again_is_an_error,
		slots_of_others_move_on_as_they_are_by_then,
	};

	return bench_suite("meanwhile", tests, sizeof(tests) / sizeof(tests[0]));
}
