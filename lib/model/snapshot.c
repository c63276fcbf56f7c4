/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/snapshot.h"

#include <json-c/json.h>
#include <string.h>
#include "model/kind.h"
#include "model/snapshot_words.h"

const char *const mim_snapshot_knowledge[] = {[MIM_KNOWN_NOT] = "unknown",
					      [MIM_KNOWN_SIZES] = "sizes",
					      [MIM_KNOWN_PART] = "part",
					      [MIM_KNOWN_FULL] = "full"};

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

/* What is not known is not there: a reader must not take a 0 for the kernel's word. */
static struct json_object *template_json(const struct mim_outer *outer)
{
	struct json_object *object = json_object_new_object();
	const struct mim_shape *shape = &outer->inner;
	enum mim_knowledge known = outer->inner_known;

	put_text(object, "known", mim_snapshot_knowledge[known]);
	if (known >= MIM_KNOWN_SIZES) {
		put_number(object, "key_size", shape->key_size);
		put_number(object, "value_size", shape->value_size);
	}
	if (known >= MIM_KNOWN_PART) {
		put_text(object, "type", mim_kind_name(shape->type));
		put_number(object, "type_number", shape->type);
		json_object_object_add(object, "flags", flags_json(shape->flags));
		put_number(object, "map_flags", shape->flags);
	}
	if (known >= MIM_KNOWN_FULL)
		put_number(object, "max_entries", shape->max_entries);
	return object;
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

static void put_outer(struct json_object *object, const struct mim_topology *live,
		      const struct mim_map *map)
{
	json_object_object_add(object, "template", template_json(map->outer));
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

	put_number(root, "format_version", MIM_SNAPSHOT_VERSION);
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
