/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "config/resolve.h"
#include "config/source.h"
#include "types/value.h"

static bool same_line(struct mim_origin a, struct mim_origin b)
{
	return a.file == b.file && a.item == b.item && a.part == b.part;
}

static const struct mim_raw_slot *raw_slot(const struct mim_resolve *resolve,
					   struct mim_origin origin)
{
	const struct mim_raw *raw = resolve->config->sources[origin.file - 1].raw;

	return &raw->bindings[origin.item].slots[origin.part];
}

static const char *key_of(const struct mim_resolve *resolve, struct mim_origin origin)
{
	return raw_slot(resolve, origin)->keys ? "keys" : "key";
}

static bool is_twice(const struct mim_map *outer, uint32_t slot, uint32_t first)
{
	return memcmp(mim_slot_key(outer, slot), mim_slot_key(outer, first),
		      outer->shape.key_size) == 0;
}

static void report_slots(struct mim_resolve *resolve, const struct mim_map *outer,
			 uint32_t first, uint32_t slot, uint32_t last)
{
	const struct mim_slots *slots = &outer->outer->slots;
	struct mim_type type = outer->outer->key_type;
	char one[MIM_PATH_MOST], other[MIM_PATH_MOST];
	bool many = last != slot;

	mim_value_print(type, mim_slot_key(outer, slot), one, sizeof(one));
	mim_value_print(type, mim_slot_key(outer, last), other, sizeof(other));
	mim_wrong(resolve, slots->origins[slot], key_of(resolve, slots->origins[slot]),
		  MIM_CODE_DUPLICATE_SLOT,
		  "slot%s %.200s%s%.200s of '%s' %s declared twice", many ? "s" : "", one,
		  many ? ".." : "", many ? other : "", outer->name, many ? "are" : "is");
	mim_note(resolve->diags,
		 MIM_SPOT(slots->origins[first], key_of(resolve, slots->origins[first])),
		 "%s first declared here", many ? "they are" : "it is");
}

/* Equal keys stand together, in the order of the files: all but the first are wrong. */
void mim_resolve_twice(struct mim_resolve *resolve, const struct mim_map *outer)
{
	const struct mim_slots *slots = &outer->outer->slots;

	for (uint32_t first = 0, i = 1; i < slots->n; i++) {
		uint32_t last = i;

		if (!is_twice(outer, i, first)) {
			first = i;
			continue;
		}
		/* Two lines that overlap are one mistake, not one for each slot. */
		while (last + 2 < slots->n && is_twice(outer, last + 2, last + 1) &&
		       same_line(slots->origins[last + 1], slots->origins[first]) &&
		       same_line(slots->origins[last + 2], slots->origins[i]))
			last += 2;
		report_slots(resolve, outer, first, i, last);
		if (last != i)
			first = last - 1;
		i = last;
	}
}
