/* SPDX-License-Identifier: BSD-2-Clause */
#include "render.h"

const char *render_seeds(const struct mim_plan *plan, uint32_t want, char *text)
{
	text[0] = '\0';
	if (mim_plan_seeds(plan, want)) {
		uint32_t n = plan->want->maps[want].elements->n;

		snprintf(text, RENDER_SEEDS, ", %u entr%s", n, n == 1 ? "y" : "ies");
	}
	return text;
}
