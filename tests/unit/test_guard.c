/* SPDX-License-Identifier: BSD-2-Clause */
#include "plan.h"

#define LIVE_USED(n)                                                                     \
	{                                                                                \
		20, "services", HASH_OF(n), LIVE_SLOTS, "services", ARRAY(16), 2         \
	}
#define LIVE_LARGER                                                                      \
	{                                                                                \
		20, "services", HASH_OF(8), LIVE_SLOTS, "services", ARRAY(16)            \
	}
#define PROTECTED   HEAD BACKENDS SERVICES_AS(", protect: true") INNERS SLOTS
#define UNPROTECTED HEAD BACKENDS SERVICES_AS(", protect: false") INNERS SLOTS
#define RECORD	    .protected = "/sys/fs/bpf/lb/services"
#define OUTSIDE	    BASE "pins: [{map: services, path: /sys/fs/bpf/x}]\n"
#define PRUNED(n)   .prune_limited = true, .prune_limit = n
#define LIMIT(n)    .options = {PRUNED(n)}
#define PERCENT(n)  .options = {.prune_percent = true, PRUNED(n)}
/* Two slots to remove, of 3 slots + 1 map + 1 pin. */
#define TWO_LESS                                                                         \
	HEAD BACKENDS SERVICES "inner_maps: [{name: big, template: backends}]\n" BIND(   \
		"{key: 8080, inner: big}")

static const struct {
	struct unit_plan plan;
	enum mim_code codes[3];
} cases[] = {
	{{BASE}, {0}},
	{{BASE, {LIVE_BASE}}, {0}},

	/* a description of nothing */
	{{HEAD, {LIVE_BASE}}, {MIM_CODE_GUARD_EMPTY}},
	{{HEAD, {LIVE_BASE}, .options.allow_empty = true}, {0}},
	{{HEAD, {LIVE_BASE}, .options.destroy = true}, {0}},
	{{HEAD}, {0}},
	{{HEAD BACKENDS SERVICES, {LIVE_BASE}}, {0}},

	/* a folder that somebody else made */
	{{BASE, .foreign = true}, {MIM_CODE_GUARD_FOREIGN}},
	{{BASE, {LIVE_BASE}, .foreign = true}, {MIM_CODE_GUARD_FOREIGN}},
	{{BASE, {LIVE_BASE}, .foreign = true, .options.adopt = true}, {0}},
	{{HEAD, {LIVE_BASE}, .foreign = true, .options.destroy = true},
	 {MIM_CODE_GUARD_FOREIGN}},

	/* protected, in the file or by the record of what a file said */
	{{PROTECTED, {LIVE_WEB, LIVE_BIG, LIVE_LARGER}}, {MIM_CODE_GUARD_PROTECT}},
	{{BASE, {LIVE_WEB, LIVE_BIG, LIVE_LARGER}, RECORD}, {MIM_CODE_GUARD_PROTECT}},
	{{UNPROTECTED, {LIVE_WEB, LIVE_BIG, LIVE_LARGER}, RECORD}, {0}},
	{{HEAD, {LIVE_BASE}, RECORD, .options.allow_empty = true},
	 {MIM_CODE_GUARD_PROTECT}},
	{{HEAD, {LIVE_BASE}, RECORD, .options.destroy = true}, {MIM_CODE_GUARD_PROTECT}},
	/* its slots are no part of it */
	{{PROTECTED, {LIVE_WEB, LIVE_BIG, LIVE_SERVICES("80=11", "services")}}, {0}},

	/* in use by programs */
	{{BASE, {LIVE_WEB, LIVE_BIG, LIVE_USED(8)}}, {MIM_CODE_GUARD_IN_USE}},
	{{BASE, {LIVE_WEB, LIVE_BIG, LIVE_USED(8)}, .options.allow_orphans = true}, {0}},
	{{HEAD, {LIVE_WEB, LIVE_BIG, LIVE_USED(4)}, .options.destroy = true},
	 {MIM_CODE_GUARD_IN_USE}},
	{{BASE, {LIVE_WEB, LIVE_BIG, LIVE_USED(4)}}, {0}},
	{{PROTECTED, {LIVE_WEB, LIVE_BIG, LIVE_USED(8)}},
	 {MIM_CODE_GUARD_PROTECT, MIM_CODE_GUARD_IN_USE}},
	/* --allow-orphans does not lift protection */
	{{PROTECTED, {LIVE_WEB, LIVE_BIG, LIVE_USED(8)}, .options.allow_orphans = true},
	 {MIM_CODE_GUARD_PROTECT}},

	/* too many removals */
	{{TWO_LESS, {LIVE_BASE}, LIMIT(1)}, {MIM_CODE_GUARD_PRUNE}},
	{{TWO_LESS, {LIVE_BASE}, LIMIT(2)}, {0}},
	{{TWO_LESS, {LIVE_BASE}, LIMIT(0)}, {MIM_CODE_GUARD_PRUNE}},
	{{BASE, {LIVE_BASE}, LIMIT(0)}, {0}},
	{{TWO_LESS, {LIVE_BASE}, PERCENT(39)}, {MIM_CODE_GUARD_PRUNE}},
	{{TWO_LESS, {LIVE_BASE}, PERCENT(40)}, {0}},
	{{BASE, {LIVE_WEB, LIVE_BIG, LIVE_LARGER}, LIMIT(0)}, {MIM_CODE_GUARD_PRUNE}},
	{{BASE, PERCENT(0)}, {0}},
	/* the slots of a map go with it, whether or not the plan lists them */
	{{HEAD, {LIVE_BASE}, .options = {.destroy = true, PRUNED(4)}},
	 {MIM_CODE_GUARD_PRUNE}},
	{{HEAD, {LIVE_BASE}, .options = {.destroy = true, PRUNED(5)}}, {0}},

	/* a pin outside the scope that is not the one we made */
	{{OUTSIDE, {LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "/sys/fs/bpf/x")}},
	 {MIM_CODE_GUARD_OUTSIDE}},
	{{OUTSIDE,
	  {LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "/sys/fs/bpf/x")},
	  .outside = "20 /sys/fs/bpf/x"},
	 {0}},
	{{OUTSIDE,
	  {LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "/sys/fs/bpf/x")},
	  .outside = "19 /sys/fs/bpf/x"},
	 {MIM_CODE_GUARD_OUTSIDE}},
	{{OUTSIDE,
	  {LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "/sys/fs/bpf/x")},
	  .options.adopt = true},
	 {0}},
	{{OUTSIDE, {{30, "theirs", ARRAY(4), .pins = "/sys/fs/bpf/x"}}},
	 {MIM_CODE_GUARD_OUTSIDE}},
};

START_TEST(a_guard_refuses_and_its_option_lets_it)
{
	struct unit_planned planned;
	size_t n = 0;

	unit_plan(&cases[_i].plan, &planned);
	while (n < MIM_ARRAY_SIZE(cases[_i].codes) && cases[_i].codes[n])
		n++;
	ck_assert_msg(planned.diags.n == n, "'%s'", unit_diags(&planned.diags));
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(planned.diags.items[i].code, cases[_i].codes[i]);
		ck_assert_int_eq(planned.diags.items[i].error, -EPERM);
		/* The message names the way to let it. */
		ck_assert_ptr_nonnull(planned.diags.items[i].hint);
	}
	ck_assert_int_eq(planned.plan->refused, n > 0);
	unit_plan_release(&planned);
}
END_TEST

UNIT_MAIN("guard", UNIT_EACH(a_guard_refuses_and_its_option_lets_it, cases))
