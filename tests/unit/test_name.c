/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/name.h"
#include "unit.h"

#define SIXTY_THREE "a23456789012345678901234567890123456789012345678901234567890123"

static const struct {
	const char *name;
	bool valid;
	bool kernel_valid;
} names[] = {
	{"a", true, true},
	{"_", true, true},
	{"Web.v-2_x", true, false},
	{"a23456789012345", true, true},
	{"a234567890123456", true, false},
	{SIXTY_THREE, true, false},
	{SIXTY_THREE "4", false, false},
	{"", false, false},
	{"1web", false, true},
	{".web", false, true},
	{"-web", false, false},
	{"we b", false, false},
	{"we/b", false, false},
	{"web\n", false, false},
	{"w\xc3\xa9"
	 "b",
	 false, false},
	{"a~", false, false},
};

START_TEST(names_have_letters_digits_and_three_signs)
{
	ck_assert_msg(mim_name_valid(names[_i].name) == names[_i].valid, "'%s'",
		      names[_i].name);
	ck_assert_msg(mim_name_kernel_valid(names[_i].name) == names[_i].kernel_valid,
		      "'%s' in the kernel", names[_i].name);
}
END_TEST

/* Part of a map's identity: these must never change. */
static const struct {
	const char *name;
	const char *kernel;
} kernel_names[] = {
	{"web", "web"},
	{"inner-web", "inner_web"},
	{"a.b_c", "a.b_c"},
	{"a23456789012345", "a23456789012345"},
	{"services.10.0.0.1/8", "services_59d506"},
	{"very-long-map-name", "very_lon_a3c857"},
	{"very_long-map-name", "very_lon_eb9fb9"},
	{"tenant[5]", "tenant_5_"},
};

START_TEST(kernel_names_are_derived_for_ever)
{
	char name[MIM_KERNEL_NAME];

	memset(name, 'X', sizeof(name));
	mim_name_kernel(kernel_names[_i].name, name);
	ck_assert_str_eq(name, kernel_names[_i].kernel);
	ck_assert(mim_name_kernel_valid(name));
	for (size_t i = strlen(name); i < sizeof(name); i++)
		ck_assert_int_eq(name[i], 0);
}
END_TEST

UNIT_MAIN("name", UNIT_EACH(names_have_letters_digits_and_three_signs, names),
	  UNIT_EACH(kernel_names_are_derived_for_ever, kernel_names))
