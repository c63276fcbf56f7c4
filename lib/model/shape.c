/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/shape.h"

#include <inttypes.h>
#include <linux/bpf.h>
#include <stdio.h>
#include "model/kind.h"

#define F_TOKEN_FD   (1U << 16)
#define NEVER_STORED (BPF_F_RDONLY | BPF_F_WRONLY | F_TOKEN_FD)

/* The smallest page of any architecture with BPF; a ring buffer is made of whole pages.
 */
#define SMALLEST_PAGE 4096U

const char *mim_field_name(enum mim_field field)
{
	static const char *const names[MIM_FIELD_COUNT] = {
		[MIM_FIELD_TYPE] = "type",
		[MIM_FIELD_KEY_SIZE] = "key_size",
		[MIM_FIELD_VALUE_SIZE] = "value_size",
		[MIM_FIELD_MAX_ENTRIES] = "max_entries",
		[MIM_FIELD_FLAGS] = "flags",
		[MIM_FIELD_NUMA_NODE] = "numa_node",
		[MIM_FIELD_MAP_EXTRA] = "map_extra",
	};

	return names[field];
}

static uint64_t field_value(const struct mim_shape *shape, enum mim_field field)
{
	switch (field) {
	case MIM_FIELD_TYPE:
		return shape->type;
	case MIM_FIELD_KEY_SIZE:
		return shape->key_size;
	case MIM_FIELD_VALUE_SIZE:
		return shape->value_size;
	case MIM_FIELD_MAX_ENTRIES:
		return shape->max_entries;
	case MIM_FIELD_FLAGS:
		return shape->flags;
	case MIM_FIELD_NUMA_NODE:
		return shape->numa_node;
	case MIM_FIELD_MAP_EXTRA:
		return shape->map_extra;
	case MIM_FIELD_COUNT:
		break;
	}
	return 0;
}

const char *mim_field_text(const struct mim_shape *shape, enum mim_field field,
			   char *text)
{
	if (field == MIM_FIELD_FLAGS)
		return mim_flags_text(shape->flags, text);
	if (field == MIM_FIELD_TYPE)
		snprintf(text, MIM_FIELD_TEXT, "%s", mim_kind_name(shape->type));
	else
		snprintf(text, MIM_FIELD_TEXT, "%" PRIu64, field_value(shape, field));
	return text;
}

static bool size_problem(const struct mim_kind *kind, const struct mim_size_rule *rule,
			 const char *name, uint32_t size, char *text)
{
	if (size >= rule->least && size <= rule->most && size % rule->multiple == 0)
		return false;
	if (rule->least == rule->most)
		snprintf(text, MIM_FIELD_TEXT, "%s of %s must be %u, not %u", name,
			 kind->name, rule->least, size);
	else if (rule->multiple > 1 && rule->most / rule->multiple <= 2)
		snprintf(text, MIM_FIELD_TEXT, "%s of %s must be %u or %u, not %u", name,
			 kind->name, rule->least, rule->most, size);
	else if (size >= rule->least && size <= rule->most)
		snprintf(text, MIM_FIELD_TEXT,
			 "%s of %s must be a multiple of %u, not %u", name, kind->name,
			 rule->multiple, size);
	else
		snprintf(text, MIM_FIELD_TEXT, "%s of %s must be %u to %u, not %u", name,
			 kind->name, rule->least, rule->most, size);
	return true;
}

static bool entries_problem(const struct mim_kind *kind, uint32_t n, char *text)
{
	switch (kind->entries) {
	case MIM_ENTRIES_ZERO:
		if (n == 0)
			return false;
		snprintf(text, MIM_FIELD_TEXT, "max_entries of %s must be 0", kind->name);
		return true;
	case MIM_ENTRIES_BUFFER:
		if (n >= SMALLEST_PAGE && (n & (n - 1)) == 0)
			return false;
		snprintf(text, MIM_FIELD_TEXT,
			 "max_entries of %s is its size in bytes and must be a power of "
			 "two "
			 "and a multiple of the page size, not %u",
			 kind->name, n);
		return true;
	case MIM_ENTRIES_POSITIVE:
		if (n > 0)
			return false;
		snprintf(text, MIM_FIELD_TEXT, "max_entries of %s must be at least 1",
			 kind->name);
		return true;
	}
	return false;
}

static bool flags_problem(const struct mim_kind *kind, uint32_t flags, char *text)
{
	uint32_t refused = flags & ~kind->flags, missing = kind->flags_needed & ~flags;
	uint32_t both = flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG);
	char names[MIM_FLAGS_TEXT];

	if (refused) {
		snprintf(text, MIM_FIELD_TEXT, "%s does not take flags %.200s",
			 kind->name, mim_flags_text(refused, names));
		return true;
	}
	if (missing) {
		snprintf(text, MIM_FIELD_TEXT, "%s needs flags %.200s", kind->name,
			 mim_flags_text(missing, names));
		return true;
	}
	if (both == (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)) {
		snprintf(text, MIM_FIELD_TEXT,
			 "flags rdonly_prog and wronly_prog exclude each other");
		return true;
	}
	return false;
}

static bool extra_problem(const struct mim_kind *kind, const struct mim_shape *shape,
			  char *text)
{
	if (shape->map_extra == 0 || mim_kind_by_name("arena") == kind)
		return false;
	if (shape->type == BPF_MAP_TYPE_BLOOM_FILTER && shape->map_extra <= 15)
		return false;
	snprintf(text, MIM_FIELD_TEXT,
		 shape->type == BPF_MAP_TYPE_BLOOM_FILTER
			 ? "map_extra of %s is the number of hash functions, at most 15"
			 : "%s takes no map_extra",
		 kind->name);
	return true;
}

bool mim_shape_problem(const struct mim_shape *shape, enum mim_field field, char *text)
{
	const struct mim_kind *kind = mim_kind_by_type(shape->type);

	if (!kind)
		return false;
	switch (field) {
	case MIM_FIELD_KEY_SIZE:
		return size_problem(kind, &kind->key, "key_size", shape->key_size, text);
	case MIM_FIELD_VALUE_SIZE:
		return size_problem(kind, &kind->value, "value_size", shape->value_size,
				    text);
	case MIM_FIELD_MAX_ENTRIES:
		return entries_problem(kind, shape->max_entries, text);
	case MIM_FIELD_FLAGS:
		return flags_problem(kind, shape->flags, text);
	case MIM_FIELD_MAP_EXTRA:
		return extra_problem(kind, shape, text);
	case MIM_FIELD_TYPE:
	case MIM_FIELD_NUMA_NODE:
	case MIM_FIELD_COUNT:
		break;
	}
	return false;
}

uint32_t mim_shape_differs(const struct mim_shape *a, const struct mim_shape *b)
{
	uint32_t differs = 0;

	for (enum mim_field field = 0; field < MIM_FIELD_COUNT; field++)
		if (field != MIM_FIELD_NUMA_NODE &&
		    field_value(a, field) != field_value(b, field))
			differs |= MIM_FIELD_BIT(field);
	return differs;
}

uint32_t mim_shape_misfit(const struct mim_shape *template, const struct mim_shape *inner)
{
	const struct mim_kind *kind = mim_kind_by_type(template->type);
	uint32_t compared =
		MIM_FIELD_BIT(MIM_FIELD_TYPE) | MIM_FIELD_BIT(MIM_FIELD_KEY_SIZE) |
		MIM_FIELD_BIT(MIM_FIELD_VALUE_SIZE) | MIM_FIELD_BIT(MIM_FIELD_FLAGS);

	if (kind && kind->role == MIM_ROLE_INNER_EQUAL &&
	    !(template->flags & inner->flags & BPF_F_INNER_MAP))
		compared |= MIM_FIELD_BIT(MIM_FIELD_MAX_ENTRIES);
	return mim_shape_differs(template, inner) & compared;
}

enum mim_field mim_shape_cause(uint32_t misfit)
{
	uint32_t others = misfit & ~MIM_FIELD_BIT(MIM_FIELD_MAX_ENTRIES);
	enum mim_field field = 0;

	while (!((others ? others : misfit) & MIM_FIELD_BIT(field)))
		field++;
	return field;
}

bool mim_shape_wants_inner_map(const struct mim_shape *template,
			       const struct mim_shape *inner, uint32_t misfit)
{
	uint32_t allowed = MIM_FIELD_BIT(MIM_FIELD_MAX_ENTRIES);

	if ((template->flags ^ inner->flags) == BPF_F_INNER_MAP)
		allowed |= MIM_FIELD_BIT(MIM_FIELD_FLAGS);
	return template->type == BPF_MAP_TYPE_ARRAY &&
	       template->max_entries != inner->max_entries && misfit &&
	       !(misfit & ~allowed);
}

void mim_shape_normalize(struct mim_shape *shape, const struct mim_host *host)
{
	const struct mim_kind *kind = mim_kind_by_type(shape->type);
	uint32_t cpus = host->possible_cpus, over;

	shape->flags &= ~NEVER_STORED;
	if (kind)
		shape->flags |= kind->flags_added;
	over = cpus ? shape->max_entries % cpus : 0;
	if ((shape->flags & BPF_F_NO_COMMON_LRU) && over)
		shape->max_entries += cpus - over;
}
