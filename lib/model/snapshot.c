/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/snapshot.h"

#include <string.h>
#include "base/json.h"
#include "model/holders.h"
#include "model/kind.h"
#include "model/snapshot_words.h"

const char *const mim_snapshot_knowledge[] = {[MIM_KNOWN_NOT] = "unknown",
					      [MIM_KNOWN_SIZES] = "sizes",
					      [MIM_KNOWN_PART] = "part",
					      [MIM_KNOWN_FULL] = "full"};

bool *mim_topology_select(const struct mim_topology *live, bool whole)
{
	bool scoped = live->scope.name && !whole;
	bool *selected = calloc(live->n_maps + 1, sizeof(*selected));

	if (!selected)
		return NULL;
	for (size_t i = 0; i < live->n_pins; i++)
		if (!scoped || live->pins[i].inside ||
		    mim_topology_recorded(live, &live->pins[i]))
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

static void put_texts(struct json_object *object, const char *key,
		      const struct mim_texts *texts)
{
	struct json_object *list = mim_json_array();

	for (size_t i = 0; i < texts->n; i++)
		mim_json_add_text(list, texts->items[i]);
	mim_json_put(object, key, list);
}

struct json_object *mim_flags_json(uint32_t flags)
{
	struct json_object *list = mim_json_array();
	size_t n;
	const struct mim_flag *known = mim_flags(&n);

	for (size_t i = 0; i < n; i++)
		if (flags & known[i].bit)
			mim_json_add_text(list, known[i].name);
	return list;
}

static void put_shape(struct json_object *object, const struct mim_shape *shape)
{
	mim_json_put_text(object, "type", mim_kind_name(shape->type));
	mim_json_put_number(object, "type_number", shape->type);
	mim_json_put_number(object, "key_size", shape->key_size);
	mim_json_put_number(object, "value_size", shape->value_size);
	mim_json_put_number(object, "max_entries", shape->max_entries);
	mim_json_put(object, "flags", mim_flags_json(shape->flags));
	mim_json_put_number(object, "map_flags", shape->flags);
	mim_json_put_number(object, "map_extra", shape->map_extra);
}

/* What is not known is not there: a reader must not take a 0 for the kernel's word. */
static struct json_object *template_json(const struct mim_outer *outer)
{
	struct json_object *object = mim_json_object();
	const struct mim_shape *shape = &outer->inner;
	enum mim_knowledge known = outer->inner_known;

	mim_json_put_text(object, "known", mim_snapshot_knowledge[known]);
	if (known >= MIM_KNOWN_SIZES) {
		mim_json_put_number(object, "key_size", shape->key_size);
		mim_json_put_number(object, "value_size", shape->value_size);
	}
	if (known >= MIM_KNOWN_PART) {
		mim_json_put_text(object, "type", mim_kind_name(shape->type));
		mim_json_put_number(object, "type_number", shape->type);
		mim_json_put(object, "flags", mim_flags_json(shape->flags));
		mim_json_put_number(object, "map_flags", shape->flags);
	}
	if (known >= MIM_KNOWN_FULL)
		mim_json_put_number(object, "max_entries", shape->max_entries);
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
	struct json_object *list = mim_json_array();
	mim_auto_free char *hex = calloc(map->shape.key_size + 1, 2);

	if (!hex)
		mim_json_add(list, NULL);
	for (uint32_t i = 0; hex && i < map->outer->slots.n; i++) {
		struct json_object *slot = mim_json_object();

		mim_json_put_text(slot, "key_hex",
				  hex_of(mim_slot_key(map, i), map->shape.key_size, hex));
		mim_json_put_number(slot, "inner",
				    live->maps[map->outer->slots.inner[i]].id);
		mim_json_add(list, slot);
	}
	return list;
}

static void put_outer(struct json_object *object, const struct mim_topology *live,
		      const struct mim_map *map)
{
	mim_json_put(object, "template", template_json(map->outer));
	mim_json_put_bool(object, "frozen", map->outer->frozen);
	if (map->outer->slots_hidden)
		mim_json_put_null(object, "slots");
	else
		mim_json_put(object, "slots", slots_json(live, map));
}

static struct json_object *pins_json(const struct mim_topology *live,
				     const struct mim_map *map)
{
	struct json_object *list = mim_json_array();

	for (uint32_t p = map->pins; p != MIM_NONE; p = live->pins[p].next) {
		struct json_object *pin = mim_json_object();
		char mode[12];

		snprintf(mode, sizeof(mode), "%04o", live->pins[p].mode);
		mim_json_put_text(pin, "path", live->pins[p].path);
		mim_json_put_text(pin, "mode", mode);
		mim_json_put_number(pin, "gid", live->pins[p].gid);
		mim_json_put_text(pin, "group", live->pins[p].group);
		mim_json_add(list, pin);
	}
	return list;
}

static struct json_object *processes_json(const struct mim_topology *live,
					  const struct mim_map *map)
{
	const struct mim_users *users = mim_map_users(map);
	struct json_object *list = mim_json_array();

	for (uint32_t i = 0; i < users->n_processes; i++) {
		const struct mim_process *from = &live->processes[users->processes[i]];
		struct json_object *process = mim_json_object();

		mim_json_put_number(process, "pid", from->pid);
		mim_json_put_text(process, "name", from->name);
		mim_json_add(list, process);
	}
	return list;
}

/* The ids of the outer maps whose slots hold it, each once. */
static void put_holders(struct json_object *object, const struct mim_topology *live,
			const struct mim_holders *holders, size_t map)
{
	const struct mim_holder *items = holders->items + holders->first[map];
	struct json_object *list;

	if (holders->n[map] == 0)
		return;
	list = mim_json_array();
	for (uint32_t i = 0; i < holders->n[map]; i++)
		mim_json_add_number(list, live->maps[items[i].outer].id);
	mim_json_put(object, "held_by", list);
}

static struct json_object *map_json(const struct mim_topology *live,
				    const struct mim_map *map)
{
	const struct mim_users *users = mim_map_users(map);
	struct json_object *object = mim_json_object();
	struct json_object *programs = mim_json_array();

	mim_json_put_number(object, "id", map->id);
	mim_json_put_text(object, "name", map->kernel_name);
	if (map->hidden)
		mim_json_put_bool(object, "hidden", true);
	else
		put_shape(object, &map->shape);
	mim_json_put(object, "pins", pins_json(live, map));
	for (uint32_t i = 0; i < users->n_programs; i++)
		mim_json_add_number(programs, live->programs[users->programs[i]].id);
	mim_json_put(object, "programs", programs);
	mim_json_put(object, "processes", processes_json(live, map));
	if (map->outer)
		put_outer(object, live, map);
	return object;
}

static struct json_object *scope_json(const struct mim_scope *scope)
{
	struct json_object *object = mim_json_object();

	mim_json_put_text(object, "name", scope->name);
	mim_json_put_text(object, "bpffs", scope->bpffs);
	mim_json_put_bool(object, "mounted", scope->mounted);
	mim_json_put_bool(object, "exists", scope->exists);
	mim_json_put_bool(object, "marked", scope->marked);
	mim_json_put_number(object, "owner", scope->owner);
	mim_json_put_bool(object, "untrusted", scope->untrusted);
	mim_json_put_number(object, "generation", scope->marker.generation);
	mim_json_put_text(object, "digest", scope->marker.digest);
	mim_json_put_text(object, "revision", scope->marker.revision);
	mim_json_put_number(object, "time", (uint64_t)scope->marker.time);
	put_texts(object, "folders", &scope->folders);
	put_texts(object, "foreign", &scope->foreign);
	put_texts(object, "stale", &scope->stale);
	put_texts(object, "protected", &scope->protected);
	put_texts(object, "outside", &scope->outside);
	put_texts(object, "denied", &scope->denied);
	return object;
}

static struct json_object *programs_json(const struct mim_topology *live,
					 const bool *selected)
{
	struct json_object *list = mim_json_array();
	mim_auto_free bool *used = calloc(live->n_programs + 1, sizeof(*used));

	if (!used)
		mim_json_add(list, NULL);
	for (size_t i = 0; used && i < live->n_maps; i++) {
		const struct mim_users *users = mim_map_users(&live->maps[i]);

		for (uint32_t p = 0; selected[i] && p < users->n_programs; p++)
			used[users->programs[p]] = true;
	}
	for (size_t i = 0; used && i < live->n_programs; i++) {
		struct json_object *program, *pins;

		if (!used[i])
			continue;
		program = mim_json_object();
		mim_json_put_number(program, "id", live->programs[i].id);
		mim_json_put_text(program, "type", live->programs[i].type);
		mim_json_put_text(program, "name", live->programs[i].name);
		pins = mim_json_array();
		for (uint32_t p = 0; p < live->programs[i].n_pins; p++)
			mim_json_add_text(pins, live->programs[i].pins[p]);
		mim_json_put(program, "pins", pins);
		mim_json_add(list, program);
	}
	return list;
}

static struct json_object *host_json(const struct mim_topology *live)
{
	struct json_object *host = mim_json_object();

	mim_json_put_number(host, "possible_cpus", live->host.possible_cpus);
	mim_json_put_number(host, "page_size", live->host.page_size);
	mim_json_put_text(host, "boot_id", live->boot_id);
	return host;
}

static struct json_object *maps_json(const struct mim_topology *live,
				     const bool *selected)
{
	struct json_object *maps = mim_json_array();
	mim_auto_holders holders = {0};

	/* A part that could not be made is missed at the end. */
	if (mim_holders_compute(&holders, live) < 0) {
		mim_json_add(maps, NULL);
		return maps;
	}
	for (size_t i = 0; i < live->n_maps; i++) {
		struct json_object *object;

		if (!selected[i])
			continue;
		object = map_json(live, &live->maps[i]);
		put_holders(object, live, &holders, i);
		mim_json_add(maps, object);
	}
	return maps;
}

struct json_object *mim_snapshot_json(const struct mim_topology *live,
				      const bool *selected)
{
	mim_auto_json struct json_object *root = mim_json_object();

	mim_json_put_number(root, "format_version", MIM_SNAPSHOT_VERSION);
	mim_json_put(root, "host", host_json(live));
	mim_json_put(root, "scope", scope_json(&live->scope));
	mim_json_put(root, "maps", maps_json(live, selected));
	mim_json_put(root, "programs", programs_json(live, selected));
	return mim_json_is_whole(root) ? TAKE_PTR(root) : NULL;
}
