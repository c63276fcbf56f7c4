/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIMCTL_RENDER_LINES_H
#define MIMCTL_RENDER_LINES_H

#include "render.h"

/**
 * struct render_lines - a plan on its way to becoming lines
 * @declared: for each live map the declared one that it is, or MIM_NONE
 * @replaced: for each live map that a slot's own map replaces, the change that says so,
 *if the slot's line is to tell it; otherwise MIM_NONE
 * @told: for each live map, that a line says what becomes of it
 * @width: of the names of what belongs to a map; 0: the usual
 * @printed: there is a line
 * @out_of_memory: and one that lacks something
 */
struct render_lines {
	const struct render_plan *render;
	const struct mim_plan *plan;
	uint32_t *declared;
	uint32_t *replaced;
	bool *told;
	int width;
	bool printed;
	bool out_of_memory;
	FILE *out;
};

/** render_line() - one line of a plan; @depth: 0 for a map, 1 for what belongs to one */
void render_line(struct render_lines *lines, int depth, enum mim_action action,
		 const char *noun, const char *name, const char *text);

/**
 * render_slots() - the line of a slot, or of a run of slots with which the same happens
 * @index: of the change
 * Return: changes that the line stands for.
 */
size_t render_slots(struct render_lines *lines, size_t index);

/**
 * render_entries() - the lines of a map's entries that change
 *
 * The first ten, unless all are asked for: -v.
 */
void render_entries(struct render_lines *lines, const struct mim_change *change);

static inline const struct mim_map *render_want(const struct render_lines *lines,
						uint32_t index)
{
	return &lines->plan->want->maps[index];
}

#endif
