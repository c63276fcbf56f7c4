/* SPDX-License-Identifier: BSD-2-Clause */
#include "plan.h"

#define PINS(pins) "pins: [" pins "]\n"
#define TABLE                                                                            \
	HEAD BACKENDS "outer_maps: [{name: t, type: array_of_maps, max_entries: 4,"      \
		      " template: backends}]\n"                                          \
		      "bindings: [{outer: t, slots: [{keys: 0-2}]}]\n"
#define LIVE_TABLE(slots)                                                                \
	{                                                                                \
		20, "t", {BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 4}, slots, "t", ARRAY(16)    \
	}
#define OWN(id, name)                                                                    \
	{                                                                                \
		id, name, ARRAY(16)                                                      \
	}

static const struct {
	struct unit_plan plan;
	const char *changes;
} cases[] = {
	{{BASE},
	 "+ outer services; + pin services; + slot 80; + slot 443; + slot 8080; "
	 "+ inner web; + inner big"},
	{{BASE, {LIVE_BASE}}, ""},
	{{BASE, .unmounted = true},
	 "+ bpffs; + outer services; + pin services; + slot 80; + slot 443; "
	 "+ slot 8080; + inner web; + inner big"},

	/* slots */
	{{BASE, {LIVE_WEB, LIVE_BIG, LIVE_SERVICES("80=10 8080=11", "services")}},
	 "~ outer services; + slot 443"},
	{{BASE, {LIVE_WEB, LIVE_BIG, LIVE_SERVICES("80=10 443=11 8080=11", "services")}},
	 "~ outer services; ~ slot 443"},
	{{BASE, {LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS " 9090=11", "services")}},
	 "~ outer services; - slot 9090"},
	{{BASE,
	  {LIVE_WEB,
	   LIVE_BIG,
	   {12, "x", ARRAY(16)},
	   LIVE_SERVICES("80=12 443=10 9090=11", "services")}},
	 "~ outer services; ~ slot 80; + slot 8080; - slot 9090"},
	{{BASE, {LIVE_WEB, LIVE_BIG, LIVE_SERVICES("80=11 443=11 8080=10", "services")}},
	 "~ outer services; ~ slot 80; ~ slot 443; ~ slot 8080"},
	/* two that could be meant, and one that is somebody else's now */
	{{BASE,
	  {LIVE_WEB,
	   LIVE_BIG,
	   {12, "big", ARRAY(16)},
	   LIVE_SERVICES("80=10 443=10 9090=11 9091=12", "services")}},
	 "~ outer services; + slot 8080; - slot 9090; - slot 9091; + inner big"},
	{{HEAD BACKENDS SERVICES_AS(", unlisted: keep") INNERS SLOTS,
	  {LIVE_WEB, LIVE_BIG, LIVE_SERVICES("80=10 443=10 9090=11", "services")}},
	 "~ outer services; + slot 8080; + inner big"},
	{{HEAD BACKENDS SERVICES_AS(", unlisted: keep") INNERS SLOTS,
	  {LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS " 9090=11", "services")}},
	 ""},
	{{HEAD BACKENDS SERVICES_AS(", unlisted: keep") INNERS SLOTS,
	  {LIVE_WEB, LIVE_BIG,
	   LIVE_SERVICES("80=11 443=10 8080=11 9090=11", "services")}},
	 "~ outer services; ~ slot 80"},
	{{HEAD BACKENDS SERVICES, {LIVE_BASE}},
	 "~ outer services; - slot 80; - slot 443; - slot 8080"},
	{{TABLE,
	  {OWN(10, "t.0"), OWN(11, "t.1"), OWN(12, "t.2"), LIVE_TABLE("0=10 1=11 2=12")}},
	 ""},
	{{TABLE,
	  {OWN(10, "t.0"), OWN(11, "t.1"), OWN(12, "t.2"), LIVE_TABLE("0=10 1=10 2=12")}},
	 "~ outer t; ~ slot 1; + inner t[1]"},
	{{TABLE, {OWN(10, "t.0"), LIVE_TABLE("0=10 3=10")}},
	 "~ outer t; + slot 1; + slot 2; - slot 3; + inner t[1]; + inner t[2]"},

	/* maps */
	{{BASE, {{10, "web", ARRAY(8)}, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "services")}},
	 "~ outer services; ~ slot 80; ~ slot 443; +/- inner web"},
	{{BASE,
	  {LIVE_WEB,
	   LIVE_BIG,
	   {20, "services", HASH_OF(8), LIVE_SLOTS, "services", ARRAY(16)}}},
	 "+/- outer services; ~ pin services"},
	{{BASE,
	  {LIVE_WEB,
	   LIVE_BIG,
	   {20, "services", HASH_OF(4), LIVE_SLOTS, "services", ARRAY(8)}}},
	 "+/- outer services; ~ pin services"},
	{{HEAD BACKENDS SERVICES_AS(", kernel_name: svc") INNERS SLOTS, {LIVE_BASE}},
	 "+/- outer services; ~ pin services"},
	{{BASE, {{20, "services", ARRAY(16), .pins = "services"}}},
	 "+ outer services; ~ pin services; + slot 80; + slot 443; + slot 8080; "
	 "+ inner web; + inner big; - inner services"},
	{{HEAD, {LIVE_BASE}}, "- outer services; - pin services"},
	{{BASE, {LIVE_BASE, {30, "old", ARRAY(4), .pins = "old"}}},
	 "- inner old; - pin old"},

	/* pins */
	{{BASE, {LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "services x/y")}},
	 "~ outer services; - pin x/y"},
	{{BASE, {LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "x")}},
	 "~ outer services; + pin services; - pin x"},
	{{BASE,
	  {LIVE_WEB, LIVE_BIG, {20, "services", HASH_OF(8), LIVE_SLOTS, "x", ARRAY(16)}}},
	 "+/- outer services; + pin services; - pin x"},
	{{BASE,
	  {LIVE_WEB,
	   LIVE_BIG,
	   LIVE_SERVICES(LIVE_SLOTS, "x"),
	   {21, "services", HASH_OF(4), LIVE_SLOTS, "y", ARRAY(16)}}},
	 "+ outer services; + pin services; + slot 80; + slot 443; + slot 8080; "
	 "- outer services; - pin x; - outer services; - pin y"},
	{{BASE PINS("{map: services, path: x}, {map: services, path: y}"),
	  {LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "x")}},
	 "~ outer services; + pin y"},
	{{BASE PINS("{map: services, path: x}, {map: services, path: y}"),
	  {LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "y")}},
	 "~ outer services; + pin x"},
	{{BASE PINS("{map: web, path: web}"), {LIVE_BASE}}, "~ inner web; + pin web"},
	{{BASE PINS("{map: web, path: web}"),
	  {{10, "web", ARRAY(16), .pins = "web"},
	   {11, "big", ARRAY(16), .pins = "big"},
	   LIVE_SERVICES(LIVE_SLOTS, "services")}},
	 "~ inner big; - pin big"},
	{{BASE PINS("{map: services, path: services, mode: '0640'}"), {LIVE_BASE}},
	 "~ outer services; ~ pin services"},
	{{BASE PINS("{map: services, path: services, mode: '0600', group: root}"),
	  {LIVE_BASE}},
	 ""},
	{{BASE PINS("{map: services, path: services, group: '0'}"), {LIVE_BASE}}, ""},
	{{BASE PINS("{map: services, path: services, group: '7'}"), {LIVE_BASE}},
	 "~ outer services; ~ pin services"},

	/* outside the scope */
	{{BASE,
	  {LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "services /sys/fs/bpf/x")}},
	 ""},
	{{BASE,
	  {LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "services /sys/fs/bpf/x")},
	  .outside = "20 /sys/fs/bpf/x"},
	 "~ outer services; - pin /sys/fs/bpf/x"},
	/* recorded with another id: somebody has put another map there since */
	{{BASE,
	  {LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "services /sys/fs/bpf/x")},
	  .outside = "19 /sys/fs/bpf/x"},
	 ""},
	{{BASE PINS("{map: services, path: /sys/fs/bpf/x}"),
	  {LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "/sys/fs/bpf/x")}},
	 "= outer services"},
	{{BASE, {LIVE_BASE}, .foreign = true}, "= scope; = outer services"},
};

START_TEST(what_is_not_as_declared_changes_and_nothing_else)
{
	struct unit_planned planned;

	unit_plan(&cases[_i].plan, &planned);
	ck_assert_str_eq(unit_changes(planned.plan), cases[_i].changes);
	unit_plan_release(&planned);
}
END_TEST

/* The law behind every plan: what was made as declared needs nothing more. */
START_TEST(the_changes_of_one_map_follow_it)
{
	struct unit_planned planned;
	const struct mim_plan *plan;
	uint32_t owner = MIM_NONE;

	unit_plan(&cases[_i].plan, &planned);
	plan = planned.plan;
	for (uint32_t i = 0; i < plan->n_changes; i++) {
		const struct mim_change *change = &plan->changes[i];

		if (change->subject == MIM_ON_PIN || change->subject == MIM_ON_SLOT)
			ck_assert_uint_eq(change->owner, owner);
		else
			owner = i;
	}
	ck_assert_int_eq(plan->changed, cases[_i].changes[0] || plan->n_steps);
	unit_plan_release(&planned);
}
END_TEST

static const struct {
	struct unit_plan plan;
	uint32_t freed[4]; /* ids, ascending */
} freed_cases[] = {
	{{BASE, {LIVE_BASE}}, {0}},
	/* its only slot */
	{{HEAD BACKENDS SERVICES
	  "inner_maps: [{name: web, template: backends}]\n" BIND("{key: 80, inner: web}"),
	  {LIVE_BASE}},
	 {11}},
	/* held by a pin, a program, another slot */
	{{HEAD BACKENDS SERVICES,
	  {{10, "web", ARRAY(16), .pins = "/x"},
	   LIVE_BIG,
	   LIVE_SERVICES("80=10 443=11", "services")}},
	 {11}},
	{{HEAD BACKENDS SERVICES,
	  {{10, "web", ARRAY(16), .programs = 1},
	   LIVE_BIG,
	   LIVE_SERVICES("80=10 443=11", "services")}},
	 {11}},
	{{BASE, {LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS " 9090=11", "services")}},
	 {0}},
	/* replaced outer map: what moves on is not freed */
	{{BASE,
	  {LIVE_WEB,
	   LIVE_BIG,
	   {20, "services", HASH_OF(8), LIVE_SLOTS, "services", ARRAY(16)}}},
	 {20}},
	{{BASE,
	  {LIVE_WEB,
	   LIVE_BIG,
	   {12, "x", ARRAY(16)},
	   {20, "services", HASH_OF(8), LIVE_SLOTS " 9090=12", "services", ARRAY(16)}}},
	 {12, 20}},
	{{HEAD BACKENDS SERVICES_AS(", unlisted: keep") INNERS SLOTS,
	  {LIVE_WEB,
	   LIVE_BIG,
	   {12, "x", ARRAY(16)},
	   {20, "services", HASH_OF(8), LIVE_SLOTS " 9090=12", "services", ARRAY(16)}}},
	 {20}},
	/* a program keeps the old outer map, and that all it holds */
	{{BASE,
	  {LIVE_WEB,
	   LIVE_BIG,
	   {12, "x", ARRAY(16)},
	   {20, "services", HASH_OF(8), LIVE_SLOTS " 9090=12", "services", ARRAY(16),
	    1}}},
	 {0}},
	/* a removed outer map takes its slots along */
	{{HEAD, {LIVE_BASE}}, {10, 11, 20}},
	{{HEAD, {LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "services /x")}}, {0}},
	/* an inner map that is replaced */
	{{BASE, {{10, "web", ARRAY(8)}, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "services")}},
	 {10}},
};

START_TEST(a_map_is_freed_when_nothing_holds_it_any_more)
{
	struct unit_planned planned;
	size_t n = 0;

	unit_plan(&freed_cases[_i].plan, &planned);
	for (size_t i = 0; i < planned.live->n_maps; i++)
		if (planned.plan->freed[i])
			ck_assert_uint_eq(planned.live->maps[i].id,
					  freed_cases[_i].freed[n++]);
	ck_assert_uint_eq(freed_cases[_i].freed[n], 0);
	unit_plan_release(&planned);
}
END_TEST

UNIT_MAIN("diff", UNIT_EACH(what_is_not_as_declared_changes_and_nothing_else, cases),
	  UNIT_EACH(the_changes_of_one_map_follow_it, cases),
	  UNIT_EACH(a_map_is_freed_when_nothing_holds_it_any_more, freed_cases))
