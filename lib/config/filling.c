/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/filling.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "config/source.h"
#include "model/kind.h"
#include "types/scalar.h"
#include "types/value.h"

/* All that is declared to be in maps, together. */
#define MOST_BYTES ((uint64_t)1 << 30)

bool mim_filling_begin(struct mim_filling *filling, uint64_t n)
{
	struct mim_resolve *resolve = filling->resolve;
	const struct mim_shape *shape = &filling->map->shape;
	struct mim_arena *arena = &resolve->want->arena;
	uint64_t each = (uint64_t)shape->key_size + shape->value_size + sizeof(uint32_t);
	struct mim_elements *elements = mim_arena_alloc(arena, sizeof(*elements));

	if (n > MOST_BYTES / each || n * each > MOST_BYTES - resolve->filled_bytes) {
		mim_wrong(resolve, filling->map->origin, mim_filling_source(filling),
			  MIM_CODE_LIMIT,
			  "more than 1 GiB of entries in one description");
		return false;
	}
	resolve->filled_bytes += n * each;
	filling->elements = elements;
	filling->where = mim_arena_array(arena, n, sizeof(*filling->where));
	if (elements) {
		elements->key_size = shape->key_size;
		elements->value_size = shape->value_size;
		elements->keys = mim_arena_array(arena, n, shape->key_size);
		elements->values = mim_arena_array(arena, n, shape->value_size);
	}
	if (elements && elements->keys && elements->values && filling->where)
		return true;
	mim_resolve_oom(resolve);
	return false;
}

static struct mim_origin origin_of(const struct mim_filling *filling, uint32_t where)
{
	return (struct mim_origin){filling->map->origin.file, MIM_SECTION_ENTRY,
				   filling->map->origin.item, where};
}

static struct mim_place place_of(const struct mim_filling *filling, uint32_t line,
				 const char *key)
{
	/* Nobody is shown more. */
	if (filling->resolve->diags->n >= MIM_DIAGS_MOST)
		return (struct mim_place){.file = filling->csv->name};
	if (!key)
		return mim_csv_place(filling->csv, line, 0, 0);
	return mim_csv_cell_place(filling->csv, line,
				  strcmp(key, "key") == 0 ? filling->key_column
							  : filling->value_column);
}

void mim_filling_wrong(const struct mim_filling *filling, uint32_t where, const char *key,
		       enum mim_code code, const char *format, ...)
{
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (filling->csv)
		mim_filling_wrong_at(filling, place_of(filling, where, key), code, "%s",
				     message);
	else
		mim_wrong(filling->resolve, origin_of(filling, where), key, code, "%s",
			  message);
}

void mim_filling_wrong_at(const struct mim_filling *filling, struct mim_place place,
			  enum mim_code code, const char *format, ...)
{
	struct mim_resolve *resolve = filling->resolve;
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	mim_wrong(resolve, (struct mim_origin){0}, NULL, code, "%s", message);
	mim_here(resolve->diags, place);
}

void mim_filling_note(const struct mim_filling *filling, uint32_t where, const char *key,
		      const char *format, ...)
{
	char message[256];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (!filling->csv) {
		mim_note(filling->resolve->diags,
			 MIM_SPOT(origin_of(filling, where), key), "%s", message);
		return;
	}
	mim_note(filling->resolve->diags, MIM_NOWHERE, "%s", message);
	mim_here(filling->resolve->diags, place_of(filling, where, key));
}

/* The place that says how many entries there may be. */
static void note_max_entries(const struct mim_filling *filling)
{
	const struct mim_map *map = filling->map;
	const struct mim_raw *raw =
		filling->resolve->config->sources[map->origin.file - 1].raw;
	bool own = mim_said(raw->inner_maps[map->origin.item].max_entries);

	mim_note(filling->resolve->diags,
		 MIM_SPOT(own ? map->origin : filling->template->origin, "max_entries"),
		 "max_entries of '%s' is declared here", map->name);
}

static void check_index(const struct mim_filling *filling, uint32_t i)
{
	const struct mim_map *map = filling->map;
	uint32_t index;

	memcpy(&index, mim_element_key(filling->elements, i), sizeof(index));
	if (index < map->shape.max_entries)
		return;
	mim_filling_wrong(filling, filling->where[i], "key", MIM_CODE_ENTRY_RANGE,
			  "index %u is past the last entry of '%s' (%u)", index,
			  map->name, map->shape.max_entries - 1);
	note_max_entries(filling);
}

/* Two keys with the same prefix are one to the kernel, whatever comes after it. */
static void check_prefix(const struct mim_filling *filling, uint32_t i)
{
	const uint8_t *key = mim_element_key(filling->elements, i);
	uint32_t bits = (filling->elements->key_size - (uint32_t)sizeof(uint32_t)) * 8;
	uint32_t length;

	memcpy(&length, key, sizeof(length));
	if (length > bits)
		mim_filling_wrong(filling, filling->where[i], "key", MIM_CODE_BAD_ENTRY,
				  "key of '%s' has a prefix length of %u, more than its "
				  "%u bits",
				  filling->map->name, length, bits);
	else if (mim_scalar_has_rest(key + sizeof(length), bits, length))
		mim_filling_wrong(filling, filling->where[i], "key", MIM_CODE_BAD_ENTRY,
				  "key of '%s' has bits set after its prefix length",
				  filling->map->name);
}

/* The number of a device, or the length of a CPU's queue; a program needs a descriptor.
 */
static void check_target(const struct mim_filling *filling, uint32_t i)
{
	const uint8_t *value = mim_element_value(filling->elements, i);
	uint32_t number, program = 0;

	memcpy(&number, value, sizeof(number));
	if (filling->elements->value_size == 2 * sizeof(number))
		memcpy(&program, value + sizeof(number), sizeof(program));
	if (number == 0)
		mim_filling_wrong(filling, filling->where[i], "value", MIM_CODE_BAD_ENTRY,
				  "value of '%s' is 0, which stands for no entry",
				  filling->map->name);
	else if (program)
		mim_filling_wrong(filling, filling->where[i], "value", MIM_CODE_BAD_ENTRY,
				  "value of '%s' names a program by a descriptor, which "
				  "a description cannot have",
				  filling->map->name);
}

static void check_elements(const struct mim_filling *filling)
{
	uint32_t type = filling->map->shape.type;
	/* A map without max_entries was reported. */
	bool is_array = mim_kind_contents(type) == MIM_CONTENTS_ARRAY &&
			filling->map->shape.max_entries;
	bool is_target = mim_kind_fill(type) == MIM_FILL_KEYS && !mim_kind_can_copy(type);

	for (uint32_t i = 0; i < filling->elements->n; i++) {
		if (is_array)
			check_index(filling, i);
		if (type == BPF_MAP_TYPE_LPM_TRIE)
			check_prefix(filling, i);
		if (is_target)
			check_target(filling, i);
	}
}

static void report_twice(const struct mim_filling *filling, uint32_t again,
			 uint32_t first)
{
	char key[256];

	mim_value_print(filling->template->key_type,
			mim_element_key(filling->elements, again), key, sizeof(key));
	mim_filling_wrong(filling, filling->where[again], "key", MIM_CODE_DUPLICATE_ENTRY,
			  "key %s of '%s' is declared twice", key, filling->map->name);
	mim_filling_note(filling, filling->where[first], "key",
			 "it is first declared here");
}

/* Equal keys stand together, in the order of the file: all but the first are wrong. */
static void check_twice(const struct mim_filling *filling, const uint32_t *order)
{
	const struct mim_elements *elements = filling->elements;

	for (uint32_t i = 1, first = 0; i < elements->n; i++) {
		if (memcmp(mim_element_key(elements, order[i]),
			   mim_element_key(elements, order[first]),
			   elements->key_size) == 0)
			report_twice(filling, order[i], order[first]);
		else
			first = i;
	}
}

static struct mim_elements *new_elements(struct mim_arena *arena,
					 const struct mim_elements *like)
{
	struct mim_elements *elements = mim_arena_alloc(arena, sizeof(*elements));

	if (!elements)
		return NULL;
	*elements = *like;
	elements->keys = mim_arena_array(arena, like->n, like->key_size);
	elements->values = mim_arena_array(arena, like->n, like->value_size);
	return elements->keys && elements->values ? elements : NULL;
}

/* What is compared with what is there is put in order. */
static void put_in_order(struct mim_filling *filling, const uint32_t *order)
{
	const struct mim_elements *elements = filling->elements;
	struct mim_elements *sorted =
		new_elements(&filling->resolve->want->arena, elements);

	if (!sorted) {
		mim_resolve_oom(filling->resolve);
		return;
	}
	for (uint32_t i = 0; i < elements->n; i++) {
		memcpy(mim_element_key(sorted, i), mim_element_key(elements, order[i]),
		       elements->key_size);
		memcpy(mim_element_value(sorted, i),
		       mim_element_value(elements, order[i]), elements->value_size);
	}
	filling->elements = sorted;
}

static void sort(struct mim_filling *filling)
{
	mim_auto_free uint32_t *order = NULL;
	int r = mim_elements_order(filling->elements, &order);

	if (r < 0)
		mim_resolve_oom(filling->resolve);
	if (r != 0)
		return;
	check_twice(filling, order);
	if (filling->map->exact)
		put_in_order(filling, order);
}

static bool is_zero(const uint8_t *bytes, size_t n)
{
	return bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0;
}

/* What an array is made of: it reads as if it had never been written. */
static void drop_zeros(struct mim_elements *elements)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < elements->n; i++) {
		if (is_zero(mim_element_value(elements, i), elements->value_size))
			continue;
		if (n != i) {
			memcpy(mim_element_key(elements, n), mim_element_key(elements, i),
			       elements->key_size);
			memcpy(mim_element_value(elements, n),
			       mim_element_value(elements, i), elements->value_size);
		}
		n++;
	}
	elements->n = n;
}

void mim_filling_end(struct mim_filling *filling)
{
	struct mim_map *map = filling->map;

	check_elements(filling);
	if (map->shape.max_entries && filling->elements->n > map->shape.max_entries) {
		mim_filling_wrong(filling, filling->where[map->shape.max_entries], NULL,
				  MIM_CODE_TOO_MANY_ENTRIES,
				  "more entries than '%s' has max_entries (%u)",
				  map->name, map->shape.max_entries);
		note_max_entries(filling);
	}
	sort(filling);
	if (mim_kind_contents(map->shape.type) == MIM_CONTENTS_ARRAY)
		drop_zeros(filling->elements);
	map->elements = filling->elements;
}
