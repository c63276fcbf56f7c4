/* SPDX-License-Identifier: BSD-2-Clause */
#include <linux/bpf.h>
#include "model/kind.h"
#include "unit.h"

START_TEST(every_map_type_is_found_by_name_and_by_number)
{
	size_t n;
	const struct mim_kind *kinds = mim_kinds(&n);

	ck_assert_uint_ge(n, 33);
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(kinds[i].type, i + 1);
		ck_assert_ptr_eq(mim_kind_by_name(kinds[i].name), &kinds[i]);
		ck_assert_ptr_eq(mim_kind_by_type(kinds[i].type), &kinds[i]);
		ck_assert_str_eq(mim_kind_name(kinds[i].type), kinds[i].name);
		ck_assert_uint_le(kinds[i].key.least, kinds[i].key.most);
		ck_assert_uint_le(kinds[i].value.least, kinds[i].value.most);
		/* What creation needs or adds, it accepts or at least never refuses. */
		ck_assert_uint_eq(kinds[i].flags_needed & ~kinds[i].flags, 0);
	}
}
END_TEST

START_TEST(what_is_no_map_type_is_not_found)
{
	ck_assert_ptr_null(mim_kind_by_name("Hash"));
	ck_assert_ptr_null(mim_kind_by_name(""));
	ck_assert_ptr_null(mim_kind_by_type(BPF_MAP_TYPE_UNSPEC));
	ck_assert_ptr_null(mim_kind_by_type(UINT32_MAX));
	ck_assert_str_eq(mim_kind_name(4711), "unknown");
}
END_TEST

static const struct {
	const char *name;
	enum mim_role role;
} roles[] = {
	{"hash", MIM_ROLE_INNER},
	{"array", MIM_ROLE_INNER_EQUAL},
	{"xskmap", MIM_ROLE_INNER_EQUAL},
	{"lpm_trie", MIM_ROLE_INNER},
	{"ringbuf", MIM_ROLE_INNER},
	{"devmap", MIM_ROLE_INNER},
	{"prog_array", MIM_ROLE_REFUSED},
	{"cgroup_storage", MIM_ROLE_REFUSED},
	{"struct_ops", MIM_ROLE_REFUSED},
	{"array_of_maps", MIM_ROLE_OUTER},
	{"hash_of_maps", MIM_ROLE_OUTER},
	{"sk_storage", MIM_ROLE_NEEDS_BTF},
	{"task_storage", MIM_ROLE_NEEDS_BTF},
};

START_TEST(a_map_type_has_its_role)
{
	ck_assert_int_eq(mim_kind_by_name(roles[_i].name)->role, roles[_i].role);
}
END_TEST

static const struct {
	uint32_t flags;
	const char *text;
} flag_texts[] = {
	{0, "[]"},
	{BPF_F_NO_PREALLOC, "[no_prealloc]"},
	{BPF_F_NO_PREALLOC | BPF_F_INNER_MAP, "[no_prealloc, inner_map]"},
	{BPF_F_RDONLY | BPF_F_WRONLY, "[rdonly, wronly]"},
	{1U << 31, "[0x80000000]"},
	{BPF_F_MMAPABLE | 1U << 30, "[mmapable, 0x40000000]"},
};

START_TEST(flags_are_written_by_name_and_unknown_bits_in_hex)
{
	char text[MIM_FLAGS_TEXT];

	ck_assert_str_eq(mim_flags_text(flag_texts[_i].flags, text), flag_texts[_i].text);
}
END_TEST

START_TEST(all_flags_at_once_fit)
{
	char text[MIM_FLAGS_TEXT];

	mim_flags_text(UINT32_MAX, text);
	ck_assert_uint_lt(strlen(text), sizeof(text));
	ck_assert_int_eq(text[strlen(text) - 1], ']');
}
END_TEST

START_TEST(every_flag_is_one_bit_and_found_by_name)
{
	size_t n;
	const struct mim_flag *flags = mim_flags(&n);
	uint32_t seen = 0;

	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(__builtin_popcount(flags[i].bit), 1);
		ck_assert_uint_eq(seen & flags[i].bit, 0);
		seen |= flags[i].bit;
		ck_assert_ptr_eq(mim_flag_by_name(flags[i].name), &flags[i]);
	}
	ck_assert_ptr_null(mim_flag_by_name("BPF_F_NO_PREALLOC"));
	ck_assert_ptr_null(mim_flag_by_name(""));
}
END_TEST

UNIT_MAIN("kind", UNIT(every_map_type_is_found_by_name_and_by_number),
	  UNIT(what_is_no_map_type_is_not_found),
	  UNIT_EACH(a_map_type_has_its_role, roles),
	  UNIT_EACH(flags_are_written_by_name_and_unknown_bits_in_hex, flag_texts),
	  UNIT(all_flags_at_once_fit), UNIT(every_flag_is_one_bit_and_found_by_name))
