/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/scope.h"
#include <string.h>
#include "unit.h"

static const struct {
	const char *bpffs;
	const char *words;
} cases[] = {
	{"/sys/fs/bpf", "lb"},
	{"/mnt/b-1.x", "lb --bpffs /mnt/b-1.x"},
	{"/mnt/a b", "lb --bpffs '/mnt/a b'"},
	{"/it's", "lb --bpffs '/it'\\''s'"},
	{"/$(id)", "lb --bpffs '/$(id)'"},
};

START_TEST(a_command_to_type_tells_where_bpffs_is)
{
	char text[MIM_SCOPE_WORDS];

	ck_assert_str_eq(mim_scope_words("lb", cases[_i].bpffs, text), cases[_i].words);
}
END_TEST

START_TEST(the_longest_words_fit)
{
	char name[MIM_NAME_MOST + 1], bpffs[MIM_PATH_MOST], text[MIM_SCOPE_WORDS];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	memset(bpffs, '\'', sizeof(bpffs) - 1);
	bpffs[sizeof(bpffs) - 1] = '\0';
	mim_scope_words(name, bpffs, text);
	ck_assert_uint_eq(strlen(text), MIM_NAME_MOST + strlen(" --bpffs ") +
						4 * (MIM_PATH_MOST - 1) + 2);
}
END_TEST

UNIT_MAIN("scope", UNIT_EACH(a_command_to_type_tells_where_bpffs_is, cases),
	  UNIT(the_longest_words_fit))
