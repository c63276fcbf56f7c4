/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/stat.h>
#include "model/kind.h"

#define FORMAT_VERSION 1
#define MOST_BYTES     ((off_t)80 << 20)

static bool is_ours(const struct mim_topology *live, const struct mim_pin *pin)
{
	if (pin->inside)
		return true;
	for (size_t i = 0; i < live->scope.outside.n; i++) {
		const char *path = strchr(live->scope.outside.items[i], ' ');

		if (path && strcmp(path + 1, pin->path) == 0)
			return true;
	}
	return false;
}

bool *mim_topology_select(const struct mim_topology *live, bool whole)
{
	bool scoped = live->scope.name && !whole;
	bool *selected = calloc(live->n_maps + 1, sizeof(*selected));

	if (!selected)
		return NULL;
	for (size_t i = 0; i < live->n_pins; i++)
		if (!scoped || is_ours(live, &live->pins[i]))
			selected[live->pins[i].map] = true;
	for (size_t i = 0; i < live->n_maps; i++) {
		const struct mim_map *map = &live->maps[i];

		if (!map->outer || (scoped && !selected[i]))
			continue;
		selected[i] = true;
		for (uint32_t s = 0; s < map->outer->slots.n; s++)
			selected[map->outer->slots.inner[s]] = true;
	}
	return selected;
}

static void put_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, text ? json_object_new_string(text) : NULL);
}

static void put_number(struct json_object *object, const char *key, uint64_t number)
{
	json_object_object_add(object, key, json_object_new_uint64(number));
}

static void put_bool(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

static void put_texts(struct json_object *object, const char *key,
		      const struct mim_texts *texts)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < texts->n; i++)
		json_object_array_add(list, json_object_new_string(texts->items[i]));
	json_object_object_add(object, key, list);
}

static struct json_object *flags_json(uint32_t flags)
{
	struct json_object *list = json_object_new_array();
	size_t n;
	const struct mim_flag *known = mim_flags(&n);

	for (size_t i = 0; i < n; i++)
		if (flags & known[i].bit)
			json_object_array_add(list,
					      json_object_new_string(known[i].name));
	return list;
}

static void put_shape(struct json_object *object, const struct mim_shape *shape)
{
	put_text(object, "type", mim_kind_name(shape->type));
	put_number(object, "type_number", shape->type);
	put_number(object, "key_size", shape->key_size);
	put_number(object, "value_size", shape->value_size);
	put_number(object, "max_entries", shape->max_entries);
	json_object_object_add(object, "flags", flags_json(shape->flags));
	put_number(object, "map_flags", shape->flags);
	put_number(object, "map_extra", shape->map_extra);
}

static const char *hex_of(const uint8_t *bytes, uint32_t n, char *text)
{
	for (uint32_t i = 0; i < n; i++)
		sprintf(text + i * 2, "%02x", bytes[i]);
	return text;
}

static struct json_object *slots_json(const struct mim_topology *live,
				      const struct mim_map *map)
{
	struct json_object *list = json_object_new_array();
	mim_auto_free char *hex = calloc(map->shape.key_size + 1, 2);

	for (uint32_t i = 0; hex && i < map->outer->slots.n; i++) {
		struct json_object *slot = json_object_new_object();

		put_text(slot, "key_hex",
			 hex_of(mim_slot_key(map, i), map->shape.key_size, hex));
		put_number(slot, "inner", live->maps[map->outer->slots.inner[i]].id);
		json_object_array_add(list, slot);
	}
	return list;
}

static const char *const knowledge[] = {[MIM_KNOWN_NOT] = "unknown",
					[MIM_KNOWN_SIZES] = "sizes",
					[MIM_KNOWN_PART] = "part",
					[MIM_KNOWN_FULL] = "full"};

static void put_outer(struct json_object *object, const struct mim_topology *live,
		      const struct mim_map *map)
{
	struct json_object *template = json_object_new_object();

	if (map->outer->inner_known != MIM_KNOWN_NOT)
		put_shape(template, &map->outer->inner);
	put_text(template, "known", knowledge[map->outer->inner_known]);
	json_object_object_add(object, "template", template);
	put_bool(object, "frozen", map->outer->frozen);
	json_object_object_add(object, "slots", slots_json(live, map));
}

static struct json_object *pins_json(const struct mim_topology *live,
				     const struct mim_map *map)
{
	struct json_object *list = json_object_new_array();

	for (uint32_t p = map->pins; p != MIM_NONE; p = live->pins[p].next) {
		struct json_object *pin = json_object_new_object();
		char mode[12];

		snprintf(mode, sizeof(mode), "%04o", live->pins[p].mode);
		put_text(pin, "path", live->pins[p].path);
		put_text(pin, "mode", mode);
		put_number(pin, "gid", live->pins[p].gid);
		put_text(pin, "group", live->pins[p].group);
		json_object_array_add(list, pin);
	}
	return list;
}

static struct json_object *processes_json(const struct mim_topology *live,
					  const struct mim_map *map)
{
	struct json_object *list = json_object_new_array();

	for (uint32_t i = 0; i < map->n_processes; i++) {
		const struct mim_process *from = &live->processes[map->processes[i]];
		struct json_object *process = json_object_new_object();

		put_number(process, "pid", from->pid);
		put_text(process, "name", from->name);
		json_object_array_add(list, process);
	}
	return list;
}

/* For each map the ids of the outer maps whose slots hold it, each once. */
static void put_holders(const struct mim_topology *live, struct json_object **objects)
{
	for (size_t i = 0; i < live->n_maps; i++) {
		const struct mim_map *outer = &live->maps[i];

		for (uint32_t s = 0; outer->outer && s < outer->outer->slots.n; s++) {
			struct json_object *object =
				objects[outer->outer->slots.inner[s]];
			struct json_object *list = NULL, *last;
			size_t n;

			if (!object)
				continue;
			if (!json_object_object_get_ex(object, "held_by", &list)) {
				list = json_object_new_array();
				json_object_object_add(object, "held_by", list);
			}
			n = json_object_array_length(list);
			last = n ? json_object_array_get_idx(list, n - 1) : NULL;
			if (!last || json_object_get_int64(last) != outer->id)
				json_object_array_add(list,
						      json_object_new_int64(outer->id));
		}
	}
}

static struct json_object *map_json(const struct mim_topology *live,
				    const struct mim_map *map)
{
	struct json_object *object = json_object_new_object();
	struct json_object *programs = json_object_new_array();

	put_number(object, "id", map->id);
	put_text(object, "name", map->kernel_name);
	put_shape(object, &map->shape);
	json_object_object_add(object, "pins", pins_json(live, map));
	for (uint32_t i = 0; i < map->n_programs; i++)
		json_object_array_add(
			programs,
			json_object_new_int64(live->programs[map->programs[i]].id));
	json_object_object_add(object, "programs", programs);
	json_object_object_add(object, "processes", processes_json(live, map));
	if (map->outer)
		put_outer(object, live, map);
	return object;
}

static struct json_object *scope_json(const struct mim_scope *scope)
{
	struct json_object *object = json_object_new_object();

	put_text(object, "name", scope->name);
	put_text(object, "bpffs", scope->bpffs);
	put_bool(object, "mounted", scope->mounted);
	put_bool(object, "exists", scope->exists);
	put_bool(object, "marked", scope->marked);
	put_number(object, "owner", scope->owner);
	put_number(object, "generation", scope->marker.generation);
	put_text(object, "digest", scope->marker.digest);
	put_text(object, "revision", scope->marker.revision);
	put_number(object, "time", (uint64_t)scope->marker.time);
	put_texts(object, "folders", &scope->folders);
	put_texts(object, "foreign", &scope->foreign);
	put_texts(object, "stale", &scope->stale);
	put_texts(object, "protected", &scope->protected);
	put_texts(object, "outside", &scope->outside);
	return object;
}

static struct json_object *programs_json(const struct mim_topology *live,
					 const bool *selected)
{
	struct json_object *list = json_object_new_array();
	mim_auto_free bool *used = calloc(live->n_programs + 1, sizeof(*used));

	for (size_t i = 0; used && i < live->n_maps; i++)
		for (uint32_t p = 0; selected[i] && p < live->maps[i].n_programs; p++)
			used[live->maps[i].programs[p]] = true;
	for (size_t i = 0; used && i < live->n_programs; i++) {
		struct json_object *program, *pins;

		if (!used[i])
			continue;
		program = json_object_new_object();
		put_number(program, "id", live->programs[i].id);
		put_text(program, "type", live->programs[i].type);
		put_text(program, "name", live->programs[i].name);
		pins = json_object_new_array();
		for (uint32_t p = 0; p < live->programs[i].n_pins; p++)
			json_object_array_add(
				pins, json_object_new_string(live->programs[i].pins[p]));
		json_object_object_add(program, "pins", pins);
		json_object_array_add(list, program);
	}
	return list;
}

struct json_object *mim_snapshot_json(const struct mim_topology *live,
				      const bool *selected)
{
	struct json_object *root = json_object_new_object();
	struct json_object *host = json_object_new_object();
	struct json_object *maps = json_object_new_array();
	mim_auto_free struct json_object **objects =
		calloc(live->n_maps + 1, sizeof(struct json_object *));

	put_number(root, "format_version", FORMAT_VERSION);
	put_number(host, "possible_cpus", live->host.possible_cpus);
	put_number(host, "page_size", live->host.page_size);
	put_text(host, "boot_id", live->boot_id);
	json_object_object_add(root, "host", host);
	json_object_object_add(root, "scope", scope_json(&live->scope));
	for (size_t i = 0; objects && i < live->n_maps; i++) {
		if (!selected[i])
			continue;
		objects[i] = map_json(live, &live->maps[i]);
		json_object_array_add(maps, objects[i]);
	}
	if (objects)
		put_holders(live, objects);
	json_object_object_add(root, "maps", maps);
	json_object_object_add(root, "programs", programs_json(live, selected));
	return root;
}

/* Reading: every member is looked at with suspicion, the first wrong one is named. */
struct reader {
	const char *path;
	struct mim_topology *live;
	struct mim_diags *diags;
	int result;
};

static void bad(struct reader *reader, const char *what)
{
	if (reader->result == 0)
		reader->result =
			mim_error(reader->diags, MIM_NOWHERE, MIM_CODE_SNAPSHOT, -EINVAL,
				  "%s is no saved topology: %s", reader->path, what);
}

static struct json_object *member(struct reader *reader, struct json_object *object,
				  const char *key, enum json_type type)
{
	struct json_object *value = NULL;

	if (json_object_is_type(object, json_type_object) &&
	    json_object_object_get_ex(object, key, &value) &&
	    json_object_is_type(value, type))
		return value;
	bad(reader, key);
	return NULL;
}

static uint64_t number(struct reader *reader, struct json_object *object, const char *key,
		       uint64_t most)
{
	struct json_object *value = member(reader, object, key, json_type_int);
	uint64_t n = value ? json_object_get_uint64(value) : 0;

	if (value && (json_object_get_int64(value) < 0 || n > most)) {
		bad(reader, key);
		return 0;
	}
	return n;
}

static const char *text(struct reader *reader, struct json_object *object,
			const char *key)
{
	struct json_object *value = member(reader, object, key, json_type_string);

	return value ? mim_arena_strdup(&reader->live->arena,
					json_object_get_string(value))
		     : "";
}

static bool boolean(struct reader *reader, struct json_object *object, const char *key)
{
	struct json_object *value = member(reader, object, key, json_type_boolean);

	return value && json_object_get_boolean(value);
}

static void read_texts(struct reader *reader, struct json_object *object, const char *key,
		       struct mim_texts *texts)
{
	struct json_object *list = member(reader, object, key, json_type_array);

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (!json_object_is_type(item, json_type_string))
			bad(reader, key);
		else if (mim_topology_add_text(reader->live, texts,
					       json_object_get_string(item)) < 0)
			reader->result = mim_out_of_memory(reader->diags);
	}
}

static void read_scope(struct reader *reader, struct json_object *root)
{
	struct json_object *object = member(reader, root, "scope", json_type_object);
	struct mim_scope *scope = &reader->live->scope;
	struct json_object *name = NULL;

	if (!object)
		return;
	json_object_object_get_ex(object, "name", &name);
	if (mim_topology_set_scope(reader->live,
				   json_object_is_type(name, json_type_string)
					   ? json_object_get_string(name)
					   : NULL,
				   text(reader, object, "bpffs")) < 0)
		reader->result = mim_out_of_memory(reader->diags);
	scope->mounted = boolean(reader, object, "mounted");
	scope->exists = boolean(reader, object, "exists");
	scope->marked = boolean(reader, object, "marked");
	scope->owner = (uint32_t)number(reader, object, "owner", UINT32_MAX);
	scope->marker.generation = number(reader, object, "generation", INT64_MAX);
	if (scope->marked) {
		scope->marker.digest = text(reader, object, "digest");
		scope->marker.revision = text(reader, object, "revision");
	}
	scope->marker.time = (int64_t)number(reader, object, "time", INT64_MAX);
	read_texts(reader, object, "folders", &scope->folders);
	read_texts(reader, object, "foreign", &scope->foreign);
	read_texts(reader, object, "stale", &scope->stale);
	read_texts(reader, object, "protected", &scope->protected);
	read_texts(reader, object, "outside", &scope->outside);
}

static void read_host(struct reader *reader, struct json_object *root)
{
	struct json_object *object = member(reader, root, "host", json_type_object);

	if (!object)
		return;
	reader->live->host.possible_cpus =
		(uint32_t)number(reader, object, "possible_cpus", 1 << 20);
	reader->live->host.page_size =
		(uint32_t)number(reader, object, "page_size", 1 << 30);
	reader->live->boot_id = text(reader, object, "boot_id");
}

static void read_shape(struct reader *reader, struct json_object *object,
		       struct mim_shape *shape)
{
	shape->type = (uint32_t)number(reader, object, "type_number", UINT32_MAX);
	shape->key_size = (uint32_t)number(reader, object, "key_size", 1 << 24);
	shape->value_size = (uint32_t)number(reader, object, "value_size", UINT32_MAX);
	shape->max_entries = (uint32_t)number(reader, object, "max_entries", UINT32_MAX);
	shape->flags = (uint32_t)number(reader, object, "map_flags", UINT32_MAX);
	shape->map_extra = number(reader, object, "map_extra", UINT64_MAX);
}

static void read_pins(struct reader *reader, struct json_object *object, uint32_t map)
{
	struct json_object *list = member(reader, object, "pins", json_type_array);

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		const char *path = text(reader, item, "path");
		const char *mode = text(reader, item, "mode");
		struct mim_pin *pin;

		if (reader->result < 0)
			return;
		if (path[0] != '/' || strlen(path) >= MIM_PATH_MOST) {
			bad(reader, "path");
			return;
		}
		pin = mim_topology_add_pin(reader->live, map, path);
		if (!pin) {
			reader->result = mim_out_of_memory(reader->diags);
			return;
		}
		if (strspn(mode, "01234567") != strlen(mode) || strlen(mode) != 4)
			bad(reader, "mode");
		pin->mode = (uint32_t)strtoul(mode, NULL, 8) & 07777;
		pin->gid = (uint32_t)number(reader, item, "gid", UINT32_MAX);
		pin->group = text(reader, item, "group");
	}
}

static bool read_knowledge(const char *word, enum mim_knowledge *ret_known)
{
	for (enum mim_knowledge k = MIM_KNOWN_NOT; k <= MIM_KNOWN_FULL; k++) {
		if (strcmp(word, knowledge[k]) != 0)
			continue;
		*ret_known = k;
		return true;
	}
	return false;
}

/* Maps first: slots and programs refer to them by id. */
static void read_map(struct reader *reader, struct json_object *object)
{
	struct mim_topology *live = reader->live;
	uint32_t index = (uint32_t)live->n_maps;
	uint32_t last = index ? live->maps[index - 1].id : 0;
	const char *name = text(reader, object, "name");
	struct mim_map *map = mim_topology_add_map(live, name);
	struct json_object *template = NULL;

	if (!map) {
		reader->result = mim_out_of_memory(reader->diags);
		return;
	}
	snprintf(map->kernel_name, sizeof(map->kernel_name), "%s", name);
	map->id = (uint32_t)number(reader, object, "id", UINT32_MAX);
	if (map->id <= last)
		bad(reader, "maps are not in the order of their ids");
	read_shape(reader, object, &map->shape);
	if (json_object_object_get_ex(object, "template", &template)) {
		const char *known = text(reader, template, "known");
		bool frozen = boolean(reader, object, "frozen");

		if (!mim_topology_make_outer(live, map)) {
			reader->result = mim_out_of_memory(reader->diags);
			return;
		}
		map->outer->frozen = frozen;
		if (!read_knowledge(known, &map->outer->inner_known))
			bad(reader, "known");
		if (map->outer->inner_known != MIM_KNOWN_NOT)
			read_shape(reader, template, &map->outer->inner);
	}
	read_pins(reader, object, index);
}

static bool read_hex(const char *hex, uint8_t *bytes, size_t n)
{
	if (strlen(hex) != n * 2 || strspn(hex, "0123456789abcdef") != n * 2)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned int byte;

		sscanf(hex + i * 2, "%2x", &byte);
		bytes[i] = (uint8_t)byte;
	}
	return true;
}

static void read_slots(struct reader *reader, struct json_object *object,
		       struct mim_map *map)
{
	struct json_object *list = member(reader, object, "slots", json_type_array);
	struct mim_slots *slots = &map->outer->slots;
	size_t n = list ? json_object_array_length(list) : 0;

	slots->keys = mim_arena_array(&reader->live->arena, n, map->shape.key_size);
	slots->inner = mim_arena_array(&reader->live->arena, n, sizeof(*slots->inner));
	if (!slots->keys || !slots->inner) {
		reader->result = mim_out_of_memory(reader->diags);
		return;
	}
	for (size_t i = 0; i < n && reader->result == 0; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		const char *hex = text(reader, item, "key_hex");
		uint32_t id = (uint32_t)number(reader, item, "inner", UINT32_MAX);

		slots->inner[i] = mim_topology_by_id(reader->live, id);
		if (slots->inner[i] == MIM_NONE ||
		    !read_hex(hex, slots->keys + i * map->shape.key_size,
			      map->shape.key_size))
			bad(reader, "a slot");
		slots->n++;
	}
	if (reader->result == 0 && mim_slots_sort(slots, map->shape.key_size) < 0)
		reader->result = mim_out_of_memory(reader->diags);
	for (uint32_t i = 1; reader->result == 0 && i < slots->n; i++)
		if (memcmp(mim_slot_key(map, i - 1), mim_slot_key(map, i),
			   map->shape.key_size) == 0)
			bad(reader, "a slot twice");
}

/* Programs are listed in the order of their ids. */
static uint32_t program_by_id(const struct mim_topology *live, int64_t id)
{
	size_t low = 0, high = live->n_programs;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (live->programs[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < live->n_programs && live->programs[low].id == id ? (uint32_t)low
								      : MIM_NONE;
}

static void read_users(struct reader *reader, struct json_object *object,
		       struct mim_map *map)
{
	struct json_object *list = member(reader, object, "programs", json_type_array);
	struct mim_topology *live = reader->live;
	size_t n = list ? json_object_array_length(list) : 0;

	map->programs = mim_arena_array(&live->arena, n, sizeof(*map->programs));
	for (size_t i = 0; map->programs && i < n && reader->result == 0; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		uint32_t program = program_by_id(live, json_object_get_int64(item));

		if (program == MIM_NONE)
			bad(reader, "a program that is not listed");
		else
			map->programs[map->n_programs++] = program;
	}
}

static void read_programs(struct reader *reader, struct json_object *root)
{
	struct json_object *list = member(reader, root, "programs", json_type_array);
	size_t n = list ? json_object_array_length(list) : 0;
	struct mim_topology *live = reader->live;

	live->programs = calloc(n + 1, sizeof(*live->programs));
	for (size_t i = 0; live->programs && i < n; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		live->programs[i].id = (uint32_t)number(reader, item, "id", UINT32_MAX);
		live->programs[i].type = text(reader, item, "type");
		live->programs[i].name = text(reader, item, "name");
		if (i && live->programs[i].id <= live->programs[i - 1].id)
			bad(reader, "programs are not in the order of their ids");
		live->n_programs++;
	}
}

static void read_root(struct reader *reader, struct json_object *root)
{
	struct json_object *maps;
	size_t n;

	if (number(reader, root, "format_version", INT32_MAX) != FORMAT_VERSION)
		bad(reader, "format_version is not 1");
	if (reader->result == 0)
		read_host(reader, root);
	if (reader->result == 0)
		read_scope(reader, root);
	if (reader->result == 0)
		read_programs(reader, root);
	maps = member(reader, root, "maps", json_type_array);
	n = maps ? json_object_array_length(maps) : 0;
	for (size_t i = 0; i < n && reader->result == 0; i++)
		read_map(reader, json_object_array_get_idx(maps, i));
	for (size_t i = 0; i < n && reader->result == 0; i++) {
		struct json_object *object = json_object_array_get_idx(maps, i);

		read_users(reader, object, &reader->live->maps[i]);
		if (reader->live->maps[i].outer)
			read_slots(reader, object, &reader->live->maps[i]);
	}
}

int mim_snapshot_read(const char *path, struct mim_diags *diags,
		      struct mim_topology **ret_live)
{
	mim_auto_topology struct mim_topology *live = mim_topology_new();
	struct reader reader = {path, live, diags, 0};
	mim_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct json_object *root;
	struct stat st;

	if (!live)
		return mim_out_of_memory(diags);
	if (fd < 0 || fstat(fd, &st) < 0)
		return mim_error(diags, MIM_NOWHERE, MIM_CODE_FILE, -errno,
				 "cannot read %s: %s", path, mim_errno_text(errno));
	if (!S_ISREG(st.st_mode) || st.st_size > MOST_BYTES)
		return mim_error(diags, MIM_NOWHERE, MIM_CODE_FILE, -EINVAL,
				 "cannot read %s: no regular file of at most 80 MiB",
				 path);
	root = json_object_from_fd(fd);
	if (!json_object_is_type(root, json_type_object))
		bad(&reader, "no JSON object");
	else
		read_root(&reader, root);
	json_object_put(root);
	if (reader.result == 0)
		*ret_live = TAKE_PTR(live);
	return reader.result;
}
