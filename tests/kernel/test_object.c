/* SPDX-License-Identifier: BSD-2-Clause */

/* What is made by what an object says is what libbpf makes of the same object. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include "harness.h"
#include "mim.h"

/* An object beside the description, under another name or its own. */
static void bring_as(const char *object, const char *name)
{
	char from[512], to[256];

	snprintf(from, sizeof(from), "%s/%s", bench_program("OBJECTS"), object);
	snprintf(to, sizeof(to), "%s/%s", bench.folder, name);
	unlink(to);
	ck_assert_int_eq(symlink(from, to), 0);
}

static void bring(const char *object)
{
	bring_as(object, object);
}

static void take_away(const char *object)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", bench.folder, object);
	ck_assert_int_eq(unlink(path), 0);
}

/* From 5.16 on. */
static bool has_bloom_filters(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_BLOOM_FILTER, "b", 0, 4, 1, NULL);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Every map of the object, as libbpf makes it, pinned in libbpf/ under its name. */
static struct bpf_object *load_with_libbpf(const char *name)
{
	struct bpf_object_open_opts opts = {.sz = sizeof(opts),
					    .pin_root_path = pin("by_name")};
	struct bpf_object *object;
	struct bpf_map *map;
	char path[512];
	int inner = -1;

	libbpf_set_print(NULL);
	snprintf(path, sizeof(path), "%s/%s", bench_program("OBJECTS"), name);
	object = bpf_object__open_file(path, &opts);
	ck_assert(object != NULL);
	map = bpf_object__find_map_by_name(object, "dynamic");
	if (map) {
		inner = bpf_map_create(BPF_MAP_TYPE_HASH, "d", 4, 8, 8, NULL);
		ck_assert_int_eq(bpf_map__set_inner_map_fd(map, inner), 0);
	}
	map = bpf_object__find_map_by_name(object, "seen");
	if (map && !has_bloom_filters())
		bpf_map__set_autocreate(map, false);
	ck_assert_int_eq(bpf_object__load(object), 0);
	if (inner >= 0)
		close(inner);
	ck_assert_int_eq(mkdir(pin("libbpf"), 0700), 0);
	bpf_object__for_each_map(map, object)
	{
		if (!bpf_map__autocreate(map))
			continue;
		snprintf(path, sizeof(path), "libbpf/%s", bpf_map__name(map));
		ck_assert_msg(bpf_obj_pin(bpf_map__fd(map), pin(path)) == 0, "pin %s: %s",
			      path, strerror(errno));
	}
	return object;
}

/* As bpftool tells it: type, sizes, max_entries, flags and name. */
static void same_map(const char *ours, const char *theirs)
{
	static const char *const keys[] = {"type",	  "name",	 "bytes_key",
					   "bytes_value", "max_entries", "flags"};
	struct json_object *a = show_json(ours), *b = show_json(theirs), *x, *y;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		ck_assert(json_object_object_get_ex(a, keys[i], &x));
		ck_assert(json_object_object_get_ex(b, keys[i], &y));
		ck_assert_msg(json_object_equal(x, y), "%s: %s of %s, %s of %s", keys[i],
			      json_object_get_string(x), ours, json_object_get_string(y),
			      theirs);
	}
	json_object_put(a);
	json_object_put(b);
}

static const char *const kinds[] = {"by_port", "by_prefix",	 "by_name", "by_mac",
				    "events",  "twice_the_same", "seen"};

START_TEST(maps_of_every_kind_are_as_libbpf_makes_them)
{
	struct bpf_object *object = load_with_libbpf("kinds.bpf.o");
	/* The last of them is not everywhere. */
	size_t n = sizeof(kinds) / sizeof(kinds[0]) - !has_bloom_filters(), used;
	char yaml[4096];

	used = (size_t)snprintf(yaml, sizeof(yaml),
				"version: 1\nname: t\nbpffs: %s\ninner_maps:\n",
				bench.bpffs);
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(
			yaml + used, sizeof(yaml) - used,
			"  - {name: %s, from: {object: kinds.bpf.o, map: %s}}\n",
			kinds[i], kinds[i]);
	/* libbpf gives as many as there are CPUs. */
	used += (size_t)snprintf(yaml + used, sizeof(yaml) - used,
				 "  - {name: samples, max_entries: %d,"
				 " from: {object: kinds.bpf.o, map: samples}}\npins:\n",
				 libbpf_num_possible_cpus());
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(yaml + used, sizeof(yaml) - used,
					 "  - {map: %s, path: %s}\n", kinds[i], kinds[i]);
	snprintf(yaml + used, sizeof(yaml) - used, "  - {map: samples, path: samples}\n");
	bring("kinds.bpf.o");
	bench_write(yaml);
	apply();
	for (size_t i = 0; i < n; i++) {
		char ours[64], theirs[64];

		snprintf(ours, sizeof(ours), "t/%s", kinds[i]);
		snprintf(theirs, sizeof(theirs), "libbpf/%s", kinds[i]);
		same_map(ours, theirs);
	}
	same_map("t/samples", "libbpf/samples");
	take_away("kinds.bpf.o");
	bpf_object__close(object);
}
END_TEST

/* The template that only the kernel knows; of the map pinned at @name. */
static struct mim_shape template_of(const struct mim_topology *live, const char *name)
{
	uint32_t index = mim_topology_by_id(live, (uint32_t)map_number(name, "id"));

	ck_assert_uint_ne(index, MIM_NONE);
	ck_assert(live->maps[index].outer != NULL);
	ck_assert_int_eq(live->maps[index].outer->inner_known, MIM_KNOWN_FULL);
	return live->maps[index].outer->inner;
}

static void same_template(const char *ours, const char *theirs)
{
	mim_auto_topology struct mim_topology *live = NULL;
	struct mim_diags diags = {0};
	struct mim_kernel kernel;
	struct mim_shape a, b;

	mim_kernel_init(&kernel);
	ck_assert_int_eq(mim_live_read(&kernel, NULL, bench.bpffs, NULL, &diags, &live),
			 0);
	a = template_of(live, ours);
	b = template_of(live, theirs);
	ck_assert_uint_eq(mim_shape_differs(&a, &b), 0);
	mim_diags_release(&diags);
	mim_kernel_release(&kernel);
}

enum { MOST_SLOTS = 16 };

static void read_slots(const char *folder, const char *outer, uint32_t *ids)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s%s", folder, *folder ? "/" : "", outer);
	for (uint32_t key = 0; key < MOST_SLOTS; key++)
		ids[key] = slot_id(name, key);
}

static int64_t id_of(const char *folder, const char *map)
{
	char name[64];

	snprintf(name, sizeof(name), "%s/%s", folder, map);
	return map_number(name, "id");
}

/* Slot by slot: the map in ours is the counterpart of the map in theirs. */
static void same_slots(const char *outer, const char *const *inner, uint32_t n)
{
	uint32_t ours[MOST_SLOTS], theirs[MOST_SLOTS];

	read_slots("t", outer, ours);
	read_slots("libbpf", outer, theirs);
	for (uint32_t key = 0; key < MOST_SLOTS; key++)
		ck_assert_msg(!ours[key] == !theirs[key], "slot %u of %s: %u and %u", key,
			      outer, ours[key], theirs[key]);
	for (uint32_t i = 0; i < n; i++) {
		int64_t our_id = id_of("t", inner[i]),
			their_id = id_of("libbpf", inner[i]);

		for (uint32_t key = 0; key < MOST_SLOTS; key++)
			ck_assert_int_eq(ours[key] == our_id, theirs[key] == their_id);
	}
}

static void same_hierarchy(void)
{
	static const char *const outer[] = {"services", "tenants", "routes"};
	static const char *const inner[] = {"web", "mail", "big"};
	char ours[64], theirs[64];

	for (size_t i = 0; i < 3; i++) {
		snprintf(ours, sizeof(ours), "t/%s", outer[i]);
		snprintf(theirs, sizeof(theirs), "libbpf/%s", outer[i]);
		same_map(ours, theirs);
		same_template(ours, theirs);
		same_slots(outer[i], inner, 3);
		snprintf(ours, sizeof(ours), "t/%s", inner[i]);
		snprintf(theirs, sizeof(theirs), "libbpf/%s", inner[i]);
		same_map(ours, theirs);
	}
}

START_TEST(a_hierarchy_from_an_object_is_as_libbpf_makes_it)
{
	struct bpf_object *object = load_with_libbpf("outer.bpf.o");

	bring("outer.bpf.o");
	bench_write("version: 1\nname: t\nbpffs: %s\n"
		    "templates:\n"
		    "  - {name: small, from: {object: outer.bpf.o, map: web}}\n"
		    "outer_maps:\n"
		    "  - {name: services, from: {object: outer.bpf.o, map: services}}\n"
		    "  - {name: tenants, template: small,\n"
		    "     from: {object: outer.bpf.o, map: tenants}}\n"
		    "  - {name: routes, from: {object: outer.bpf.o, map: routes}}\n"
		    "  - {name: dynamic, template: small,\n"
		    "     from: {object: outer.bpf.o, map: dynamic}}\n"
		    "inner_maps:\n"
		    "  - {name: web, template: small}\n"
		    "  - {name: mail, from: {object: outer.bpf.o, map: services.inner}}\n"
		    "  - {name: big, from: {object: outer.bpf.o, map: big}}\n"
		    "bindings:\n"
		    "  - {outer: services, slots: [{key: 2, inner: mail},\n"
		    "     {key: 7, inner: web}, {key: 9, inner: web}]}\n"
		    "  - {outer: tenants, slots: [{key: 0, inner: big},\n"
		    "     {key: 3, inner: web}]}\n"
		    "pins:\n"
		    "  - {map: web, path: web}\n"
		    "  - {map: mail, path: mail}\n"
		    "  - {map: big, path: big}\n");
	apply();
	same_hierarchy();
	same_map("t/dynamic", "libbpf/dynamic");
	same_template("t/dynamic", "libbpf/dynamic");
	take_away("outer.bpf.o");
	bpf_object__close(object);
}
END_TEST

/* A new build of the program changes what is declared, and plan says so. */
START_TEST(another_build_is_another_plan)
{
	bring("outer.bpf.o");
	bench_write("version: 1\nname: t\nbpffs: %s\n"
		    "outer_maps:\n"
		    "  - {name: services, from: {object: outer.bpf.o, map: services}}\n"
		    "bindings: [{outer: services, slots: [{key: 5}]}]\n");
	apply();
	bring_as("outer_u32.bpf.o", "outer.bpf.o");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file, "--detailed-exitcode"), 2);
	has(bench.out, "+/- outer  services");
	has(bench.out, "template value_size 8 -> 4");
	apply();
	take_away("outer.bpf.o");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 65);
	has(bench.err, "test.yaml:5:37: error: cannot read object ");
	has(bench.err, "/outer.bpf.o: No such file or directory");
}
END_TEST

/* A map as bpftool tells it, but for what is another with each map. */
static struct json_object *map_json(uint32_t id)
{
	static const char *const moving[] = {"id", "bytes_memlock", "frozen", "btf_id"};
	struct json_object *object;
	char text[16];

	if (!id)
		return NULL;
	snprintf(text, sizeof(text), "%u", id);
	bpftool("-j", "map", "show", "id", text);
	object = json_tokener_parse(bench.out);
	for (size_t i = 0; i < sizeof(moving) / sizeof(moving[0]); i++)
		json_object_object_del(object, moving[i]);
	return object;
}

/* Both hold alike maps under each key, and one map where the other has one. */
static void same_contents(const char *our_name, const char *their_name)
{
	uint32_t ours[MOST_SLOTS], theirs[MOST_SLOTS];

	read_slots("", our_name, ours);
	read_slots("", their_name, theirs);
	for (uint32_t key = 0; key < MOST_SLOTS; key++) {
		struct json_object *a = map_json(ours[key]), *b = map_json(theirs[key]);

		ck_assert_msg(json_object_equal(a, b), "slot %u of %s: %s, %s", key,
			      our_name, a ? json_object_get_string(a) : "empty",
			      b ? json_object_get_string(b) : "empty");
		for (uint32_t other = 0; other < key; other++)
			ck_assert_int_eq(ours[key] == ours[other],
					 theirs[key] == theirs[other]);
		json_object_put(a);
		json_object_put(b);
	}
}

static void same_outer(const char *ours, const char *theirs)
{
	same_map(ours, theirs);
	same_template(ours, theirs);
	same_contents(ours, theirs);
}

/* The description that an object stands for, as a file. */
static void import(const char *object, const char *name)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", bench_program("OBJECTS"), object);
	ck_assert_msg(mimctl("import", "--object", path, "--bpffs", bench.bpffs, name) ==
			      0,
		      "%s", bench.err);
	file = fopen(bench.file, "w");
	fputs(bench.out, file);
	fclose(file);
	ck_assert_msg(mimctl("validate", "-f", bench.file) == 0, "%s", bench.err);
	ck_assert_str_eq(bench.err, "");
}

/* Paths of objects go on from where plan was. */
START_TEST(a_saved_plan_finds_its_objects_from_anywhere)
{
	char saved[128];

	bring("outer.bpf.o");
	bench_write("version: 1\nname: t\nbpffs: %s\n"
		    "inner_maps: [{name: i, from: {object: outer.bpf.o, map: web}}]\n"
		    "pins: [{map: i, path: i}]\n");
	snprintf(saved, sizeof(saved), "%s/plan.json", bench.folder);
	ck_assert_int_eq(chdir(bench.folder), 0);
	ck_assert_msg(mimctl("plan", "-f", strrchr(bench.file, '/') + 1, "--out",
			     "plan.json") == 0,
		      "%s", bench.err);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_msg(mimctl("apply", saved) == 0, "%s", bench.err);
	plan_is_empty();
	unlink(saved);
	take_away("outer.bpf.o");
}
END_TEST

START_TEST(an_imported_hierarchy_is_as_libbpf_makes_it)
{
	struct bpf_object *object = load_with_libbpf("outer.bpf.o");

	import("outer.bpf.o", "t");
	apply();
	same_outer("services", "libbpf/services");
	same_outer("t/tenants", "libbpf/tenants");
	same_outer("t/routes", "libbpf/routes");
	bpf_object__close(object);
	ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
	ck_assert_int_ne(access(pin("services"), F_OK), 0);
}
END_TEST

START_TEST(an_imported_hierarchy_is_as_tc_makes_it)
{
	char command[1024];

	/* Not in the initramfs of other kernels. */
	if (access("/usr/sbin/tc", X_OK) < 0)
		return;
	snprintf(command, sizeof(command),
		 "tc qdisc add dev lo clsact && TC_BPF_MNT=%s tc filter add dev lo "
		 "ingress bpf da obj %s/outer_tc.bpf.o sec tc",
		 bench.bpffs, bench_program("OBJECTS"));
	ck_assert_msg(run("/usr/bin/unshare", "-n", "sh", "-c", command, NULL) == 0, "%s",
		      bench.err);
	import("outer_tc.bpf.o", "t");
	apply();
	same_outer("services", "tc/globals/services");
}
END_TEST

/* What bpftool tells of a map, against the numbers in the source of the object. */
static void is_defined(const char *name, const char *type, int key, int value,
		       int entries, int flags)
{
	ck_assert_str_eq(map_text(name, "type"), type);
	ck_assert_int_eq(map_number(name, "bytes_key"), key);
	ck_assert_int_eq(map_number(name, "bytes_value"), value);
	ck_assert_int_eq(map_number(name, "max_entries"), entries);
	ck_assert_int_eq(map_number(name, "flags"), flags);
}

/* Slots 0 and 2 hold "other" and "inner", as inner_idx has it; the others are empty. */
static void holds_other_and_inner(const char *outer)
{
	static const char *const names[] = {"other", NULL, "inner", NULL};

	for (uint32_t key = 0; key < 4; key++) {
		struct json_object *slot = map_json(slot_id(outer, key)), *entries;

		ck_assert_msg(!slot == !names[key], "slot %u of %s", key, outer);
		if (!slot)
			continue;
		ck_assert_str_eq(
			json_object_get_string(json_object_object_get(slot, "name")),
			names[key]);
		ck_assert_str_eq(
			json_object_get_string(json_object_object_get(slot, "type")),
			"array");
		entries = json_object_object_get(slot, "max_entries");
		ck_assert_int_eq(json_object_get_int(entries), 16);
		json_object_put(slot);
	}
}

/* Where iproute2 pins an object's own maps: a folder called after its SHA-1. */
static const char *own_folder(void)
{
	static char name[64];
	DIR *dir = opendir(pin("tc"));
	struct dirent *entry;

	name[0] = '\0';
	while ((entry = readdir(dir)))
		if (strlen(entry->d_name) == 40)
			snprintf(name, sizeof(name), "tc/%s", entry->d_name);
	closedir(dir);
	return name;
}

/* iproute2 as Debian has it no longer reads these: the definitions are what is meant. */
START_TEST(an_imported_object_of_iproute2_is_what_it_says)
{
	char by_hash[128], own[128], sum[64], object[512];

	import("iproute2.bpf.o", "t");
	apply();
	/* pinning global */
	is_defined("tc/globals/outer", "array_of_maps", 4, 4, 4, 0);
	holds_other_and_inner("tc/globals/outer");
	/* pinning object */
	if (access("/usr/bin/sha1sum", X_OK) == 0) {
		snprintf(object, sizeof(object), "%s/iproute2.bpf.o",
			 bench_program("OBJECTS"));
		run("/usr/bin/sha1sum", object, NULL);
		snprintf(sum, sizeof(sum), "tc/%.40s", bench.out);
		ck_assert_str_eq(own_folder(), sum);
	}
	snprintf(by_hash, sizeof(by_hash), "%s/by_hash", own_folder());
	snprintf(own, sizeof(own), "%s/own", own_folder());
	is_defined(by_hash, "hash_of_maps", 4, 4, 4, BPF_F_NO_PREALLOC);
	holds_other_and_inner(by_hash);
	is_defined(own, "hash", 4, 4, 4, 0);
	/* pinning none: one map in both outer maps, and no pin of its own. */
	ck_assert_uint_eq(slot_id(by_hash, 2), slot_id("tc/globals/outer", 2));
	ck_assert_int_ne(access(pin("tc/globals/inner"), F_OK), 0);
	ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
}
END_TEST

/*
 * struct bpf_map_def says neither what slots take nor where a map is pinned: that was the
 * loader's, and no libbpf from 1.0 on reads it. Its maps are made as they are defined.
 */
START_TEST(maps_of_the_older_form_are_as_they_are_defined)
{
	static const char *const objects[] = {"plain4", "plain5", "plain6", "plain10"};

	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		char object[512], yaml[2048];
		bool old = strcmp(objects[i], "plain4") == 0;

		snprintf(object, sizeof(object), "%s/%s.bpf.o", bench_program("OBJECTS"),
			 objects[i]);
		ck_assert_int_eq(mimctl("import", "--object", object), 65);
		has(bench.err, "no maps of maps, and no pins");
		snprintf(yaml, sizeof(yaml),
			 "version: 1\nname: t\nbpffs: %s\n"
			 "inner_maps: [{name: first, from: {object: %s, map: first}}%s"
			 "%s%s]\n"
			 "%s%s%s"
			 "pins: [{map: first, path: first}, {map: second, path: "
			 "second}]\n",
			 bench.bpffs, object,
			 old ? ", {name: second, from: {object: " : "", old ? object : "",
			 old ? ", map: second}}" : "",
			 old ? ""
			     : "templates: [{name: it, type: hash, key: u32, "
			       "value: u64, max_entries: 8}]\n"
			       "outer_maps: [{name: second, template: it, from: "
			       "{object: ",
			 old ? "" : object, old ? "" : ", map: second}}]\n");
		bench_write(yaml);
		apply();
		is_defined("t/first", "hash", 4, 8, 16, old ? 0 : BPF_F_NO_PREALLOC);
		if (old)
			is_defined("t/second", "array", 4, 12, 3, 0);
		else
			is_defined("t/second", "array_of_maps", 4, 4, 3, 0);
		ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
	}
}
END_TEST

/* A way to declare the outer map of outer.bpf.c, and what becomes of it. */
static const struct {
	const char *services;
	const char *value;
	int status;
	bool reused;
} declared[] = {
	{"type: hash_of_maps, key: u32, max_entries: 16", "u64", 0, true},
	{"type: hash_of_maps, key: be32, max_entries: 16", "u64", 0, true},
	{"type: hash_of_maps, key: u32, max_entries: 17", "u64", 1, false},
	{"type: hash_of_maps, key: u64, max_entries: 16", "u64", 1, false},
	{"type: array_of_maps, max_entries: 16", "u64", 1, false},
	{"type: hash_of_maps, key: u32, max_entries: 16, flags: [no_prealloc]", "u64", 1,
	 false},
	{"type: hash_of_maps, key: u32, max_entries: 16, numa_node: 0", "u64", 1, false},
	/* What libbpf does not look at. */
	{"type: hash_of_maps, key: u32, max_entries: 16", "u32", 1, true},
};

static bool libbpf_reuses(const char *name, int64_t id)
{
	struct bpf_object_open_opts opts = {.sz = sizeof(opts),
					    .pin_root_path = bench.bpffs};
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);
	struct bpf_object *object;
	struct bpf_map *map;
	char path[512];

	libbpf_set_print(NULL);
	snprintf(path, sizeof(path), "%s/%s", bench_program("OBJECTS"), name);
	object = bpf_object__open_file(path, &opts);
	ck_assert(object != NULL);
	if (bpf_object__load(object) == 0) {
		map = bpf_object__find_map_by_name(object, "services");
		ck_assert_int_eq(bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &size),
				 0);
		ck_assert_int_eq(info.id, id);
	}
	bpf_object__close(object);
	return info.id != 0;
}

START_TEST(check_says_what_libbpf_does)
{
	for (size_t i = 0; i < sizeof(declared) / sizeof(declared[0]); i++) {
		char yaml[1024], path[512];

		snprintf(yaml, sizeof(yaml),
			 "version: 1\nname: t\nbpffs: %s\n"
			 "templates: [{name: table, type: hash, key: u32, value: %s,"
			 " max_entries: 8}]\n"
			 "outer_maps: [{name: services, template: table, %s}]\n"
			 "pins: [{map: services, path: %s/services}]\n",
			 bench.bpffs, declared[i].value, declared[i].services,
			 bench.bpffs);
		snprintf(path, sizeof(path), "%s/outer_tc.bpf.o",
			 bench_program("OBJECTS"));
		bench_write(yaml);
		apply();
		ck_assert_msg(mimctl("check", "--object", path, "-f", bench.file) ==
				      declared[i].status,
			      "%s: %s", declared[i].services, bench.out);
		has(bench.out,
		    declared[i].reused ? "    reuse     yes\n" : "    reuse     no: ");
		ck_assert_msg(
			libbpf_reuses("outer_tc.bpf.o", map_number("services", "id")) ==
				declared[i].reused,
			"%s", declared[i].services);
	}
}
END_TEST

/* One map of the object alone: does libbpf take what is pinned under its name? */
static bool libbpf_takes(const char *name)
{
	struct bpf_object_open_opts opts = {.sz = sizeof(opts),
					    .pin_root_path = bench.bpffs};
	struct bpf_object *object;
	struct bpf_map *map;
	char path[512];
	int r;

	libbpf_set_print(NULL);
	snprintf(path, sizeof(path), "%s/reuse.bpf.o", bench_program("OBJECTS"));
	object = bpf_object__open_file(path, &opts);
	ck_assert(object != NULL);
	bpf_object__for_each_map(map, object) if (strcmp(bpf_map__name(map), name) != 0)
		bpf_map__set_autocreate(map, false);
	r = bpf_object__load(object);
	bpf_object__close(object);
	return r == 0;
}

/* Some maps libbpf never finds again: the kernel tells of them what it was not given. */
START_TEST(check_knows_what_the_kernel_makes_of_a_map)
{
	static const char *const names[] = {"as_it_is", "rounded", "devices",
					    "written",	"samples", "events"};
	char yaml[4096];
	size_t used, n = sizeof(names) / sizeof(names[0]), taken = 0;
	struct json_object *root, *maps;

	bring("reuse.bpf.o");
	used = (size_t)snprintf(yaml, sizeof(yaml),
				"version: 1\nname: t\nbpffs: %s\ninner_maps:\n",
				bench.bpffs);
	for (size_t i = 0; i < n; i++) {
		char entries[64] = "";

		if (strcmp(names[i], "samples") == 0)
			snprintf(entries, sizeof(entries), ", max_entries: %d",
				 libbpf_num_possible_cpus());
		used += (size_t)snprintf(
			yaml + used, sizeof(yaml) - used,
			"  - {name: %s%s, from: {object: reuse.bpf.o, map: %s}}\n",
			names[i], entries, names[i]);
	}
	used += (size_t)snprintf(yaml + used, sizeof(yaml) - used, "pins:\n");
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(yaml + used, sizeof(yaml) - used,
					 "  - {map: %s, path: %s/%s}\n", names[i],
					 bench.bpffs, names[i]);
	bench_write(yaml);
	apply();
	ck_assert_int_eq(mimctl("check", "--object", "reuse.bpf.o", "-f", bench.file,
				"-o", "json"),
			 1);
	root = json_tokener_parse(bench.out);
	ck_assert(json_object_object_get_ex(root, "maps", &maps));
	for (size_t i = 0; i < json_object_array_length(maps); i++) {
		struct json_object *map = json_object_array_get_idx(maps, i);
		const char *name =
			json_object_get_string(json_object_object_get(map, "map"));
		bool reuse =
			json_object_get_boolean(json_object_object_get(map, "reuse"));

		ck_assert_msg(libbpf_takes(name) == reuse, "%s: %s", name,
			      json_object_get_string(map));
		taken += reuse;
	}
	/* The CPUs of this machine may divide 101. */
	ck_assert_uint_ge(taken, 3);
	ck_assert_uint_le(taken, 4);
	json_object_put(root);
	take_away("reuse.bpf.o");
}
END_TEST

/* Is the map among those that a loaded program called "lookup" uses? */
static bool lookup_uses(const char *json, int64_t id)
{
	struct json_object *list = json_tokener_parse(json), *name, *maps;
	bool uses = false;

	ck_assert_msg(json_object_is_type(list, json_type_array), "%s", json);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *program = json_object_array_get_idx(list, i);

		if (!json_object_object_get_ex(program, "name", &name) ||
		    strcmp(json_object_get_string(name), "lookup") != 0 ||
		    !json_object_object_get_ex(program, "map_ids", &maps))
			continue;
		for (size_t m = 0; m < json_object_array_length(maps); m++)
			uses |= json_object_get_int64(
					json_object_array_get_idx(maps, m)) == id;
	}
	json_object_put(list);
	return uses;
}

static void declare_services(const char *pins)
{
	char yaml[1024];

	bring("outer_tc.bpf.o");
	snprintf(yaml, sizeof(yaml),
		 "version: 1\nname: t\nbpffs: %s\n"
		 "outer_maps: [{name: services,"
		 " from: {object: outer_tc.bpf.o, map: services}}]\n%s",
		 bench.bpffs, pins);
	bench_write(yaml);
	apply();
}

/* The line that check prints makes bpftool use the map. */
START_TEST(bpftool_uses_the_map_when_told_so)
{
	char command[4096], rest[2048], *line, *pin_word;

	declare_services("");
	ck_assert_int_eq(mimctl("check", "--object", "outer_tc.bpf.o", "-f", bench.file),
			 0);
	line = strstr(bench.out, "bpftool prog load ");
	ck_assert_msg(line != NULL, "%s", bench.out);
	*strchr(line, '\n') = '\0';
	line += strlen("bpftool ");
	pin_word = strstr(line, " PIN ");
	ck_assert(pin_word != NULL);
	snprintf(rest, sizeof(rest), "%s", pin_word + strlen(" PIN "));
	*pin_word = '\0';
	/* libbpf pins by name below /sys/fs/bpf, whatever bpftool is told. */
	ck_assert_int_eq(mount(bench.bpffs, "/sys/fs/bpf", NULL, MS_BIND, NULL), 0);
	snprintf(command, sizeof(command), "%s %s %s %s", bench_program("BPFTOOL"), line,
		 pin("program"), rest);
	run("/bin/sh", "-c", command, NULL);
	umount2("/sys/fs/bpf", MNT_DETACH);
	ck_assert_msg(bench.status == 0, "%s: %s", command, bench.err);
	bpftool("-j", "prog", "list");
	snprintf(rest, sizeof(rest), "%s", bench.out);
	ck_assert(lookup_uses(rest, map_number("t/services", "id")));
	take_away("outer_tc.bpf.o");
}
END_TEST

/* And the pin that it prints makes tc do so. */
START_TEST(tc_uses_the_map_when_it_is_pinned_there)
{
	char command[1024], pins[512], programs[8192];
	const char *line;

	if (access("/usr/sbin/tc", X_OK) < 0)
		return;
	declare_services("");
	ck_assert_int_eq(mimctl("check", "--object", "outer_tc.bpf.o", "-f", bench.file),
			 0);
	line = strstr(bench.out, "iproute2:  ");
	ck_assert_msg(line != NULL, "%s", bench.out);
	snprintf(pins, sizeof(pins), "pins:\n  - %.*s\n  - {map: services, path: x}\n",
		 (int)(strstr(line, " under pins") - line - 11), line + 11);
	declare_services(pins);
	snprintf(command, sizeof(command),
		 "tc qdisc add dev lo clsact && TC_BPF_MNT=%s tc filter add dev lo "
		 "ingress bpf da obj outer_tc.bpf.o sec tc && %s -j prog list",
		 bench.bpffs, bench_program("BPFTOOL"));
	ck_assert_msg(run("/usr/bin/unshare", "-n", "sh", "-c", command, NULL) == 0, "%s",
		      bench.err);
	snprintf(programs, sizeof(programs), "%s", bench.out);
	ck_assert(lookup_uses(programs, map_number("t/x", "id")));
	take_away("outer_tc.bpf.o");
}
END_TEST

static void make_pinned(void)
{
	bpftool("map", "create", pin("table"), "type", "hash", "key", "4", "value", "12",
		"entries", "5", "name", "table", "flags", "1");
	bpftool("map", "create", pin("devices"), "type", "devmap", "key", "4", "value",
		"4", "entries", "5", "name", "devices");
	bpftool("map", "create", pin("theirs"), "type", "array_of_maps", "key", "4",
		"value", "4", "entries", "3", "name", "theirs", "inner_map", "pinned",
		pin("table"));
}

static void write_pinned(const char *words)
{
	char yaml[2048];

	snprintf(yaml, sizeof(yaml),
		 "version: 1\nname: t\nbpffs: %s\n"
		 "templates:\n"
		 "  - name: like\n"
		 "    from: {pinned: %s/%s}\n"
		 "inner_maps: [{name: i, template: like}]\n"
		 "pins: [{map: i, path: i}]\n",
		 bench.bpffs, bench.bpffs, words);
	bench_write(yaml);
}

START_TEST(a_template_is_like_a_map_that_is_there)
{
	make_pinned();
	write_pinned("table");
	apply();
	ck_assert_str_eq(map_text("t/i", "type"), "hash");
	ck_assert_int_eq(map_number("t/i", "bytes_value"), 12);
	ck_assert_int_eq(map_number("t/i", "max_entries"), 5);
	ck_assert_int_eq(map_number("t/i", "flags"), 1);
	/* The kernel adds rdonly_prog, and does not take it. */
	write_pinned("devices");
	apply();
	ck_assert_str_eq(map_text("t/i", "type"), "devmap");
	ck_assert_int_eq(map_number("t/i", "flags"), map_number("devices", "flags"));
}
END_TEST

/* Of an outer map it is what its slots take: so it can be bound there. */
START_TEST(a_template_is_like_what_the_slots_of_a_map_take)
{
	char yaml[2048];

	make_pinned();
	snprintf(yaml, sizeof(yaml),
		 "version: 1\nname: t\nbpffs: %s\n"
		 "templates: [{name: like, from: {pinned: %s/theirs}}]\n"
		 "outer_maps: [{name: o, external: %s/theirs, template: like}]\n"
		 "bindings: [{outer: o, slots: [{keys: 0-2}]}]\n",
		 bench.bpffs, bench.bpffs, bench.bpffs);
	bench_write(yaml);
	apply();
	for (uint32_t key = 0; key < 3; key++)
		ck_assert_uint_ne(slot_id("theirs", key), 0);
}
END_TEST

START_TEST(a_pin_that_tells_nothing_is_an_error_at_its_words)
{
	make_pinned();
	write_pinned("nowhere");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 69);
	has(bench.err, "test.yaml:6:20: error: there is no map at ");
	ck_assert_int_eq(mimctl("apply", "-f", bench.file), 69);
	ck_assert_int_ne(access(pin("t"), F_OK), 0);
	ck_assert_int_eq(mimctl("validate", "-f", bench.file), 0);
	has(bench.err, "test.yaml:6:20: warning: what is pinned there only the kernel");
	ck_assert_int_eq(mimctl("destroy", "-f", bench.file), 0);
	/* Ids alone do not tell what the slots of an empty array take. */
	write_pinned("theirs");
	setenv("MIMCTL_NO_ITERATOR", "1", 1);
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 69);
	unsetenv("MIMCTL_NO_ITERATOR");
	has(bench.err, "the kernel does not tell what the slots take of ");
	has(bench.err, "mimctl doctor says why");
}
END_TEST

/* A saved snapshot knows pins as well. */
START_TEST(a_pin_is_looked_up_in_a_snapshot)
{
	char path[128];
	FILE *file;

	make_pinned();
	write_pinned("theirs");
	/* Of a scope that is not there yet. */
	ck_assert_int_eq(mimctl("show", "t", "-o", "json", "--bpffs", bench.bpffs), 1);
	snprintf(path, sizeof(path), "%s/live.json", bench.folder);
	file = fopen(path, "w");
	fputs(bench.out, file);
	fclose(file);
	unlink(pin("theirs"));
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 69);
	ck_assert_msg(mimctl("plan", "-f", bench.file, "--live", path,
			     "--detailed-exitcode") == 2,
		      "%s", bench.err);
	has(bench.out, "+ inner  i ");
	unlink(path);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		maps_of_every_kind_are_as_libbpf_makes_them,
		a_hierarchy_from_an_object_is_as_libbpf_makes_it,
		another_build_is_another_plan,
		a_saved_plan_finds_its_objects_from_anywhere,
		an_imported_hierarchy_is_as_libbpf_makes_it,
		an_imported_hierarchy_is_as_tc_makes_it,
		an_imported_object_of_iproute2_is_what_it_says,
		maps_of_the_older_form_are_as_they_are_defined,
		check_says_what_libbpf_does,
		check_knows_what_the_kernel_makes_of_a_map,
		bpftool_uses_the_map_when_told_so,
		tc_uses_the_map_when_it_is_pinned_there,
		a_template_is_like_a_map_that_is_there,
		a_template_is_like_what_the_slots_of_a_map_take,
		a_pin_that_tells_nothing_is_an_error_at_its_words,
		a_pin_is_looked_up_in_a_snapshot,
	};

	return bench_suite("object", tests, sizeof(tests) / sizeof(tests[0]));
}
