/* SPDX-License-Identifier: BSD-2-Clause */

/* Typed keys and values, as programs and bpftool see them. */
#include <bpf/bpf.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "harness.h"

/* The key as a program written in C has it. */
struct vip {
	uint32_t address;
	uint16_t port;
	uint8_t proto;
	char zone[4];
	struct {
		uint8_t level;
		uint32_t words[2];
	} more;
};

#define HEAD                                                                             \
	"version: 1\nname: lb\nbpffs: %s\n"                                              \
	"types:\n"                                                                       \
	"  - {name: vip, fields: [{name: address, type: ipv4}, {name: port, type: "      \
	"be16}, {name: proto, type: u8}, {name: zone, type: 'char[4]'}, {name: more, "   \
	"type: more}]}\n"                                                                \
	"  - {name: more, fields: [{name: level, type: u8}, {name: words, type: "        \
	"'u32[2]'}]}\n"                                                                  \
	"  - {name: counters, fields: [{name: packets, type: u64}, {name: tag, type: "   \
	"u8}]}\n"                                                                        \
	"templates:\n"                                                                   \
	"  - {name: backends, type: hash, key: vip, value: counters, max_entries: 8}\n"  \
	"outer_maps:\n"                                                                  \
	"  - {name: vips, type: hash_of_maps, key: vip, max_entries: 8, template: "      \
	"backends}\n"

#define WEB                                                                              \
	"inner_maps: [{name: web, template: backends}]\n"                                \
	"pins: [{map: vips, path: vips}, {map: web, path: web}]\n"

static uint32_t id_in_slot(const struct vip *key)
{
	int fd = bpf_obj_get(pin("lb/vips"));
	uint32_t id = 0;

	ck_assert_int_ge(fd, 0);
	bpf_map_lookup_elem(fd, key, &id);
	close(fd);
	return id;
}

START_TEST(struct_keys_are_the_bytes_that_c_has)
{
	struct vip key;

	memset(&key, 0, sizeof(key));
	key.address = htobe32(0x0a000001);
	key.port = htobe16(443);
	key.proto = 6;
	memcpy(key.zone, "eu", 2);
	key.more.level = 1;
	key.more.words[1] = UINT32_MAX;
	bench_write(HEAD WEB
		    "bindings: [{outer: vips, slots: [\n"
		    "  {key: 'address=10.0.0.1 port=443 proto=6 zone=eu more={level=1 "
		    "words=[0,4294967295]}', inner: web},\n"
		    "  {key: 'more={words=[1,2] level=0} address=10.0.0.2 port=80 "
		    "proto=17 zone=\"a b\"'}]}]\n");
	apply();
	ck_assert_int_eq(map_number("lb/vips", "bytes_key"), sizeof(key));
	ck_assert_uint_eq(id_in_slot(&key), map_number("lb/web", "id"));
	ck_assert_int_eq(map_number("lb/web", "bytes_value"), 16);

	memset(&key, 0, sizeof(key));
	key.address = htobe32(0x0a000002);
	key.port = htobe16(80);
	key.proto = 17;
	memcpy(key.zone, "a b", 3);
	key.more.words[0] = 1;
	key.more.words[1] = 2;
	ck_assert_uint_ne(id_in_slot(&key), 0);
	plan_is_empty();
}
END_TEST

START_TEST(slots_with_struct_keys_change_and_go)
{
	bench_write(HEAD WEB
		    "bindings: [{outer: vips, slots: [\n"
		    "  {key: 'address=10.0.0.1 port=443 proto=6 zone=eu more={level=1 "
		    "words=[0,1]}'}]}]\n");
	apply();
	bench_write(HEAD WEB
		    "bindings: [{outer: vips, slots: [\n"
		    "  {key: 'address=10.0.0.1 port=443 proto=6 zone=eu more={level=1 "
		    "words=[0,1]}', inner: web},\n"
		    "  {key: 'address=10.0.0.1 port=443 proto=6 zone=eu more={level=1 "
		    "words=[0,2]}', inner: web}]}]\n");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 0);
	has(bench.out, "~ slot   address=10.0.0.1 port=443 proto=6 zone=eu "
		       "more={level=1 words=[0,1]}  id ");
	has(bench.out, "+ slot   address=10.0.0.1 port=443 proto=6 zone=eu "
		       "more={level=1 words=[0,2]}  web (id ");
	apply();
	bench_write(HEAD WEB "bindings: [{outer: vips, slots: []}]\n");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 0);
	has(bench.out, "- slot   address=10.0.0.1 port=443 proto=6 zone=eu "
		       "more={level=1 words=[0,2]}  web (id ");
	apply();
	plan_is_empty();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		struct_keys_are_the_bytes_that_c_has,
		slots_with_struct_keys_change_and_go,
	};

	return bench_suite("types", tests, sizeof(tests) / sizeof(tests[0]));
}
