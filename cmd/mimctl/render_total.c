/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "render.h"

const char *render_plural(uint32_t n)
{
	return n == 1 ? "" : "s";
}

int render_key_width(int width, size_t length)
{
	const int least = 12, most = 40;

	width = width < least ? least : width;
	return length >= (size_t)width && length <= (size_t)most ? (int)length + 1
								 : width;
}

const char *render_gap(const char *key, int width)
{
	return strlen(key) < (size_t)width ? " " : "  ";
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

void render_refilled(const struct mim_summary *s, FILE *out)
{
	if (s->entry_create || s->entry_change || s->entry_remove)
		fprintf(out, "Entries: %lu to add, %lu to change, %lu to remove\n",
			(unsigned long)s->entry_create, (unsigned long)s->entry_change,
			(unsigned long)s->entry_remove);
}

void render_made(const struct mim_summary *s, FILE *out)
{
	uint32_t maps = s->inner_create + s->inner_replace + s->inner_refill;

	fprintf(out, "%u map%s, %u slot%s", maps, render_plural(maps), s->slot_create,
		render_plural(s->slot_create));
}

void render_total(const struct mim_summary *s, FILE *out)
{
	fprintf(out,
		"Plan: %u outer map%s to create, %u to change, %u to replace, %u to "
		"remove; ",
		s->outer_create, render_plural(s->outer_create), s->outer_change,
		s->outer_replace, s->outer_remove);
	render_made(s, out);
	fprintf(out, "; %u unchanged.\n", s->unchanged);
}
