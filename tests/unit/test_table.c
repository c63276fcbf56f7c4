/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/table.h"
#include "unit.h"

START_TEST(an_empty_table_finds_nothing)
{
	mim_auto_table struct mim_table table = {0};

	ck_assert_uint_eq(mim_table_find(&table, "web"), MIM_TABLE_NONE);
	ck_assert_ptr_null(mim_table_closest(&table, "web"));
}
END_TEST

START_TEST(a_name_keeps_its_first_value)
{
	mim_auto_table struct mim_table table = {0};
	uint32_t there = 99;

	ck_assert_int_eq(mim_table_add(&table, "web", 1, &there), 0);
	ck_assert_uint_eq(there, 99);
	ck_assert_int_eq(mim_table_add(&table, "web", 2, &there), -EEXIST);
	ck_assert_uint_eq(there, 1);
	ck_assert_uint_eq(mim_table_find(&table, "web"), 1);
}
END_TEST

START_TEST(names_are_compared_whole)
{
	mim_auto_table struct mim_table table = {0};
	uint32_t there;

	ck_assert_int_eq(mim_table_add(&table, "", 0, &there), 0);
	ck_assert_int_eq(mim_table_add(&table, "web", 1, &there), 0);
	ck_assert_int_eq(mim_table_add(&table, "web2", 2, &there), 0);
	ck_assert_uint_eq(mim_table_find(&table, ""), 0);
	ck_assert_uint_eq(mim_table_find(&table, "we"), MIM_TABLE_NONE);
	ck_assert_uint_eq(mim_table_find(&table, "web2"), 2);
	ck_assert_uint_eq(mim_table_find(&table, "Web"), MIM_TABLE_NONE);
}
END_TEST

START_TEST(a_hundred_thousand_names_are_all_found)
{
	enum { MANY = 100000 };
	static char names[MANY][12];
	mim_auto_table struct mim_table table = {0};
	uint32_t there;

	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "map-%u", i);
		ck_assert_int_eq(mim_table_add(&table, names[i], i, &there), 0);
	}
	for (uint32_t i = 0; i < MANY; i++)
		ck_assert_uint_eq(mim_table_find(&table, names[i]), i);
	ck_assert_str_eq(mim_table_closest(&table, "mpa-777"), "map-777");
}
END_TEST

START_TEST(a_released_table_is_empty_and_usable)
{
	struct mim_table table = {0};
	uint32_t there;

	ck_assert_int_eq(mim_table_add(&table, "web", 1, &there), 0);
	mim_table_release(&table);
	ck_assert_uint_eq(mim_table_find(&table, "web"), MIM_TABLE_NONE);
	ck_assert_int_eq(mim_table_add(&table, "web", 2, &there), 0);
	ck_assert_uint_eq(mim_table_find(&table, "web"), 2);
	mim_table_release(&table);
}
END_TEST

UNIT_MAIN("table", UNIT(an_empty_table_finds_nothing), UNIT(a_name_keeps_its_first_value),
	  UNIT(names_are_compared_whole), UNIT(a_hundred_thousand_names_are_all_found),
	  UNIT(a_released_table_is_empty_and_usable))
