/* SPDX-License-Identifier: BSD-2-Clause */
#include <bpf/btf.h>
#include <string.h>
#include "types/btf_build.h"
#include "types/layout.h"
#include "types/scalar.h"
#include "unit.h"

static struct btf *read_back(struct mim_btf_build *build, struct mim_arena *arena)
{
	const void *data;
	uint32_t size;
	struct btf *btf;

	ck_assert_int_eq(mim_btf_build_data(build, arena, &data, &size), 0);
	btf = btf__new(data, size);
	ck_assert_ptr_nonnull(btf);
	return btf;
}

static const char *name_of(const struct btf *btf, int id)
{
	return btf__name_by_offset(btf, btf__type_by_id(btf, (uint32_t)id)->name_off);
}

START_TEST(every_type_has_its_size_and_name)
{
	static const struct {
		const char *type;
		const char *name;
		int64_t size;
	} cases[] = {
		{"u8", "__u8", 1},
		{"u16", "__u16", 2},
		{"u32", "__u32", 4},
		{"u64", "__u64", 8},
		{"s8", "__s8", 1},
		{"s16", "__s16", 2},
		{"s32", "__s32", 4},
		{"s64", "__s64", 8},
		{"be16", "__be16", 2},
		{"be32", "__be32", 4},
		{"be64", "__be64", 8},
		{"ipv4", "ipv4", 4},
		{"ipv6", "ipv6", 16},
		{"mac", "mac", 6},
		{"ipv4_prefix", "ipv4_prefix", 8},
		{"ipv6_prefix", "ipv6_prefix", 20},
		{"char[16]", "", 16},
		{"bytes[7]", "", 7},
	};
	mim_auto_btf_build struct mim_btf_build *build = mim_btf_build_new();
	struct mim_arena arena = {0};
	int ids[MIM_ARRAY_SIZE(cases)];
	struct mim_type type;
	struct btf *btf;

	for (size_t i = 0; i < MIM_ARRAY_SIZE(cases); i++) {
		ck_assert_int_eq(mim_scalar_type(cases[i].type, &type), 0);
		ids[i] = mim_btf_build_type(build, type);
		ck_assert_int_gt(ids[i], 0);
		ck_assert_int_eq(mim_btf_build_type(build, type), ids[i]);
	}
	btf = read_back(build, &arena);
	for (size_t i = 0; i < MIM_ARRAY_SIZE(cases); i++) {
		ck_assert_str_eq(name_of(btf, ids[i]), cases[i].name);
		ck_assert_int_eq(btf__resolve_size(btf, (uint32_t)ids[i]), cases[i].size);
	}
	btf__free(btf);
	mim_arena_release(&arena);
}
END_TEST

START_TEST(structs_lie_as_they_are_laid_out)
{
	mim_auto_btf_build struct mim_btf_build *build = mim_btf_build_new();
	struct mim_arena arena = {0};
	const struct mim_type u16 = {MIM_TYPE_UINT, 2};
	struct mim_member inside[] = {{"a", {MIM_TYPE_UINT, 1}, 0},
				      {"b", {MIM_TYPE_UINT, 8}, 0}};
	struct mim_struct part = {.name = "a-part.1", .members = inside, .n = 2};
	struct mim_member members[] = {{"x", {MIM_TYPE_UINT, 1}, 0},
				       {"part", {MIM_TYPE_STRUCT, 0}, 0},
				       {"list", {MIM_TYPE_ARRAY, 6}, 0}};
	struct mim_struct whole = {.name = "whole", .members = members, .n = 3};
	const struct btf_type *type;
	struct btf *btf;
	int id;

	ck_assert_int_eq(mim_layout_compute(&part, true, &arena), 0);
	members[1].type = (struct mim_type){MIM_TYPE_STRUCT, part.size, .fields = &part};
	members[2].type = (struct mim_type){MIM_TYPE_ARRAY, 6, .element = &u16};
	ck_assert_int_eq(mim_layout_compute(&whole, false, &arena), 0);
	id = mim_btf_build_type(
		build, (struct mim_type){MIM_TYPE_STRUCT, whole.size, .fields = &whole});
	ck_assert_int_gt(id, 0);
	btf = read_back(build, &arena);
	type = btf__type_by_id(btf, (uint32_t)id);
	ck_assert_uint_eq(type->size, whole.size);
	ck_assert_uint_eq(btf_vlen(type), 3);
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert_uint_eq(btf_member_bit_offset(type, i), members[i].offset * 8);
		ck_assert_int_eq(btf__resolve_size(btf, btf_members(type)[i].type),
				 members[i].type.size);
	}
	ck_assert_str_eq(name_of(btf, (int)btf_members(type)[1].type), "a_part_1");
	type = btf__type_by_id(btf, btf_members(type)[1].type);
	ck_assert_uint_eq(type->size, 9);
	ck_assert_uint_eq(btf_member_bit_offset(type, 1), 8);
	btf__free(btf);
	mim_arena_release(&arena);
}
END_TEST

START_TEST(what_btf_cannot_say_is_told)
{
	mim_auto_btf_build struct mim_btf_build *build = mim_btf_build_new();
	uint32_t n = 70000;
	mim_auto_free struct mim_member *members = calloc(n, sizeof(*members));
	struct mim_struct wide = {.name = "wide", .members = members, .n = n, .size = n};

	for (uint32_t i = 0; i < n; i++)
		members[i] = (struct mim_member){"m", {MIM_TYPE_UINT, 1}, i};
	ck_assert_int_eq(mim_btf_build_type(build, (struct mim_type){MIM_TYPE_STRUCT, n,
								     .fields = &wide}),
			 -E2BIG);
}
END_TEST

UNIT_MAIN("btf_build", UNIT(every_type_has_its_size_and_name),
	  UNIT(structs_lie_as_they_are_laid_out), UNIT(what_btf_cannot_say_is_told))
