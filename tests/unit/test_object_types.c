/* SPDX-License-Identifier: BSD-2-Clause */

/* Types out of BTF: what compilers write, and what none does. */
#include <bpf/btf.h>
#include <errno.h>
#include <linux/btf.h>
#include <string.h>
#include "mim.h"
#include "unit.h"

/* A BTF in the making; the case's own type is the last one that it adds. */
typedef int make_type(struct btf *btf);

static int add_int(struct btf *btf, const char *name, size_t size, int encoding)
{
	return btf__add_int(btf, name, size, encoding);
}

/* libbpf adds fields to the newest type: what a struct is made of comes before it. */
static int plain_struct(struct btf *btf)
{
	int number = add_int(btf, "unsigned int", 4, 0);
	int wide = add_int(btf, "long long", 8, BTF_INT_SIGNED);
	int constant = btf__add_const(btf, wide);
	int id = btf__add_struct(btf, "s", 16);

	btf__add_field(btf, "a", number, 0, 0);
	btf__add_field(btf, "b", constant, 64, 0);
	return id;
}

static int with_network_order(struct btf *btf)
{
	int bytes = add_int(btf, "unsigned short", 2, 0);
	int port =
		btf__add_typedef(btf, "port_t", btf__add_typedef(btf, "__be16", bytes));
	int id = btf__add_struct(btf, "s", 4);

	btf__add_field(btf, "port", port, 0, 0);
	btf__add_field(btf, "host", bytes, 16, 0);
	return id;
}

static int packed_struct(struct btf *btf)
{
	int byte = add_int(btf, "unsigned char", 1, 0);
	int number = add_int(btf, "unsigned int", 4, 0);
	int id = btf__add_struct(btf, "s", 5);

	btf__add_field(btf, "a", byte, 0, 0);
	btf__add_field(btf, "b", number, 8, 0);
	return id;
}

static int padded_struct(struct btf *btf)
{
	int number = add_int(btf, "unsigned int", 4, 0);
	int id = btf__add_struct(btf, "s", 64);

	btf__add_field(btf, "a", number, 0, 0);
	return id;
}

static int arrays(struct btf *btf)
{
	int index = add_int(btf, "int", 4, BTF_INT_SIGNED);
	int text = btf__add_array(btf, index, add_int(btf, "char", 1, BTF_INT_SIGNED), 7);
	int byte = add_int(btf, "unsigned char", 1, 0);
	int mac = btf__add_typedef(btf, "mac", btf__add_array(btf, index, byte, 6));
	int bytes = btf__add_array(btf, index, btf__add_array(btf, index, byte, 3), 2);
	int numbers = btf__add_array(btf, index, btf__add_array(btf, index, index, 3), 2);
	int id = btf__add_struct(btf, "s", 44);

	btf__add_field(btf, "text", text, 0, 0);
	btf__add_field(btf, "mac", mac, 56, 0);
	btf__add_field(btf, "bytes", bytes, 104, 0);
	btf__add_field(btf, "numbers", numbers, 160, 0);
	return id;
}

static int array_of_texts(struct btf *btf)
{
	int index = add_int(btf, "int", 4, BTF_INT_SIGNED);
	int text = btf__add_array(btf, index, add_int(btf, "char", 1, BTF_INT_SIGNED), 4);

	return btf__add_array(btf, index, text, 2);
}

static int signed_enum(struct btf *btf)
{
	int id = btf__add_enum(btf, "e", 4);

	btf__add_enum_value(btf, "MINUS", -1);
	return id;
}

static int plain_enum(struct btf *btf)
{
	int id = btf__add_enum(btf, "e", 2);

	btf__add_enum_value(btf, "ONE", 1);
	return id;
}

static int anonymous_inside(struct btf *btf)
{
	int byte = add_int(btf, "unsigned char", 1, 0);
	int inner = btf__add_struct(btf, NULL, 2);
	int id;

	btf__add_field(btf, "x", byte, 0, 0);
	btf__add_field(btf, "y", byte, 8, 0);
	id = btf__add_struct(btf, "s", 6);
	btf__add_field(btf, "first", byte, 0, 0);
	btf__add_field(btf, NULL, inner, 8, 0);
	btf__add_field(btf, "named", inner, 24, 0);
	return id;
}

static int a_union(struct btf *btf)
{
	int number = add_int(btf, "unsigned int", 4, 0);
	int id = btf__add_union(btf, "u", 4);

	btf__add_field(btf, "n", number, 0, 0);
	return id;
}

static int with_union(struct btf *btf)
{
	int number = add_int(btf, "unsigned int", 4, 0);
	int inner = btf__add_union(btf, "u", 4), id;

	btf__add_field(btf, "n", number, 0, 0);
	id = btf__add_struct(btf, "s", 8);
	btf__add_field(btf, "kind", number, 0, 0);
	btf__add_field(btf, "of", inner, 32, 0);
	return id;
}

static int with_anonymous_unions(struct btf *btf)
{
	int number = add_int(btf, "unsigned int", 4, 0);
	int inner = btf__add_union(btf, NULL, 4), id;

	btf__add_field(btf, "n", number, 0, 0);
	id = btf__add_struct(btf, "s", 8);
	btf__add_field(btf, NULL, inner, 0, 0);
	btf__add_field(btf, NULL, inner, 32, 0);
	return id;
}

static int with_bits(struct btf *btf)
{
	int number = add_int(btf, "unsigned int", 4, 0);
	int id = btf__add_struct(btf, "s", 4);

	btf__add_field(btf, "low", number, 0, 3);
	btf__add_field(btf, "high", number, 3, 29);
	return id;
}

static int pointer(struct btf *btf)
{
	return btf__add_ptr(btf, add_int(btf, "int", 4, BTF_INT_SIGNED));
}

static int floating(struct btf *btf)
{
	return btf__add_float(btf, "double", 8);
}

static int sixteen_bytes(struct btf *btf)
{
	return add_int(btf, "__int128", 16, BTF_INT_SIGNED);
}

static int function(struct btf *btf)
{
	return btf__add_func_proto(btf, 0);
}

static int forward(struct btf *btf)
{
	return btf__add_fwd(btf, "later", BTF_FWD_STRUCT);
}

static int itself(struct btf *btf)
{
	int id = (int)btf__type_cnt(btf);

	btf__add_struct(btf, "s", 4);
	btf__add_field(btf, "again", id, 0, 0);
	return id;
}

static int each_other(struct btf *btf)
{
	int id = (int)btf__type_cnt(btf);

	btf__add_struct(btf, "a", 4);
	btf__add_field(btf, "of", id + 1, 0, 0);
	btf__add_struct(btf, "b", 4);
	btf__add_field(btf, "of", id, 0, 0);
	return id;
}

static int anonymous_in_itself(struct btf *btf)
{
	int id = (int)btf__type_cnt(btf);

	btf__add_struct(btf, "s", 4);
	btf__add_field(btf, NULL, id, 0, 0);
	return id;
}

static int array_of_itself(struct btf *btf)
{
	int index = add_int(btf, "int", 4, BTF_INT_SIGNED);
	int id = (int)btf__type_cnt(btf);

	return btf__add_array(btf, index, id, 2);
}

static int typedef_of_itself(struct btf *btf)
{
	return btf__add_typedef(btf, "t", (int)btf__type_cnt(btf));
}

static int nowhere(struct btf *btf)
{
	return btf__add_typedef(btf, "t", 1000);
}

static int overlap(struct btf *btf)
{
	int number = add_int(btf, "unsigned int", 4, 0);
	int id = btf__add_struct(btf, "s", 8);

	btf__add_field(btf, "a", number, 0, 0);
	btf__add_field(btf, "b", number, 16, 0);
	return id;
}

static int past_the_end(struct btf *btf)
{
	int number = add_int(btf, "unsigned int", 4, 0);
	int id = btf__add_struct(btf, "s", 4);

	btf__add_field(btf, "a", number, 0, 0);
	btf__add_field(btf, "b", number, 32, 0);
	return id;
}

static int field_twice(struct btf *btf)
{
	int number = add_int(btf, "unsigned int", 4, 0);
	int id = btf__add_struct(btf, "s", 8);

	btf__add_field(btf, "a", number, 0, 0);
	btf__add_field(btf, "a", number, 32, 0);
	return id;
}

static int empty(struct btf *btf)
{
	return btf__add_struct(btf, "s", 0);
}

/* A few hundred bytes; expanded, twelve times as many members a level. */
static int anonymous_without_end(struct btf *btf)
{
	int id = btf__add_struct(btf, NULL, 4);

	for (int level = 0; level < 15; level++) {
		int outer = btf__add_struct(btf, level == 14 ? "s" : NULL, 4);

		for (int i = 0; i < 12; i++)
			btf__add_field(btf, NULL, id, 0, 0);
		id = outer;
	}
	return id;
}

/* As many fields as there may be, and one more, each in a struct of its own. */
static int too_many_anonymous(struct btf *btf)
{
	int byte = add_int(btf, "unsigned char", 1, 0), inner, id;

	inner = btf__add_struct(btf, NULL, 1);
	btf__add_field(btf, "x", byte, 0, 0);
	id = btf__add_struct(btf, "s", 40000);
	for (int i = 0; i < 40000; i++)
		btf__add_field(btf, NULL, inner, (uint32_t)i * 8, 0);
	return id;
}

static int no_field_name(struct btf *btf)
{
	int number = add_int(btf, "unsigned int", 4, 0);
	int id = btf__add_struct(btf, "s", 4);

	btf__add_field(btf, "a b\033[2J", number, 0, 0);
	return id;
}

static int flexible(struct btf *btf)
{
	int number = add_int(btf, "unsigned int", 4, 0);
	int list = btf__add_array(btf, number, number, 0);
	int id = btf__add_struct(btf, "s", 4);

	btf__add_field(btf, "n", number, 0, 0);
	btf__add_field(btf, "list", list, 32, 0);
	return id;
}

static int too_large(struct btf *btf)
{
	int number = add_int(btf, "unsigned int", 4, 0);

	return btf__add_array(btf, number, number, (4 << 20) / 4 + 1);
}

/* Seventeen structs in each other. */
static int too_deep(struct btf *btf)
{
	int id = add_int(btf, "unsigned int", 4, 0);

	for (int i = 0; i < 17; i++) {
		char name[8];
		int outer;

		snprintf(name, sizeof(name), "s%d", i);
		outer = btf__add_struct(btf, name, 4);
		btf__add_field(btf, "in", id, 0, 0);
		id = outer;
	}
	return id;
}

static int ipv6_of_the_kernel(struct btf *btf)
{
	int number = add_int(btf, "unsigned int", 4, 0);
	int words = btf__add_array(btf, number, number, 4);
	int inside = btf__add_union(btf, NULL, 16), id;

	btf__add_field(btf, "words", words, 0, 0);
	id = btf__add_struct(btf, "in6_addr", 16);
	btf__add_field(btf, "in6_u", inside, 0, 0);
	return id;
}

/* Of the name, and not of the size. */
static int no_ipv6(struct btf *btf)
{
	int number = add_int(btf, "unsigned int", 4, 0);
	int id = btf__add_struct(btf, "in6_addr", 4);

	btf__add_field(btf, "n", number, 0, 0);
	return id;
}

/* What comes out: to be declared, and to be shown. */
static const struct {
	make_type *make;
	const char *exact;
	const char *shown;
} cases[] = {
	{plain_struct, "s:16+8{a=u4@0 b=s8@8}", NULL},
	{with_network_order, "s:4+2{port=be2@0 host=u2@2}", NULL},
	{packed_struct, "s:5+1{a=u1@0 b=u4@1}", NULL},
	{padded_struct, "s:64+4{a=u4@0}", NULL},
	{arrays, "s:44+4{text=text7@0 mac=mac6@7 bytes=bytes6@13 numbers=[6 s4]@20}",
	 NULL},
	{array_of_texts, "!it is an array of texts", "[2 text4]"},
	{signed_enum, "s4", NULL},
	{plain_enum, "u2", NULL},
	{anonymous_inside,
	 "s:6+1{first=u1@0 x=u1@1 y=u1@2 named=s_named:2+1{x=u1@0 y=u1@1}@3}", NULL},
	{a_union, "!it is a union", "bytes4"},
	{with_union, "!field 'of' of struct 's' is a union",
	 "s:8+4{kind=u4@0 of=bytes4@4}"},
	{with_anonymous_unions, "!struct 's' has an anonymous union",
	 "s:8+1{union_0=bytes4@0 union_4=bytes4@4}"},
	{with_bits, "!field 'low' of struct 's' is a bit field", "bytes4"},
	{pointer, "!it is a pointer", "bytes8"},
	{floating, "!it is a floating point number", "bytes8"},
	{sixteen_bytes, "!it is an integer of 16 bytes", "bytes16"},
	{function, "!it has no size", "!it has no size"},
	{forward, "!it has no size", "!it has no size"},
	{itself, "!struct 's' contains itself", "s:4+1{again=bytes4@0}"},
	{each_other, "!struct 'a' contains itself", NULL},
	{anonymous_in_itself, "!structs are nested more than 16 levels deep", "bytes4"},
	{array_of_itself, "!it has no size", "!it has no size"},
	{typedef_of_itself, "!it is of a type that is not there",
	 "!it is of a type that is not there"},
	{nowhere, "!it is of a type that is not there",
	 "!it is of a type that is not there"},
	{overlap, "!field 'b' of struct 's' lies over another", "bytes8"},
	{past_the_end, "!struct 's' has fields behind its end", "bytes4"},
	{field_twice, "!struct 's' has a field twice", "bytes8"},
	{empty, "!struct 's' has no fields", "!struct 's' has no fields"},
	{anonymous_without_end, "!struct 's' has an anonymous struct without fields",
	 "bytes4"},
	{too_many_anonymous, "!struct 's' has more than 65535 fields", "bytes40000"},
	{no_field_name, NULL, "bytes4"},
	{flexible, "!field 'list' of struct 's' is an array without a length", NULL},
	{too_large, "!it has more than 4194304 bytes", NULL},
	{too_deep, "!structs are nested more than 16 levels deep", NULL},
	{ipv6_of_the_kernel, "ipv6", NULL},
	{no_ipv6, "in6_addr:4+4{n=u4@0}", NULL},
};

static void say(struct mim_type type, FILE *out)
{
	static const char *const words[] = {
		[MIM_TYPE_NONE] = "none",	[MIM_TYPE_UINT] = "u",
		[MIM_TYPE_SINT] = "s",		[MIM_TYPE_BE] = "be",
		[MIM_TYPE_IPV4] = "ipv4",	[MIM_TYPE_IPV6] = "ipv6",
		[MIM_TYPE_MAC] = "mac",		[MIM_TYPE_PREFIX4] = "prefix4",
		[MIM_TYPE_PREFIX6] = "prefix6", [MIM_TYPE_CHAR] = "text",
		[MIM_TYPE_BYTES] = "bytes",
	};

	if (type.kind == MIM_TYPE_ARRAY) {
		fprintf(out, "[%u ", mim_type_count(type));
		say(*type.element, out);
		fprintf(out, "]");
	} else if (type.kind == MIM_TYPE_STRUCT) {
		fprintf(out, "%s:%u+%u{", type.fields->name, type.fields->size,
			type.fields->align);
		for (uint32_t i = 0; i < type.fields->n; i++) {
			fprintf(out, "%s%s=", i ? " " : "", type.fields->members[i].name);
			say(type.fields->members[i].type, out);
			fprintf(out, "@%u", type.fields->members[i].offset);
		}
		fprintf(out, "}");
	} else if (type.kind == MIM_TYPE_IPV4 || type.kind == MIM_TYPE_IPV6) {
		fprintf(out, "%s", words[type.kind]);
	} else {
		fprintf(out, "%s%u", words[type.kind], type.size);
	}
}

/* What a case's type becomes; "!" and the reason when it becomes none. */
static const char *become(make_type *make, enum mim_btf_manner manner)
{
	static char text[2048];
	struct btf *btf = btf__new_empty();
	struct mim_btf_types *types = NULL;
	struct mim_arena arena = {0};
	char why[MIM_BTF_WHY] = "";
	struct mim_type type;
	const void *bytes;
	uint32_t size;
	FILE *out;
	int id, r;

	/* So that pointers are those of the BPF machine, as in maps. */
	btf__set_pointer_size(btf, 8);
	id = make(btf);
	bytes = btf__raw_data(btf, &size);
	ck_assert_int_eq(mim_btf_types_read(bytes, size, manner, &arena, &types), 0);
	btf__free(btf);
	memset(text, 0, sizeof(text));
	out = fmemopen(text, sizeof(text), "w");
	/* The second time out of what is known. */
	for (int i = 0; i < 2; i++) {
		rewind(out);
		r = mim_btf_types_find(types, (uint32_t)id, &type, why);
		ck_assert(r == 0 || (r == -EINVAL && *why));
		if (r == 0)
			say(type, out);
		else
			fprintf(out, "!%s", why);
	}
	fclose(out);
	mim_btf_types_free(types);
	mim_arena_release(&arena);
	return text;
}

START_TEST(a_type_is_what_its_btf_says)
{
	if (cases[_i].exact)
		ck_assert_str_eq(become(cases[_i].make, MIM_BTF_EXACT), cases[_i].exact);
	if (cases[_i].shown)
		ck_assert_str_eq(become(cases[_i].make, MIM_BTF_SHOW), cases[_i].shown);
}
END_TEST

/* Nothing that a terminal obeys comes out as the name of a field. */
START_TEST(names_that_are_no_text_are_no_names)
{
	ck_assert(*become(no_field_name, MIM_BTF_EXACT) == '!');
}
END_TEST

/* Each level twice as many as the one inside: known structs are not made again. */
START_TEST(structs_that_hold_each_other_often_take_no_time)
{
	struct btf *btf = btf__new_empty();
	struct mim_btf_types *types;
	struct mim_arena arena = {0};
	char why[MIM_BTF_WHY];
	struct mim_type type;
	int id = add_int(btf, "unsigned char", 1, 0);
	const void *bytes;
	uint32_t size;

	for (uint32_t i = 0, of = 1; i < 15; i++, of *= 4) {
		char name[8];
		int outer;

		snprintf(name, sizeof(name), "s%u", i);
		outer = btf__add_struct(btf, name, of * 4 < 4194304 ? of * 4 : 4194304);
		for (uint32_t f = 0; f < 4; f++) {
			snprintf(name, sizeof(name), "f%u", f);
			btf__add_field(btf, name, id, f * of * 8, 0);
		}
		id = outer;
	}
	bytes = btf__raw_data(btf, &size);
	ck_assert_int_eq(mim_btf_types_read(bytes, size, MIM_BTF_EXACT, &arena, &types),
			 0);
	btf__free(btf);
	/* However it ends, it has not made a million fields. */
	mim_btf_types_find(types, (uint32_t)id, &type, why);
	ck_assert_uint_lt(arena.used, 1 << 16);
	mim_btf_types_free(types);
	mim_arena_release(&arena);
}
END_TEST

START_TEST(names_that_no_description_can_say_are_passed_over)
{
	struct btf *btf = btf__new_empty();
	struct mim_btf_types *types;
	struct mim_arena arena = {0};
	char why[MIM_BTF_WHY], name[MIM_NAME_MOST + 2] = "";
	const char *there;
	struct mim_type type;
	int id = add_int(btf, "unsigned char", 1, 0);
	const void *bytes;
	uint32_t size;

	memset(name, 'x', MIM_NAME_MOST + 1);
	for (int i = 0; i < 2; i++) {
		btf__add_struct(btf, name + i, 1);
		btf__add_field(btf, "a", id, 0, 0);
	}
	bytes = btf__raw_data(btf, &size);
	ck_assert_int_eq(mim_btf_types_read(bytes, size, MIM_BTF_EXACT, &arena, &types),
			 0);
	btf__free(btf);
	ck_assert_uint_eq(mim_btf_types_each(types, 0, &there), 3);
	ck_assert_str_eq(there, name + 1);
	ck_assert_uint_eq(mim_btf_types_each(types, 3, &there), 0);
	ck_assert_int_eq(mim_btf_types_struct(types, name, &type, why), -ENOENT);
	ck_assert_int_eq(mim_btf_types_struct(types, name + 1, &type, why), 0);
	mim_btf_types_free(types);
	mim_arena_release(&arena);
}
END_TEST

START_TEST(what_is_no_btf_is_refused)
{
	struct mim_btf_types *types = NULL;
	struct mim_arena arena = {0};

	ck_assert_int_eq(mim_btf_types_read("no BTF at all, and long enough for a header",
					    40, MIM_BTF_SHOW, &arena, &types),
			 -EINVAL);
	ck_assert_ptr_null(types);
	mim_arena_release(&arena);
}
END_TEST

UNIT_MAIN("object_types", UNIT_EACH(a_type_is_what_its_btf_says, cases),
	  UNIT(names_that_are_no_text_are_no_names),
	  UNIT(structs_that_hold_each_other_often_take_no_time),
	  UNIT(names_that_no_description_can_say_are_passed_over),
	  UNIT(what_is_no_btf_is_refused))
