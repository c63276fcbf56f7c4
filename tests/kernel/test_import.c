/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The description of what is there: a plan for it is empty, and made from it on an empty
 * bpffs the hierarchy is the same, so that it is described the same.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "harness.h"
#include "kinds.h"

static char *file_of_import(void)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/imported.yaml", bench.folder);
	return path;
}

/* What mimctl import prints; heap. */
static char *import_as(const char *word, int status)
{
	ck_assert_msg(mimctl("import", word, "--bpffs", bench.bpffs) == status,
		      "import %s: %d\n%s%s", word, bench.status, bench.out, bench.err);
	return strdup(bench.out);
}

static void keep(const char *text)
{
	FILE *file = fopen(file_of_import(), "w");

	ck_assert(file != NULL);
	fputs(text, file);
	fclose(file);
}

static void plan_of_import(int status)
{
	ck_assert_msg(mimctl("plan", "-f", file_of_import(), "--detailed-exitcode") ==
			      status,
		      "%d: %s%s", bench.status, bench.out, bench.err);
}

/*
 * The scope "t", which the bench's file describes: its description changes nothing here,
 * makes the same after all is gone, and what it made is what the first file wants.
 * Return: the description; heap.
 */
static char *comes_back(void)
{
	char *before, *after;

	ck_assert_msg(mimctl("apply", "-f", bench.file) == 0, "%s%s", bench.out,
		      bench.err);
	before = import_as("t", 0);
	keep(before);
	plan_of_import(0);
	ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
	ck_assert_msg(mimctl("apply", "-f", file_of_import()) == 0, "%s%s", before,
		      bench.err);
	after = import_as("t", 0);
	ck_assert_str_eq(before, after);
	plan_is_empty();
	unlink(file_of_import());
	free(after);
	return before;
}

/* The kinds of inner maps, each as a line of the file. */
static size_t each_kind(struct mim_kernel *kernel, FILE *file,
			void (*print)(FILE *file, const struct mim_kind *kind))
{
	size_t n, used = 0;
	const struct mim_kind *kinds = mim_kinds(&n);

	for (size_t i = 0; i < n; i++) {
		if (!kind_is_inner(&kinds[i]) || !kind_can_be_made(kernel, &kinds[i]))
			continue;
		print(file, &kinds[i]);
		used++;
	}
	return used;
}

static void print_template(FILE *file, const struct mim_kind *kind)
{
	const struct mim_shape shape = kind_plain(kind);
	char text[KIND_TEXT];

	fprintf(file, "  - %s\n", kind_template(kind->name, &shape, text));
}

/* In both outer types in the long form, else in one after the other. */
static bool is_in(const char *outer, const struct mim_kind *kind)
{
	return getenv("MIMCTL_LONG") || (*outer == 'a') == (kind->type % 2 == 0);
}

static void print_outer(FILE *file, const struct mim_kind *kind)
{
	if (is_in("array", kind))
		fprintf(file,
			"  - {name: a-%s, type: array_of_maps, max_entries: 9, "
			"template: %s}\n",
			kind->name, kind->name);
	if (is_in("hash", kind))
		fprintf(file,
			"  - {name: h-%s, type: hash_of_maps, key: u32, max_entries: 9, "
			"template: %s}\n",
			kind->name, kind->name);
}

static void print_inner(FILE *file, const struct mim_kind *kind)
{
	fprintf(file, "  - {name: i-%s, template: %s}\n", kind->name, kind->name);
}

static void print_slots(FILE *file, const struct mim_kind *kind)
{
	if (is_in("array", kind))
		fprintf(file,
			"  - {outer: a-%s, slots: [{keys: 0-3}, {key: 5, inner: "
			"i-%s}]}\n",
			kind->name, kind->name);
	if (is_in("hash", kind))
		fprintf(file,
			"  - {outer: h-%s, slots: [{key: 5, inner: i-%s}, {keys: "
			"7-8}]}\n",
			kind->name, kind->name);
}

START_TEST(templates_of_every_type_in_both_outer_types)
{
	struct mim_kernel kernel;
	FILE *file = fopen(bench.file, "w");
	size_t tried;

	mim_kernel_init(&kernel);
	fprintf(file, "version: 1\nname: t\nbpffs: %s\ntemplates:\n", bench.bpffs);
	tried = each_kind(&kernel, file, print_template);
	fprintf(file, "outer_maps:\n");
	each_kind(&kernel, file, print_outer);
	fprintf(file, "inner_maps:\n");
	each_kind(&kernel, file, print_inner);
	fprintf(file, "bindings:\n");
	each_kind(&kernel, file, print_slots);
	fclose(file);
	mim_kernel_release(&kernel);
	ck_assert_uint_ge(tried, 15);
	printf("# %zu types of templates in %s\n", tried,
	       getenv("MIMCTL_LONG") ? "both outer types each" : "one outer type each");
	free(comes_back());
}
END_TEST

START_TEST(a_thousand_slots_are_a_few_lines)
{
	char *text;

	bench_write("version: 1\nname: t\nbpffs: %s\n"
		    "templates: [{name: it, type: hash, key: u32, value: u32, "
		    "max_entries: 4}]\n"
		    "outer_maps:\n"
		    "  - {name: many, type: array_of_maps, max_entries: 1000, template: "
		    "it}\n"
		    "  - {name: ports, type: hash_of_maps, key: be16, max_entries: 1000, "
		    "template: it}\n"
		    "inner_maps: [{name: one, template: it}]\n"
		    "bindings:\n"
		    "  - {outer: many, slots: [{keys: 0-999}]}\n"
		    "  - {outer: ports, slots: [{keys: 200-599}, {keys: 600-899, inner: "
		    "one}]}\n");
	text = comes_back();
	has(text, "- outer: many\n  slots:\n  - {keys: \"0-999\"}\n");
	has(text, "  - {keys: \"200-599\"}\n  - {keys: \"600-899\", inner: one}\n");
	has(text, "key: be16\n");
	free(text);
}
END_TEST

/* Maps of their own tell how the keys of an outer map are written. */
START_TEST(keys_of_every_type_come_back)
{
	static const struct {
		const char *type;
		const char *keys[2];
	} cases[] = {
		{"u8", {"0", "255"}},
		{"s8", {"-1", "5"}},
		{"u16", {"80", "443"}},
		{"be16", {"80", "443"}},
		{"s16", {"-300", "7"}},
		{"u32", {"0", "4294967295"}},
		{"be32", {"1", "4294967295"}},
		{"s32", {"-70000", "7"}},
		{"u64", {"0", "18446744073709551615"}},
		{"be64", {"1", "2"}},
		{"s64", {"-1", "-2"}},
		{"ipv4", {"10.0.0.1", "10.0.0.2"}},
		{"ipv6", {"'2001:db8::1'", "'::1'"}},
		{"mac", {"'02:00:00:00:00:01'", "'02:00:00:00:00:02'"}},
		{"ipv4_prefix", {"10.0.0.0/8", "0.0.0.0/0"}},
		{"ipv6_prefix", {"'2001:db8::/32'", "'::/0'"}},
	};
	size_t n = sizeof(cases) / sizeof(cases[0]);
	FILE *file = fopen(bench.file, "w");
	char *text;

	fprintf(file,
		"version: 1\nname: t\nbpffs: %s\n"
		"templates: [{name: it, type: hash, key: u32, value: u32, max_entries: "
		"4}]\n"
		"outer_maps:\n",
		bench.bpffs);
	for (size_t i = 0; i < n; i++)
		fprintf(file,
			"  - {name: o-%s, type: hash_of_maps, key: %s, max_entries: 4, "
			"template: it}\n",
			cases[i].type, cases[i].type);
	fprintf(file, "bindings:\n");
	for (size_t i = 0; i < n; i++)
		fprintf(file, "  - {outer: o-%s, slots: [{key: %s}, {key: %s}]}\n",
			cases[i].type, cases[i].keys[0], cases[i].keys[1]);
	fclose(file);
	text = comes_back();
	for (size_t i = 0; i < n; i++) {
		const char *quote = strchr(cases[i].type, '[') ? "\"" : "";
		char said[128];

		snprintf(said, sizeof(said),
			 "- name: o-%s\n  type: hash_of_maps\n  key: %s%s%s\n",
			 cases[i].type, quote, cases[i].type, quote);
		has(text, said);
	}
	lacks(text, "inner_maps");
	free(text);
}
END_TEST

/* Other sizes and names that tell nothing: bytes, and maps with a name each. */
START_TEST(keys_of_other_sizes_and_names_of_all_kinds_come_back)
{
	bench_write(
		"version: 1\nname: t\nbpffs: %s\n"
		"templates:\n"
		"  - {name: it, type: hash, key_size: 3, value_size: 5, "
		"max_entries: 4}\n"
		"  - {name: free, type: array, value: u64, max_entries: 4, flags: "
		"[inner_map]}\n"
		"outer_maps:\n"
		"  - {name: an-outer-map.with-a-long-name, type: hash_of_maps, "
		"key_size: 12, max_entries: 4, template: it, flags: [no_prealloc]}\n"
		"  - {name: o, kernel_name: other, type: array_of_maps, "
		"max_entries: 4, template: free}\n"
		"inner_maps:\n"
		"  - {name: in-slots-only, template: it}\n"
		"  - {name: pinned-deep.and-long-enough, template: it, max_entries: 9}\n"
		"  - {name: both, kernel_name: k.b, template: it}\n"
		"  - {name: large, template: free, max_entries: 50}\n"
		"bindings:\n"
		"  - outer: an-outer-map.with-a-long-name\n"
		"    slots:\n"
		"    - {key: 0x000102030405060708090a0b, inner: in-slots-only}\n"
		"    - {key: 0x010102030405060708090a0b, inner: both}\n"
		"    - {key: 0x020102030405060708090a0b, inner: both}\n"
		"    - {key: 0x030102030405060708090a0b}\n"
		"  - {outer: o, slots: [{key: 1}, {key: 3, inner: large}]}\n"
		"pins:\n"
		"  - {map: an-outer-map.with-a-long-name, path: here, mode: \"0644\"}\n"
		"  - {map: an-outer-map.with-a-long-name, path: there/too}\n"
		"  - {map: pinned-deep.and-long-enough, path: a/b/c, group: nogroup}\n"
		"  - {map: both, path: %s/outside}\n");
	free(comes_back());
}
END_TEST

/* Names whose hashes are alike, and such as differ where a kernel name has "_". */
START_TEST(maps_of_slots_that_share_a_kernel_name_come_back)
{
	char *text;

	bench_write("version: 1\nname: t\nbpffs: %s\n"
		    "templates: [{name: it, type: hash, key: u32, value: u32, "
		    "max_entries: 4}]\n"
		    "outer_maps:\n"
		    "  - {name: tenants_by_id, type: hash_of_maps, key: u32, "
		    "max_entries: 9, template: it}\n"
		    "  - {name: o, type: hash_of_maps, key: 'char[8]', "
		    "max_entries: 9, template: it}\n"
		    "bindings:\n"
		    "  - {outer: tenants_by_id, slots: [{key: 22659}, {key: 51684}]}\n"
		    "  - {outer: o, slots: [{key: a-b}, {key: a_b}, {key: c}]}\n");
	text = comes_back();
	has(text, "- {key: \"22659\"}\n");
	has(text, "- {key: \"51684\"}\n");
	has(text, "- {key: a-b}\n");
	has(text, "- {key: a_b}\n");
	lacks(text, "inner_maps");
	lacks(text, "unlisted");
	free(text);
}
END_TEST

START_TEST(what_is_protected_stays_so)
{
	char *text;

	bench_write("version: 1\nname: t\nbpffs: %s\n"
		    "templates: [{name: it, type: hash, key: u32, value: u32, "
		    "max_entries: 4}]\n"
		    "outer_maps: [{name: o, type: array_of_maps, max_entries: 4, "
		    "template: it, protect: true}]\n"
		    "pins: [{map: o, path: z}, {map: o, path: a}]\n");
	apply();
	text = import_as("t", 0);
	has(text, "protect: true\n");
	has(text, "- {map: z, path: z}\n- {map: z, path: a}\n");
	has(text, "kernel_name: o\n");
	keep(text);
	plan_of_import(0);
	unlink(file_of_import());
	free(text);
}
END_TEST

static void make_with_bpftool(const char *name, const char *path)
{
	bpftool("map", "create", pin(path), "type", "hash", "key", "4", "value", "8",
		"entries", "4", "name", name);
}

static void put(const char *outer, const char *key, const char *inner)
{
	bpftool("map", "update", "pinned", pin(outer), "key", key, "0", "0", "0", "value",
		"pinned", pin(inner));
}

/* In a slot of the scope, and pinned by somebody else: it is theirs. */
START_TEST(what_somebody_else_has_pinned_is_external)
{
	char yaml[1024], *text;

	make_with_bpftool("theirs", "theirs");
	snprintf(yaml, sizeof(yaml),
		 "version: 1\nname: t\nbpffs: %s\n"
		 "templates: [{name: it, type: hash, key: u32, value: u64, max_entries: "
		 "4}]\n"
		 "outer_maps: [{name: o, type: array_of_maps, max_entries: 4, template: "
		 "it}]\n"
		 "inner_maps: [{name: theirs, external: %s}]\n"
		 "bindings: [{outer: o, slots: [{key: 0}, {key: 2, inner: theirs}]}]\n",
		 bench.bpffs, pin("theirs"));
	bench_write(yaml);
	text = comes_back();
	has(text, "inner_maps:\n- {name: theirs, external: ");
	free(text);
	ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
	ck_assert_int_eq(access(pin("theirs"), F_OK), 0);
}
END_TEST

static void make_loaders_maps(void)
{
	ck_assert_int_eq(mkdir(pin("tc"), 0700), 0);
	make_with_bpftool("web", "web");
	make_with_bpftool("mail", "mail");
	bpftool("map", "create", pin("tc/services"), "type", "array_of_maps", "key", "4",
		"value", "4", "entries", "5", "name", "svc", "inner_map", "pinned",
		pin("web"));
	put("tc/services", "1", "web");
	put("tc/services", "2", "mail");
	put("tc/services", "4", "web");
	unlink(pin("mail"));
}

/* As a new scope would take it over: with the same maps here, with alike ones elsewhere.
 */
START_TEST(a_loaders_map_is_described_to_be_taken_over)
{
	char id[16], *by_pin, *by_id, *short_pin, *again;
	int64_t outer, web;
	uint32_t mail;

	make_loaders_maps();
	outer = map_number("tc/services", "id");
	web = map_number("web", "id");
	mail = slot_id("tc/services", 2);
	snprintf(id, sizeof(id), "%ld", (long)outer);
	by_pin = import_as(pin("tc/services"), 0);
	by_id = import_as(id, 0);
	short_pin = import_as("tc/services", 0);
	ck_assert_str_eq(by_pin, by_id);
	ck_assert_str_eq(by_pin, short_pin);
	has(by_pin, "name: services\n");
	has(by_pin, "kernel_name: svc\n");
	keep(by_pin);
	/* It says that the pins are not its own, and what it would take over. */
	plan_of_import(78);
	has(bench.out, "= outer  services         id ");
	has(bench.out, "Plan: 0 outer maps to create, 1 to change, 0 to replace, 0 to "
		       "remove; 0 maps, 0 "
		       "slots;");
	has(bench.err, "--adopt takes the pin over");
	ck_assert_int_eq(mimctl("apply", "-f", file_of_import()), 78);
	ck_assert_int_eq(mimctl("apply", "-f", file_of_import(), "--adopt"), 0);
	plan_of_import(0);
	ck_assert_int_eq(map_number("tc/services", "id"), outer);
	ck_assert_int_eq(map_number("web", "id"), web);
	ck_assert_uint_eq(slot_id("tc/services", 2), mail);
	/* Now they are of that scope, and described with it. */
	again = import_as("services", 0);
	ck_assert_str_eq(by_pin, again);
	free(again);
	ck_assert_int_eq(mimctl("destroy", "services", "--bpffs", bench.bpffs), 0);
	ck_assert_int_ne(access(pin("web"), F_OK), 0);
	ck_assert_int_eq(mimctl("apply", "-f", file_of_import()), 0);
	ck_assert_str_eq(map_text("tc/services", "name"), "svc");
	ck_assert_uint_eq(slot_id("tc/services", 1), map_number("web", "id"));
	ck_assert_uint_eq(slot_id("tc/services", 4), map_number("web", "id"));
	ck_assert_uint_ne(slot_id("tc/services", 2), 0);
	unlink(file_of_import());
	free(by_pin);
	free(by_id);
	free(short_pin);
}
END_TEST

START_TEST(a_scope_is_called_clear_of_what_is_there)
{
	char *text;

	make_loaders_maps();
	/* The folder of a pin of that name would be the scope's. */
	text = import_as(pin("web"), 0);
	has(text, "name: web-maps\n");
	has(text, "inner_maps:\n- {name: web");
	free(text);
	ck_assert_int_eq(mkdir(pin("web-maps"), 0700), 0);
	text = import_as(pin("web"), 0);
	has(text, "name: web-maps-2\n");
	free(text);
}
END_TEST

START_TEST(a_map_of_a_scope_is_described_with_the_whole)
{
	char id[16], *whole, *part;

	bench_write("version: 1\nname: t\nbpffs: %s\n"
		    "templates: [{name: it, type: hash, key: u32, value: u64, "
		    "max_entries: 4}]\n"
		    "outer_maps: [{name: o, type: array_of_maps, max_entries: 4, "
		    "template: it}, {name: p, type: array_of_maps, max_entries: 4, "
		    "template: it}]\n"
		    "bindings: [{outer: o, slots: [{keys: 0-3}]}]\n");
	apply();
	whole = import_as("t", 0);
	part = import_as("t/p", 0);
	has(bench.err, "belongs to scope 't', which is described as a whole");
	ck_assert_str_eq(whole, part);
	free(part);
	snprintf(id, sizeof(id), "%ld", (long)map_number("t/o", "id"));
	part = import_as(id, 0);
	ck_assert_str_eq(whole, part);
	free(part);
	free(whole);
	/* One that only a slot holds is found by nothing else. */
	snprintf(id, sizeof(id), "%u", slot_id("t/o", 2));
	free(import_as(id, 69));
	has(bench.err, "has no pin: it is described with the outer map that holds it");
}
END_TEST

/* A map that a scope has pinned, in the slots of a loader. */
START_TEST(what_another_scope_has_pinned_is_external)
{
	char *text;

	bench_write("version: 1\nname: t\nbpffs: %s\n"
		    "templates: [{name: it, type: hash, key: u32, value: u64, "
		    "max_entries: 4}]\n"
		    "inner_maps: [{name: shared, template: it}]\n"
		    "pins: [{map: shared, path: shared}]\n");
	apply();
	make_loaders_maps();
	put("tc/services", "0", "t/shared");
	text = import_as("tc/services", 0);
	has(text, "/t/shared}\n");
	has(text, "- {name: shared, external: ");
	keep(text);
	ck_assert_int_eq(mimctl("apply", "-f", file_of_import(), "--adopt"), 0);
	plan_of_import(0);
	plan_is_empty();
	unlink(file_of_import());
	free(text);
}
END_TEST

/* Maps that cannot be told apart are left as they are, and said to be. */
START_TEST(what_has_no_name_of_its_own_is_kept)
{
	const struct mim_shape shape = {BPF_MAP_TYPE_HASH, 4, 8, 4, 0, 0, 0};
	struct mim_kernel kernel;
	uint32_t held;
	char *text;
	int fd;

	make_loaders_maps();
	make_with_bpftool("web", "second");
	put("tc/services", "3", "second");
	unlink(pin("second"));
	mim_kernel_init(&kernel);
	fd = mim_kernel_call(&kernel, map_create, &shape, NULL, -1, NULL);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bpf_obj_pin(fd, pin("nameless")), 0);
	put("tc/services", "0", "nameless");
	unlink(pin("nameless"));
	close(fd);
	mim_kernel_release(&kernel);
	text = import_as("tc/services", 0);
	has(text, "unlisted: keep\n");
	has(bench.err, "2 slots of 'svc' hold maps without a kernel name of their own");
	lacks(text, "key: \"0\"");
	lacks(text, "key: \"3\"");
	keep(text);
	held = slot_id("tc/services", 3);
	ck_assert_int_eq(mimctl("apply", "-f", file_of_import(), "--adopt"), 0);
	plan_of_import(0);
	ck_assert_uint_eq(slot_id("tc/services", 3), held);
	ck_assert_uint_ne(slot_id("tc/services", 0), 0);
	unlink(file_of_import());
	free(text);
}
END_TEST

/* Without the iterator program, templates are read off the slots, and not always. */
START_TEST(what_cannot_be_described_is_told)
{
	char id[16], *text;

	make_loaders_maps();
	bpftool("map", "create", pin("empty"), "type", "array_of_maps", "key", "4",
		"value", "4", "entries", "5", "name", "empty", "inner_map", "pinned",
		pin("web"));
	free(import_as(pin("empty"), 0));
	setenv("MIMCTL_NO_ITERATOR", "1", 1);
	free(import_as(pin("empty"), 69));
	has(bench.err, "error: the kernel does not tell what the slots of 'empty'");
	ck_assert_str_eq(bench.out, "");
	text = import_as("tc/services", 0);
	has(bench.err, "max_entries of the template of 'svc' is not known");
	has(text, "max_entries: 4");
	free(text);
	unsetenv("MIMCTL_NO_ITERATOR");
	bpftool("map", "create", pin("calls"), "type", "prog_array", "key", "4", "value",
		"4", "entries", "5", "name", "calls");
	free(import_as(pin("calls"), 69));
	has(bench.err, "is of type prog_array, and no inner map of a description can be");
	bpftool("map", "freeze", "pinned", pin("tc/services"));
	free(import_as("tc/services", 0));
	has(bench.err, "warning: 'services' (id ");
	has(bench.err, "is frozen, which a description cannot say");
	/* No pin, and only a descriptor of ours holds it. */
	snprintf(id, sizeof(id), "%ld", (long)map_number("empty", "id"));
	ck_assert_int_ge(bpf_obj_get(pin("empty")), 0);
	unlink(pin("empty"));
	free(import_as(id, 0));
	has(bench.err, "has no pin, and is found by nothing else");
}
END_TEST

START_TEST(what_is_not_there_is_told)
{
	free(import_as("nowhere", 1));
	has(bench.err, "error: there is no scope 'nowhere' in ");
	free(import_as("nowhere/at/all", 1));
	has(bench.err, "error: there is no pin ");
	free(import_as("4294967295", 1));
	has(bench.err, "error: there is no map with id 4294967295");
	ck_assert_int_eq(mkdir(pin("tc"), 0700), 0);
	free(import_as(pin("tc"), 1));
	has(bench.err, ": Is a directory");
	free(import_as("tc", 1));
	has(bench.err, "there are no maps in ");
	for (size_t i = 0; i < 5; i++) {
		static const char *const words[] = {"0", "1x", "a.b", "a/", "4294967296"};

		free(import_as(words[i], 64));
		has(bench.err, words[i]);
	}
	ck_assert_int_eq(mimctl("import"), 64);
	ck_assert_int_eq(mimctl("import", "a", "b"), 64);
	ck_assert_int_eq(mimctl("import", "a", "-o", "summary"), 64);
}
END_TEST

/* Maps that libbpf has made, with the types of the object that they are from. */
START_TEST(types_are_those_of_the_live_maps)
{
	struct bpf_object_open_opts opts = {.sz = sizeof(opts),
					    .pin_root_path = bench.bpffs};
	struct bpf_object *object;
	char path[512], *text;

	libbpf_set_print(NULL);
	snprintf(path, sizeof(path), "%s/types.bpf.o", bench_program("OBJECTS"));
	object = bpf_object__open_file(path, &opts);
	ck_assert(object != NULL);
	ck_assert_int_eq(bpf_object__load(object), 0);
	bpf_object__close(object);
	text = import_as(pin("flows"), 0);
	has(text, "types:\n- name: flow_key\n");
	has(text, "type: \"tagged[2]\"}\n");
	has(text, "  key: flow_key\n  value: flow\n");
	keep(text);
	ck_assert_int_eq(mimctl("apply", "-f", file_of_import(), "--adopt"), 0);
	plan_of_import(0);
	free(text);
	text = import_as(pin("unions"), 0);
	has(bench.err,
	    "is described by its size: field 'value' of struct 'with_union' is "
	    "a union");
	has(text, "  key: u32\n  value_size: 16\n");
	free(text);
	unlink(file_of_import());
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		templates_of_every_type_in_both_outer_types,
		a_thousand_slots_are_a_few_lines,
		keys_of_every_type_come_back,
		keys_of_other_sizes_and_names_of_all_kinds_come_back,
		maps_of_slots_that_share_a_kernel_name_come_back,
		what_is_protected_stays_so,
		what_somebody_else_has_pinned_is_external,
		a_loaders_map_is_described_to_be_taken_over,
		a_scope_is_called_clear_of_what_is_there,
		a_map_of_a_scope_is_described_with_the_whole,
		what_another_scope_has_pinned_is_external,
		what_has_no_name_of_its_own_is_kept,
		what_cannot_be_described_is_told,
		what_is_not_there_is_told,
		types_are_those_of_the_live_maps,
	};

	return bench_suite("import", tests, sizeof(tests) / sizeof(tests[0]));
}
