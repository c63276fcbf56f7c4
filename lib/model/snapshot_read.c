/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "base/array.h"
#include "base/file.h"
#include "base/str.h"
#include "model/snapshot.h"
#include "model/snapshot_member.h"
#include "model/snapshot_words.h"

#define MOST_BYTES ((size_t)80 << 20)

static void read_scope(struct mim_reader *reader, struct json_object *root)
{
	struct json_object *object = mim_member(reader, root, "scope", json_type_object);
	struct mim_scope *scope = &reader->live->scope;
	struct json_object *name = NULL;

	if (!object)
		return;
	json_object_object_get_ex(object, "name", &name);
	if (mim_topology_set_scope(reader->live,
				   json_object_is_type(name, json_type_string)
					   ? mim_member_copy(reader, name, "name")
					   : NULL,
				   mim_member_text(reader, object, "bpffs")) < 0)
		mim_member_no_memory(reader);
	scope->mounted = mim_member_boolean(reader, object, "mounted");
	scope->exists = mim_member_boolean(reader, object, "exists");
	scope->marked = mim_member_boolean(reader, object, "marked");
	scope->owner = (uint32_t)mim_member_number(reader, object, "owner", UINT32_MAX);
	scope->marker.generation =
		mim_member_number(reader, object, "generation", INT64_MAX);
	if (scope->marked) {
		scope->marker.digest = mim_member_text(reader, object, "digest");
		scope->marker.revision = mim_member_text(reader, object, "revision");
	}
	scope->marker.time =
		(int64_t)mim_member_number(reader, object, "time", INT64_MAX);
	mim_member_texts(reader, object, "folders", &scope->folders);
	mim_member_texts(reader, object, "foreign", &scope->foreign);
	mim_member_texts(reader, object, "stale", &scope->stale);
	mim_member_texts(reader, object, "protected", &scope->protected);
	mim_member_texts(reader, object, "outside", &scope->outside);
	mim_texts_sort(&scope->protected);
	mim_texts_sort(&scope->outside);
	/* Not in the snapshots of earlier versions. */
	scope->untrusted = json_object_object_get_ex(object, "untrusted", NULL)
				   ? mim_member_boolean(reader, object, "untrusted")
				   : scope->owner != 0;
	if (json_object_object_get_ex(object, "denied", NULL))
		mim_member_texts(reader, object, "denied", &scope->denied);
}

static void read_host(struct mim_reader *reader, struct json_object *root)
{
	struct json_object *object = mim_member(reader, root, "host", json_type_object);

	if (!object)
		return;
	reader->live->host.possible_cpus =
		(uint32_t)mim_member_number(reader, object, "possible_cpus", 1 << 20);
	reader->live->host.page_size =
		(uint32_t)mim_member_number(reader, object, "page_size", 1 << 30);
	reader->live->boot_id = mim_member_text(reader, object, "boot_id");
}

static void read_shape(struct mim_reader *reader, struct json_object *object,
		       struct mim_shape *shape)
{
	shape->type =
		(uint32_t)mim_member_number(reader, object, "type_number", UINT32_MAX);
	shape->key_size =
		(uint32_t)mim_member_number(reader, object, "key_size", 1 << 24);
	shape->value_size =
		(uint32_t)mim_member_number(reader, object, "value_size", UINT32_MAX);
	shape->max_entries =
		(uint32_t)mim_member_number(reader, object, "max_entries", UINT32_MAX);
	shape->flags =
		(uint32_t)mim_member_number(reader, object, "map_flags", UINT32_MAX);
	shape->map_extra = mim_member_number(reader, object, "map_extra", UINT64_MAX);
}

static void read_pins(struct mim_reader *reader, struct json_object *object, uint32_t map)
{
	struct json_object *list = mim_member(reader, object, "pins", json_type_array);

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		const char *path = mim_member_text(reader, item, "path");
		const char *mode = mim_member_text(reader, item, "mode");
		struct mim_pin *pin;

		if (reader->result < 0)
			return;
		if (path[0] != '/' || strlen(path) >= MIM_PATH_MOST) {
			mim_member_bad(reader, "path");
			return;
		}
		pin = mim_topology_add_pin(reader->live, map, path);
		if (!pin) {
			mim_member_no_memory(reader);
			return;
		}
		if (strspn(mode, "01234567") != strlen(mode) || strlen(mode) != 4)
			mim_member_bad(reader, "mode");
		pin->mode = (uint32_t)strtoul(mode, NULL, 8) & 07777;
		pin->gid = (uint32_t)mim_member_number(reader, item, "gid", UINT32_MAX);
		pin->group = mim_member_text(reader, item, "group");
	}
}

static bool read_knowledge(const char *word, enum mim_knowledge *ret_known)
{
	for (enum mim_knowledge k = MIM_KNOWN_NOT; k <= MIM_KNOWN_FULL; k++) {
		if (strcmp(word, mim_snapshot_knowledge[k]) != 0)
			continue;
		*ret_known = k;
		return true;
	}
	return false;
}

static void read_template(struct mim_reader *reader, struct json_object *object,
			  struct mim_outer *outer)
{
	const char *word = mim_member_text(reader, object, "known");
	struct mim_shape *shape = &outer->inner;

	if (!read_knowledge(word, &outer->inner_known)) {
		mim_member_bad(reader, "known");
		return;
	}
	if (outer->inner_known >= MIM_KNOWN_SIZES) {
		shape->key_size =
			(uint32_t)mim_member_number(reader, object, "key_size", 1 << 24);
		shape->value_size = (uint32_t)mim_member_number(reader, object,
								"value_size", UINT32_MAX);
	}
	if (outer->inner_known >= MIM_KNOWN_PART) {
		shape->type = (uint32_t)mim_member_number(reader, object, "type_number",
							  UINT32_MAX);
		shape->flags = (uint32_t)mim_member_number(reader, object, "map_flags",
							   UINT32_MAX);
	}
	if (outer->inner_known >= MIM_KNOWN_FULL)
		shape->max_entries = (uint32_t)mim_member_number(
			reader, object, "max_entries", UINT32_MAX);
}

/* Maps first: slots and programs refer to them by id. */
static void read_map(struct mim_reader *reader, struct json_object *object)
{
	struct mim_topology *live = reader->live;
	uint32_t index = (uint32_t)live->n_maps;
	uint32_t last = index ? live->maps[index - 1].id : 0;
	const char *name = mim_member_text(reader, object, "name");
	struct mim_map *map = mim_topology_add_map(live, name);
	struct json_object *template = NULL;

	if (!map) {
		mim_member_no_memory(reader);
		return;
	}
	if (strlen(name) >= sizeof(map->kernel_name))
		mim_member_bad(reader, "name");
	else
		memcpy(map->kernel_name, name, strlen(name));
	map->id = (uint32_t)mim_member_number(reader, object, "id", UINT32_MAX);
	if (map->id <= last)
		mim_member_bad(reader, "maps are not in the order of their ids");
	map->hidden = json_object_object_get_ex(object, "hidden", NULL) &&
		      mim_member_boolean(reader, object, "hidden");
	if (map->hidden)
		live->hides = true;
	else
		read_shape(reader, object, &map->shape);
	if (json_object_object_get_ex(object, "template", &template)) {
		bool frozen = mim_member_boolean(reader, object, "frozen");

		if (!mim_topology_make_outer(live, map)) {
			mim_member_no_memory(reader);
			return;
		}
		map->outer->frozen = frozen;
		read_template(reader, template, map->outer);
	}
	read_pins(reader, object, index);
}

static void read_slots(struct mim_reader *reader, struct json_object *object,
		       struct mim_map *map)
{
	struct mim_slots *slots = &map->outer->slots;
	struct json_object *list;
	size_t n;

	/* A snapshot is of everything. */
	map->outer->slots_read = true;
	if (json_object_object_get_ex(object, "slots", &list) && !list) {
		map->outer->slots_hidden = reader->live->hides = true;
		return;
	}
	list = mim_member(reader, object, "slots", json_type_array);
	n = list ? json_object_array_length(list) : 0;
	/* Two digits for each byte: there cannot be more keys than the file is long. */
	if (n > (size_t)MOST_BYTES / 2 / (map->shape.key_size + 1)) {
		mim_member_bad(reader, "slots");
		return;
	}
	slots->keys = mim_arena_array(&reader->live->arena, n, map->shape.key_size);
	slots->inner = mim_arena_array(&reader->live->arena, n, sizeof(*slots->inner));
	if (!slots->keys || !slots->inner) {
		mim_member_no_memory(reader);
		return;
	}
	for (size_t i = 0; i < n && reader->result == 0; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		const char *hex = mim_member_text(reader, item, "key_hex");
		uint32_t id =
			(uint32_t)mim_member_number(reader, item, "inner", UINT32_MAX);

		slots->inner[i] = mim_topology_by_id(reader->live, id);
		if (slots->inner[i] == MIM_NONE ||
		    !mim_member_hex(hex, slots->keys + i * map->shape.key_size,
				    map->shape.key_size))
			mim_member_bad(reader, "a slot");
		slots->n++;
	}
	if (reader->result == 0 && mim_slots_sort(slots, map->shape.key_size) < 0)
		mim_member_no_memory(reader);
	for (uint32_t i = 1; reader->result == 0 && i < slots->n; i++)
		if (memcmp(mim_slot_key(map, i - 1), mim_slot_key(map, i),
			   map->shape.key_size) == 0)
			mim_member_bad(reader, "a slot twice");
}

static void read_users(struct mim_reader *reader, struct json_object *object,
		       struct mim_map *map)
{
	struct json_object *list =
		mim_member(reader, object, "programs", json_type_array);
	struct mim_topology *live = reader->live;
	struct mim_users *users = mim_topology_make_users(live, map);
	size_t n = list ? json_object_array_length(list) : 0;

	if (users)
		users->programs =
			mim_arena_array(&live->arena, n, sizeof(*users->programs));
	if (!users || !users->programs) {
		mim_member_no_memory(reader);
		return;
	}
	for (size_t i = 0; i < n && reader->result == 0; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		int64_t id = json_object_get_int64(item);
		uint32_t program = mim_topology_program(live, (uint32_t)id);

		if (id < 0 || id > UINT32_MAX || program == MIM_NONE)
			mim_member_bad(reader, "a program that is not listed");
		else
			users->programs[users->n_programs++] = program;
	}
}

static void read_program_pins(struct mim_reader *reader, struct json_object *object,
			      struct mim_program *program)
{
	struct json_object *list = NULL;
	size_t n;

	/* Not in every snapshot of earlier versions. */
	if (!json_object_object_get_ex(object, "pins", &list))
		return;
	list = mim_member(reader, object, "pins", json_type_array);
	n = list ? json_object_array_length(list) : 0;
	program->pins = mim_arena_array(&reader->live->arena, n, sizeof(*program->pins));
	if (!program->pins)
		mim_member_no_memory(reader);
	for (size_t i = 0; program->pins && i < n && reader->result == 0; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		const char *path = json_object_is_type(item, json_type_string)
					   ? json_object_get_string(item)
					   : "";

		if (path[0] != '/' || !mim_str_is_printable(path))
			mim_member_bad(reader, "pins of a program");
		path = mim_arena_strdup(&reader->live->arena, path);
		if (!path)
			mim_member_no_memory(reader);
		program->pins[program->n_pins++] = path;
	}
}

/* One process in the lists of several maps is one for each: nobody compares them. */
static void read_processes(struct mim_reader *reader, struct json_object *object,
			   struct mim_map *map)
{
	struct mim_topology *live = reader->live;
	struct mim_users *users = mim_topology_make_users(live, map);
	struct json_object *list = NULL;
	size_t n;

	if (!json_object_object_get_ex(object, "processes", &list))
		return;
	list = mim_member(reader, object, "processes", json_type_array);
	n = list ? json_object_array_length(list) : 0;
	if (users)
		users->processes =
			mim_arena_array(&live->arena, n, sizeof(*users->processes));
	if (!users || !users->processes) {
		mim_member_no_memory(reader);
		return;
	}
	for (size_t i = 0; i < n && reader->result == 0; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		struct mim_process *process =
			mim_array_add(live->processes, live->n_processes);

		if (!process) {
			mim_member_no_memory(reader);
			return;
		}
		process->pid =
			(uint32_t)mim_member_number(reader, item, "pid", UINT32_MAX);
		process->name = mim_member_text(reader, item, "name");
		users->processes[users->n_processes++] = (uint32_t)live->n_processes - 1;
	}
}

static void read_programs(struct mim_reader *reader, struct json_object *root)
{
	struct json_object *list = mim_member(reader, root, "programs", json_type_array);
	size_t n = list ? json_object_array_length(list) : 0;
	struct mim_topology *live = reader->live;

	live->programs = calloc(n + 1, sizeof(*live->programs));
	if (!live->programs)
		mim_member_no_memory(reader);
	for (size_t i = 0; live->programs && i < n; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		live->programs[i].id =
			(uint32_t)mim_member_number(reader, item, "id", UINT32_MAX);
		live->programs[i].type = mim_member_text(reader, item, "type");
		live->programs[i].name = mim_member_text(reader, item, "name");
		read_program_pins(reader, item, &live->programs[i]);
		if (i && live->programs[i].id <= live->programs[i - 1].id)
			mim_member_bad(reader,
				       "programs are not in the order of their ids");
		live->n_programs++;
	}
}

static void read_root(struct mim_reader *reader, struct json_object *root)
{
	struct json_object *maps;
	size_t n;

	if (mim_member_number(reader, root, "format_version", INT32_MAX) !=
	    MIM_SNAPSHOT_VERSION)
		mim_member_bad(reader, "format_version is not 1");
	if (reader->result == 0)
		read_host(reader, root);
	if (reader->result == 0)
		read_scope(reader, root);
	if (reader->result == 0)
		read_programs(reader, root);
	maps = mim_member(reader, root, "maps", json_type_array);
	n = maps ? json_object_array_length(maps) : 0;
	for (size_t i = 0; i < n && reader->result == 0; i++)
		read_map(reader, json_object_array_get_idx(maps, i));
	for (size_t i = 0; i < n && reader->result == 0; i++) {
		struct json_object *object = json_object_array_get_idx(maps, i);

		read_users(reader, object, &reader->live->maps[i]);
		read_processes(reader, object, &reader->live->maps[i]);
		if (reader->live->maps[i].outer)
			read_slots(reader, object, &reader->live->maps[i]);
	}
}

static int read_json(struct mim_reader *reader, struct json_object **ret_root)
{
	mim_auto_free char *text = NULL;
	size_t length = 0, line = 0;
	char what[48];
	int r = mim_file_read(reader->path, MOST_BYTES, &text, &length);

	if (r == -ENOMEM)
		return mim_out_of_memory(reader->diags);
	if (r < 0)
		return mim_error(reader->diags, MIM_NOWHERE, MIM_CODE_FILE, r,
				 "cannot read %s: %s", reader->path,
				 r == -EINVAL || r == -EFBIG
					 ? "no regular file of at most 80 MiB"
					 : mim_errno_text(r));
	r = mim_json_read(text, length, ret_root, &line);
	if (r == -ENOMEM)
		return mim_out_of_memory(reader->diags);
	if (r < 0) {
		snprintf(what, sizeof(what), "no JSON in line %zu", line);
		mim_member_bad(reader, what);
		return r;
	}
	if (!json_object_is_type(*ret_root, json_type_object))
		mim_member_bad(reader, "no JSON object");
	return reader->result;
}

int mim_snapshot_read(const char *path, struct mim_diags *diags,
		      struct mim_topology **ret_live)
{
	mim_auto_topology struct mim_topology *live = mim_topology_new();
	mim_auto_json struct json_object *root = NULL;
	struct mim_reader reader = {path, live, diags, 0};
	int r;

	if (!live)
		return mim_out_of_memory(diags);
	r = read_json(&reader, &root);
	if (r < 0)
		return r;
	read_root(&reader, root);
	if (reader.result == 0)
		*ret_live = TAKE_PTR(live);
	return reader.result;
}
