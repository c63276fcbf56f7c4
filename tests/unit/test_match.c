/* SPDX-License-Identifier: BSD-2-Clause */
#include "plan.h"

#define PINNED                                                                           \
	HEAD BACKENDS INNERS "pins: [{map: web, path: a}, {map: web, path: b},"          \
			     " {map: big, path: c}]\n"

/* Which live map each declared one is, and which it replaces; 0 for none. */
static const struct {
	struct unit_plan plan;
	struct {
		const char *name;
		uint32_t match;
		uint32_t before;
	} maps[3];
} cases[] = {
	{{BASE}, {{"services"}, {"web"}, {"big"}}},
	{{BASE, {LIVE_BASE}}, {{"services", 20}, {"web", 10}, {"big", 11}}},
	/* pins, first listed first */
	{{PINNED,
	  {{10, "web", ARRAY(16), .pins = "a"},
	   {11, "web", ARRAY(16), .pins = "b"},
	   {12, "big", ARRAY(16), .pins = "c"}}},
	 {{"web", 10}, {"big", 12}}},
	{{PINNED, {{11, "web", ARRAY(16), .pins = "b"}}}, {{"web", 11}, {"big"}}},
	{{PINNED, {{11, "web", ARRAY(8), .pins = "b"}}}, {{"web", 0, 11}, {"big"}}},
	/* a map of that name and shape that no pin or slot holds is somebody else's */
	{{BASE, {LIVE_WEB, LIVE_BIG}}, {{"services"}, {"web"}, {"big"}}},
	/* slots: name and shape have to be what is declared */
	{{BASE,
	  {{10, "web2", ARRAY(16)}, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "services")}},
	 {{"services", 20}, {"web"}, {"big", 11}}},
	{{BASE, {{10, "web", ARRAY(8)}, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "services")}},
	 {{"services", 20}, {"web", 0, 10}, {"big", 11}}},
	/* slots that disagree: the first that matches */
	{{BASE,
	  {LIVE_WEB,
	   LIVE_BIG,
	   {12, "web", ARRAY(16)},
	   LIVE_SERVICES("80=12 443=10 8080=11", "services")}},
	 {{"services", 20}, {"web", 12}, {"big", 11}}},
	{{BASE,
	  {LIVE_WEB,
	   LIVE_BIG,
	   {12, "web", ARRAY(8)},
	   LIVE_SERVICES("80=12 443=10 8080=11", "services")}},
	 {{"services", 20}, {"web", 10}, {"big", 11}}},
	/* an outer map that is replaced passes its inner maps on */
	{{BASE,
	  {LIVE_WEB,
	   LIVE_BIG,
	   {20, "services", HASH_OF(8), LIVE_SLOTS, "services", ARRAY(16)}}},
	 {{"services", 0, 20}, {"web", 10}, {"big", 11}}},
	{{BASE,
	  {LIVE_WEB,
	   LIVE_BIG,
	   {20, "services", HASH_OF(4), LIVE_SLOTS, "services", ARRAY(8)}}},
	 {{"services", 0, 20}, {"web", 10}, {"big", 11}}},
	/* a template that is not known cannot differ */
	{{BASE,
	  {LIVE_WEB, LIVE_BIG, {20, "services", HASH_OF(4), LIVE_SLOTS, "services"}}},
	 {{"services", 20}, {"web", 10}, {"big", 11}}},
	/* something else under the pin: an inner map is nothing an outer map replaces */
	{{BASE, {{20, "services", ARRAY(16), .pins = "services"}}},
	 {{"services"}, {"web"}, {"big"}}},
	{{BASE, {{20, "other", HASH_OF(4), "", "services", ARRAY(16)}}},
	 {{"services", 0, 20}, {"web"}, {"big"}}},
};

static uint32_t id_of(const struct mim_plan *plan, uint32_t live)
{
	return live == MIM_NONE ? 0 : plan->live->maps[live].id;
}

START_TEST(a_declared_map_finds_its_live_counterpart)
{
	struct unit_planned planned;
	const struct mim_plan *plan;

	unit_plan(&cases[_i].plan, &planned);
	plan = planned.plan;
	for (size_t i = 0; i < plan->want->n_maps; i++) {
		ck_assert_str_eq(plan->want->maps[i].name, cases[_i].maps[i].name);
		ck_assert_uint_eq(id_of(plan, plan->match[i]), cases[_i].maps[i].match);
		ck_assert_uint_eq(id_of(plan, plan->before[i]), cases[_i].maps[i].before);
	}
	unit_plan_release(&planned);
}
END_TEST

UNIT_MAIN("match", UNIT_EACH(a_declared_map_finds_its_live_counterpart, cases))
