/* SPDX-License-Identifier: BSD-2-Clause */
#include "object.h"
#include "topology.h"

/* What is printed is in tests/objects, what libbpf does in tests/kernel. */

#define HEAD "version: 1\nname: lb\n"

static const struct mim_object_check *check(const char *object_name, const char *text,
					    const char *map)
{
	static struct mim_object_checks checks;
	static struct mim_object_file *object;
	static struct mim_config config;
	const struct mim_host host = {8, 4096};
	struct mim_diags diags = {0};

	/* What the last call gave is borrowed until the next one. */
	mim_object_checks_release(&checks);
	mim_config_release(&config);
	mim_object_free(object);
	ck_assert_int_eq(mim_object_load(unit_object_path(object_name), MIM_NOWHERE,
					 &diags, &object),
			 0);
	unit_load_good(text, &config);
	ck_assert_int_eq(mim_object_check(object, config.want, &host, &checks), 0);
	ck_assert_uint_eq(checks.n, object->n_maps);
	for (uint32_t i = 0; i < checks.n; i++)
		if (strcmp(checks.items[i].map->name, map) == 0)
			return &checks.items[i];
	ck_abort_msg("no map '%s'", map);
	return NULL;
}

static const struct {
	const char *map;
	const char *template;
	uint32_t differs;
	uint32_t open;
} maps[] = {
	{"as_it_is", "type: hash, key: u32, value: u32, max_entries: 101", 0, 0},
	{"as_it_is", "type: hash, key: u32, value: u32, max_entries: 100",
	 MIM_FIELD_BIT(MIM_FIELD_MAX_ENTRIES), 0},
	{"as_it_is", "type: lru_hash, key: u32, value: u64, max_entries: 101",
	 MIM_FIELD_BIT(MIM_FIELD_TYPE) | MIM_FIELD_BIT(MIM_FIELD_VALUE_SIZE), 0},
	/* libbpf compares with what the kernel has made of it. */
	{"rounded",
	 "type: lru_hash, key: u32, value: u32, max_entries: 101, flags: [no_common_lru]",
	 MIM_FIELD_BIT(MIM_FIELD_MAX_ENTRIES), 0},
	{"devices", "type: devmap, value: u32, max_entries: 8",
	 MIM_FIELD_BIT(MIM_FIELD_FLAGS), 0},
	{"written", "type: hash, key: u32, value: u32, max_entries: 8, flags: [wronly]",
	 MIM_FIELD_BIT(MIM_FIELD_FLAGS), 0},
	{"samples", "type: perf_event_array, max_entries: 8", 0, 0},
	{"samples", "type: perf_event_array, max_entries: 9",
	 MIM_FIELD_BIT(MIM_FIELD_MAX_ENTRIES), 0},
	{"events", "type: ringbuf, max_entries: 8192", 0, 0},
	{"events", "type: ringbuf, max_entries: 4096",
	 MIM_FIELD_BIT(MIM_FIELD_MAX_ENTRIES), 0},
};

START_TEST(reuse_is_asked_of_what_the_kernel_tells)
{
	const struct mim_object_check *item;
	struct mim_diags diags = {0};
	struct mim_config config;
	char text[512];

	snprintf(text, sizeof(text),
		 HEAD "templates: [{name: t, %s}]\n"
		      "inner_maps: [{name: %s, template: t}]\n"
		      "pins: [{map: %s, path: /sys/fs/bpf/%s}]\n",
		 maps[_i].template, maps[_i].map, maps[_i].map, maps[_i].map);
	ck_assert_msg(unit_load(text, &config, &diags) == 0, "%s", unit_diags(&diags));
	mim_config_release(&config);
	mim_diags_release(&diags);
	item = check("reuse", text, maps[_i].map);
	ck_assert_int_eq(item->way, MIM_WAY_PIN);
	ck_assert_uint_eq(item->reuse_differs, maps[_i].differs);
	ck_assert_uint_eq(item->open, maps[_i].open);
	ck_assert_int_eq(item->reuse, maps[_i].differs ? MIM_ANSWER_NO : MIM_ANSWER_YES);
	ck_assert_int_eq(item->template, MIM_ANSWER_UNKNOWN);
}
END_TEST

START_TEST(what_the_object_leaves_open_is_the_loaders_to_set)
{
	const struct mim_object_check *item =
		check("import_left_out",
		      HEAD "templates: [{name: t, type: hash, key: u32, value: u64,"
			   " max_entries: 8}]\n"
			   "outer_maps: [{name: sized_by_the_loader, type: hash_of_maps,"
			   " key: u32, max_entries: 7, template: t}]\n",
		      "sized_by_the_loader");

	ck_assert_int_eq(item->reuse, MIM_ANSWER_YES);
	ck_assert_uint_eq(item->open, MIM_FIELD_BIT(MIM_FIELD_MAX_ENTRIES));
	ck_assert_uint_eq(item->is.max_entries, 7);
	ck_assert(item->told);
}
END_TEST

UNIT_MAIN("object_check", UNIT_EACH(reuse_is_asked_of_what_the_kernel_tells, maps),
	  UNIT(what_the_object_leaves_open_is_the_loaders_to_set))
