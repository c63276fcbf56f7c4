/* SPDX-License-Identifier: BSD-2-Clause */

/* Where the iterator program cannot run: that is said, and nothing untrue is. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include "harness.h"
#include "mim.h"

#define HEAD                                                                             \
	"version: 1\nname: t\nbpffs: %s\n"                                               \
	"templates: [{name: table, type: hash, key: u32, value: u32, max_entries: 8}]\n"
#define ONE                                                                              \
	HEAD "outer_maps: [{name: o, type: array_of_maps, max_entries: 4, template: "    \
	     "table}]\n"

#define NOTE "note: the iterator program does not run: "

static const char *const switched_off = "it is switched off by MIMCTL_NO_ITERATOR";

/* The reason and what is lost, once, where a person reads it and no program does. */
static void says(const char *reason)
{
	char note[256];

	snprintf(note, sizeof(note), NOTE "%s; " MIM_SIGHT_LOST "\n", reason);
	has(bench.err, note);
	lacks(strstr(bench.err, note) + strlen(note), NOTE);
	lacks(bench.out, "iterator");
}

START_TEST(with_v_every_command_that_reads_the_kernel_says_why)
{
	bench_write(ONE);
	apply();
	setenv("MIMCTL_NO_ITERATOR", "1", 1);
	ck_assert_int_eq(mimctl("plan", "-f", bench.file, "-v"), 0);
	says(switched_off);
	ck_assert_int_eq(mimctl("plan", "-f", bench.file, "-v", "-o", "json"), 0);
	says(switched_off);
	ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs, "-v"), 0);
	says(switched_off);
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "-v"), 0);
	says(switched_off);
	ck_assert_int_eq(mimctl("apply", "--dry-run", "-f", bench.file, "-v"), 0);
	says(switched_off);
	/* One that is refused as well. */
	bench_write("version: 1\nname: t\nbpffs: %s\n");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file, "-v"), 78);
	says(switched_off);
	ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs, "-v"), 0);
	says(switched_off);
}
END_TEST

START_TEST(without_v_or_need_nothing_is_said)
{
	bench_write(ONE);
	apply();
	/* It ran: there is nothing to say. */
	ck_assert_int_eq(mimctl("plan", "-f", bench.file, "-v"), 0);
	ck_assert_str_eq(bench.err, "");
	setenv("MIMCTL_NO_ITERATOR", "1", 1);
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 0);
	ck_assert_str_eq(bench.err, "");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file, "-v", "-q"), 0);
	ck_assert_str_eq(bench.err, "");
	ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs), 0);
	ck_assert_str_eq(bench.err, "");
	/* validate asks no kernel. */
	ck_assert_int_eq(mimctl("validate", "-f", bench.file, "-v"), 0);
	ck_assert_str_eq(bench.err, "");
}
END_TEST

/* What loading it gave; plan goes on without. */
START_TEST(each_reason_is_told)
{
	static const struct {
		const char *fault;
		const char *reason;
	} cases[] = {
		{"map_iterate:1+:95",
		 "it was not built in, for want of clang or bpftool"},
		{"map_iterate:1+:1",
		 "it needs CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN"},
		{"map_iterate:1+:13",
		 "it needs CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN"},
		{"map_iterate:1+:7", "Argument list too long"},
	};

	bench_write(ONE);
	apply();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(faulty(cases[i].fault, "plan", "-f", bench.file, "-v",
					"--detailed-exitcode"),
				 0);
		says(cases[i].reason);
		ck_assert_int_eq(faulty(cases[i].fault, "doctor", "--bpffs", bench.bpffs),
				 0);
		has(bench.out, cases[i].reason);
		has(bench.out, MIM_SIGHT_LOST);
	}
}
END_TEST

START_TEST(a_kernel_without_type_information_is_told)
{
	struct btf *btf;

	/* A mount of this test alone: the others see what they saw. */
	if (!bench_is_private || unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/sys/kernel/btf", "tmpfs", 0, NULL) < 0)
		return;
	/* libbpf looks in other places, too: debug packages have it. */
	libbpf_set_print(NULL);
	btf = btf__load_vmlinux_btf();
	if (btf) {
		btf__free(btf);
		return;
	}
	bench_write(ONE);
	apply();
	ck_assert_int_eq(mimctl("plan", "-f", bench.file, "-v"), 0);
	/* From 5.17 on the kernel itself looks into its types, and needs no file. */
	if (!*bench.err) {
		ck_assert_int_eq(mimctl("doctor", "--bpffs", bench.bpffs), 0);
		has(bench.out, "iterator       runs");
		return;
	}
	says("the kernel has no type information in /sys/kernel/btf/vmlinux");
	ck_assert_int_eq(mimctl("doctor", "--bpffs", bench.bpffs), 0);
	has(bench.out, "note iterator       the kernel has no type information in ");
}
END_TEST

START_TEST(missing_capabilities_are_told)
{
	chmod(bench.folder, 0755);
	chmod(bench.bpffs, 0755);
	ck_assert_int_eq(run("/usr/bin/setpriv", "--reuid=65534", "--regid=65534",
			     "--clear-groups", "--bounding-set=-all", "--inh-caps=-all",
			     bench_program("MIMCTL"), "doctor", "--bpffs", bench.bpffs,
			     NULL),
			 69);
	has(bench.out, "note iterator       it needs CAP_BPF and CAP_PERFMON");
}
END_TEST

/*
 * All that can differ: every type of outer map with slots and without, templates of each
 * kind of knowledge, frozen and protected ones, slots that nobody lists, maps of somebody
 * else's, pins outside, programs and processes, things that are no maps.
 */
#define RICH                                                                             \
	"version: 1\nname: t\nbpffs: %s\n"                                               \
	"templates:\n"                                                                   \
	"- {name: table, type: hash, key: u32, value: u32, max_entries: 8}\n"            \
	"- {name: fixed, type: array, value: u32, max_entries: 8}\n"                     \
	"- {name: free, type: array, value: u32, max_entries: 8, flags: [inner_map]}\n"  \
	"- {name: rules, type: lpm_trie, key: ipv4_prefix, value: u64, max_entries: "    \
	"10,\n   flags: [no_prealloc]}\n"                                                \
	"outer_maps:\n"                                                                  \
	"- {name: full_hash, type: hash_of_maps, key: be16, max_entries: 8, template: "  \
	"table}\n"                                                                       \
	"- {name: full_array, type: array_of_maps, max_entries: 4, template: rules}\n"   \
	"- {name: full_fixed, type: array_of_maps, max_entries: 2, template: fixed}\n"   \
	"- {name: full_free, type: array_of_maps, max_entries: 2, template: free}\n"     \
	"- {name: empty_hash, type: hash_of_maps, key: u32, max_entries: 8, template: "  \
	"rules}\n"                                                                       \
	"- {name: empty_array, type: array_of_maps, max_entries: 4, template: table,\n"  \
	"   protect: true}\n"                                                            \
	"- {name: frozen_full, type: array_of_maps, max_entries: 2, template: table}\n"  \
	"- {name: frozen_hash, type: hash_of_maps, key: u32, max_entries: 2, template: " \
	"table}\n"                                                                       \
	"- {name: kept, type: hash_of_maps, key: u32, max_entries: 8, template: table,"  \
	" unlisted: keep}\n"                                                             \
	"- {name: theirs, external: %s/outer, template: table}\n"                        \
	"inner_maps:\n"                                                                  \
	"- {name: a, template: table}\n"                                                 \
	"- {name: large, template: rules, max_entries: 500}\n"                           \
	"- {name: more, template: free, max_entries: 9}\n"                               \
	"- {name: shared, external: %s/inner}\n"                                         \
	"bindings:\n"                                                                    \
	"- {outer: full_hash, slots: [{key: 80, inner: a}, {key: 443, inner: a}, {key: " \
	"53}]}\n"                                                                        \
	"- {outer: full_array, slots: [{key: 0, inner: large}, {keys: 1-2}]}\n"          \
	"- {outer: full_fixed, slots: [{key: 1}]}\n"                                     \
	"- {outer: full_free, slots: [{key: 0, inner: more}, {key: 1}]}\n"               \
	"- {outer: frozen_full, slots: [{key: 0}]}\n"                                    \
	"- {outer: theirs, slots: [{key: 1, inner: shared}, {key: 2}]}\n"                \
	"pins:\n"                                                                        \
	"- {map: a, path: in/a, mode: '0640'}\n"                                         \
	"- {map: full_hash, path: full_hash}\n"                                          \
	"- {map: full_hash, path: %s/outside}\n"

static void make_rich(void)
{
	int program;

	bpftool("map", "create", pin("inner"), "type", "hash", "key", "4", "value", "4",
		"entries", "9", "name", "shared");
	bpftool("map", "create", pin("outer"), "type", "hash_of_maps", "key", "4",
		"value", "4", "entries", "8", "name", "loader", "inner_map", "pinned",
		pin("inner"));
	bpftool("map", "create", pin("nothing"), "type", "array_of_maps", "key", "4",
		"value", "4", "entries", "8", "name", "nothing", "inner_map", "pinned",
		pin("inner"));
	bench_write(RICH);
	apply();
	bpftool("map", "freeze", "pinned", pin("t/frozen_full"));
	bpftool("map", "freeze", "pinned", pin("t/frozen_hash"));
	bpftool("map", "update", "pinned", pin("t/kept"), "key", "7", "0", "0", "0",
		"value", "pinned", pin("t/in/a"));
	/* Held by this process as long as it lives: the user of a map, and a descriptor.
	 */
	program = load_user("t/full_hash");
	ck_assert_int_eq(bpf_obj_pin(program, pin("t/prog")), 0);
	ck_assert_int_eq(bpf_obj_pin(program, pin("user")), 0);
	ck_assert_int_ge(bpf_obj_get(pin("t/in/a")), 0);
	ck_assert_int_eq(symlink("nowhere", pin("t/link")), 0);
}

static bool is_ours(struct json_object *map)
{
	struct json_object *pins = json_object_object_get(map, "pins");

	for (size_t i = 0; i < json_object_array_length(pins); i++)
		if (strncmp(json_object_get_string(json_object_object_get(
				    json_object_array_get_idx(pins, i), "path")),
			    bench.bpffs, strlen(bench.bpffs)) == 0)
			return true;
	return false;
}

#define MOST_OURS 256

struct ids {
	int64_t items[MOST_OURS];
	size_t n;
};

static void add_id(struct ids *ids, struct json_object *object, const char *key)
{
	ck_assert_uint_lt(ids->n, MOST_OURS);
	ids->items[ids->n++] = json_object_get_int64(json_object_object_get(object, key));
}

static bool has_id(const struct ids *ids, struct json_object *map)
{
	int64_t id = json_object_get_int64(json_object_object_get(map, "id"));

	for (size_t i = 0; i < ids->n; i++)
		if (ids->items[i] == id)
			return true;
	return false;
}

/* Other tests run on the same machine: only what this test pinned, and what is in it. */
static struct json_object *maps_of_ours(struct json_object *root)
{
	struct json_object *maps = json_object_object_get(root, "maps"),
			   *ours = json_object_new_array();
	struct ids ids = {.n = 0};

	for (size_t i = 0; i < json_object_array_length(maps); i++) {
		struct json_object *map = json_object_array_get_idx(maps, i),
				   *slots = json_object_object_get(map, "slots");

		if (!is_ours(map))
			continue;
		add_id(&ids, map, "id");
		for (size_t s = 0; slots && s < json_object_array_length(slots); s++)
			add_id(&ids, json_object_array_get_idx(slots, s), "inner");
	}
	for (size_t i = 0; i < json_object_array_length(maps); i++)
		if (has_id(&ids, json_object_array_get_idx(maps, i)))
			json_object_array_add(
				ours,
				json_object_get(json_object_array_get_idx(maps, i)));
	return ours;
}

static struct json_object *snapshot(const char *name, bool no_iterator)
{
	struct json_object *root;

	if (no_iterator)
		setenv("MIMCTL_NO_ITERATOR", "1", 1);
	else
		unsetenv("MIMCTL_NO_ITERATOR");
	ck_assert_int_eq(name ? mimctl("show", name, "--bpffs", bench.bpffs, "-o", "json")
			      : mimctl("show", "--bpffs", bench.bpffs, "-o", "json"),
			 name && !is_there(name));
	root = json_tokener_parse(bench.out);
	ck_assert(root != NULL);
	return root;
}

/*
 * The inner template is what a fallback cannot know in full: a filled slot tells what the
 * kernel compares with it, and of an empty outer map the verifier tells two sizes. So
 * members may be missing, but each one that is there has to be as the iterator has it.
 */
static void check_template(struct json_object *with, struct json_object *without,
			   const char *map, size_t *known)
{
	static const char *const words[] = {"unknown", "sizes", "part", "full"};
	static const size_t members[] = {1, 3, 7, 8};
	const char *word =
		json_object_get_string(json_object_object_get(without, "known"));
	size_t k = 0;

	ck_assert_str_eq(json_object_get_string(json_object_object_get(with, "known")),
			 "full");
	while (strcmp(words[k], word) != 0)
		ck_assert_uint_lt(++k, 4);
	known[k]++;
	/* No more than the word promises, and no less. */
	ck_assert_msg((size_t)json_object_object_length(without) == members[k], "%s: %s",
		      map, json_object_to_json_string(without));
	json_object_object_foreach(without, key, value)
	{
		ck_assert_msg(strcmp(key, "known") == 0 ||
				      json_object_equal(
					      value, json_object_object_get(with, key)),
			      "%s: template %s", map, key);
	}
}

static void check_maps(struct json_object *with, struct json_object *without,
		       size_t *known)
{
	struct json_object *a = maps_of_ours(with), *b = maps_of_ours(without);

	ck_assert_uint_eq(json_object_array_length(a), json_object_array_length(b));
	for (size_t i = 0; i < json_object_array_length(a); i++) {
		struct json_object *x = json_object_array_get_idx(a, i),
				   *y = json_object_array_get_idx(b, i), *p, *q;
		const char *name =
			json_object_get_string(json_object_object_get(x, "name"));

		p = json_object_object_get(x, "template");
		q = json_object_object_get(y, "template");
		ck_assert_int_eq(!p, !q);
		if (p)
			check_template(p, q, name, known);
		json_object_object_del(x, "template");
		json_object_object_del(y, "template");
		ck_assert_msg(json_object_equal(x, y), "%s:\n%s\n%s", name,
			      json_object_to_json_string(x),
			      json_object_to_json_string(y));
	}
	json_object_put(a);
	json_object_put(b);
}

/* Folders of other people's bpffs may come and go. */
static void drop_other_folders(struct json_object *scope)
{
	struct json_object *folders = json_object_object_get(scope, "folders");

	for (size_t i = json_object_array_length(folders); i-- > 0;)
		if (strncmp(json_object_get_string(json_object_array_get_idx(folders, i)),
			    bench.bpffs, strlen(bench.bpffs)) != 0)
			json_object_array_del_idx(folders, i, 1);
}

static void check_member(struct json_object *with, struct json_object *without,
			 const char *key)
{
	struct json_object *a = json_object_object_get(with, key),
			   *b = json_object_object_get(without, key);

	ck_assert(a != NULL && b != NULL);
	if (strcmp(key, "scope") == 0) {
		drop_other_folders(a);
		drop_other_folders(b);
	}
	ck_assert_msg(json_object_equal(a, b), "%s:\n%s\n%s", key,
		      json_object_to_json_string(a), json_object_to_json_string(b));
}

static bool has_iterator(void)
{
	mimctl("doctor", "--bpffs", bench.bpffs);
	return strstr(bench.out, "ok   iterator") != NULL;
}

START_TEST(a_topology_is_the_same_without_the_iterator)
{
	static const char *const scopes[] = {"t", NULL, "absent"};

	if (!has_iterator())
		return;
	make_rich();
	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
		struct json_object *with = snapshot(scopes[i], false),
				   *without = snapshot(scopes[i], true);
		size_t known[4] = {0};

		check_maps(with, without, known);
		check_member(with, without, "scope");
		check_member(with, without, "host");
		/* full_fixed; five more with slots; the empty ones, one of them theirs.
		 */
		ck_assert_uint_eq(known[3], 1);
		ck_assert_uint_eq(known[2], 6);
		ck_assert_uint_eq(known[1], 4);
		ck_assert_uint_eq(known[0], 0);
		json_object_put(with);
		json_object_put(without);
	}
}
END_TEST

/* What show printed, without the lines that a fallback can not know in full. */
static char *shown(void)
{
	char *text = strdup(bench.out), *out = text;

	for (char *line = text, *next; *line; line = next) {
		next = strchr(line, '\n') + 1;
		if (strncmp(line, "    template", 12) == 0)
			continue;
		memmove(out, line, (size_t)(next - line));
		out += next - line;
	}
	*out = '\0';
	return text;
}

START_TEST(show_and_plan_are_the_same_without_the_iterator)
{
	static const char *const changes[][2] = {
		/* nothing */
		{"", ""},
		/* a slot changes, another goes, a map is replaced, a template changes */
		{"{key: 53}", "{key: 54, inner: a}"},
		{"max_entries: 500", "max_entries: 600"},
		{"full_array, type: array_of_maps, max_entries: 4",
		 "full_array, type: array_of_maps, max_entries: 5"},
		{"value: u64, max_entries: 10", "value: u32, max_entries: 10"},
		{"max_entries: 8, flags: [inner_map]", "max_entries: 8"},
		/* what may not change */
		{"{outer: frozen_full, slots: [{key: 0}]}",
		 "{outer: frozen_full, slots: [{key: 1}]}"},
		{"protect: true", "protect: false"},
		{"key: u32, value: u32, max_entries: 8}", "key: u64, value: u32, "
							  "max_entries: 8}"},
	};
	char *with, *without;

	if (!has_iterator())
		return;
	make_rich();
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		char yaml[8192];
		const char *at = strstr(RICH, changes[i][0]);
		int status;

		ck_assert(at != NULL);
		snprintf(yaml, sizeof(yaml), "%.*s%s%s", (int)(at - RICH), RICH,
			 changes[i][1], at + strlen(changes[i][0]));
		bench_write(yaml);
		unsetenv("MIMCTL_NO_ITERATOR");
		/* As JSON, which has all that the text has. */
		status = mimctl("plan", "-f", bench.file, "-o", "json");
		with = strdup(bench.out);
		setenv("MIMCTL_NO_ITERATOR", "1", 1);
		ck_assert_int_eq(mimctl("plan", "-f", bench.file, "-o", "json"), status);
		ck_assert_msg(strcmp(bench.out, with) == 0, "%s:\n%.1500s\n%.1500s",
			      changes[i][1], with, bench.out);
		free(with);
	}
	unsetenv("MIMCTL_NO_ITERATOR");
	ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs, "-v"), 0);
	with = shown();
	setenv("MIMCTL_NO_ITERATOR", "1", 1);
	ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs, "-v"), 0);
	without = shown();
	ck_assert_str_eq(without, with);
	free(without);
	free(with);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		with_v_every_command_that_reads_the_kernel_says_why,
		without_v_or_need_nothing_is_said,
		each_reason_is_told,
		a_kernel_without_type_information_is_told,
		missing_capabilities_are_told,
		a_topology_is_the_same_without_the_iterator,
		show_and_plan_are_the_same_without_the_iterator,
	};

	return bench_suite("iterator", tests, sizeof(tests) / sizeof(tests[0]));
}
