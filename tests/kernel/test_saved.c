/* SPDX-License-Identifier: BSD-2-Clause */

/* plan --out, and apply of what it saved: exactly that, or nothing. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include "harness.h"

#define HEAD                                                                             \
	"version: 1\nname: t\nbpffs: %s\n"                                               \
	"templates: [{name: table, type: hash, key: u32, value: u32, max_entries: 8}]\n" \
	"outer_maps:\n"                                                                  \
	"  - {name: o, type: array_of_maps, max_entries: 4, template: table}\n"          \
	"  - {name: p, type: hash_of_maps, key: u32, max_entries: 4, template: table}\n"

#define ONE HEAD "bindings: [{outer: o, slots: [{key: 0}, {key: 1}]}]\n"
#define TWO                                                                              \
	HEAD "inner_maps: [{name: a, template: table}]\n"                                \
	     "bindings: [{outer: o, slots: [{key: 0, inner: a}, {key: 1}, {key: 2}]}]\n"

static char saved[128];

static void expect(int status, int wanted)
{
	ck_assert_msg(status == wanted, "status %d, not %d:\n%s%s", status, wanted,
		      bench.out, bench.err);
}

/* ONE is in the kernel, and the plan for TWO in a file. */
static void save(void)
{
	bench_write(ONE);
	apply();
	bench_write(TWO);
	snprintf(saved, sizeof(saved), "%s/plan.json", bench.folder);
	expect(mimctl("plan", "-f", bench.file, "--out", saved), 0);
	/* The description is in the file. */
	unlink(bench.file);
}

static char *read_saved(void)
{
	FILE *file = fopen(saved, "r");
	char *text = calloc(1, 1 << 20);

	ck_assert(file && text);
	ck_assert_uint_gt(fread(text, 1, (1 << 20) - 1, file), 0);
	fclose(file);
	return text;
}

static void write_saved(const char *text, size_t length)
{
	FILE *file = fopen(saved, "w");

	ck_assert(file && fwrite(text, 1, length, file) == length);
	fclose(file);
}

static void replace(const char *old, const char *new)
{
	char *text = read_saved(), *at = strstr(text, old), *changed = NULL;

	ck_assert_msg(at != NULL, "no %s in %s", old, text);
	ck_assert_int_gt(asprintf(&changed, "%.*s%s%s", (int)(at - text), text, new,
				  at + strlen(old)),
			 0);
	write_saved(changed, strlen(changed));
	free(text);
	free(changed);
}

static void nothing_is_applied(int status, const char *said)
{
	uint32_t slot = slot_id("t/o", 0);

	expect(mimctl("apply", saved), status);
	has(bench.err, said);
	ck_assert_uint_eq(slot_id("t/o", 0), slot);
	ck_assert_uint_eq(slot_id("t/o", 2), 0);
	unlink(saved);
}

START_TEST(what_was_saved_is_applied_once)
{
	struct stat st;

	save();
	ck_assert_int_eq(stat(saved, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	expect(mimctl("apply", saved, "--dry-run"), 0);
	has(bench.out, "1 to change");
	expect(mimctl("apply", saved), 0);
	bench_write(TWO);
	plan_is_empty();
	expect(mimctl("apply", saved), 75);
	has(bench.err, "the saved plan is stale: all that it would do is done already");
	expect(mimctl("apply", saved, "--dry-run"), 75);
	unlink(saved);
}
END_TEST

START_TEST(a_touched_slot_that_moved_makes_it_stale)
{
	save();
	bpftool("map", "create", pin("other"), "type", "hash", "key", "4", "value", "4",
		"entries", "8", "name", "x");
	bpftool("map", "update", "pinned", pin("t/o"), "key", "2", "0", "0", "0", "value",
		"pinned", pin("other"));
	expect(mimctl("apply", saved), 75);
	has(bench.err, "is stale: 'outer.o.slot[2]' was not there, and is there now");
	ck_assert_uint_ne(slot_id("t/o", 2), 0);
	unlink(saved);
}
END_TEST

START_TEST(a_map_made_anew_makes_it_stale)
{
	save();
	expect(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
	bench_write(ONE);
	apply();
	nothing_is_applied(75, "is stale: map 'o' is another: it was id ");
}
END_TEST

static void edit_live(const char *name, uint32_t key, bool remove)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", key);
	if (remove)
		bpftool("map", "delete", "pinned", pin(name), "key", text, "0", "0", "0");
	else
		bpftool("map", "update", "pinned", pin(name), "key", text, "0", "0", "0",
			"value", "pinned", pin("other"));
}

/* What somebody does between plan and apply, and what is said of it. */
START_TEST(what_has_changed_is_told)
{
	static const struct {
		const char *map;
		uint32_t key;
		bool remove;
		const char *said;
	} cases[] = {
		{"t/o", 0, false, "'outer.o.slot[0]' has another inner: it was "},
		{"t/o", 0, true, "'outer.o.slot[0]' was there, and is not there now"},
		{"t/o", 3, false, "'outer.o.slot[3]' would be changed as well"},
		{"t/p", 7, false, "'outer.p' would be changed as well"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		save();
		bpftool("map", "create", pin("other"), "type", "hash", "key", "4",
			"value", "4", "entries", "8", "name", "x");
		edit_live(cases[i].map, cases[i].key, cases[i].remove);
		expect(mimctl("apply", saved), 75);
		has(bench.err, cases[i].said);
		unlink(pin("other"));
		unlink(saved);
	}
}
END_TEST

/* Exact entries of a map, of which there is one less to be written. */
START_TEST(entries_that_have_changed_are_told)
{
	const char *one =
		HEAD "inner_maps: [{name: a, template: table, contents: exact, entries:"
		     " [{key: 1, value: 1}%s]}]\n"
		     "bindings: [{outer: o, slots: [{key: 0, inner: a}]}]\n"
		     "pins: [{map: a, path: a}]\n";
	char yaml[2048];

	snprintf(yaml, sizeof(yaml), one, "%s", "");
	bench_write(yaml);
	apply();
	snprintf(yaml, sizeof(yaml), one, "%s",
		 ", {key: 2, value: 2}, {key: 3, value: 3}");
	bench_write(yaml);
	snprintf(saved, sizeof(saved), "%s/plan.json", bench.folder);
	expect(mimctl("plan", "-f", bench.file, "--out", saved), 0);
	bpftool("map", "update", "pinned", pin("t/a"), "key", "2", "0", "0", "0", "value",
		"2", "0", "0", "0");
	expect(mimctl("apply", saved), 75);
	has(bench.err, "is stale: 'inner.a' has other entries");
	unlink(saved);
}
END_TEST

START_TEST(what_it_does_not_touch_may_move)
{
	save();
	bpftool("map", "create", pin("elsewhere"), "type", "hash", "key", "4", "value",
		"4", "entries", "8", "name", "x");
	expect(mimctl("apply", saved), 0);
	unlink(saved);
}
END_TEST

START_TEST(another_boot_makes_it_stale)
{
	save();
	replace("\"boot_id\":\"", "\"boot_id\":\"0");
	nothing_is_applied(75, "is stale: the machine was started again since");
}
END_TEST

START_TEST(another_description_makes_it_stale)
{
	save();
	replace("{key: 2}", "{key: 3}");
	nothing_is_applied(75, "is stale: 'outer.o.slot[2]' needs no change any more");
	save();
	bench_mount_other();
	expect(mimctl("apply", saved, "--bpffs", bench.other), 75);
	has(bench.err, "is stale: it is for ");
	unlink(saved);
}
END_TEST

START_TEST(what_is_no_plan_is_refused)
{
	static const struct {
		const char *old, *new;
	} edits[] = {
		{"\"format_version\":1", "\"format_version\":2"},
		{"\"saved\"", "\"Saved\""},
		{"\"description\":[", "\"description\":[1,"},
		{"version: 1", "version: 7"},
		{"\"text\"", "\"texts\""},
	};

	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		save();
		replace(edits[i].old, edits[i].new);
		nothing_is_applied(65, "error: ");
	}
	expect(mimctl("apply", "/dev/null"), 65);
	expect(mimctl("apply", "/does/not/exist"), 65);
	expect(mimctl("apply", "a", "b"), 64);
	expect(mimctl("apply", "a", "-f", "b"), 64);
	expect(mimctl("plan", "-f", "b", "--out", "c", "--live", "d"), 64);
}
END_TEST

START_TEST(cut_short_anywhere_it_is_refused)
{
	char *text;
	size_t length;

	save();
	text = read_saved();
	length = strlen(text);
	for (size_t n = 0; n + 2 < length; n += 1 + length / 20) {
		write_saved(text, n);
		expect(mimctl("apply", saved), 65);
	}
	free(text);
	nothing_is_applied(65, "error: ");
}
END_TEST

START_TEST(what_was_allowed_when_planning_is_allowed)
{
	bench_write(ONE);
	apply();
	bench_write("version: 1\nname: t\nbpffs: %s\n");
	snprintf(saved, sizeof(saved), "%s/plan.json", bench.folder);
	expect(mimctl("plan", "-f", bench.file, "--out", saved), 78);
	ck_assert_int_ne(access(saved, F_OK), 0);
	expect(mimctl("plan", "-f", bench.file, "--out", saved, "--allow-empty"), 0);
	expect(mimctl("apply", saved), 0);
	ck_assert_int_ne(access(pin("t/o"), F_OK), 0);
	unlink(saved);
}
END_TEST

/* Ids begin anew with the machine. */
START_TEST(without_the_number_of_the_boot_nothing_is_applied)
{
	if (!bench_is_private || unshare(CLONE_NEWNS) < 0)
		return;
	save();
	ck_assert_int_eq(mount("none", "/proc/sys/kernel/random", "tmpfs", 0, NULL), 0);
	nothing_is_applied(75,
			   "whether the machine was started again since cannot be seen");
	bench_write(TWO);
	expect(mimctl("plan", "-f", bench.file, "--out", saved), 0);
	nothing_is_applied(75,
			   "whether the machine was started again since cannot be seen");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_was_saved_is_applied_once,
		a_touched_slot_that_moved_makes_it_stale,
		a_map_made_anew_makes_it_stale,
		what_has_changed_is_told,
		entries_that_have_changed_are_told,
		what_it_does_not_touch_may_move,
		another_boot_makes_it_stale,
		another_description_makes_it_stale,
		what_is_no_plan_is_refused,
		cut_short_anywhere_it_is_refused,
		what_was_allowed_when_planning_is_allowed,
		without_the_number_of_the_boot_nothing_is_applied,
	};

	return bench_suite("saved", tests, sizeof(tests) / sizeof(tests[0]));
}
