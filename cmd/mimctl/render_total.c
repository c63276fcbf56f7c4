/* SPDX-License-Identifier: BSD-2-Clause */
#include "render.h"

const char *render_plural(uint32_t n)
{
	return n == 1 ? "" : "s";
}

void render_destructive(const struct mim_summary *s, FILE *out)
{
	const struct {
		uint32_t n;
		const char *one;
		const char *many;
	} parts[] = {
		{s->outer_replace + s->inner_replace, "replaced", "replaced"},
		{s->outer_remove, "outer map removed", "outer maps removed"},
		{s->inner_remove, "inner map removed", "inner maps removed"},
		{s->slot_remove, "slot removed", "slots removed"},
		{s->pin_remove, "pin removed", "pins removed"},
	};
	const char *between = "Destructive: ";

	for (size_t i = 0; i < MIM_ARRAY_SIZE(parts); i++) {
		if (parts[i].n == 0)
			continue;
		fprintf(out, "%s%u %s", between, parts[i].n,
			parts[i].n == 1 ? parts[i].one : parts[i].many);
		between = ", ";
	}
	if (s->entries_lost) {
		fprintf(out, "%s%lu entr%s lost", between, (unsigned long)s->entries_lost,
			s->entries_lost == 1 ? "y" : "ies");
		between = ", ";
	}
	if (*between == ',')
		fputc('\n', out);
}

void render_total(const struct mim_summary *s, FILE *out)
{
	uint32_t maps = s->inner_create + s->inner_replace;

	fprintf(out,
		"Plan: %u outer map%s to create, %u to change, %u to replace, %u to "
		"remove; "
		"%u map%s, %u slot%s; %u unchanged.\n",
		s->outer_create, render_plural(s->outer_create), s->outer_change,
		s->outer_replace, s->outer_remove, maps, render_plural(maps),
		s->slot_create, render_plural(s->slot_create), s->unchanged);
}
