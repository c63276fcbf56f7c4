/* SPDX-License-Identifier: BSD-2-Clause */
#include <ftw.h>
#include "config/load.h"
#include "config/schema.h"
#include "config/tree.h"
#include "raw.h"
#include "topology.h"

static const char *const texts[] = {
	"version: 1\n",
	"{version: 1, name: lb}\n",
	"---\nversion: 1\nname: lb\n",
	"--- # a comment\nversion: 1\n...\n",
	"%YAML 1.1\n---\nversion: 1\n",
	"\xef\xbb\xbfversion: 1\nname: lb\n",
	"version: 1\r\nname: lb\r\ntemplates: []\r\n",
	"version: 1\ntemplates: []\nouter_maps: []\ninner_maps: []\nbindings: []\npins: "
	"[]\n",
	"version: 0x1\nname: \"lb\"\nbpffs: '/sys/fs/bpf'\n",
	/* words that YAML readers take for something else stay words */
	"version: 1\nname: null\nbpffs: ~\n",
	"version: true\nname: 010\nbpffs: 1e3\n",
	"version: !!str 1\nname: !tag lb\n",
	"version: |\n  1\n  2\nname: >-\n  folded\n  words\nbpffs: \"a\\tb \\u20ac "
	"\\\"\"\n",
	"version: 1\nname: ''\nbpffs:\n",
	"# \xe2\x82\xac\nversion: 1 # one\nname: \xc3\xa9t\xc3\xa9\n",
	/* block and flow, every key once */
	"version: 1\n"
	"name: lb\n"
	"bpffs: /sys/fs/bpf\n"
	"templates:\n"
	"  - name: backends\n"
	"    type: array\n"
	"    key: u32\n"
	"    value: u64\n"
	"    key_size: 4\n"
	"    value_size: 8\n"
	"    max_entries: 16\n"
	"    flags:\n"
	"      - mmapable\n"
	"      - inner_map\n"
	"    numa_node: 0\n"
	"    map_extra: 3\n"
	"  - {name: acl, type: lpm_trie, key: ipv4_prefix, value: u32, max_entries: 1,\n"
	"     flags: [no_prealloc]}\n"
	"  - {name: theirs, from: {object: lb.bpf.o, map: inner}}\n"
	"  - name: other\n"
	"    from:\n"
	"      object: lb.bpf.o\n"
	"      map: other\n"
	"  - {name: live, from: {pinned: /sys/fs/bpf/x}}\n"
	"outer_maps:\n"
	"  - {name: o, type: hash_of_maps, key: be16, key_size: 2, max_entries: 9,\n"
	"     flags: [], numa_node: 1, kernel_name: k, template: acl, protect: true,\n"
	"     unlisted: keep}\n"
	"inner_maps:\n"
	"- name: web\n"
	"  template: backends\n"
	"  max_entries: 5\n"
	"  numa_node: 0\n"
	"  kernel_name: w\n"
	"bindings:\n"
	"  - outer: o\n"
	"    slots:\n"
	"      - {key: 80, inner: web}\n"
	"      - {keys: 0-31}\n"
	"      - key: \"0a 0b\"\n"
	"        inner: \"web\"\n"
	"  - {outer: o, slots: []}\n"
	"pins:\n"
	"  - {map: o, path: o, mode: \"0640\", group: netops}\n",
};

/* libcyaml without positions and the strict tree with them read the same. */
static void assert_both_ways_agree(const char *path)
{
	struct mim_source fast = {.index = 1}, strict = {.index = 1};
	struct mim_diags diags = {0};

	ck_assert_int_eq(mim_source_read(&fast, path, &diags), 0);
	ck_assert_int_eq(mim_source_read(&strict, path, &diags), 0);
	ck_assert_msg(mim_load_cyaml(&fast) == 0, "libcyaml refuses:\n%.200s", fast.text);
	ck_assert_msg(mim_tree_load(&strict, &diags) == 0 &&
			      mim_tree_strict(&strict, &diags) == 0,
		      "%s", unit_diags(&diags));
	ck_assert_pstr_eq(unit_raw_differs(MIM_SECTION_ROOT, fast.raw, strict.raw), NULL);
	mim_diags_release(&diags);
	mim_source_release(&fast);
	mim_source_release(&strict);
}

START_TEST(both_ways_read_the_same_text_alike)
{
	assert_both_ways_agree(unit_file(texts[_i], strlen(texts[_i])));
}
END_TEST

/* Left to the strict check, which counts aliases; on the right what they stand for. */
static const struct {
	const char *text;
	const char *plain;
} aliases[] = {
	{"version: &one 1\nname: &n lb\nbpffs: *n\n",
	 "{version: 1, name: lb, bpffs: lb}"},
	{"version: 1\n&k name: lb\nbpffs: *k\n", "{version: 1, name: lb, bpffs: name}"},
	{"version: 1\ntemplates:\n"
	 "  - &t {name: a, type: hash, key: &k u32, value: *k, max_entries: 2,\n"
	 "        flags: &f [no_prealloc, &r rdonly_prog]}\n"
	 "  - {name: b, type: hash, key: *k, value: *k, max_entries: 2, flags: *f}\n"
	 "  - *t\n"
	 "  - {name: c, type: hash, max_entries: 2, flags: [*r]}\n",
	 "version: 1\ntemplates:\n"
	 "  - {name: a, type: hash, key: u32, value: u32, max_entries: 2,"
	 " flags: [no_prealloc, rdonly_prog]}\n"
	 "  - {name: b, type: hash, key: u32, value: u32, max_entries: 2,"
	 " flags: [no_prealloc, rdonly_prog]}\n"
	 "  - {name: a, type: hash, key: u32, value: u32, max_entries: 2,"
	 " flags: [no_prealloc, rdonly_prog]}\n"
	 "  - {name: c, type: hash, max_entries: 2, flags: [rdonly_prog]}\n"},
	{"version: 1\nbindings:\n"
	 "  - {outer: o, slots: &s [&slot {key: 1, inner: x}, *slot]}\n"
	 "  - {outer: p, slots: *s}\n",
	 "version: 1\nbindings:\n"
	 "  - {outer: o, slots: [{key: 1, inner: x}, {key: 1, inner: x}]}\n"
	 "  - {outer: p, slots: [{key: 1, inner: x}, {key: 1, inner: x}]}\n"},
};

START_TEST(an_alias_is_what_it_stands_for)
{
	struct mim_source with = {.index = 1}, without = {.index = 1};
	struct mim_diags diags = {0};
	const char *text = aliases[_i].text, *plain = aliases[_i].plain;

	ck_assert_int_eq(mim_source_read(&with, unit_file(text, strlen(text)), &diags),
			 0);
	ck_assert_int_eq(
		mim_source_read(&without, unit_file(plain, strlen(plain)), &diags), 0);
	ck_assert_int_eq(mim_load_cyaml(&with), -EINVAL);
	mim_arena_release(&with.arena);
	ck_assert_msg(mim_load(&with, &diags) == 0, "%s", unit_diags(&diags));
	ck_assert_int_eq(mim_load_cyaml(&without), 0);
	ck_assert_pstr_eq(unit_raw_differs(MIM_SECTION_ROOT, with.raw, without.raw),
			  NULL);
	mim_source_release(&with);
	mim_source_release(&without);
}
END_TEST

static int each_example(const char *path, const struct stat *st, int type,
			struct FTW *walk)
{
	const char *dot = strrchr(path, '.');

	(void)st;
	(void)walk;
	if (type == FTW_F && dot && strcmp(dot, ".yaml") == 0 &&
	    !strstr(path, "kubernetes") && !strstr(path, "ansible") &&
	    !strstr(path, "prometheus"))
		assert_both_ways_agree(path);
	return 0;
}

START_TEST(both_ways_read_the_examples_alike)
{
	const char *folder = getenv("UNIT_CONFIGS");

	if (folder)
		nftw(folder, each_example, 16, FTW_PHYS);
}
END_TEST

/* What libcyaml would misread without a word goes through the strict check. */
static const struct {
	const char *text;
	const char *says;
} misread[] = {
	{"version: 1\n--- \nversion: 1\n",
	 "2: a second document: one file is one document"},
	{"version: 1\n...\nversion: 1\n",
	 "3: no YAML: did not find expected <document start>"},
	{"version: 1\n...\n---\nversion: 1\n",
	 "3: a second document: one file is one document"},
	{"version: 1\nname: \"a\\0b\"\n", "2: name holds a NUL character"},
	{"version: 1\n\"name\\0x\": lb\n", "2: a key holds a NUL character"},
	{"\xff\xfev\0e\0", "1: no UTF-8: it begins with the mark of UTF-16"},
	{"version: 1\nversion: 1\n", "2: key 'version' a second time"},
	{"version: 1\nname: [lb]\n", "2: name must be a single value, not a list"},
	{"version: 1\nname: {a: b}\n", "2: name must be a single value, not a mapping"},
	{"version: 1\npins: x\n", "2: pins must be a list, not a single value"},
	{"version: 1\npins:\n", "2: pins must be a list, not nothing"},
};

START_TEST(what_would_be_misread_is_refused)
{
	struct mim_source source = {.index = 1};
	struct mim_diags diags = {0};
	const char *text = misread[_i].text;
	size_t length = text[0] == '\xff' ? 6 : strlen(text);

	ck_assert_int_eq(mim_source_read(&source, unit_file(text, length), &diags), 0);
	ck_assert_int_eq(mim_load(&source, &diags), -EINVAL);
	ck_assert_str_eq(unit_diags(&diags), misread[_i].says);
	mim_diags_release(&diags);
	mim_source_release(&source);
}
END_TEST

/* Five values a slot: only those that aliases add are counted. */
START_TEST(as_many_values_as_stand_in_a_file_are_taken)
{
	struct mim_source source = {.index = 1};
	struct mim_diags diags = {0};
	const int n = 840000;
	char *text = malloc(64 + (size_t)n * 32), *at = text;

	ck_assert_ptr_nonnull(text);
	at += sprintf(at, "# \\\nversion: 1\nbindings:\n- outer: o\n  slots:\n");
	for (int i = 0; i < n; i++)
		at += sprintf(at, "  - {key: %d, inner: m}\n", i);
	ck_assert_int_eq(
		mim_source_copy(&source, "x.yaml", text, (size_t)(at - text), &diags), 0);
	ck_assert_int_eq(mim_load(&source, &diags), 0);
	ck_assert_uint_eq(source.raw->bindings[0].n_slots, n);
	ck_assert_str_eq(source.raw->bindings[0].slots[n - 1].key, "839999");
	free(text);
	mim_source_release(&source);
}
END_TEST

/* A thousand aliases of five thousand values. */
START_TEST(a_file_that_aliases_make_too_large_has_no_values)
{
	struct mim_source source = {.index = 1};
	struct mim_diags diags = {0};
	char *text = malloc(1 << 18), *at = text;

	ck_assert_ptr_nonnull(text);
	at += sprintf(at, "# \\\nversion: 1\nbindings:\n- {outer: o, slots: &s [");
	for (int i = 0; i < 1000; i++)
		at += sprintf(at, "{key: %d, inner: m},\n", i);
	at += sprintf(at, "]}\n");
	for (int i = 0; i < 1000; i++)
		at += sprintf(at, "- {outer: o, slots: *s}\n");
	ck_assert_int_eq(
		mim_source_copy(&source, "x.yaml", text, (size_t)(at - text), &diags), 0);
	ck_assert_int_eq(mim_load(&source, &diags), -EINVAL);
	ck_assert_str_eq(unit_diags(&diags),
			 "0: x.yaml: aliases make more than 4000000 values of it");
	ck_assert_ptr_null(source.raw);
	free(text);
	mim_diags_release(&diags);
	mim_source_release(&source);
}
END_TEST

/* Read by libcyaml, and by the strict check for its backslash. */
static const char *const beginnings[] = {"version: 1\n", "# \\\nversion: 1\n"};

START_TEST(a_file_that_takes_more_than_its_memory_is_named)
{
	struct mim_source source = {.index = 1};
	struct mim_diags diags = {0};
	char *text = malloc(1 << 21), *at = text;

	ck_assert_ptr_nonnull(text);
	at += sprintf(at, "%sbindings:\n- outer: o\n  slots:\n", beginnings[_i]);
	for (int i = 0; i < 50000; i++)
		at += sprintf(at, "  - {key: %d, inner: m}\n", i);
	ck_assert_int_eq(
		mim_source_copy(&source, "x.yaml", text, (size_t)(at - text), &diags), 0);
	source.arena.limit = 1 << 20;
	ck_assert_int_eq(mim_load(&source, &diags), -EINVAL);
	ck_assert(!diags.out_of_memory);
	ck_assert_str_eq(unit_diags(&diags), "0: x.yaml takes more than 1 MiB of memory");
	ck_assert_int_eq(diags.items[0].code, MIM_CODE_LIMIT);
	ck_assert_str_eq(diags.items[0].place.file, "x.yaml");
	ck_assert_ptr_null(source.raw);
	free(text);
	mim_diags_release(&diags);
	mim_source_release(&source);
}
END_TEST

UNIT_MAIN("load", UNIT_EACH(both_ways_read_the_same_text_alike, texts),
	  UNIT_EACH(an_alias_is_what_it_stands_for, aliases),
	  UNIT(both_ways_read_the_examples_alike),
	  UNIT_EACH(what_would_be_misread_is_refused, misread),
	  UNIT(as_many_values_as_stand_in_a_file_are_taken),
	  UNIT_EACH(a_file_that_takes_more_than_its_memory_is_named, beginnings),
	  UNIT(a_file_that_aliases_make_too_large_has_no_values))
