/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <string.h>
#include "base/num.h"
#include "config/own.h"
#include "config/resolve.h"
#include "config/source.h"
#include "model/kind.h"
#include "types/value.h"

/*
 * All slots of a description together: ten times the largest one meant. A run makes many
 * out of few words, and each may be a map of its own, which takes 200 bytes.
 */
#define MOST_SLOTS (1U << 20)

/* One line of "slots", resolved as far as its own words go. */
struct line {
	struct mim_origin origin;
	const struct mim_raw_slot *raw;
	uint32_t outer;
	uint32_t inner;
	uint64_t first;
	uint64_t n;
};

static const char *line_key(const struct line *line)
{
	return line->raw->keys ? "keys" : "key";
}

static bool is_array(const struct mim_map *outer)
{
	return outer->shape.type == BPF_MAP_TYPE_ARRAY_OF_MAPS;
}

static bool integer_size(uint32_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

static void bad_key(struct mim_resolve *resolve, const struct line *line,
		    const char *word, const char *why)
{
	const struct mim_map *outer = &resolve->want->maps[line->outer];

	mim_wrong(resolve, line->origin, line_key(line), MIM_CODE_BAD_KEY,
		  "key '%.100s%s' of '%s' %s", word, strlen(word) > 100 ? "..." : "",
		  outer->name, why);
	if (outer->outer->key_type.kind == MIM_TYPE_NONE &&
	    integer_size(outer->shape.key_size))
		mim_hint(resolve->diags,
			 "give '%s' a key type, as in key: u%u, to write keys as "
			 "numbers",
			 outer->name, outer->shape.key_size * 8);
}

/* The key of a slot, in its bytes. Return: false when it was reported. */
static bool read_key(struct mim_resolve *resolve, const struct line *line, void *key)
{
	struct mim_type type = resolve->want->maps[line->outer].outer->key_type;
	const char *word = line->raw->key, *meant;
	struct mim_value_problem problem;
	int r = mim_value_read(type, word, key, &problem);

	if (r == -ENOMEM)
		mim_resolve_oom(resolve);
	if (r != -EINVAL)
		return r == 0;
	bad_key(resolve, line, word, problem.why);
	mim_part(resolve->diags, problem.at, problem.length);
	meant = resolve->diags->n_dropped ? NULL : mim_value_closest(&problem, word);
	if (meant)
		mim_hint(resolve->diags, "did you mean '%s'?", meant);
	return false;
}

/* "0-31": the keys of a run, for types that can be counted. */
static bool read_run(struct mim_resolve *resolve, struct line *line)
{
	const struct mim_map *outer = &resolve->want->maps[line->outer];
	struct mim_type type = outer->outer->key_type;
	const char *word = line->raw->keys, *dash = strchr(word, '-');
	uint64_t most = type.size >= 8 ? UINT64_MAX : (1ULL << (8 * type.size)) - 1;
	char first[24] = "";
	uint64_t last;

	if (type.kind != MIM_TYPE_UINT && type.kind != MIM_TYPE_BE) {
		bad_key(resolve, line, word,
			"is a run, which needs a key of type u8..be64");
		return false;
	}
	if (dash && (size_t)(dash - word) < sizeof(first))
		memcpy(first, word, (size_t)(dash - word));
	if (!dash || mim_num_u64(first, most, &line->first) < 0 ||
	    mim_num_u64(dash + 1, most, &last) < 0 || last < line->first) {
		bad_key(resolve, line, word, "is no run of its keys, as in 0-31");
		return false;
	}
	line->n = last - line->first + 1;
	if (line->n == 0)
		line->n = UINT64_MAX;
	return true;
}

/* A misspelt name has been reported: the map that was meant is not lost as well. */
static void hold_meant(struct mim_resolve *resolve, const char *word)
{
	const char *meant = mim_said(word)
				    ? mim_resolve_closest(resolve, &resolve->maps, word)
				    : NULL;

	if (meant)
		resolve->held[mim_table_find(&resolve->maps, meant)] = true;
}

/* The inner map that a slot names; @ret_inner is not set when there is a mistake in that.
 */
static void read_inner(struct mim_resolve *resolve, const struct mim_raw_slot *raw,
		       struct mim_origin origin, uint32_t *ret_inner)
{
	uint32_t inner;

	if (!raw->inner)
		return;
	inner = mim_resolve_name(resolve, &resolve->maps, raw->inner, origin, "inner",
				 "inner map");
	if (inner == MIM_NONE) {
		hold_meant(resolve, raw->inner);
		return;
	}
	if (resolve->want->maps[inner].outer) {
		mim_wrong(resolve, origin, "inner", MIM_CODE_UNKNOWN_NAME,
			  "'%s' is an outer map: maps of maps have one level",
			  raw->inner);
		return;
	}
	resolve->held[inner] = true;
	*ret_inner = inner;
}

/*
 * A slot whose inner map is wrong goes on: its key can be wrong as well, or be there
 * twice.
 *
 * Return: false when nothing is known of its key.
 */
static bool read_line(struct mim_resolve *resolve, struct line *line)
{
	const struct mim_map *outer = &resolve->want->maps[line->outer];

	read_inner(resolve, line->raw, line->origin, &line->inner);
	if (line->raw->key == mim_raw_broken && line->raw->keys == mim_raw_broken)
		return false;
	if (!line->raw->key == !line->raw->keys) {
		mim_wrong(resolve, line->origin, line->raw->key ? "keys" : NULL,
			  line->raw->key ? MIM_CODE_CONFLICTING_KEY
					 : MIM_CODE_MISSING_KEY,
			  line->raw->key ? "key and keys exclude each other"
					 : "a slot needs the key 'key' or 'keys'");
		return false;
	}
	if (outer->shape.key_size == 0)
		return false;
	if (line->raw->keys)
		return mim_said(line->raw->keys) && read_run(resolve, line);
	line->n = 1;
	return mim_said(line->raw->key);
}

typedef void line_step(struct mim_resolve *resolve, struct line *line);

/* Two passes over all lines, so that each outer map's slots are allocated once. */
static void each_line(struct mim_resolve *resolve, line_step *step)
{
	for (size_t s = 0; s < resolve->config->n_sources; s++) {
		const struct mim_source *source = &resolve->config->sources[s];

		for (uint32_t i = 0; i < source->raw->n_bindings; i++) {
			const struct mim_raw_binding *binding = &source->raw->bindings[i];
			uint32_t outer =
				mim_said(binding->outer)
					? mim_table_find(&resolve->maps, binding->outer)
					: MIM_NONE;

			if (outer == MIM_NONE || !resolve->want->maps[outer].outer)
				continue;
			for (uint32_t j = 0; j < binding->n_slots; j++) {
				struct line line = {
					.origin = {source->index, MIM_SECTION_SLOT, i, j},
					.raw = &binding->slots[j],
					.outer = outer,
					.inner = MIM_NONE,
				};

				step(resolve, &line);
			}
		}
	}
}

static void check_bindings(struct mim_resolve *resolve, const struct mim_source *source)
{
	for (uint32_t i = 0; i < source->raw->n_bindings; i++) {
		const struct mim_raw_binding *binding = &source->raw->bindings[i];
		struct mim_origin origin = {source->index, MIM_SECTION_BINDING, i,
					    MIM_WHOLE};
		uint32_t inner,
			outer = mim_resolve_name(resolve, &resolve->maps, binding->outer,
						 origin, "outer", "outer map");

		if (outer != MIM_NONE && resolve->want->maps[outer].outer)
			continue;
		if (outer != MIM_NONE)
			mim_wrong(resolve, origin, "outer", MIM_CODE_UNKNOWN_NAME,
				  "'%s' is an inner map: only outer maps have slots",
				  binding->outer);
		/* Its slots go nowhere, but the names in them can be judged. */
		for (uint32_t j = 0; j < binding->n_slots; j++) {
			struct mim_origin slot = {source->index, MIM_SECTION_SLOT, i, j};

			read_inner(resolve, &binding->slots[j], slot, &inner);
		}
	}
}

/* The lines' mistakes are reported by the second pass. */
static uint64_t count_run(struct mim_resolve *resolve, struct line *line)
{
	struct mim_diags ignored = {0}, *diags = resolve->diags;
	int result = resolve->result;
	bool good;

	resolve->diags = &ignored;
	good = read_run(resolve, line);
	resolve->diags = diags;
	resolve->result = result;
	mim_diags_release(&ignored);
	return good ? line->n : 0;
}

static void count_line(struct mim_resolve *resolve, struct line *line)
{
	struct mim_map *outer = &resolve->want->maps[line->outer];
	struct mim_slots *slots = &outer->outer->slots;
	uint64_t n = 1;

	if (mim_said(line->raw->keys))
		n = outer->shape.key_size ? count_run(resolve, line) : 0;
	if (n > outer->shape.max_entries || outer->shape.key_size > MIM_PATH_MOST)
		n = 0;
	slots->n = slots->n + n > MOST_SLOTS ? MOST_SLOTS + 1 : slots->n + (uint32_t)n;
}

static bool allocate(struct mim_resolve *resolve)
{
	struct mim_arena *arena = &resolve->want->arena;
	uint64_t total = 0;

	for (size_t i = 0; i < resolve->want->n_maps; i++) {
		struct mim_map *map = &resolve->want->maps[i];
		struct mim_slots *slots;

		if (!map->outer)
			continue;
		slots = &map->outer->slots;
		total += slots->n;
		if (total > MOST_SLOTS) {
			mim_wrong(resolve, map->origin, NULL, MIM_CODE_LIMIT,
				  "more than %u slots in one description", MOST_SLOTS);
			return false;
		}
		slots->keys = mim_arena_array(arena, slots->n, map->shape.key_size);
		slots->inner = mim_arena_array(arena, slots->n, sizeof(*slots->inner));
		slots->origins =
			mim_arena_array(arena, slots->n, sizeof(*slots->origins));
		if (!slots->keys || !slots->inner || !slots->origins) {
			mim_resolve_oom(resolve);
			return false;
		}
		slots->n = 0;
	}
	/* Most slots have maps of their own. */
	if (mim_topology_expect(resolve->want, total) < 0) {
		mim_resolve_oom(resolve);
		return false;
	}
	return true;
}

/* Two maps that the kernel calls the same could not be told apart in a slot. */
static void check_own_name(struct mim_resolve *resolve, const struct line *line,
			   const struct mim_map *own)
{
	uint32_t other = mim_table_find(&resolve->kernel_names, own->kernel_name);

	if (other == MIM_TABLE_NONE)
		return;
	mim_wrong(resolve, line->origin, line_key(line), MIM_CODE_KERNEL_NAME,
		  "the map of '%s' would have the kernel name '%s', as '%s' has",
		  own->name, own->kernel_name, resolve->want->maps[other].name);
	mim_note(resolve->diags, MIM_SPOT(resolve->want->maps[other].origin, "name"),
		 "'%s' is declared here", resolve->want->maps[other].name);
	mim_hint(resolve->diags, "give '%s' another kernel_name",
		 resolve->want->maps[other].name);
}

/* A map of its own for one slot, called after the outer map and the key. */
static uint32_t add_own(struct mim_resolve *resolve, const struct line *line,
			const void *key)
{
	struct mim_topology *want = resolve->want;
	const struct mim_map *outer = &want->maps[line->outer];
	uint32_t template = outer->outer->template, index = (uint32_t)want->n_maps;
	char kernel_name[MIM_KERNEL_NAME];
	char *name = mim_own_name(&want->arena, outer->name, outer->outer->key_type, key,
				  kernel_name);
	struct mim_map *map = name ? mim_topology_add_map(want, name) : NULL;

	if (!map) {
		mim_resolve_oom(resolve);
		return MIM_NONE;
	}
	memcpy(map->kernel_name, kernel_name, sizeof(kernel_name));
	check_own_name(resolve, line, map);
	map->origin = line->origin;
	map->own = true;
	map->template = template;
	if (template != MIM_NONE)
		map->shape = want->templates[template].shape;
	return index;
}

static void report_full(struct mim_resolve *resolve, const struct line *line)
{
	const struct mim_map *outer = &resolve->want->maps[line->outer];

	mim_wrong(resolve, line->origin, line_key(line), MIM_CODE_TOO_MANY_SLOTS,
		  "more slots than '%s' has max_entries (%u)", outer->name,
		  outer->shape.max_entries);
	mim_note(resolve->diags, MIM_SPOT(outer->origin, "max_entries"),
		 "'%s' is declared here", outer->name);
}

static void report_past(struct mim_resolve *resolve, const struct line *line,
			uint64_t last)
{
	const struct mim_map *outer = &resolve->want->maps[line->outer];

	mim_wrong(resolve, line->origin, line_key(line), MIM_CODE_SLOT_RANGE,
		  "index %" PRIu64 " is past the last slot of '%s' (%u)", last,
		  outer->name, outer->shape.max_entries - 1);
	mim_note(resolve->diags, MIM_SPOT(outer->origin, "max_entries"),
		 "max_entries of '%s' is declared here", outer->name);
}

/* Whether the outer map's template lets the inner map into the slot. */
static void check_fit(struct mim_resolve *resolve, const struct line *line)
{
	const struct mim_topology *want = resolve->want;
	const struct mim_map *outer = &want->maps[line->outer];
	const struct mim_map *inner = &want->maps[line->inner];
	const struct mim_shape *template = &outer->outer->inner;
	char wanted[MIM_FIELD_TEXT], given[MIM_FIELD_TEXT];
	const struct mim_host nowhere = {0};
	struct mim_shape stored, given_stored;
	enum mim_field field;
	uint32_t misfit;

	if (!template->type || !inner->shape.type)
		return;
	/* As stored: what the kernel drops or adds by itself is no difference. */
	stored = *template;
	given_stored = inner->shape;
	mim_shape_normalize(&stored, &nowhere);
	mim_shape_normalize(&given_stored, &nowhere);
	misfit = mim_shape_misfit(&stored, &given_stored);
	if (!misfit)
		return;
	field = mim_shape_cause(misfit);
	mim_field_text(template, field, wanted);
	mim_field_text(&inner->shape, field, given);
	mim_wrong(resolve, line->origin, "inner", MIM_CODE_TEMPLATE_MISFIT,
		  "'%s' does not fit the template of '%s': %s is %s, not %s", inner->name,
		  outer->name, mim_field_name(field), given, wanted);
	mim_note(resolve->diags, MIM_SPOT(inner->origin, "name"), "'%s' is declared here",
		 inner->name);
	mim_note(resolve->diags,
		 MIM_SPOT(want->templates[outer->outer->template].origin, "name"),
		 "template '%s' of '%s' is declared here",
		 want->templates[outer->outer->template].name, outer->name);
	if (mim_shape_wants_inner_map(&stored, &given_stored, misfit))
		mim_hint(resolve->diags,
			 "flags: [inner_map] in both templates lets array maps "
			 "differ in max_entries (kernel 5.10 and newer)");
}

static void store_slot(struct mim_resolve *resolve, const struct line *line,
		       const void *key)
{
	const struct mim_map *outer = &resolve->want->maps[line->outer];
	struct mim_slots *slots = &outer->outer->slots;
	uint32_t key_size = outer->shape.key_size, at = slots->n, inner = line->inner;

	memcpy(slots->keys + (size_t)at * key_size, key, key_size);
	if (inner == MIM_NONE && !line->raw->inner)
		inner = add_own(resolve, line, key);
	slots->inner[at] = inner;
	slots->origins[at] = line->origin;
	slots->n++;
}

static void fill_line(struct mim_resolve *resolve, struct line *line)
{
	const struct mim_map *outer = &resolve->want->maps[line->outer];
	struct mim_type type = outer->outer->key_type;
	uint32_t room = outer->shape.max_entries;
	struct mim_value_problem unheard;
	uint8_t key[MIM_PATH_MOST];

	if (resolve->result == -ENOMEM || !read_line(resolve, line))
		return;
	if (line->inner != MIM_NONE)
		check_fit(resolve, line);
	if (type.size > sizeof(key)) {
		bad_key(resolve, line, "", "is longer than 4096 bytes");
		return;
	}
	if (line->raw->key && !read_key(resolve, line, key))
		return;
	if (line->raw->key && is_array(outer) && type.size == sizeof(uint32_t)) {
		uint32_t index;

		memcpy(&index, key, sizeof(index));
		line->first = index;
	}
	/* Nothing more can be said of an outer map without a size. */
	if (room == 0)
		return;
	if (is_array(outer) && line->first + (line->n - 1) >= room) {
		report_past(resolve, line, line->first + (line->n - 1));
		return;
	}
	if (line->n > room - outer->outer->slots.n) {
		if (resolve->full != line->outer + 1)
			report_full(resolve, line);
		resolve->full = line->outer + 1;
		return;
	}
	if (line->raw->key) {
		store_slot(resolve, line, key);
		return;
	}
	for (uint64_t i = 0; i < line->n && resolve->result != -ENOMEM; i++) {
		char text[24];

		snprintf(text, sizeof(text), "%" PRIu64, line->first + i);
		mim_value_read(type, text, key, &unheard);
		store_slot(resolve, line, key);
	}
}

void mim_resolve_bindings(struct mim_resolve *resolve)
{
	for (size_t i = 0; i < resolve->config->n_sources; i++)
		check_bindings(resolve, &resolve->config->sources[i]);
	if (resolve->result == -ENOMEM)
		return;
	each_line(resolve, count_line);
	if (!allocate(resolve))
		return;
	each_line(resolve, fill_line);
	for (size_t i = 0; i < resolve->want->n_maps; i++) {
		const struct mim_map *map = &resolve->want->maps[i];

		if (!map->outer)
			continue;
		if (mim_slots_sort(&map->outer->slots, map->shape.key_size) < 0)
			mim_resolve_oom(resolve);
		mim_resolve_twice(resolve, map);
	}
}
