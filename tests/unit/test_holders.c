/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/holders.h"
#include "plan.h"

static const struct unit_live maps[] = {
	{10, "web", ARRAY(16)},
	{11, "big", ARRAY(16)},
	{12, "nobody", ARRAY(16)},
	{20, "services", HASH_OF(4), "80=10 443=10 8080=11", "services", ARRAY(16)},
	{21, "empty", HASH_OF(4), ""},
	{22, "others", HASH_OF(4), "1=11 2=10 3=11 4=11", "", ARRAY(16)},
};

/* "20:2 22:1": ids of the outer maps, and in how many of their slots. */
static const struct {
	uint32_t map;
	const char *holders;
} cases[] = {
	{0, "20:2 22:1 "}, {1, "20:1 22:3 "}, {2, ""}, {3, ""}, {4, ""}, {5, ""},
};

START_TEST(every_holder_is_listed_once_with_its_slots)
{
	struct mim_topology *live = unit_live(maps, MIM_ARRAY_SIZE(maps));
	mim_auto_holders holders = {0};
	uint32_t map = cases[_i].map;
	char text[64] = "";

	ck_assert_int_eq(mim_holders_compute(&holders, live), 0);
	for (uint32_t i = 0; i < holders.n[map]; i++) {
		const struct mim_holder *holder = &holders.items[holders.first[map] + i];

		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%u:%u ",
			 live->maps[holder->outer].id, holder->slots);
	}
	ck_assert_str_eq(text, cases[_i].holders);
	mim_topology_free(live);
}
END_TEST

START_TEST(nothing_holds_nothing)
{
	struct mim_topology *live = unit_live(maps, 0);
	mim_auto_holders holders = {0};

	ck_assert_int_eq(mim_holders_compute(&holders, live), 0);
	mim_topology_free(live);
}
END_TEST

UNIT_MAIN("holders", UNIT_EACH(every_holder_is_listed_once_with_its_slots, cases),
	  UNIT(nothing_holds_nothing))
