/* SPDX-License-Identifier: BSD-2-Clause */
#include "plan.h"
#include "plan/match.h"

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

#define B(field) MIM_FIELD_BIT(MIM_FIELD_##field)

/* What an outer map refuses, by what is known of its template. */
static const struct {
	const char *name;
	enum mim_knowledge known;
	struct mim_shape fits;
	struct mim_shape inner;
	uint32_t misfit;
} misfits[] = {
	{"nothing known", MIM_KNOWN_NOT, {0}, ARRAY(16), 0},
	{"sizes: the type is not known to differ",
	 MIM_KNOWN_SIZES,
	 {0, 4, 4},
	 {BPF_MAP_TYPE_HASH, 4, 4, 1, BPF_F_NO_PREALLOC},
	 0},
	{"sizes: both differ",
	 MIM_KNOWN_SIZES,
	 {0, 4, 4},
	 {BPF_MAP_TYPE_HASH, 8, 8, 1},
	 B(KEY_SIZE) | B(VALUE_SIZE)},
	{"part: max_entries is free",
	 MIM_KNOWN_PART,
	 {BPF_MAP_TYPE_HASH, 4, 4, 16},
	 {BPF_MAP_TYPE_HASH, 4, 4, 8},
	 0},
	{"part: the rest is not",
	 MIM_KNOWN_PART,
	 {BPF_MAP_TYPE_HASH, 4, 4, 16},
	 {BPF_MAP_TYPE_LRU_HASH, 4, 8, 8, BPF_F_NO_PREALLOC},
	 B(TYPE) | B(VALUE_SIZE) | B(FLAGS)},
	{"part: what is not known does not differ",
	 MIM_KNOWN_PART,
	 {BPF_MAP_TYPE_ARRAY, 4, 4, 16, BPF_F_INNER_MAP},
	 ARRAY(8),
	 B(FLAGS)},
	{"part: array maps of any size with inner_map in both",
	 MIM_KNOWN_PART,
	 {BPF_MAP_TYPE_ARRAY, 4, 4, 16, BPF_F_INNER_MAP},
	 {BPF_MAP_TYPE_ARRAY, 4, 4, 8, BPF_F_INNER_MAP},
	 0},
	{"full: array maps of one size", MIM_KNOWN_FULL, ARRAY(16), ARRAY(8),
	 B(MAX_ENTRIES)},
	{"full: xskmaps too",
	 MIM_KNOWN_FULL,
	 {BPF_MAP_TYPE_XSKMAP, 4, 4, 16},
	 {BPF_MAP_TYPE_XSKMAP, 4, 4, 8},
	 B(MAX_ENTRIES)},
};

START_TEST(a_misfit_is_what_is_known_to_differ)
{
	struct mim_outer outer = {.inner = misfits[_i].fits,
				  .inner_known = misfits[_i].known};

	/* The two highest are what a map in a slot tells. */
	if (misfits[_i].known >= MIM_KNOWN_PART)
		mim_outer_learn(&outer, &misfits[_i].fits);
	ck_assert_int_eq(outer.inner_known, misfits[_i].known);
	ck_assert_msg(mim_match_misfit(&outer, &misfits[_i].inner) == misfits[_i].misfit,
		      "%s: %x", misfits[_i].name,
		      mim_match_misfit(&outer, &misfits[_i].inner));
}
END_TEST

UNIT_MAIN("match", UNIT_EACH(a_declared_map_finds_its_live_counterpart, cases),
	  UNIT_EACH(a_misfit_is_what_is_known_to_differ, misfits))
