/* SPDX-License-Identifier: BSD-2-Clause */
#include <stddef.h>
#include <stdlib.h>
#include "topology.h"
#include "types/layout.h"

#define PACKED __attribute__((packed))

/* The same structs in C and in YAML: the compiler says where their members lie. */
struct flow {
	uint32_t src;
	uint32_t dst;
	uint16_t ports[2];
	uint8_t proto;
};

struct holes {
	uint8_t a;
	uint64_t b;
	uint8_t c;
	uint16_t d;
	uint8_t e;
	uint32_t f;
	uint8_t g;
};

struct PACKED tight {
	uint8_t a;
	uint64_t b;
	uint8_t c;
	uint16_t d;
	uint32_t e;
};

struct wide {
	uint8_t mac[6];
	uint8_t tag;
	struct {
		uint32_t words[4];
	} address;
	char name[5];
	int16_t small;
	uint8_t raw[3];
	int64_t big;
	uint16_t port;
};

struct trie {
	uint16_t zone;
	struct {
		uint32_t length;
		uint8_t data[4];
	} four;
	uint8_t one;
	struct {
		uint32_t length;
		uint8_t data[16];
	} six;
};

struct nested {
	uint8_t before;
	struct flow flow;
	struct tight tight;
	uint8_t between;
	struct holes holes[2];
	struct tight tights[3];
	uint8_t after;
};

struct PACKED tight_around {
	uint8_t before;
	struct holes holes;
	struct flow flows[2];
	uint64_t after;
};

struct one_byte {
	uint8_t only;
};

#define TYPES                                                                            \
	"types:\n"                                                                       \
	"  - {name: nested, fields: [{name: before, type: u8},"                          \
	" {name: flow, type: flow}, {name: tight, type: tight},"                         \
	" {name: between, type: u8}, {name: holes, type: 'holes[2]'},"                   \
	" {name: tights, type: 'tight[3]'}, {name: after, type: u8}]}\n"                 \
	"  - {name: flow, fields: [{name: src, type: ipv4}, {name: dst, type: be32},"    \
	" {name: ports, type: 'be16[2]'}, {name: proto, type: u8}]}\n"                   \
	"  - {name: holes, packed: false, fields: [{name: a, type: u8},"                 \
	" {name: b, type: u64}, {name: c, type: s8}, {name: d, type: u16},"              \
	" {name: e, type: u8}, {name: f, type: s32}, {name: g, type: u8}]}\n"            \
	"  - {name: tight, packed: true, fields: [{name: a, type: u8},"                  \
	" {name: b, type: be64}, {name: c, type: u8}, {name: d, type: u16},"             \
	" {name: e, type: u32}]}\n"                                                      \
	"  - {name: wide, fields: [{name: mac, type: mac}, {name: tag, type: u8},"       \
	" {name: address, type: ipv6}, {name: name, type: 'char[5]'},"                   \
	" {name: small, type: s16}, {name: raw, type: 'bytes[0x3]'},"                    \
	" {name: big, type: s64}, {name: port, type: be16}]}\n"                          \
	"  - {name: trie, fields: [{name: zone, type: u16},"                             \
	" {name: four, type: ipv4_prefix}, {name: one, type: u8},"                       \
	" {name: six, type: ipv6_prefix}]}\n"                                            \
	"  - {name: tight_around, packed: true, fields: [{name: before, type: u8},"      \
	" {name: holes, type: holes}, {name: flows, type: 'flow[2]'},"                   \
	" {name: after, type: u64}]}\n"                                                  \
	"  - {name: one_byte, fields: [{name: only, type: u8}]}\n"                       \
	"  - {name: pair, fields: [{name: port, type: be16}, {name: name, type: "        \
	"'char[8]'}]}\n"                                                                 \
	"  - {name: lists, fields: [{name: n, type: 'u8[3]'}, {name: t, type: "          \
	"'pair[2]'}, {name: one, type: 's16[1]'}]}\n"

/* The type that a word names among TYPES; lives until the next one is asked for. */
static struct mim_type type_named(const char *name)
{
	static struct mim_config config;
	char text[8192];

	mim_config_release(&config);
	snprintf(text, sizeof(text),
		 "version: 1\nname: t\n" TYPES
		 "templates: [{name: t, type: hash, key: '%s', value: u8, "
		 "max_entries: 1}]\n",
		 name);
	unit_load_good(text, &config);
	return config.want->templates[0].key_type;
}

#define MEMBER(type, name)                                                               \
	{                                                                                \
#name, offsetof(struct type, name), sizeof(((struct type *)0)->name)     \
	}
#define LAYOUT(type, ...)                                                                \
	{                                                                                \
#type, sizeof(struct type), _Alignof(struct type),                       \
		{                                                                        \
			__VA_ARGS__                                                      \
		}                                                                        \
	}

static const struct {
	const char *name;
	size_t size;
	size_t align;
	struct {
		const char *name;
		size_t offset;
		size_t size;
	} members[9];
} layouts[] = {
	LAYOUT(flow, MEMBER(flow, src), MEMBER(flow, dst), MEMBER(flow, ports),
	       MEMBER(flow, proto)),
	LAYOUT(holes, MEMBER(holes, a), MEMBER(holes, b), MEMBER(holes, c),
	       MEMBER(holes, d), MEMBER(holes, e), MEMBER(holes, f), MEMBER(holes, g)),
	LAYOUT(tight, MEMBER(tight, a), MEMBER(tight, b), MEMBER(tight, c),
	       MEMBER(tight, d), MEMBER(tight, e)),
	LAYOUT(wide, MEMBER(wide, mac), MEMBER(wide, tag), MEMBER(wide, address),
	       MEMBER(wide, name), MEMBER(wide, small), MEMBER(wide, raw),
	       MEMBER(wide, big), MEMBER(wide, port)),
	LAYOUT(trie, MEMBER(trie, zone), MEMBER(trie, four), MEMBER(trie, one),
	       MEMBER(trie, six)),
	LAYOUT(nested, MEMBER(nested, before), MEMBER(nested, flow),
	       MEMBER(nested, tight), MEMBER(nested, between), MEMBER(nested, holes),
	       MEMBER(nested, tights), MEMBER(nested, after)),
	LAYOUT(tight_around, MEMBER(tight_around, before), MEMBER(tight_around, holes),
	       MEMBER(tight_around, flows), MEMBER(tight_around, after)),
	LAYOUT(one_byte, MEMBER(one_byte, only)),
};

START_TEST(structs_are_laid_out_as_the_compiler_does)
{
	struct mim_type type = type_named(layouts[_i].name);
	uint32_t n = 0;

	ck_assert_int_eq(type.kind, MIM_TYPE_STRUCT);
	ck_assert_str_eq(type.fields->name, layouts[_i].name);
	ck_assert_uint_eq(type.size, layouts[_i].size);
	ck_assert_uint_eq(type.fields->size, layouts[_i].size);
	ck_assert_uint_eq(mim_type_align(type), layouts[_i].align);
	for (; layouts[_i].members[n].name; n++) {
		const struct mim_member *member = &type.fields->members[n];

		ck_assert_str_eq(member->name, layouts[_i].members[n].name);
		ck_assert_msg(member->offset == layouts[_i].members[n].offset,
			      "%s.%s at %u", layouts[_i].name, member->name,
			      member->offset);
		ck_assert_uint_eq(member->type.size, layouts[_i].members[n].size);
		ck_assert_ptr_eq(
			mim_layout_find(type.fields, member->name, strlen(member->name)),
			member);
	}
	ck_assert_uint_eq(type.fields->n, n);
}
END_TEST

START_TEST(members_are_found_by_their_whole_name)
{
	const struct mim_struct *flow = type_named("flow").fields;

	ck_assert_ptr_eq(mim_layout_find(flow, "srcs", 3), &flow->members[0]);
	ck_assert_ptr_null(mim_layout_find(flow, "srcs", 4));
	ck_assert_ptr_null(mim_layout_find(flow, "sr", 2));
	ck_assert_ptr_null(mim_layout_find(flow, "", 0));
	ck_assert_ptr_null(mim_layout_find(flow, "zzz", 3));
}
END_TEST

START_TEST(a_struct_becomes_the_bytes_that_c_has)
{
	struct nested wanted, got;
	struct mim_value_problem problem = {""};
	struct mim_type type = type_named("nested");
	static const char text[] =
		"before=1 flow={src=10.0.0.1 dst=2 ports=[80,443] proto=17} "
		"tight={a=1 b=2 c=3 d=4 e=5} between=6 "
		"holes=[{a=1 b=18446744073709551615 c=-1 d=65535 e=2 f=-2147483648 g=3},"
		"{a=0 b=0 c=0 d=0 e=0 f=0 g=255}] "
		"tights=[{a=0 b=0 c=0 d=0 e=0},{a=0 b=0 c=0 d=0 e=0},"
		"{a=255 b=1 c=2 d=3 e=4}] after=9";
	char printed[1024];

	memset(&wanted, 0, sizeof(wanted));
	wanted.before = 1;
	wanted.flow.src = htobe32(0x0a000001);
	wanted.flow.dst = htobe32(2);
	wanted.flow.ports[0] = htobe16(80);
	wanted.flow.ports[1] = htobe16(443);
	wanted.flow.proto = 17;
	wanted.tight = (struct tight){1, htobe64(2), 3, 4, 5};
	wanted.between = 6;
	wanted.holes[0].a = 1;
	wanted.holes[0].b = UINT64_MAX;
	wanted.holes[0].c = 255;
	wanted.holes[0].d = 65535;
	wanted.holes[0].e = 2;
	wanted.holes[0].f = 0x80000000;
	wanted.holes[0].g = 3;
	wanted.holes[1].g = 255;
	wanted.tights[2] = (struct tight){255, htobe64(1), 2, 3, 4};
	wanted.after = 9;
	memset(&got, 0xaa, sizeof(got));
	ck_assert_msg(mim_value_read(type, text, &got, &problem) == 0, "%s", problem.why);
	ck_assert_mem_eq(&got, &wanted, sizeof(wanted));
	mim_value_print(type, &got, printed, sizeof(printed));
	ck_assert_str_eq(printed, text);
	ck_assert_uint_eq(mim_value_length(type, &got), strlen(text));
}
END_TEST

static const struct {
	const char *type;
	const char *text;
	const char *printed;
} written[] = {
	{"flow", "proto=0x11 ports=[ 80 , 443 ] dst=0 src=1.2.3.4",
	 "src=1.2.3.4 dst=0 ports=[80,443] proto=17"},
	{"flow", "  src=0.0.0.0\n dst=0\tports=[1 2]  proto=0 ",
	 "src=0.0.0.0 dst=0 ports=[1,2] proto=0"},
	{"pair", "port=80 name=\"a b\"", "port=80 name=\"a b\""},
	{"pair", "name=\"}] =,\\\"\" port=80", "port=80 name=\"}] =,\\\"\""},
	{"pair", "port=80 name=\"\"", "port=80 name=\"\""},
	{"pair", "port=80 name=a=b", "port=80 name=\"a=b\""},
	{"pair", "port=80 name=\"web\"", "port=80 name=web"},
	{"pair", "port=80 name=12345678", "port=80 name=12345678"},
	{"lists", "n=[1,2,3] t=[{port=1 name=a} {name=b port=2}] one=[-1]",
	 "n=[1,2,3] t=[{port=1 name=a},{port=2 name=b}] one=[-1]"},
	{"lists", "n=[1,2,3] t=[ { port=1 name=a } , {name=b port=2} ] one=[ -1 ]",
	 "n=[1,2,3] t=[{port=1 name=a},{port=2 name=b}] one=[-1]"},
	{"wide",
	 "mac=02:00:00:00:00:01 tag=1 address=2001:db8::1 name=abcde small=-32768 "
	 "raw=0xAABBCC big=-9223372036854775808 port=65535",
	 "mac=02:00:00:00:00:01 tag=1 address=2001:db8::1 name=abcde small=-32768 "
	 "raw=0xaabbcc big=-9223372036854775808 port=65535"},
	{"trie", "zone=65535 four=10.0.0.0/8 one=255 six=2001:db8::/32",
	 "zone=65535 four=10.0.0.0/8 one=255 six=2001:db8::/32"},
	{"u16[3]", "[1,65535,0x10]", "[1,65535,16]"},
	{"u16[3]", " [1 2 3] ", NULL},
	{"pair[2]", "[{port=1 name=a},{port=2 name=b}]",
	 "[{port=1 name=a},{port=2 name=b}]"},
	{"ipv6[2]", "[::1,::]", "[::1,::]"},
	{"u8[2]", "[1,2,]", "[1,2]"},
	{"one_byte", "only=0", "only=0"},
	{"be16", "80", "80"},
	{"char[8]", "a b", "a b"},
};

START_TEST(a_value_is_read_as_people_write_it)
{
	struct mim_type type = type_named(written[_i].type);
	struct mim_value_problem problem = {""};
	const char *wanted = written[_i].printed;
	uint8_t bytes[256], again[256];
	char text[512];
	int r;

	memset(bytes, 0xaa, sizeof(bytes));
	r = mim_value_read(type, written[_i].text, bytes, &problem);
	ck_assert_uint_eq(bytes[type.size], 0xaa);
	if (!wanted) {
		ck_assert_int_eq(r, -EINVAL);
		return;
	}
	ck_assert_msg(r == 0, "'%s' %s", written[_i].text, problem.why);
	mim_value_print(type, bytes, text, sizeof(text));
	ck_assert_str_eq(text, wanted);
	ck_assert_int_eq(mim_value_read(type, text, again, &problem), 0);
	ck_assert_mem_eq(again, bytes, type.size);
	/* Cut short wherever the buffer ends. */
	for (size_t length = 1; length < strlen(wanted) + 2; length++) {
		mim_auto_free char *cut = malloc(length);

		mim_value_print(type, bytes, cut, length);
		ck_assert_int_eq(strncmp(cut, wanted, length - 1), 0);
		ck_assert_uint_eq(strlen(cut), length - 1 < strlen(wanted)
						       ? length - 1
						       : strlen(wanted));
	}
}
END_TEST

/* What is wrong, and which of the text's bytes it is about. */
static const struct {
	const char *type;
	const char *text;
	const char *why;
	const char *part;
	const char *meant;
} refused[] = {
	{"pair", "port=80 nmae=x", "has no field 'nmae'", "nmae", "name"},
	{"pair", "port=80 name=x proto=6", "has no field 'proto'", "proto", NULL},
	{"pair", "port=80 colour=red", "has no field 'colour'", "colour", NULL},
	{"pair", "port=80 name=x port=81", "has field 'port' twice", "port", NULL},
	{"pair", "port=80", "lacks field 'name'", NULL, NULL},
	{"pair", "", "lacks fields 'port', 'name'", NULL, NULL},
	{"pair", "port=65536 name=x", "has 'port=65536', which is more than 65535",
	 "65536", NULL},
	{"pair", "port=-1 name=x", "has 'port=-1', which is less than 0", "-1", NULL},
	{"pair", "port=1 name=123456789",
	 "has 'name=123456789', which has 9 bytes, at most 8 fit", "123456789", NULL},
	{"pair", "port=1 name=\"a",
	 "has 'name=\"a', which is no text in quotes, with \\\", \\\\ and \\xNN for "
	 "bytes",
	 "\"a", NULL},
	{"pair", "port=1 name=\"a\"b",
	 "has 'name=\"a\"b', which is no text in quotes, with \\\", \\\\ and \\xNN for "
	 "bytes",
	 "\"a\"b", NULL},
	{"pair", "port= name=x", "has no value for 'port'", " ", NULL},
	{"pair", "port=1 name=", "has no value for 'name'", NULL, NULL},
	{"pair", "80", "has '80' where field=value is wanted", "80", NULL},
	{"pair", "port=1, name=x", "has ',' where a space is wanted", ",", NULL},
	{"pair", "{port=1 name=x}", "has '{' where field=value is wanted", "{", NULL},
	{"pair", "port=1 name=x}", "has '}' where a space is wanted", "}", NULL},
	{"pair", "port=1 name=a b", "has 'b' where field=value is wanted", "b", NULL},
	{"pair", "=1", "has '=1' where field=value is wanted", "=1", NULL},
	{"pair", "\"port\"=1", "has '\"port\"=1' where field=value is wanted",
	 "\"port\"=1", NULL},
	{"wide", "raw=0a 0b", "has 'raw=0a', which has 1 bytes where 3 are wanted", "0a",
	 NULL},
	{"flow", "src=10.0.0", "has 'src=10.0.0', which is no IPv4 address", "10.0.0",
	 NULL},
	{"flow", "ports=80", "has '80' where '[' and a list is wanted", "80", NULL},
	{"flow", "ports=[80]", "has 1 value where 2 are wanted in 'ports'", "[80]", NULL},
	{"flow", "ports=[]", "has 0 values where 2 are wanted in 'ports'", "[]", NULL},
	{"flow", "ports=[1,2,3]", "has more than 2 values where 2 are wanted in 'ports'",
	 "[1,2,3", NULL},
	{"flow", "ports=[1,65536]", "has 'ports[1]=65536', which is more than 65535",
	 "65536", NULL},
	{"flow", "ports=[1,,2]", "has no value for 'ports[1]'", ",", NULL},
	{"flow", "ports=[1", "ends where ',' or ']' is wanted", NULL, NULL},
	{"flow", "ports=[", "has no value for 'ports[0]'", NULL, NULL},
	{"flow", "ports=[1,2", "ends where ',' or ']' is wanted", NULL, NULL},
	{"flow", "ports=[1,2]dst=0", "has 'dst=0' where a space is wanted", "dst=0",
	 NULL},
	{"flow", "ports=[1{", "has '{' where ',' or ']' is wanted", "{", NULL},
	{"nested", "flow=1", "has '1' where '{' and the fields of a struct is wanted",
	 "1", NULL},
	{"nested", "flow={src=1.2.3.4}", "lacks fields 'dst', 'ports', 'proto' in 'flow'",
	 NULL, NULL},
	{"nested", "flow={src=1.2.3.4", "ends where a space or '}' is wanted", NULL,
	 NULL},
	{"nested", "flow={", "ends where field=value is wanted", NULL, NULL},
	{"nested", "flow={prot=1}", "has no field 'prot' in 'flow'", "prot", "proto"},
	{"nested", "flow={src=1.2.3.4 src=1.2.3.4}", "has field 'flow.src' twice", "src",
	 NULL},
	{"nested", "holes=[{a=1 b=x",
	 "has 'holes[0].b=x', which is no integer (decimal or 0x hex)", "x", NULL},
	{"nested", "flow={ports=[1,x]}",
	 "has 'flow.ports[1]=x', which is no integer (decimal or 0x hex)", "x", NULL},
	{"u8[3]", "1,2,3", "has '1' where '[' and a list is wanted", "1", NULL},
	{"u8[3]", "[1,2,3]x", "has 'x' where the end is wanted", "x", NULL},
	{"u8[3]", "[1,2]", "has 2 values where 3 are wanted", "[1,2]", NULL},
	{"u8[3]", "[1,2,256]", "has '[2]=256', which is more than 255", "256", NULL},
	{"u8[1]", "[1,2]", "has more than 1 value where 1 is wanted", "[1,2", NULL},
	{"u8", "256", "is more than 255", NULL, NULL},
};

START_TEST(what_does_not_fit_is_refused_in_words)
{
	struct mim_type type = type_named(refused[_i].type);
	const char *text = refused[_i].text, *part = refused[_i].part, *meant;
	struct mim_value_problem problem;
	uint8_t bytes[256];

	ck_assert_int_eq(mim_value_read(type, text, bytes, &problem), -EINVAL);
	ck_assert_str_eq(problem.why, refused[_i].why);
	ck_assert_uint_eq(problem.length, part ? strlen(part) : 0);
	if (part)
		ck_assert_int_eq(strncmp(text + problem.at, part, problem.length), 0);
	meant = mim_value_closest(&problem, text);
	ck_assert_int_eq(!meant, !refused[_i].meant);
	if (meant)
		ck_assert_str_eq(meant, refused[_i].meant);
}
END_TEST

START_TEST(a_missing_field_too_many_is_not_named)
{
	struct mim_value_problem problem;
	struct mim_config config;
	char text[8192] = "version: 1\nname: t\ntypes: [{name: t, fields: [", *at;

	at = text + strlen(text);
	for (int i = 0; i < 40; i++)
		at += sprintf(at, "%s{name: field_%02d, type: u8}", i ? "," : "", i);
	sprintf(at, "]}]\ntemplates: [{name: t, type: hash, key: t, value: u8, "
		    "max_entries: 1}]\n");
	unit_load_good(text, &config);
	ck_assert_int_eq(
		mim_value_read(config.want->templates[0].key_type, "", text, &problem),
		-EINVAL);
	ck_assert_str_eq(problem.why,
			 "lacks fields 'field_00', 'field_01', 'field_02', 'field_03', "
			 "'field_04', 'field_05', 'field_06', 'field_07', ...");
	mim_config_release(&config);
}
END_TEST

static const char *const all_types[] = {
	"u8",	    "u16",	"u32",	       "u64",	      "s8",	 "s16",
	"s32",	    "s64",	"be16",	       "be32",	      "be64",	 "ipv4",
	"ipv6",	    "mac",	"ipv4_prefix", "ipv6_prefix", "char[1]", "char[16]",
	"bytes[1]", "bytes[9]", "u16[5]",      "char[7]",     "flow",	 "holes",
	"tight",    "wide",	"trie",	       "nested",      "lists",	 "tight_around",
	"one_byte", "pair[2]",	"trie[3]",     "mac[2]",
};

/* A prefix length that there is, and zeros after it and between members. */
static void make_valid(struct mim_type type, uint8_t *bytes)
{
	uint32_t end = 0, bits;

	if (type.kind == MIM_TYPE_ARRAY) {
		for (uint32_t at = 0; at < type.size; at += type.element->size)
			make_valid(*type.element, bytes + at);
	} else if (type.kind == MIM_TYPE_STRUCT) {
		for (uint32_t i = 0; i < type.fields->n; i++) {
			const struct mim_member *member = &type.fields->members[i];

			memset(bytes + end, 0, member->offset - end);
			make_valid(member->type, bytes + member->offset);
			end = member->offset + member->type.size;
		}
		memset(bytes + end, 0, type.size - end);
	} else if (type.kind == MIM_TYPE_PREFIX4 || type.kind == MIM_TYPE_PREFIX6) {
		bits = bytes[0] % ((type.size - 4) * 8 + 1);
		memcpy(bytes, &bits, 4);
		for (uint32_t i = bits; i < (type.size - 4) * 8; i++)
			bytes[4 + i / 8] &= (uint8_t) ~(0x80 >> i % 8);
	}
}

/* Random bytes, and those that are most likely to be mistaken for something else. */
static void fill(uint8_t *bytes, size_t n, int round)
{
	static const char odd[] = "\"\\ ,[]{}=x0\n\x7f\xc3\xa9";

	for (size_t i = 0; i < n; i++)
		bytes[i] = round % 4 == 0   ? (uint8_t)rand()
			   : round % 4 == 1 ? (uint8_t)odd[rand() % (int)sizeof(odd)]
			   : round % 4 == 2 ? (uint8_t)(rand() % 2 ? 0 : 0xff)
					    : (uint8_t)('a' + rand() % 26);
}

START_TEST(any_bytes_become_text_and_the_same_bytes_again)
{
	struct mim_type type = type_named(all_types[_i]);
	uint8_t bytes[512], again[512];
	struct mim_value_problem problem = {""};
	char text[8192];

	srand(1);
	ck_assert_uint_le(type.size, sizeof(bytes));
	for (int round = 0; round < 1000; round++) {
		fill(bytes, type.size, round);
		make_valid(type, bytes);
		mim_value_print(type, bytes, text, sizeof(text));
		ck_assert_uint_eq(strlen(text), mim_value_length(type, bytes));
		ck_assert_msg(mim_value_read(type, text, again, &problem) == 0, "'%s' %s",
			      text, problem.why);
		ck_assert_mem_eq(again, bytes, type.size);
	}
}
END_TEST

/* A text with some of its characters changed is read or refused, and harms nothing. */
START_TEST(a_damaged_text_does_no_harm)
{
	static const char damage[] = "\"\\ ,[]{}=x0-\n";
	struct mim_type type = type_named(all_types[_i]);
	uint8_t bytes[512];
	struct mim_value_problem problem;
	char text[8192];
	size_t length;

	srand(2);
	for (int round = 0; round < 1000; round++) {
		fill(bytes, type.size, round);
		make_valid(type, bytes);
		mim_value_print(type, bytes, text, sizeof(text));
		length = strlen(text);
		for (int i = 0; length && i < 1 + round % 3; i++)
			text[(size_t)rand() % length] =
				damage[rand() % (int)sizeof(damage)];
		if (mim_value_read(type, text, bytes, &problem) == 0)
			continue;
		ck_assert_uint_gt(strlen(problem.why), 0);
		ck_assert_uint_le(problem.at + problem.length, strlen(text));
	}
}
END_TEST

START_TEST(padding_that_is_not_zero_is_shown)
{
	struct mim_type type = type_named("holes");
	uint8_t bytes[sizeof(struct holes)] = {0};
	char text[256];

	mim_value_print(type, bytes, text, sizeof(text));
	ck_assert_str_eq(text, "a=0 b=0 c=0 d=0 e=0 f=0 g=0");
	bytes[1] = 1;
	mim_value_print(type, bytes, text, sizeof(text));
	ck_assert_str_eq(text, "00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
			       "00 00 00 00 00 00 00 00 00 00 00 00 00");
	bytes[1] = 0;
	bytes[sizeof(bytes) - 1] = 1;
	mim_value_print(type, bytes, text, sizeof(text));
	ck_assert_str_eq(text + strlen(text) - 5, "00 01");
}
END_TEST

static const struct {
	const char *type;
	const char *values[5]; /* in the order people count in */
} orders[] = {
	{"u16", {"1", "255", "256", "65535"}},
	{"s16", {"-32768", "-1", "0", "1", "32767"}},
	{"be16", {"1", "255", "256", "65535"}},
	{"ipv4_prefix", {"10.0.0.0/8", "10.0.0.0/16", "10.1.0.0/16", "192.168.0.0/8"}},
	{"pair",
	 {"port=80 name=z", "port=443 name=a", "port=443 name=b", "port=8080 name=a"}},
	{"s8[2]", {"[-1,-1]", "[-1,0]", "[0,-128]", "[0,127]"}},
	{"holes",
	 {"a=0 b=255 c=-1 d=0 e=0 f=0 g=0", "a=0 b=256 c=-1 d=0 e=0 f=0 g=0",
	  "a=0 b=256 c=1 d=0 e=0 f=-5 g=0", "a=0 b=256 c=1 d=0 e=0 f=4 g=0"}},
};

START_TEST(values_compare_as_people_count)
{
	struct mim_type type = type_named(orders[_i].type);
	struct mim_value_problem problem = {""};
	uint8_t bytes[5][64];
	int n = 0;

	/* 192.168.0.0/8 has host bits and is no prefix: its network is. */
	for (; n < 5 && orders[_i].values[n]; n++) {
		const char *text = orders[_i].values[n];

		if (strcmp(text, "192.168.0.0/8") == 0)
			text = "192.0.0.0/8";
		ck_assert_msg(mim_value_read(type, text, bytes[n], &problem) == 0, "%s",
			      problem.why);
	}
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++) {
			int c = mim_type_compare(type, bytes[i], bytes[j]);

			ck_assert_int_eq((c > 0) - (c < 0), (i > j) - (i < j));
		}
}
END_TEST

UNIT_MAIN("value", UNIT_EACH(structs_are_laid_out_as_the_compiler_does, layouts),
	  UNIT(members_are_found_by_their_whole_name),
	  UNIT(a_struct_becomes_the_bytes_that_c_has),
	  UNIT_EACH(a_value_is_read_as_people_write_it, written),
	  UNIT_EACH(what_does_not_fit_is_refused_in_words, refused),
	  UNIT(a_missing_field_too_many_is_not_named),
	  UNIT_EACH(any_bytes_become_text_and_the_same_bytes_again, all_types),
	  UNIT_EACH(a_damaged_text_does_no_harm, all_types),
	  UNIT(padding_that_is_not_zero_is_shown),
	  UNIT_EACH(values_compare_as_people_count, orders))
