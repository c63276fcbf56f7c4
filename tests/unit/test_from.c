/* SPDX-License-Identifier: BSD-2-Clause */
#include <linux/bpf.h>
#include <sys/stat.h>
#include "object.h"
#include "topology.h"

/* Refusals, with their places, are in tests/bad: here is what comes out. */

#define HEAD "version: 1\nname: lb\n"

/* A description; each @ in it becomes the folder of the objects. */
static const char *with_objects(const char *text)
{
	static char full[8192];
	char *to = full;

	for (; *text; text++) {
		if (*text == '@')
			to += sprintf(to, "%s", getenv("UNIT_OBJECTS"));
		else
			*to++ = *text;
	}
	*to = '\0';
	return full;
}

static void load_good(const char *text, struct mim_config *config)
{
	unit_load_good(with_objects(text), config);
}

static void assert_shape(const struct mim_shape *is, struct mim_shape wanted)
{
	uint32_t differs = mim_shape_differs(is, &wanted);
	char a[MIM_FIELD_TEXT], b[MIM_FIELD_TEXT];

	for (enum mim_field field = 0; field < MIM_FIELD_COUNT; field++)
		ck_assert_msg(!(differs & MIM_FIELD_BIT(field)), "%s is %s, not %s",
			      mim_field_name(field), mim_field_text(is, field, a),
			      mim_field_text(&wanted, field, b));
}

static const struct {
	const char *words;
	struct mim_shape shape;
	enum mim_type_kind key;
	enum mim_type_kind value;
} templates[] = {
	{"from: {object: @/kinds.bpf.o, map: by_port}",
	 {BPF_MAP_TYPE_HASH, 2, 20, 1024, BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE},
	 MIM_TYPE_BE,
	 MIM_TYPE_STRUCT},
	{"from: {object: @/kinds.bpf.o, map: by_prefix}, key: ipv4_prefix",
	 {BPF_MAP_TYPE_LPM_TRIE, 8, 12, 100, BPF_F_NO_PREALLOC},
	 MIM_TYPE_PREFIX4,
	 MIM_TYPE_NONE},
	{"from: {object: @/kinds.bpf.o, map: by_mac}, key: mac, value: ipv4",
	 {BPF_MAP_TYPE_HASH, 6, 4, 3},
	 MIM_TYPE_MAC,
	 MIM_TYPE_IPV4},
	{"from: {object: @/kinds.bpf.o, map: seen}",
	 {BPF_MAP_TYPE_BLOOM_FILTER, 0, 4, 64, 0, 0, 3},
	 MIM_TYPE_NONE,
	 MIM_TYPE_UINT},
	{"from: {object: @/kinds.bpf.o, map: samples}, max_entries: 8",
	 {BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 8},
	 MIM_TYPE_UINT,
	 MIM_TYPE_UINT},
	{"from: {object: @/outer.bpf.o, map: routes.inner}",
	 {BPF_MAP_TYPE_ARRAY, 4, 4, 32, BPF_F_INNER_MAP},
	 MIM_TYPE_SINT,
	 MIM_TYPE_BE},
	{"from: {object: @/plain5.bpf.o, map: first}, key: be32",
	 {BPF_MAP_TYPE_HASH, 4, 8, 16, BPF_F_NO_PREALLOC},
	 MIM_TYPE_BE,
	 MIM_TYPE_NONE},
	{"from: {object: @/iproute2.bpf.o, map: inner}",
	 {BPF_MAP_TYPE_ARRAY, 4, 8, 16},
	 MIM_TYPE_UINT,
	 MIM_TYPE_NONE},
};

START_TEST(a_template_has_the_shape_of_the_object)
{
	struct mim_config config;
	const struct mim_template *template;
	char text[512];

	snprintf(text, sizeof(text), HEAD "templates:\n  - {name: t, %s}\n",
		 templates[_i].words);
	load_good(text, &config);
	ck_assert_uint_eq(config.want->n_templates, 1);
	template = &config.want->templates[0];
	ck_assert_str_eq(template->name, "t");
	assert_shape(&template->shape, templates[_i].shape);
	ck_assert_int_eq(template->key_type.kind, templates[_i].key);
	ck_assert_int_eq(template->value_type.kind, templates[_i].value);
	ck_assert_uint_eq(template->key_type.size, template->shape.key_size);
	ck_assert_uint_eq(template->value_type.size, template->shape.value_size);
	mim_config_release(&config);
}
END_TEST

START_TEST(an_outer_map_brings_its_template)
{
	struct mim_config config;
	const struct mim_map *outer, *own;

	load_good(HEAD "outer_maps: [{name: o, protect: true,"
		       " from: {object: @/outer.bpf.o, map: services}}]\n"
		       "bindings: [{outer: o, slots: [{key: 80}]}]\n",
		  &config);
	outer = map_named(config.want, "o");
	assert_shape(&outer->shape,
		     (struct mim_shape){BPF_MAP_TYPE_HASH_OF_MAPS, 4, 4, 16});
	ck_assert_int_eq(outer->outer->key_type.kind, MIM_TYPE_UINT);
	ck_assert_int_eq(outer->outer->protect, MIM_PROTECT_YES);
	ck_assert_str_eq(config.want->templates[outer->outer->template].name,
			 "services.inner");
	ck_assert_int_eq(outer->outer->inner_known, MIM_KNOWN_FULL);
	assert_shape(&outer->outer->inner,
		     (struct mim_shape){BPF_MAP_TYPE_HASH, 4, 8, 8});
	own = map_named(config.want, "o[80]");
	assert_shape(&own->shape, outer->outer->inner);
	mim_config_release(&config);
}
END_TEST

START_TEST(a_template_beside_it_has_to_agree)
{
	struct mim_config config;
	const struct mim_map *outer;

	load_good(HEAD "templates: [{name: t, type: hash, key: u32, value: u64,"
		       " max_entries: 8}]\n"
		       "outer_maps: [{name: o, template: t,"
		       " from: {object: @/outer.bpf.o, map: services}}]\n",
		  &config);
	outer = map_named(config.want, "o");
	ck_assert_uint_eq(config.want->n_templates, 1);
	ck_assert_uint_eq(outer->outer->template, 0);
	mim_config_release(&config);
}
END_TEST

/* The kernel reads it as u32, whatever the program calls it. */
START_TEST(the_key_of_an_array_is_an_index)
{
	struct mim_config config;

	load_good(HEAD "outer_maps: [{name: o,"
		       " from: {object: @/outer.bpf.o, map: tenants}}]\n"
		       "bindings: [{outer: o, slots: [{keys: 0-3}]}]\n",
		  &config);
	ck_assert_int_eq(map_named(config.want, "o")->outer->key_type.kind,
			 MIM_TYPE_UINT);
	ck_assert_uint_eq(map_named(config.want, "o")->outer->slots.n, 4);
	mim_config_release(&config);
}
END_TEST

START_TEST(keys_are_written_as_the_object_has_them)
{
	struct mim_config config;
	const struct mim_map *outer;
	static const uint8_t https[] = {0x01, 0xbb};

	load_good(HEAD "templates: [{name: t, type: hash, key: u32, value: u64,"
		       " max_entries: 8}]\n"
		       "outer_maps: [{name: o, template: t,"
		       " from: {object: @/outer.bpf.o, map: dynamic}}]\n"
		       "bindings: [{outer: o, slots: [{key: 443}]}]\n",
		  &config);
	outer = map_named(config.want, "o");
	ck_assert_uint_eq(mim_slots_find(outer, https), 0);
	mim_config_release(&config);
}
END_TEST

START_TEST(an_inner_map_has_the_shape_of_the_object)
{
	struct mim_config config;
	const struct mim_map *big;

	load_good(HEAD "inner_maps: [{name: large, kernel_name: l,"
		       " from: {object: @/outer.bpf.o, map: big}}]\n"
		       "outer_maps: [{name: o,"
		       " from: {object: @/outer.bpf.o, map: tenants}}]\n"
		       "bindings: [{outer: o, slots: [{key: 1, inner: large}]}]\n",
		  &config);
	big = map_named(config.want, "large");
	assert_shape(&big->shape, (struct mim_shape){BPF_MAP_TYPE_HASH, 4, 8, 500});
	ck_assert_str_eq(big->kernel_name, "l");
	ck_assert_str_eq(config.want->templates[big->template].name, "big");
	mim_config_release(&config);
}
END_TEST

START_TEST(an_object_is_read_once)
{
	struct mim_config config;

	load_good(HEAD "templates:\n"
		       "  - {name: a, from: {object: @/outer.bpf.o, map: web}}\n"
		       "  - {name: b, from: {object: @/outer.bpf.o, map: mail}}\n"
		       "  - {name: c, from: {object: @/kinds.bpf.o, map: by_name}}\n"
		       "outer_maps:\n"
		       "  - {name: d, from: {object: @/outer.bpf.o, map: routes}}\n",
		  &config);
	ck_assert_uint_eq(config.n_objects, 2);
	mim_config_release(&config);
}
END_TEST

static void write_file(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, 1, size, file), size);
	fclose(file);
}

/* A description and its object in one folder, away from the working directory. */
START_TEST(a_path_is_relative_to_its_file)
{
	char folder[] = "/tmp/mimctl-from-XXXXXX", yaml[64], object[64], digest[17];
	static const char text[] =
		HEAD "templates:\n"
		     "  - {name: a, from: {object: x.o, map: web}}\n"
		     "  - {name: b, from: {object: ../x.o, map: web}}\n";
	struct unit_bytes bytes = unit_object_bytes("outer");
	struct mim_diags diags = {0};
	struct mim_config config;
	const char *path = yaml;
	char link[64];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(yaml, sizeof(yaml), "%s/d", folder);
	ck_assert_int_eq(mkdir(yaml, 0700), 0);
	snprintf(yaml, sizeof(yaml), "%s/d/x.yaml", folder);
	snprintf(object, sizeof(object), "%s/d/x.o", folder);
	snprintf(link, sizeof(link), "%s/x.o", folder);
	write_file(yaml, text, strlen(text));
	write_file(object, bytes.data, bytes.size);
	ck_assert_int_eq(symlink(object, link), 0);
	ck_assert_msg(mim_config_load(&path, 1, NULL, &config, &diags) == 0, "%s",
		      unit_diags(&diags));
	ck_assert_uint_eq(config.n_objects, 2);
	strcpy(digest, config.digest);
	mim_config_release(&config);

	/* What the object says is part of the description. */
	bytes.data[unit_section(bytes, ".BTF.ext")->sh_offset + 40]++;
	write_file(object, bytes.data, bytes.size);
	ck_assert_int_eq(mim_config_load(&path, 1, NULL, &config, &diags), 0);
	ck_assert_str_ne(config.digest, digest);
	mim_config_release(&config);
	unlink(link);
	unlink(object);
	unlink(yaml);
	*strrchr(yaml, '/') = '\0';
	rmdir(yaml);
	rmdir(folder);
	free(bytes.data);
}
END_TEST

/* Someone who knows two pins, one of them in part, and of a third nothing. */
static int look(void *data, const struct mim_scope *scope, struct mim_config_pin *pins,
		size_t n, struct mim_diags *diags)
{
	static const struct mim_shape shape = {BPF_MAP_TYPE_HASH, 4, 8, 16,
					       BPF_F_NO_PREALLOC};

	(void)diags;
	++*(int *)data;
	ck_assert_str_eq(scope->folder, "/sys/fs/bpf/lb");
	for (size_t i = 0; i < n; i++) {
		pins[i].shape = shape;
		if (strcmp(pins[i].path, "/b/full") == 0)
			pins[i].known = MIM_KNOWN_FULL;
		else if (strcmp(pins[i].path, "/b/part") == 0)
			pins[i].known = MIM_KNOWN_PART;
	}
	return 0;
}

static int load_looking(const char *text, struct mim_config *config,
			struct mim_diags *diags, int *ret_looks)
{
	const char *path = unit_file(text, strlen(text));
	int looks = 0;
	const struct mim_config_look who = {look, &looks};
	int r = mim_config_load_with(&path, 1, NULL, &who, config, diags);

	*ret_looks = looks;
	return r;
}

START_TEST(a_template_has_the_shape_of_what_is_pinned)
{
	struct mim_diags diags = {0};
	struct mim_config config;
	const struct mim_template *made;
	int looks;

	ck_assert_int_eq(
		load_looking(HEAD
			     "templates:\n"
			     "  - {name: a, from: {pinned: /b/full}, key: ipv4}\n"
			     "  - {name: b, from: {pinned: /b/part}, max_entries: 3}\n"
			     "  - {name: c, from: {pinned: /b/none}}\n"
			     "  - {name: d, from: {pinned: /b/full}}\n",
			     &config, &diags, &looks),
		0);
	ck_assert_int_eq(looks, 1);
	made = config.want->templates;
	assert_shape(&made[0].shape,
		     (struct mim_shape){BPF_MAP_TYPE_HASH, 4, 8, 16, BPF_F_NO_PREALLOC});
	ck_assert_int_eq(made[0].key_type.kind, MIM_TYPE_IPV4);
	ck_assert_int_eq(made[0].value_type.kind, MIM_TYPE_NONE);
	ck_assert_uint_eq(made[0].value_type.size, 8);
	ck_assert_uint_eq(made[1].shape.max_entries, 3);
	ck_assert_uint_eq(made[2].shape.type, 0);
	assert_shape(&made[3].shape, made[0].shape);
	mim_config_release(&config);
}
END_TEST

static const struct {
	const char *template;
	const char *message;
} pinned[] = {
	{"from: {pinned: /b/part}",
	 "4: max_entries of what the slots of '/b/part' take is not known"},
	{"from: {pinned: /b/full}, max_entries: 7",
	 "4: max_entries 7 contradicts 'from': it is 16 there"},
	{"from: {pinned: /b/full}, value: u32",
	 "4: value u32 contradicts 'from': it has 8 bytes there, not 4"},
};

START_TEST(what_stands_beside_a_pin_has_to_fit)
{
	struct mim_diags diags = {0};
	struct mim_config config;
	char text[512];
	int looks;

	snprintf(text, sizeof(text), HEAD "templates:\n  - {name: t, %s}\n",
		 pinned[_i].template);
	ck_assert_int_eq(load_looking(text, &config, &diags, &looks), -EINVAL);
	ck_assert_str_eq(unit_diags(&diags), pinned[_i].message);
	mim_diags_release(&diags);
	mim_config_release(&config);
}
END_TEST

/* Nothing can be planned on what nobody has looked at. */
START_TEST(what_is_pinned_nobody_knows_without_the_kernel)
{
	struct mim_diags diags = {0};
	struct mim_config config;

	ck_assert_int_lt(unit_load(HEAD "templates: [{name: t, from: {pinned: /b/x}}]\n",
				   &config, &diags),
			 0);
	ck_assert_ptr_null(config.want);
	ck_assert_str_eq(unit_diags(&diags),
			 "3: what is pinned at /b/x is not known without the kernel");
	mim_diags_release(&diags);
	mim_config_release(&config);
}
END_TEST

/* The same struct by an object's BTF and by "types": text to bytes and back. */
static const struct {
	const char *by_name;
	const char *declared;
	const char *value;
} structs[] = {
	{"struct:flow_key",
	 "[{name: source, type: be32}, {name: target, type: ipv4},"
	 " {name: ports, type: 'be16[2]'}, {name: protocol, type: u8},"
	 " {name: zone, type: 'char[7]'}]",
	 "source=4294967295 target=10.0.0.1 ports=[1,65535] protocol=255 zone=\"a b\""},
	{"struct:limits",
	 "[{name: rate, type: u64}, {name: weights, type: 'bytes[6]'},"
	 " {name: bursts, type: 'u32[6]'}]",
	 "rate=18446744073709551615 weights=0x0102030405ff "
	 "bursts=[0,1,2,3,4,4294967295]"},
	{"struct:range_t", "[{name: low, type: u16}, {name: high, type: u16}]",
	 "low=0 high=65535"},
	{"struct:tagged[2]",
	 "[{name: tag, type: u8}, {name: number, type: u32},"
	 " {name: range, type: 'struct:range_t'}], packed: true",
	 "[{tag=1 number=4294967295 range={low=1 high=2}},"
	 "{tag=255 number=0 range={low=0 high=0}}]"},
};

START_TEST(a_struct_of_the_object_is_the_declared_one)
{
	const char *list = strchr(structs[_i].by_name, '[');
	struct mim_value_problem problem;
	uint8_t bytes[2][256] = {{0}};
	struct mim_config config;
	char text[1024], back[512];

	snprintf(text, sizeof(text),
		 HEAD "types: [{name: mine, fields: %s}]\n"
		      "templates:\n"
		      "  - {name: a, from: {object: @/types.bpf.o, map: macs}}\n"
		      "  - {name: b, type: array, value: '%s', max_entries: 1}\n"
		      "  - {name: c, type: array, value: 'mine%s', max_entries: 1}\n",
		 structs[_i].declared, structs[_i].by_name, list ? list : "");
	load_good(text, &config);
	for (int i = 0; i < 2; i++) {
		struct mim_type type = config.want->templates[i + 1].value_type;

		ck_assert_uint_eq(type.size, config.want->templates[1].value_type.size);
		ck_assert_msg(
			mim_value_read(type, structs[_i].value, bytes[i], &problem) == 0,
			"%s", problem.why);
		ck_assert_str_eq(mim_value_print(type, bytes[i], back, sizeof(back)),
				 structs[_i].value);
	}
	ck_assert_mem_eq(bytes[0], bytes[1], sizeof(bytes[0]));
	mim_config_release(&config);
}
END_TEST

UNIT_MAIN("from", UNIT_EACH(a_struct_of_the_object_is_the_declared_one, structs),
	  UNIT_EACH(a_template_has_the_shape_of_the_object, templates),
	  UNIT(an_outer_map_brings_its_template), UNIT(a_template_beside_it_has_to_agree),
	  UNIT(the_key_of_an_array_is_an_index),
	  UNIT(keys_are_written_as_the_object_has_them),
	  UNIT(an_inner_map_has_the_shape_of_the_object), UNIT(an_object_is_read_once),
	  UNIT(a_path_is_relative_to_its_file),
	  UNIT(a_template_has_the_shape_of_what_is_pinned),
	  UNIT_EACH(what_stands_beside_a_pin_has_to_fit, pinned),
	  UNIT(what_is_pinned_nobody_knows_without_the_kernel))
