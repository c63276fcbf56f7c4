/* SPDX-License-Identifier: BSD-2-Clause */
#include <linux/bpf.h>
#include <sys/mman.h>
#include "base/str.h"
#include "object.h"

/* What each map of tests/objects is, in one line. */
static const char *describe(const struct mim_object_file *object,
			    const struct mim_object_map *map)
{
	static const char *const types[] = {"-",     "uint",   "sint", "be", "ipv4",
					    "ipv6",  "mac",    "p4",   "p6", "char",
					    "bytes", "struct", "array"};
	static const char *const pins[] = {"", " by_name", " object", " global",
					   " custom"};
	static char text[1024];
	const struct mim_shape *shape = &map->def.shape;
	size_t used;

	used = (size_t)snprintf(text, sizeof(text), "%s %u %u/%u %u 0x%x %llu %s %s%s",
				mim_kind_name(shape->type), shape->max_entries,
				shape->key_size, shape->value_size, shape->numa_node,
				shape->flags, (unsigned long long)shape->map_extra,
				types[map->def.key_type.kind],
				types[map->def.value_type.kind], pins[map->pinning]);
	ck_assert_uint_eq(map->def.key_type.size, shape->key_size);
	if (map->has_inner)
		used += (size_t)snprintf(
			text + used, sizeof(text) - used, " of %s %s %u %u/%u 0x%x",
			map->inner_name, mim_kind_name(map->inner.shape.type),
			map->inner.shape.max_entries, map->inner.shape.key_size,
			map->inner.shape.value_size, map->inner.shape.flags);
	for (uint32_t i = 0; i < map->n_slots; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, " [%u]=%s",
					 map->slots[i].index,
					 object->maps[map->slots[i].map].name);
	return text;
}

static struct mim_object_file *load_good(const char *name)
{
	struct mim_diags diags = {0};
	struct mim_object_file *object = NULL;
	int r = mim_object_load(unit_object_path(name), MIM_NOWHERE, &diags, &object);

	ck_assert_msg(r == 0, "%d: %s", r, diags.n ? diags.items[0].message : "");
	ck_assert_uint_eq(diags.n, 0);
	mim_diags_release(&diags);
	return object;
}

/* type max_entries key/value node flags extra key-type value-type pinning */
static const struct {
	const char *object;
	const char *map;
	enum mim_object_form form;
	const char *says;
} maps[] = {
	{"kinds", "by_port", MIM_OBJECT_BTF, "hash 1024 2/20 0 0x5 0 be struct"},
	{"kinds", "by_prefix", MIM_OBJECT_BTF, "lpm_trie 100 8/12 0 0x1 0 - -"},
	{"kinds", "by_name", MIM_OBJECT_BTF, "hash 3 16/8 0 0x0 0 char sint by_name"},
	{"kinds", "by_mac", MIM_OBJECT_BTF, "hash 3 6/4 0 0x0 0 bytes uint"},
	{"kinds", "seen", MIM_OBJECT_BTF, "bloom_filter 64 0/4 0 0x0 3 - uint"},
	{"newer", "seen", MIM_OBJECT_BTF, "bloom_filter 10 0/4 0 0x0 4 - uint"},
	{"kinds", "events", MIM_OBJECT_BTF, "ringbuf 8192 0/0 0 0x0 0 - -"},
	{"kinds", "samples", MIM_OBJECT_BTF, "perf_event_array 0 4/4 0 0x0 0 - -"},
	{"kinds", "twice_the_same", MIM_OBJECT_BTF, "array 2 4/24 0 0x0 0 uint array"},
	{"kinds", "calls", MIM_OBJECT_BTF, "prog_array 4 4/4 0 0x0 0 - -"},
	{"outer", "web", MIM_OBJECT_BTF, "hash 8 4/8 0 0x0 0 uint uint"},
	{"outer", "services", MIM_OBJECT_BTF,
	 "hash_of_maps 16 4/4 0 0x0 0 uint - by_name of services.inner hash 8 4/8 0x0 "
	 "[2]=mail [7]=web [9]=web"},
	{"outer", "tenants", MIM_OBJECT_BTF,
	 "array_of_maps 4 4/4 0 0x4 0 - - of tenants.inner hash 8 4/8 0x0 [0]=big "
	 "[3]=web"},
	{"outer", "routes", MIM_OBJECT_BTF,
	 "array_of_maps 2 4/4 0 0x0 0 uint - of routes.inner array 32 4/4 0x1000"},
	{"outer", "dynamic", MIM_OBJECT_BTF, "hash_of_maps 16 2/4 0 0x0 0 be -"},
	{"plain4", "first", MIM_OBJECT_MAP_DEF, "hash 16 4/8 0 0x0 0 - -"},
	{"plain4", "second", MIM_OBJECT_MAP_DEF, "array 3 4/12 0 0x0 0 - -"},
	{"plain5", "first", MIM_OBJECT_MAP_DEF, "hash 16 4/8 0 0x1 0 - -"},
	{"plain5", "second", MIM_OBJECT_MAP_DEF, "array_of_maps 3 4/4 0 0x0 0 - -"},
	{"plain6", "first", MIM_OBJECT_MAP_DEF, "hash 16 4/8 0 0x1 0 - -"},
	{"plain10", "second", MIM_OBJECT_MAP_DEF, "array_of_maps 3 4/4 0 0x0 0 - -"},
	{"iproute2", "inner", MIM_OBJECT_ELF_MAP, "array 16 4/8 0 0x0 0 - -"},
	{"iproute2", "outer", MIM_OBJECT_ELF_MAP,
	 "array_of_maps 4 4/4 0 0x0 0 - - global of inner array 16 4/8 0x0 [0]=other "
	 "[2]=inner"},
	{"iproute2", "by_hash", MIM_OBJECT_ELF_MAP,
	 "hash_of_maps 4 4/4 0 0x1 0 - - object of inner array 16 4/8 0x0 [0]=other "
	 "[2]=inner"},
	{"iproute2", "own", MIM_OBJECT_ELF_MAP, "hash 4 4/4 0 0x0 0 - - object"},
	{"iproute2", "elsewhere", MIM_OBJECT_ELF_MAP, "hash 4 4/4 0 0x0 0 - - custom"},
};

START_TEST(a_map_is_what_its_definition_says)
{
	mim_auto_object struct mim_object_file *object = load_good(maps[_i].object);
	const struct mim_object_map *map = mim_object_find(object, maps[_i].map);

	ck_assert_ptr_nonnull(map);
	ck_assert_int_eq(map->form, maps[_i].form);
	ck_assert_str_eq(describe(object, map), maps[_i].says);
}
END_TEST

static const struct {
	const char *object;
	uint32_t n;
} counts[] = {
	{"kinds", 9},  {"newer", 1},  {"outer", 8},
	{"plain4", 2}, {"plain5", 2}, {"iproute2", 7},
};

START_TEST(every_map_is_found)
{
	mim_auto_object struct mim_object_file *object = load_good(counts[_i].object);

	ck_assert_uint_eq(object->n_maps, counts[_i].n);
}
END_TEST

START_TEST(definitions_are_found_by_name)
{
	mim_auto_object struct mim_object_file *object = load_good("outer");

	ck_assert_ptr_null(mim_object_find(object, "nothing"));
	ck_assert_ptr_null(mim_object_find(object, "services.inner"));
	ck_assert_ptr_null(mim_object_def(object, "web.inner"));
	ck_assert_ptr_eq(mim_object_def(object, "web"),
			 &mim_object_find(object, "web")->def);
	ck_assert_ptr_eq(mim_object_def(object, "services.inner"),
			 &mim_object_find(object, "services")->inner);
	ck_assert_str_eq(mim_object_closest(object, "sevices"), "services");
	ck_assert_str_eq(mim_object_closest(object, "service.inner"), "services.inner");
	ck_assert_ptr_null(mim_object_closest(object, "zzzzzz"));
}
END_TEST

static const struct {
	const char *object;
	const char *message;
} refused[] = {
	{"refused_no_type", "map 'map': no type"},
	{"refused_unknown_member", "map 'map': unknown member 'colour'"},
	{"refused_not_a_number", "map 'map': 'map_flags' is no number"},
	{"refused_not_a_pointer", "map 'map': 'numa_node' is no number"},
	{"refused_not_a_type", "map 'map': 'key' is no type"},
	{"refused_no_size", "map 'map': the type of 'key' has no size"},
	{"refused_sizes_differ",
	 "map 'map': 'key_size' says 8 bytes, where 4 are said before"},
	{"refused_pinning",
	 "map 'map': pinning 7 is neither LIBBPF_PIN_NONE nor LIBBPF_PIN_BY_NAME"},
	{"refused_values_in_hash", "map 'map': 'values' in what is no map of maps"},
	{"refused_values_not_last", "map 'map': 'values' is not the last of its members"},
	{"refused_values_of_int", "map 'map': 'values' points to no definition of a map"},
	{"refused_values_size",
	 "map 'map': 'values' says 4 bytes, where 8 are said before"},
	{"refused_two_levels", "map 'map.inner': maps of maps have one level"},
	{"refused_inner_pinning", "map 'map.inner': what a slot takes cannot be pinned"},
	{"refused_static", "map 'map' is static: no loader takes that"},
	{"refused_not_a_struct", "map 'map' is defined by no struct"},
	{"refused_slot_past_end", "map 'map': slot 2 is past max_entries (2)"},
	{"refused_slot_of_outer",
	 "map 'map': a relocation puts a map of maps into a slot"},
	{"refused_slot_elsewhere", "map 'map': a relocation goes out of section '.maps'"},
	{"refused_no_slot", "map 'map': a relocation of what is no slot"},
	{"refused_mixed_sizes",
	 "map 'map': section 'maps' holds definitions of different sizes"},
	{"refused_too_small", "section 'maps': 12 bytes are no 1 definitions"},
	{"refused_inner_id", "map 'map': no map has its inner_id 3"},
	{"refused_plain_no_type", "map 'map': no type"},
	{"refused_same_slot", "map 'map': slot 1 is filled twice"},
	{"refused_no_btf", "section '.maps' without BTF: compile with -g"},
	{"samples", "section 'maps': definitions of 28 bytes are neither struct "
		    "bpf_map_def (20) nor "
		    "iproute2's struct bpf_elf_map (36)"},
	{"plain10_more", "section 'maps': definitions of 40 bytes are neither struct "
			 "bpf_map_def (20) nor "
			 "iproute2's struct bpf_elf_map (36)"},
};

START_TEST(what_loaders_refuse_is_refused_with_its_name)
{
	struct unit_bytes bytes = unit_object_bytes(refused[_i].object);
	char message[512];

	snprintf(message, sizeof(message), "x.o: %s", refused[_i].message);
	unit_object_refused(bytes, message);
	free(bytes.data);
}
END_TEST

START_TEST(the_other_byte_order_is_refused)
{
	struct unit_bytes bytes = unit_object_bytes("refused_other_order");
	bool little = *(const uint8_t *)&(uint16_t){1};
	char message[512];

	snprintf(message, sizeof(message),
		 "x.o: a %s-endian object, and this machine is %s-endian: compile with "
		 "-target bpf here",
		 little ? "big" : "little", little ? "little" : "big");
	unit_object_refused(bytes, message);
	free(bytes.data);
}
END_TEST

/* As sha1sum has it; iproute2 names a folder with it. */
START_TEST(an_object_knows_its_digests)
{
	mim_auto_object struct mim_object_file *object = load_good("outer");
	struct unit_bytes bytes = unit_object_bytes("outer");
	char command[600], text[64] = "";
	FILE *pipe;

	snprintf(command, sizeof(command), "sha1sum %s", unit_object_path("outer"));
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), pipe));
	pclose(pipe);
	text[40] = '\0';
	ck_assert_str_eq(object->sha1, text);
	ck_assert_uint_eq(object->digest, mim_str_hash(bytes.data, bytes.size));
	free(bytes.data);
}
END_TEST

static int sparse_file(off_t size)
{
	int fd = memfd_create("sparse", 0);

	ck_assert_int_eq(ftruncate(fd, size), 0);
	return fd;
}

static const struct {
	const char *path;
	off_t sparse;
	int error;
	const char *message;
} unreadable[] = {
	{"/nowhere/x.o", 0, -ENOENT,
	 "cannot read object /nowhere/x.o: No such file or directory"},
	{"/tmp", 0, -EISDIR, "cannot read object /tmp: Is a directory"},
	{"/dev/zero", 0, -EINVAL, "cannot read object /dev/zero: it is no regular file"},
	{NULL, 2LL << 30, -EFBIG, "larger than 64 MiB"},
	{NULL, 1LL << 40, -EFBIG, "larger than 64 MiB"},
	{NULL, 64 << 20, -EINVAL, "no ELF object"},
	{NULL, 0, -EINVAL, "no ELF object"},
};

START_TEST(what_cannot_be_read_is_said)
{
	struct mim_diags diags = {0};
	struct mim_object_file *object = NULL;
	char path[64];
	int r;

	if (unreadable[_i].path)
		snprintf(path, sizeof(path), "%s", unreadable[_i].path);
	else
		snprintf(path, sizeof(path), "/proc/self/fd/%d",
			 sparse_file(unreadable[_i].sparse));
	r = mim_object_load(path, MIM_NOWHERE, &diags, &object);
	ck_assert_int_eq(r, unreadable[_i].error);
	ck_assert_ptr_null(object);
	ck_assert_uint_eq(diags.n, 1);
	ck_assert_msg(strstr(diags.items[0].message, unreadable[_i].message) != NULL,
		      "%s", diags.items[0].message);
	mim_diags_release(&diags);
}
END_TEST

START_TEST(an_object_without_maps_has_none)
{
	const struct unit_part parts[] = {{"text", SHT_PROGBITS, "x", 1}};
	struct unit_bytes bytes = unit_build(parts, 1);
	struct mim_diags diags = {0};
	mim_auto_object struct mim_object_file *object = NULL;

	ck_assert_int_eq(unit_object_read(bytes.data, bytes.size, &diags, &object), 0);
	ck_assert_uint_eq(object->n_maps, 0);
	ck_assert_ptr_null(mim_object_find(object, "x"));
	free(bytes.data);
}
END_TEST

UNIT_MAIN("object", UNIT_EACH(a_map_is_what_its_definition_says, maps),
	  UNIT_EACH(every_map_is_found, counts), UNIT(definitions_are_found_by_name),
	  UNIT_EACH(what_loaders_refuse_is_refused_with_its_name, refused),
	  UNIT(the_other_byte_order_is_refused), UNIT(an_object_knows_its_digests),
	  UNIT_EACH(what_cannot_be_read_is_said, unreadable),
	  UNIT(an_object_without_maps_has_none))
