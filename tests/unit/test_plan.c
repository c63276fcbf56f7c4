/* SPDX-License-Identifier: BSD-2-Clause */
#include "plan.h"

#define PINS(pins) "pins: [" pins "]\n"
#define TIGHT                                                                            \
	HEAD BACKENDS "outer_maps: [{name: services, type: hash_of_maps, key: u16, "     \
		      "max_entries: 3,"                                                  \
		      " template: backends}]\n" INNERS SLOTS
#define LIVE_TIGHT(slots)                                                                \
	{                                                                                \
		20, "services", HASH_OF(3), slots, "services", ARRAY(16)                 \
	}

static const struct {
	struct unit_plan plan;
	const char *steps;
} cases[] = {
	{{BASE, .unmounted = true},
	 "mount; scope; create web; create big; create services; fill services 3; "
	 "pin services; finish"},
	{{BASE},
	 "scope; create web; create big; create services; fill services 3; pin services; "
	 "finish"},
	{{BASE, .foreign = true},
	 "mark /sys/fs/bpf/lb; create web; create big; create services; "
	 "fill services 3; pin services; finish"},
	{{BASE, {LIVE_BASE}}, ""},
	{{BASE, {LIVE_WEB, LIVE_BIG, LIVE_SERVICES("80=10 8080=11", "services")}},
	 "bind services 1; finish"},
	{{BASE, {LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS " 9090=11", "services")}},
	 "unbind services 1; finish"},
	/* with room, what comes is there before anything goes */
	{{BASE, {LIVE_WEB, LIVE_BIG, LIVE_SERVICES("80=10 443=10 9090=11", "services")}},
	 "bind services 1; unbind services 1; finish"},
	{{BASE,
	  {LIVE_WEB,
	   {11, "old", ARRAY(16)},
	   LIVE_SERVICES("80=10 443=10 9090=11", "services")}},
	 "create big; bind services 1; unbind services 1; finish"},
	/* without, room is made first */
	{{TIGHT, {LIVE_WEB, LIVE_BIG, LIVE_TIGHT("80=10 443=10 9090=11")}},
	 "clear services 1; bind services 1; finish"},
	{{TIGHT, {LIVE_WEB, {11, "old", ARRAY(16)}, LIVE_TIGHT("80=10 443=10 9090=11")}},
	 "create big; clear services 1; bind services 1; finish"},
	/* a slot that only changes needs no room */
	{{TIGHT, {LIVE_WEB, LIVE_BIG, LIVE_TIGHT("80=10 443=11 8080=11")}},
	 "bind services 1; finish"},
	/* replaced: whole before anybody sees it */
	{{BASE,
	  {LIVE_WEB,
	   LIVE_BIG,
	   {20, "services", HASH_OF(8), LIVE_SLOTS, "services", ARRAY(16)}}},
	 "create services; fill services 3; pin services; finish"},
	{{HEAD BACKENDS SERVICES_AS(", unlisted: keep") INNERS SLOTS,
	  {LIVE_WEB,
	   LIVE_BIG,
	   {20, "services", HASH_OF(8), LIVE_SLOTS " 9090=11", "services", ARRAY(16)}}},
	 "create services; fill services 4; pin services; carry_again services; finish"},
	{{BASE, {{10, "web", ARRAY(8)}, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "services")}},
	 "create web; bind services 2; finish"},
	/* folders before what lies in them, and after */
	{{BASE PINS("{map: web, path: a/b/web}, {map: big, path: a/big}"), {LIVE_BASE}},
	 "folder a; folder a/b; pin a/b/web; pin a/big; finish"},
	{{BASE PINS("{map: web, path: a/b/web}"),
	  {LIVE_BASE},
	  .folders = "/sys/fs/bpf/lb/a"},
	 "folder a/b; pin a/b/web; finish"},
	{{BASE, {LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "services a/b/x a/y")}},
	 "unpin a/b/x; unpin a/y; rmdir a/b; rmdir a; finish"},
	{{BASE PINS("{map: web, path: a/web}"),
	  {{10, "web", ARRAY(16), .pins = "a/web a/b/x"},
	   LIVE_BIG,
	   LIVE_SERVICES(LIVE_SLOTS, "services")}},
	 "unpin a/b/x; rmdir a/b; finish"},
	{{BASE PINS("{map: services, path: services, mode: '0640'}"), {LIVE_BASE}},
	 "access services; finish"},
	/* pins go after the slots that stop using their maps */
	{{HEAD BACKENDS SERVICES,
	  {{10, "web", ARRAY(16), .pins = "web"},
	   LIVE_BIG,
	   LIVE_SERVICES(LIVE_SLOTS, "services")}},
	 "unbind services 3; unpin web; finish"},
	{{HEAD, {LIVE_BASE}}, "unpin services; finish"},
	{{HEAD, {LIVE_BASE}, .options.destroy = true}, "unpin services; remove_scope"},
	{{HEAD}, ""},
	{{BASE, {LIVE_BASE}, .stale = "/sys/fs/bpf/lb/mimctl~/staged-1"},
	 "sweep mimctl~/staged-1; finish"},
	/* records */
	{{HEAD BACKENDS SERVICES_AS(", protect: true") INNERS SLOTS, {LIVE_BASE}},
	 "remember services; finish"},
	{{HEAD BACKENDS SERVICES_AS(", protect: true") INNERS SLOTS,
	  {LIVE_BASE},
	  .protected = "/sys/fs/bpf/lb/services"},
	 ""},
	{{HEAD BACKENDS SERVICES_AS(", protect: false") INNERS SLOTS,
	  {LIVE_BASE},
	  .protected = "/sys/fs/bpf/lb/services"},
	 "forget services; finish"},
	{{BASE, {LIVE_BASE}, .protected = "/sys/fs/bpf/lb/services"}, ""},
	{{BASE PINS("{map: services, path: services}, "
		    "{map: services, path: /sys/fs/bpf/x}"),
	  {LIVE_BASE}},
	 "remember /sys/fs/bpf/x; pin /sys/fs/bpf/x; finish"},
	/* what is pinned outside is known by its id, before and after it is replaced */
	{{BASE PINS("{map: services, path: services}, "
		    "{map: services, path: /sys/fs/bpf/x}"),
	  {LIVE_WEB,
	   LIVE_BIG,
	   {20, "services", HASH_OF(8), LIVE_SLOTS, "services /sys/fs/bpf/x", ARRAY(16)}},
	  .outside = "20 /sys/fs/bpf/x"},
	 "create services; fill services 3; remember /sys/fs/bpf/x; pin services; "
	 "pin /sys/fs/bpf/x; forget /sys/fs/bpf/x; finish"},
	{{BASE PINS("{map: services, path: services}, "
		    "{map: services, path: /sys/fs/bpf/x}"),
	  {LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "services /sys/fs/bpf/x")},
	  .outside = "20 /sys/fs/bpf/x"},
	 ""},
	{{BASE,
	  {LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "services /sys/fs/bpf/x")},
	  .outside = "20 /sys/fs/bpf/x"},
	 "unpin /sys/fs/bpf/x; forget /sys/fs/bpf/x; finish"},
	/* a scope that is gone, but for what a killed run had under another name */
	{{HEAD, .stale = "/sys/fs/bpf/mimctl~1"}, "sweep /sys/fs/bpf/mimctl~1"},
	{{HEAD, .stale = "/sys/fs/bpf/mimctl~1", .options.destroy = true},
	 "sweep /sys/fs/bpf/mimctl~1"},
};

START_TEST(steps_are_in_the_one_order_that_works)
{
	struct unit_planned planned;

	unit_plan(&cases[_i].plan, &planned);
	ck_assert_str_eq(unit_steps(planned.plan), cases[_i].steps);
	unit_plan_release(&planned);
}
END_TEST

/* All that can fail freely comes before anything that can be seen. */
START_TEST(prepare_comes_before_switch)
{
	struct unit_planned planned;
	bool switched = false;

	unit_plan(&cases[_i].plan, &planned);
	for (size_t i = 0; i < planned.plan->n_steps; i++) {
		if (planned.plan->steps[i].op > MIM_STEP_FILL)
			switched = true;
		else
			ck_assert(!switched);
	}
	unit_plan_release(&planned);
}
END_TEST

START_TEST(a_private_bpffs_is_not_mounted_unasked)
{
	struct mim_plan_options options = {0};
	struct mim_diags diags = {0};
	struct mim_config config;
	struct mim_topology *live;
	struct mim_plan *plan = NULL;

	unit_load_good("version: 1\nname: lb\nbpffs: /run/bpf\n" BACKENDS SERVICES,
		       &config);
	live = mim_topology_empty("lb", "/run/bpf");
	ck_assert_int_eq(mim_plan_compute(config.want, live, &options, &diags, &plan),
			 -ENODEV);
	ck_assert_ptr_null(plan);
	ck_assert_str_eq(diags.items[0].message, "no bpffs is mounted at /run/bpf");
	mim_topology_free(live);
	mim_diags_release(&diags);
	mim_config_release(&config);
}
END_TEST

UNIT_MAIN("plan", UNIT_EACH(steps_are_in_the_one_order_that_works, cases),
	  UNIT_EACH(prepare_comes_before_switch, cases),
	  UNIT(a_private_bpffs_is_not_mounted_unasked))
