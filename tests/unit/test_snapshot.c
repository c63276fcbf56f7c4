/* SPDX-License-Identifier: BSD-2-Clause */
#include <json-c/json.h>
#include "plan.h"

static const struct unit_live maps[] = {
	{10, "web", ARRAY(16), .pins = "inner/web /sys/fs/bpf/x", .programs = 1},
	LIVE_BIG,
	{20, "services", HASH_OF(4), LIVE_SLOTS, "services", ARRAY(16), 2},
	{21, "empty", HASH_OF(4), "", "empty"},
	{22, ""},
	{23, "shared", HASH_OF(4), "1=22", "shared"},
	{24, "closed", HASH_OF(4), "", "closed"},
	{4000000000u,
	 "bloom",
	 {BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, UINT32_MAX, BPF_F_ZERO_SEED, 0, UINT64_MAX},
	 .pins = "bloom"},
};

static struct mim_topology *live_with_all(void)
{
	struct mim_topology *live = unit_live(maps, MIM_ARRAY_SIZE(maps));
	static const char *pins[] = {"/sys/fs/bpf/prog"};
	static uint32_t processes[] = {0};
	struct mim_scope *scope = &live->scope;

	live->programs[0].pins = pins;
	live->programs[0].n_pins = 1;
	live->processes = calloc(1, sizeof(*live->processes));
	live->processes[live->n_processes++] = (struct mim_process){17, "loader"};
	live->maps[0].users->processes = processes;
	live->maps[0].users->n_processes = 1;
	live->maps[4].hidden = live->hides = true;
	live->maps[6].outer->slots_hidden = true;
	unit_text(live, &scope->denied, "/sys/fs/bpf/closed");
	unit_text(live, &scope->folders, "/sys/fs/bpf/lb/inner");
	unit_text(live, &scope->foreign, "/sys/fs/bpf/lb/prog \"quoted\"\\x0a");
	unit_text(live, &scope->stale, "/sys/fs/bpf/lb/mimctl~/staged-1");
	unit_text(live, &scope->protected, "/sys/fs/bpf/lb/services");
	unit_text(live, &scope->outside, "10 /sys/fs/bpf/x");
	scope->owner = UINT32_MAX;
	scope->marker =
		(struct mim_marker){7, "0123456789abcdef", "v1 \xe2\x82\xac", INT64_MAX};
	return live;
}

static char *json_of(const struct mim_topology *live)
{
	mim_auto_free bool *selected = mim_topology_select(live, false);
	struct json_object *json = mim_snapshot_json(live, selected);
	char *text = strdup(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN));

	json_object_put(json);
	return text;
}

START_TEST(what_is_written_is_read_back)
{
	struct mim_topology *live = live_with_all(), *again = NULL;
	struct mim_diags diags = {0};
	mim_auto_free char *text = json_of(live), *second = NULL;

	ck_assert_msg(mim_snapshot_read(unit_file(text, strlen(text)), &diags, &again) ==
			      0,
		      "%s", unit_diags(&diags));
	ck_assert_uint_eq(again->n_maps, live->n_maps);
	ck_assert_uint_eq(again->n_pins, live->n_pins);
	ck_assert_uint_eq(again->n_programs, live->n_programs);
	for (size_t i = 0; i < live->n_maps; i++) {
		const struct mim_map *a = &live->maps[i], *b = &again->maps[i];

		ck_assert_mem_eq(a->kernel_name, b->kernel_name, sizeof(a->kernel_name));
		ck_assert_uint_eq(mim_shape_differs(&a->shape, &b->shape), 0);
		ck_assert_uint_eq(mim_map_users(a)->n_programs,
				  mim_map_users(b)->n_programs);
		ck_assert_uint_eq(mim_map_users(a)->n_processes,
				  mim_map_users(b)->n_processes);
		ck_assert_int_eq(a->hidden, b->hidden);
		ck_assert_int_eq(!a->outer, !b->outer);
		if (!a->outer)
			continue;
		ck_assert_int_eq(a->outer->inner_known, b->outer->inner_known);
		ck_assert_uint_eq(mim_shape_differs(&a->outer->inner, &b->outer->inner),
				  0);
		ck_assert_uint_eq(a->outer->slots.n, b->outer->slots.n);
		ck_assert_mem_eq(a->outer->slots.keys, b->outer->slots.keys,
				 a->outer->slots.n * a->shape.key_size);
		ck_assert_mem_eq(a->outer->slots.inner, b->outer->slots.inner,
				 a->outer->slots.n * sizeof(uint32_t));
	}
	ck_assert_int_eq(again->hides, live->hides);
	ck_assert_str_eq(again->boot_id, live->boot_id);
	ck_assert_str_eq(again->scope.folder, live->scope.folder);
	/* Whatever is not named here is in the text. */
	second = json_of(again);
	ck_assert_str_eq(text, second);
	mim_topology_free(again);
	mim_topology_free(live);
}
END_TEST

/* The template of services as each way to learn it leaves it. */
static const struct {
	enum mim_knowledge known;
	struct mim_shape inner;
	const char *text;
} templates[] = {
	{MIM_KNOWN_NOT, {0}, "\"template\":{\"known\":\"unknown\"}"},
	{MIM_KNOWN_SIZES,
	 {.key_size = 4, .value_size = 8},
	 "\"template\":{\"known\":\"sizes\",\"key_size\":4,\"value_size\":8}"},
	{MIM_KNOWN_PART,
	 {BPF_MAP_TYPE_HASH, 4, 8, 0, BPF_F_NO_PREALLOC},
	 "\"template\":{\"known\":\"part\",\"key_size\":4,\"value_size\":8,"
	 "\"type\":\"hash\",\"type_number\":1,\"flags\":[\"no_prealloc\"],"
	 "\"map_flags\":1}"},
	{MIM_KNOWN_FULL,
	 {BPF_MAP_TYPE_HASH, 4, 8, 7, BPF_F_NO_PREALLOC},
	 "\"template\":{\"known\":\"full\",\"key_size\":4,\"value_size\":8,"
	 "\"type\":\"hash\",\"type_number\":1,\"flags\":[\"no_prealloc\"],"
	 "\"map_flags\":1,\"max_entries\":7}"},
};

START_TEST(a_template_says_what_is_known_and_nothing_else)
{
	static const struct unit_live some[] = {
		{20, "services", HASH_OF(4), "", "services", ARRAY(16)}};
	struct mim_topology *live = unit_live(some, 1), *again = NULL;
	struct mim_diags diags = {0};
	mim_auto_free char *text = NULL;

	live->maps[0].outer->inner = templates[_i].inner;
	live->maps[0].outer->inner_known = templates[_i].known;
	text = json_of(live);
	ck_assert_msg(strstr(text, templates[_i].text) != NULL, "%s", text);
	ck_assert_int_eq(mim_snapshot_read(unit_file(text, strlen(text)), &diags, &again),
			 0);
	ck_assert_int_eq(again->maps[0].outer->inner_known, templates[_i].known);
	ck_assert_mem_eq(&again->maps[0].outer->inner, &templates[_i].inner,
			 sizeof(struct mim_shape));
	mim_topology_free(again);
	mim_topology_free(live);
}
END_TEST

static const struct {
	const char *name;
	bool whole;
	uint32_t ids[6];
} selections[] = {
	{"with a scope: its maps and what is in their slots", false, {10, 11, 20, 30}},
	{"without: all outer maps, their slots, all pinned",
	 true,
	 {10, 11, 20, 30, 40, 41}},
};

START_TEST(a_question_is_about_some_maps)
{
	static const struct unit_live some[] = {
		LIVE_WEB,
		LIVE_BIG,
		LIVE_SERVICES("80=10 443=11", "services"),
		{30, "shared", ARRAY(4), .pins = "/sys/fs/bpf/x"},
		{40, "theirs", ARRAY(4), .pins = "/sys/fs/bpf/y"},
		{41, "others", HASH_OF(4), ""},
		{42, "nobody", ARRAY(4)},
	};
	struct mim_topology *live = unit_live(some, MIM_ARRAY_SIZE(some));
	mim_auto_free bool *selected = NULL;
	size_t n = 0;

	unit_text(live, &live->scope.outside, "30 /sys/fs/bpf/x");
	if (selections[_i].whole)
		live->scope.name = NULL;
	selected = mim_topology_select(live, false);
	for (size_t i = 0; i < live->n_maps; i++)
		if (selected[i])
			ck_assert_msg(live->maps[i].id == selections[_i].ids[n++],
				      "%s: id %u", selections[_i].name, live->maps[i].id);
	ck_assert_uint_eq(n, selections[_i].whole ? 6 : 4);
	mim_topology_free(live);
}
END_TEST

/* A good snapshot with one thing in it made bad. */
static const struct {
	const char *good;
	const char *bad;
	const char *says;
} edits[] = {
	{"{\"format_version\":1", "[{\"format_version\":1", "no JSON in line 1"},
	{"\"format_version\":1", "\"host\":{},\"format_version\":1", "no JSON in line 1"},
	{"\"format_version\":1", "\"format_version\":2", "format_version is not 1"},
	{"\"format_version\":1", "\"format_version\":\"1\"", "format_version"},
	{"\"format_version\":1", "\"format_version\":1.0", "format_version"},
	{"\"host\":{", "\"hots\":{", "host"},
	{"\"page_size\":4096", "\"page_size\":-4096", "page_size"},
	{"\"page_size\":4096", "\"page_size\":99999999999999999999", "page_size"},
	{"\"possible_cpus\":4", "\"possible_cpus\":null", "possible_cpus"},
	{"\"boot_id\":\"boot\"", "\"boot_id\":7", "boot_id"},
	{"\"boot_id\":\"boot\"", "\"boot_id\":\"\\u001b[2J\"", "boot_id"},
	{"\"boot_id\":\"boot\"", "\"boot_id\":\"b\\u0000t\"", "boot_id"},
	{"\"name\":\"bloom\"", "\"name\":\"a_name_too_long_\"", "name"},
	{"\"folders\":[", "\"folders\":[\"\x7f\",", "folders"},
	{"\"mounted\":true", "\"mounted\":\"true\"", "mounted"},
	{"\"owner\":4294967295", "\"owner\":4294967296", "owner"},
	{"\"folders\":[", "\"folders\":[{},", "folders"},
	{"\"folders\":[", "\"folders\":[null,", "folders"},
	{"\"protected\":[\"", "\"protected\":{\"a\":[]},\"x\":[\"", "protected"},
	{"\"maps\":[", "\"maps\":{\"a\":1},\"x\":[", "maps"},
	{"\"maps\":[", "\"maps\":[null,", "name"},
	{"\"maps\":[", "\"maps\":[7,", "name"},
	{"\"maps\":[", "\"maps\":[[],", "name"},
	{"\"id\":11,", "", "id"},
	{"\"id\":11,", "\"id\":10,", "maps are not in the order of their ids"},
	{"\"id\":11,", "\"id\":9,", "maps are not in the order of their ids"},
	{"\"id\":10,", "\"id\":0,", "maps are not in the order of their ids"},
	{"\"id\":10,", "\"id\":-10,", "id"},
	{"\"id\":4000000000", "\"id\":4294967296", "id"},
	{"\"type_number\":13", "\"type_number\":1e9", "type_number"},
	{"\"key_size\":2", "\"key_size\":4294967296", "key_size"},
	{"\"key_size\":2", "\"key_size\":4", "a slot"},
	{"\"value_size\":8", "\"value_size\":18446744073709551616", "value_size"},
	{"\"map_flags\":64", "\"map_flags\":true", "map_flags"},
	{"\"pins\":[{", "\"pins\":[[],{", "path"},
	{"\"pins\":[{", "\"pins\":[null,{", "path"},
	{"\"path\":\"", "\"path\":\"x", "path"},
	{"\"path\":\"", "\"path\":7,\"x\":\"", "path"},
	{"\"mode\":\"0600\"", "\"mode\":600", "mode"},
	{"\"mode\":\"0600\"", "\"mode\":\"rw\"", "mode"},
	{"\"gid\":0", "\"gid\":-1", "gid"},
	{"\"template\":{", "\"template\":7,\"x\":{", "known"},
	{"\"known\":\"full\"", "\"known\":\"all\"", "known"},
	{"\"key_hex\":\"5000\"", "\"key_hex\":\"50\"", "a slot"},
	{"\"key_hex\":\"5000\"", "\"key_hex\":\"500000\"", "a slot"},
	{"\"key_hex\":\"5000\"", "\"key_hex\":\"5g00\"", "a slot"},
	{"\"key_hex\":\"5000\"", "\"key_hex\":\" 500\"", "a slot"},
	{"\"key_hex\":\"5000\"", "\"key_hex\":\"bb01\"", "a slot twice"},
	{"\"inner\":10", "\"inner\":12", "a slot"},
	{"\"inner\":10", "\"inner\":0", "a slot"},
	{"\"inner\":10", "\"inner\":-1", "inner"},
	{"\"inner\":10", "\"inner\":{}", "inner"},
	{"\"slots\":[{", "\"slots\":[null,{", "key_hex"},
	{"\"slots\":[{", "\"slots\":{},\"x\":[{", "slots"},
	{"\"programs\":[900]", "\"programs\":{}", "programs"},
	{"\"programs\":[900]", "\"programs\":[901,12]", "a program that is not listed"},
	{"\"type\":\"xdp\"", "\"type\":7", "type"},
	{"\"name\":\"lb_main\"", "\"name\":\"\\u001b[2J\"", "name"},
	{"\"name\":\"web\"", "\"name\":\"\\u001b[2J\"", "name"},
	{"\"pins\":[\"\\/sys\\/fs\\/bpf\\/prog\"]", "\"pins\":[7]", "pins of a program"},
	{"\"pins\":[\"\\/sys\\/fs\\/bpf\\/prog\"]", "\"pins\":[\"prog\"]",
	 "pins of a program"},
	{"\"pins\":[\"\\/sys\\/fs\\/bpf\\/prog\"]", "\"pins\":[\"/\\n\"]",
	 "pins of a program"},
	{"\"pins\":[\"\\/sys\\/fs\\/bpf\\/prog\"]", "\"pins\":{}", "pins"},
	{"\"processes\":[{", "\"processes\":[7,{", "pid"},
	{"\"pid\":17", "\"pid\":-1", "pid"},
	{"\"name\":\"loader\"", "\"name\":\"\\u001b[2J\"", "name"},
	{"\"processes\":[{", "\"processes\":{},\"x\":[{", "processes"},
	{"\"hidden\":true", "\"hidden\":1", "hidden"},
	{"\"denied\":[", "\"denied\":[7,", "denied"},
};

START_TEST(one_bad_member_is_named)
{
	struct mim_topology *live = live_with_all(), *again = NULL;
	mim_auto_free char *text = json_of(live), *bad = NULL;
	struct mim_diags diags = {0};
	char says[256];
	const char *at = strstr(text, edits[_i].good), *path;

	ck_assert_msg(at != NULL, "'%s' is not in %s", edits[_i].good, text);
	ck_assert_int_ge(asprintf(&bad, "%.*s%s%s", (int)(at - text), text, edits[_i].bad,
				  at + strlen(edits[_i].good)),
			 0);
	path = unit_file(bad, strlen(bad));
	snprintf(says, sizeof(says), "0: %s is no saved topology: %s", path,
		 edits[_i].says);
	ck_assert_msg(mim_snapshot_read(path, &diags, &again) == -EINVAL, "'%s' is taken",
		      edits[_i].bad);
	ck_assert_str_eq(unit_diags(&diags), says);
	ck_assert_ptr_null(again);
	mim_diags_release(&diags);
	mim_topology_free(live);
}
END_TEST

START_TEST(a_truncated_snapshot_is_refused_wherever_it_ends)
{
	struct mim_topology *live = live_with_all();
	mim_auto_free char *text = json_of(live);
	size_t length = strlen(text), refused = 0, n = 0;

	for (size_t end = 0; end < length; end += 13, n++) {
		struct mim_topology *again = NULL;
		struct mim_diags diags = {0};
		const char *path = unit_file(text, end);

		refused += mim_snapshot_read(path, &diags, &again) == -EINVAL &&
			   diags.n == 1 && !again;
		mim_diags_release(&diags);
		close(atoi(strrchr(path, '/') + 1));
	}
	ck_assert_uint_eq(refused, n);
	mim_topology_free(live);
}
END_TEST

/* Whatever the bytes: an answer, and a plan from what is taken. */
START_TEST(no_byte_brings_it_down)
{
	static const char bytes[] = "0\"{[,\\\xff";
	struct mim_topology *live = live_with_all();
	mim_auto_free char *text = json_of(live);
	struct mim_config config;
	size_t length = strlen(text);

	unit_load_good(BASE, &config);
	for (size_t at = 0; at < length; at += 3) {
		struct mim_topology *again = NULL;
		struct mim_diags diags = {0};
		struct mim_plan *plan = NULL;
		char was = text[at];
		const char *path;

		text[at] = bytes[at / 3 % (sizeof(bytes) - 1)];
		path = unit_file(text, length);
		if (mim_snapshot_read(path, &diags, &again) == 0)
			mim_plan_compute(config.want, again,
					 &(struct mim_plan_options){0}, &diags, &plan);
		else
			ck_assert_ptr_null(again);
		text[at] = was;
		mim_plan_free(plan);
		mim_topology_free(again);
		mim_diags_release(&diags);
		close(atoi(strrchr(path, '/') + 1));
	}
	mim_config_release(&config);
	mim_topology_free(live);
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
	static const char *const paths[] = {"/nonexistent", "/", "/dev/zero", ""};

	for (size_t i = 0; i < MIM_ARRAY_SIZE(paths); i++) {
		struct mim_topology *live = NULL;
		struct mim_diags diags = {0};

		ck_assert_int_lt(mim_snapshot_read(paths[i], &diags, &live), 0);
		ck_assert_uint_eq(diags.n, 1);
		ck_assert_int_eq(diags.items[0].code, MIM_CODE_FILE);
		mim_diags_release(&diags);
	}
}
END_TEST

START_TEST(deep_nesting_is_refused)
{
	mim_auto_free char *text = malloc(1 << 20);
	struct mim_topology *live = NULL;
	struct mim_diags diags = {0};

	memset(text, '[', 1 << 20);
	ck_assert_int_eq(mim_snapshot_read(unit_file(text, 1 << 20), &diags, &live),
			 -EINVAL);
	mim_diags_release(&diags);
}
END_TEST

UNIT_MAIN("snapshot", UNIT(what_is_written_is_read_back),
	  UNIT_EACH(a_template_says_what_is_known_and_nothing_else, templates),
	  UNIT_EACH(a_question_is_about_some_maps, selections),
	  UNIT_EACH(one_bad_member_is_named, edits),
	  UNIT(a_truncated_snapshot_is_refused_wherever_it_ends),
	  UNIT(no_byte_brings_it_down), UNIT(what_is_no_file_is_refused),
	  UNIT(deep_nesting_is_refused))
