/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <string.h>
#include "base/json.h"
#include "command.h"
#include "contents.h"
#include "render.h"
#include "status.h"
#include "target.h"

/**
 * struct getting - one slot on its way to the screen
 * @outer, @inner: descriptors
 * @key_type: how KEY is written
 * @declared: types of what is in the slot, by the description
 * @key: bytes; heap
 */
struct getting {
	struct session *session;
	const char *path;
	const char *word;
	int outer;
	int inner;
	struct mim_map_info outer_info;
	struct mim_map_info inner_info;
	struct mim_type key_type;
	struct mim_live_types declared;
	uint8_t *key;
	struct live_types types;
	struct contents contents;
};

static void release(struct getting *getting)
{
	contents_release(&getting->contents);
	live_types_release(&getting->types);
	mim_close_at(&getting->outer);
	mim_close_at(&getting->inner);
	free(getting->key);
}

static int wrong(struct getting *getting, enum mim_code code, int r, const char *format,
		 ...) MIM_PRINTF(4, 5);

static int wrong(struct getting *getting, enum mim_code code, int r, const char *format,
		 ...)
{
	char message[768];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return mim_error(&getting->session->diags, MIM_NOWHERE, code, r, "%s", message);
}

static int open_outer(struct getting *getting)
{
	const struct mim_shape *shape = &getting->outer_info.shape;

	getting->outer = mim_bpffs_get_map(getting->session->kernel, getting->path,
					   &getting->outer_info);
	if (getting->outer < 0)
		return target_pin_failed(getting->session, getting->path, getting->outer);
	if (shape->type != BPF_MAP_TYPE_ARRAY_OF_MAPS &&
	    shape->type != BPF_MAP_TYPE_HASH_OF_MAPS)
		return wrong(getting, MIM_CODE_NONE, -EINVAL, "%s is no outer map: %s",
			     getting->path, mim_kind_name(shape->type));
	getting->key_type = contents_plain_type(shape->key_size);
	return 0;
}

/* The declared outer map that is pinned there. */
static const struct mim_map *declared_at(const struct mim_topology *want,
					 const char *path)
{
	for (size_t i = 0; i < want->n_maps; i++)
		if (want->maps[i].external && strcmp(want->maps[i].external, path) == 0)
			return &want->maps[i];
	for (size_t i = 0; i < want->n_pins; i++)
		if (strcmp(want->pins[i].path, path) == 0)
			return &want->maps[want->pins[i].map];
	return NULL;
}

static int find_types(struct getting *getting)
{
	const struct mim_map *map;

	map = declared_at(getting->session->want, getting->path);
	if (!map || !map->outer)
		return wrong(getting, MIM_CODE_UNKNOWN_NAME, -EINVAL,
			     "the description has no outer map at %s", getting->path);
	if (map->shape.key_size != getting->outer_info.shape.key_size)
		return wrong(getting, MIM_CODE_BAD_SIZE, -EINVAL,
			     "keys of %s have %u bytes, those of '%s' %u", getting->path,
			     getting->outer_info.shape.key_size, map->name,
			     map->shape.key_size);
	if (map->outer->key_type.kind != MIM_TYPE_NONE)
		getting->key_type = map->outer->key_type;
	return 0;
}

/* The template of what is declared to be in the slot, or that of the others. */
static void find_declared(struct getting *getting)
{
	const struct mim_topology *want = getting->session->want;
	const struct mim_map *map = declared_at(want, getting->path), *inner;
	uint32_t slot = mim_slots_find(map, getting->key);
	uint32_t template = map->outer->template;

	if (slot != MIM_NONE) {
		inner = &want->maps[map->outer->slots.inner[slot]];
		if (inner->template != MIM_NONE)
			template = inner->template;
	}
	if (template != MIM_NONE)
		getting->declared = (struct mim_live_types){
			want->templates[template].key_type,
			want->templates[template].value_type, NULL};
}

/* As show prints a key whose type nobody knows: "00 50". */
static bool is_bytes(const struct getting *getting)
{
	return !getting->session->want && strchr(getting->word, ' ');
}

/* Return: 0, STATUS_USAGE after having said what is wrong, or -ENOMEM. */
static int read_key(struct getting *getting)
{
	const struct mim_shape *shape = &getting->outer_info.shape;
	struct mim_value_problem problem;
	int r;

	getting->key = calloc(1, shape->key_size + 1);
	if (!getting->key)
		return -ENOMEM;
	if (is_bytes(getting))
		getting->key_type.kind = MIM_TYPE_BYTES;
	r = mim_value_read(getting->key_type, getting->word, getting->key, &problem);
	if (r == -EINVAL)
		return options_usage_error("get", "KEY '%.100s' %s", getting->word,
					   problem.why);
	if (r == 0 && shape->type == BPF_MAP_TYPE_ARRAY_OF_MAPS &&
	    mim_type_integer(getting->key, 4, false) >= shape->max_entries)
		return options_usage_error(
			"get", "KEY %.100s is past the last slot of %s (%u)",
			getting->word, getting->path, shape->max_entries - 1);
	return r;
}

/* The key that is meant may be another, in the order of the network for one. */
static bool has_order(const struct getting *getting)
{
	enum mim_type_kind kind = getting->key_type.kind;

	return (kind == MIM_TYPE_UINT || kind == MIM_TYPE_SINT || kind == MIM_TYPE_BE) &&
	       getting->key_type.size > 1 &&
	       getting->outer_info.shape.type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

static int say_empty(struct getting *getting)
{
	const struct mim_type type = getting->key_type;
	char bytes[32] = "";

	if (!has_order(getting))
		return wrong(getting, MIM_CODE_NONE, -ENOENT,
			     "slot %.100s of %s is empty", getting->word, getting->path);
	mim_value_print((struct mim_type){MIM_TYPE_BYTES, type.size}, getting->key, bytes,
			sizeof(bytes));
	wrong(getting, MIM_CODE_NONE, -ENOENT, "slot %.100s (bytes %s) of %s is empty",
	      getting->word, bytes, getting->path);
	if (!getting->session->want)
		mim_hint(&getting->session->diags,
			 "KEY was read as a u%u; with -f it is read as the description "
			 "says, and as bytes in the form in which show prints them",
			 type.size * 8);
	return -ENOENT;
}

static int open_inner(struct getting *getting)
{
	int r = mim_slot_open(getting->session->kernel, getting->outer, getting->key,
			      &getting->inner_info);

	getting->inner = r < 0 ? -1 : r;
	if (r >= 0)
		return 0;
	if (r == -ENOENT)
		return say_empty(getting);
	if (r == -EAGAIN)
		return wrong(getting, MIM_CODE_CHANGED, r,
			     "slot %.100s of %s changed while it was read", getting->word,
			     getting->path);
	if (r == -EPERM || r == -EACCES)
		return wrong(getting, MIM_CODE_CAPABILITY, r,
			     "cannot open the map in slot %.100s of %s: this needs "
			     "CAP_SYS_ADMIN",
			     getting->word, getting->path);
	return wrong(getting, MIM_CODE_KERNEL, r, "cannot read slot %.100s of %s: %s",
		     getting->word, getting->path, mim_errno_text(r));
}

static int read_contents(struct getting *getting)
{
	const struct mim_host host = mim_object_host();
	int r;

	if (getting->session->want)
		find_declared(getting);
	getting->types = (struct live_types){.kernel = getting->session->kernel,
					     .manner = MIM_BTF_SHOW};
	r = contents_read(getting->session->kernel, getting->inner, &getting->inner_info,
			  &host, &getting->declared, &getting->types, &getting->contents);
	if (r < 0 || !getting->contents.error)
		return r;
	return wrong(getting, MIM_CODE_KERNEL, getting->contents.error,
		     "cannot read what is in map id %u: %s", getting->inner_info.id,
		     getting->contents.why);
}

static int print_text(const struct getting *getting)
{
	const struct options *options = getting->session->options;
	const struct mim_map_info *info = &getting->inner_info;
	char flags[MIM_FIELD_TEXT];

	printf("slot   %-12s%s%s (id %u)  %s  key %u  value %u  max_entries %u",
	       getting->word, render_gap(getting->word, 12),
	       *info->name ? info->name : "(no name)", info->id,
	       mim_kind_name(info->shape.type), info->shape.key_size,
	       info->shape.value_size, info->shape.max_entries);
	if (info->shape.flags)
		printf("  flags %s",
		       mim_field_text(&info->shape, MIM_FIELD_FLAGS, flags));
	putchar('\n');
	return contents_print(&getting->contents, options->limit, "  ", stdout);
}

static struct json_object *map_json(const struct mim_map_info *info)
{
	struct json_object *map = mim_json_object();

	mim_json_put_number(map, "id", info->id);
	mim_json_put_text(map, "name", info->name);
	mim_json_put_text(map, "type", mim_kind_name(info->shape.type));
	mim_json_put_number(map, "key_size", info->shape.key_size);
	mim_json_put_number(map, "value_size", info->shape.value_size);
	mim_json_put_number(map, "max_entries", info->shape.max_entries);
	mim_json_put(map, "flags", mim_flags_json(info->shape.flags));
	return map;
}

static struct json_object *getting_json(const struct getting *getting)
{
	const struct contents *contents = &getting->contents;
	struct json_object *root = mim_json_object();

	mim_json_put_number(root, "format_version", 1);
	mim_json_put_text(root, "outer", getting->path);
	mim_json_put(root, "key", contents_value_json(getting->key_type, getting->key));
	mim_json_put(root, "map", map_json(&getting->inner_info));
	if (contents->hidden) {
		mim_json_put_text(root, "unreadable", contents->why);
		return root;
	}
	mim_json_put_number(root, "n_entries", contents->elements.n);
	mim_json_put(root, "entries",
		     contents_json(contents, getting->session->options->limit));
	return root;
}

static int print(const struct getting *getting)
{
	const struct options *options = getting->session->options;

	if (options->quiet)
		return 0;
	if (options->output == OUTPUT_JSON || options->output == OUTPUT_YAML)
		return render_json(getting_json(getting), options->output, stdout);
	return print_text(getting);
}

static int get(struct getting *getting)
{
	struct session *session = getting->session;
	int r = open_outer(getting);

	if (r == 0 && session->options->n_files)
		r = find_types(getting);
	if (r < 0)
		return session_fail(session, SESSION_READS);
	r = read_key(getting);
	if (r > 0)
		return r;
	if (r == 0)
		r = open_inner(getting);
	if (r == 0)
		r = read_contents(getting);
	if (r == 0)
		r = print(getting);
	if (r == -ENOMEM)
		mim_out_of_memory(&session->diags);
	return r < 0 ? session_fail(session, SESSION_READS)
		     : session_warn(session, STATUS_OK);
}

static int run(const struct options *options, struct mim_kernel *kernel)
{
	mim_cleanup(release) struct getting getting = {.outer = -1, .inner = -1};
	struct target target;
	auto_session session;
	int status;

	session_init(&session, options, kernel);
	if (options->n_words != 2)
		return options_usage_error("get", "give a PIN and a KEY");
	if (options->n_files && session_load(&session) < 0)
		return session_fail(&session, SESSION_READS);
	status = target_parse("get", options->words[0], target_bpffs(&session), &target);
	if (status)
		return status;
	if (target.kind != TARGET_PIN)
		return options_usage_error("get",
					   "PIN '%s' has no slash: /sys/fs/bpf/edge-lb/"
					   "services, or edge-lb/services",
					   options->words[0]);
	getting.session = &session;
	getting.path = target.path;
	getting.word = options->words[1];
	return get(&getting);
}

const struct command command_get = {
	.name = "get",
	.arguments = "PIN KEY [-f PATH...]",
	.summary = "the inner map in one slot, and what is in it",
	.help = "PIN is that of an outer map; without a slash in front it lies in "
		"bpffs. KEY is\n"
		"written as the description says that its keys are; without -f as a "
		"number in the\n"
		"order of the host, or as bytes in hex, as show prints them. Entries are "
		"printed by\n"
		"field, as the description or the map's BTF has them, in the order of "
		"their keys; of\n"
		"an array those that are not all zero; of a per-CPU map the value of "
		"each CPU.\n"
		"Exits 1 when the slot is empty.\n"
		"\n"
		"example: mimctl get edge-lb/services 80 -f edge-lb.yaml\n"
		"example: mimctl get edge-lb/services '00 50'   # the same, of a be16\n"
		"example: mimctl get /sys/fs/bpf/tc/globals/routes 7 --limit 20 -o "
		"json\n",
	.options = OPTIONS_DATA | OPTION_BIT(OPTION_FILE) | OPTION_BIT(OPTION_BPFFS) |
		   OPTION_BIT(OPTION_LIMIT),
	.privilege = PRIVILEGE_READ,
	.run = run,
};
