/* SPDX-License-Identifier: BSD-2-Clause */

/* Objects that no compiler writes: refused with words, never a crash, never for long. */
#include <bpf/btf.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <time.h>
#include "object.h"

static const char *const good[] = {"kinds", "outer", "plain5", "iproute2"};

/* Whatever it is: an object, or an error with words. */
static void read_any(const void *data, size_t size)
{
	struct mim_diags diags = {0};
	struct mim_object_file *object = NULL;
	int r = unit_object_read(data, size, &diags, &object);

	ck_assert_int_eq(r == 0, object != NULL);
	ck_assert_int_eq(r == 0, diags.n == 0);
	ck_assert(r == 0 || strncmp(diags.items[0].message, "x.o: ", 5) == 0);
	mim_object_free(object);
	mim_diags_release(&diags);
}

/* Every byte, or one of so many where a run under valgrind takes a minute for each. */
static size_t stride(void)
{
	const char *said = getenv("MIMCTL_BYTE_STRIDE");

	return said ? strtoul(said, NULL, 10) : 1;
}

START_TEST(an_object_cut_short_anywhere_is_refused)
{
	struct unit_bytes bytes = unit_object_bytes(good[_i]);
	struct mim_diags diags = {0};
	struct mim_object_file *object = NULL;

	/* The section headers stand at the end: not one byte can be missing. */
	for (size_t size = 0; size < bytes.size; size += stride()) {
		ck_assert_int_eq(unit_object_read(bytes.data, size, &diags, &object),
				 -EINVAL);
		ck_assert_ptr_null(object);
		ck_assert_int_eq(strncmp(diags.items[0].message, "x.o: ", 5), 0);
		mim_diags_release(&diags);
	}
	free(bytes.data);
}
END_TEST

/* The sections that are read; every byte of debug information would take minutes. */
static const char *const read_sections[] = {".BTF",    ".maps",	  "maps",
					    ".symtab", ".strtab", ".rel.maps"};

static void change_bytes(struct unit_bytes bytes, size_t from, size_t to)
{
	static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};

	for (size_t at = from; at < to; at += stride()) {
		uint8_t was = bytes.data[at];

		for (size_t v = 0; v < MIM_ARRAY_SIZE(values); v++) {
			bytes.data[at] = values[v];
			read_any(bytes.data, bytes.size);
		}
		bytes.data[at] = was;
	}
}

START_TEST(any_byte_can_be_another)
{
	struct unit_bytes bytes = unit_object_bytes(good[_i]);
	Elf64_Ehdr *header = (Elf64_Ehdr *)bytes.data;
	Elf64_Shdr *sections = (Elf64_Shdr *)(bytes.data + header->e_shoff);
	const char *names =
		(const char *)bytes.data + sections[header->e_shstrndx].sh_offset;

	for (unsigned int i = 0; i < header->e_shnum; i++)
		for (size_t s = 0; s < MIM_ARRAY_SIZE(read_sections); s++)
			if (strcmp(names + sections[i].sh_name, read_sections[s]) == 0)
				change_bytes(bytes, sections[i].sh_offset,
					     sections[i].sh_offset + sections[i].sh_size);
	change_bytes(bytes, header->e_shoff, bytes.size);
	change_bytes(bytes, 0, sizeof(*header));
	free(bytes.data);
}
END_TEST

/* One field of a header that lies, as offset, size and value. */
static const struct {
	const char *section;
	size_t field;
	size_t size;
	uint64_t value;
	const char *message;
} lies[] = {
	{NULL, offsetof(Elf64_Ehdr, e_ident) + EI_CLASS, 1, ELFCLASS32,
	 "no BPF object: it is not 64-bit"},
	{NULL, offsetof(Elf64_Ehdr, e_ident) + EI_DATA, 1, 7,
	 "its ELF header names no byte order"},
	{NULL, offsetof(Elf64_Ehdr, e_ident) + EI_VERSION, 1, 9,
	 "its ELF header is cut short or unknown"},
	{NULL, offsetof(Elf64_Ehdr, e_type), 2, ET_EXEC,
	 "no BPF object: it is linked (e_type 2)"},
	{NULL, offsetof(Elf64_Ehdr, e_machine), 2, EM_X86_64,
	 "no BPF object: it is for machine 62"},
	{NULL, offsetof(Elf64_Ehdr, e_shnum), 2, 0, "no sections"},
	{NULL, offsetof(Elf64_Ehdr, e_shoff), 8, 0, "no sections"},
	{NULL, offsetof(Elf64_Ehdr, e_shnum), 2, 0xffff, "more than 20000 sections"},
	{NULL, offsetof(Elf64_Ehdr, e_shnum), 2, 20000,
	 "its section headers lie outside the file"},
	{NULL, offsetof(Elf64_Ehdr, e_shoff), 8, UINT64_MAX,
	 "its section headers lie outside the file"},
	{NULL, offsetof(Elf64_Ehdr, e_shentsize), 2, 1,
	 "its section headers lie outside the file"},
	{NULL, offsetof(Elf64_Ehdr, e_shstrndx), 2, SHN_XINDEX,
	 "its section names lie in no section"},
	{NULL, offsetof(Elf64_Ehdr, e_shstrndx), 2, 2,
	 "section 1 has no name that can be read"},
	{".maps", offsetof(Elf64_Shdr, sh_name), 4, UINT32_MAX,
	 "section @ has no name that can be read"},
	{".BTF", offsetof(Elf64_Shdr, sh_size), 8, UINT64_MAX,
	 "section @ lies outside the file"},
	{".BTF", offsetof(Elf64_Shdr, sh_offset), 8, 1ULL << 63,
	 "section @ lies outside the file"},
	{".BTF", offsetof(Elf64_Shdr, sh_size), 8, 20, "section '.BTF' is cut short"},
	{".BTF", offsetof(Elf64_Shdr, sh_size), 8, 40,
	 "section '.BTF' lies about its size"},
	{".BTF", offsetof(Elf64_Shdr, sh_flags), 8, SHF_COMPRESSED,
	 "section '.BTF' is compressed"},
	{".maps", offsetof(Elf64_Shdr, sh_flags), 8, SHF_COMPRESSED,
	 "section '.maps' is compressed"},
	{".symtab", offsetof(Elf64_Shdr, sh_flags), 8, SHF_COMPRESSED,
	 "section '.symtab' is compressed"},
	{".rel.maps", offsetof(Elf64_Shdr, sh_flags), 8, SHF_COMPRESSED,
	 "section '.rel.maps' is compressed"},
	{".maps", offsetof(Elf64_Shdr, sh_type), 4, SHT_NOBITS,
	 "section '.maps' is not in the file"},
	{".maps", offsetof(Elf64_Shdr, sh_size), 8, 40,
	 "map 'web' lies outside section '.maps'"},
	{".symtab", offsetof(Elf64_Shdr, sh_entsize), 8, 0,
	 "section '.symtab' is no symbol table"},
	{".symtab", offsetof(Elf64_Shdr, sh_size), 8, 25, "section @ cannot be read"},
	{".symtab", offsetof(Elf64_Shdr, sh_link), 4, 1000,
	 "section '.symtab' is no symbol table"},
	{".symtab", offsetof(Elf64_Shdr, sh_type), 4, SHT_PROGBITS,
	 "map 'mail' has no symbol in section '.maps'"},
	{".rel.maps", offsetof(Elf64_Shdr, sh_type), 4, SHT_SYMTAB,
	 "section @ cannot be read"},
	{".text", offsetof(Elf64_Shdr, sh_type), 4, SHT_SYMTAB, "two symbol tables"},
	{".rel.maps", offsetof(Elf64_Shdr, sh_entsize), 8, 24,
	 "section '.rel.maps' is no list of relocations"},
	{".rel.maps", offsetof(Elf64_Shdr, sh_size), 8, 17, "section @ cannot be read"},
};

START_TEST(headers_that_lie_are_found_out)
{
	struct unit_bytes bytes = unit_object_bytes("outer");
	uint8_t *at = bytes.data;
	char message[256], *number;

	snprintf(message, sizeof(message), "x.o: %s", lies[_i].message);
	if (lies[_i].section) {
		Elf64_Shdr *section = unit_section(bytes, lies[_i].section);
		Elf64_Ehdr *header = (Elf64_Ehdr *)bytes.data;
		long index = section - (Elf64_Shdr *)(bytes.data + header->e_shoff);

		at = (uint8_t *)section;
		number = strchr(message, '@');
		if (number) {
			char rest[64];

			strcpy(rest, number + 1);
			sprintf(number, "%ld%s", index, rest);
		}
	}
	memcpy(at + lies[_i].field, &lies[_i].value, lies[_i].size);
	unit_object_refused(bytes, message);
	free(bytes.data);
}
END_TEST

static const struct {
	size_t field;
	uint32_t value;
	const char *message;
} btf_lies[] = {
	{offsetof(struct btf_header, magic), 0, "section '.BTF' is no BTF of version 1"},
	{offsetof(struct btf_header, hdr_len), 0, "section '.BTF' has a broken header"},
	{offsetof(struct btf_header, hdr_len), 26, "section '.BTF' has a broken header"},
	{offsetof(struct btf_header, hdr_len), 4000000,
	 "section '.BTF' has a broken header"},
	{offsetof(struct btf_header, hdr_len), 200, "section '.BTF' lies about its size"},
	{offsetof(struct btf_header, type_off), 1, "section '.BTF' has a broken header"},
	{offsetof(struct btf_header, type_off), 0xfffffff0,
	 "section '.BTF' lies about its size"},
	{offsetof(struct btf_header, type_len), 0xfffffff0,
	 "section '.BTF' lies about its size"},
	{offsetof(struct btf_header, str_off), 0xfffffff0,
	 "section '.BTF' lies about its size"},
	{offsetof(struct btf_header, str_len), 0xfffffff0,
	 "section '.BTF' lies about its size"},
	{offsetof(struct btf_header, str_len), 0, "section '.BTF' lies about its size"},
	{offsetof(struct btf_header, str_len), 7,
	 "section '.BTF' has texts without an end"},
	{offsetof(struct btf_header, type_len), 16,
	 "section '.BTF' is broken, or newer than libbpf"},
};

START_TEST(btf_that_lies_is_found_out)
{
	struct unit_bytes bytes = unit_object_bytes("outer");
	char message[256];

	snprintf(message, sizeof(message), "x.o: %s", btf_lies[_i].message);
	memcpy(bytes.data + unit_section(bytes, ".BTF")->sh_offset + btf_lies[_i].field,
	       &btf_lies[_i].value, sizeof(uint32_t));
	unit_object_refused(bytes, message);
	free(bytes.data);
}
END_TEST

/*
 * BTF built by hand: the variable "map" in section ".maps", of the type that a case
 * makes.
 */
typedef int make_type(struct btf *btf);

static int add_number(struct btf *btf, int number)
{
	int integer = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);

	return btf__add_ptr(btf, btf__add_array(btf, integer, integer, (uint32_t)number));
}

static struct unit_bytes build(make_type *make, uint32_t size)
{
	struct btf *btf = btf__new_empty();
	int type = make(btf), var;
	const void *raw;
	uint32_t raw_size;
	struct unit_bytes bytes;
	static uint8_t maps[64];

	var = btf__add_var(btf, "map", BTF_VAR_GLOBAL_ALLOCATED, type);
	ck_assert_int_gt(btf__add_datasec(btf, ".maps", size), 0);
	ck_assert_int_eq(btf__add_datasec_var_info(btf, var, 0, size), 0);
	raw = btf__raw_data(btf, &raw_size);
	bytes = unit_build(
		(const struct unit_part[]){
			{".maps", SHT_PROGBITS, maps, sizeof(maps)},
			{".BTF", SHT_PROGBITS, raw, raw_size},
		},
		2);
	btf__free(btf);
	return bytes;
}

static int typedef_of_itself(struct btf *btf)
{
	int id = (int)btf__type_cnt(btf);

	return btf__add_typedef(btf, "loop", id);
}

static int typedefs_in_a_circle(struct btf *btf)
{
	int id = (int)btf__type_cnt(btf);

	btf__add_const(btf, id + 2);
	btf__add_volatile(btf, id);
	return btf__add_typedef(btf, "circle", id + 1);
}

static int too_many_typedefs(struct btf *btf)
{
	int id = btf__add_struct(btf, "s", 0);

	for (int i = 0; i < 40; i++)
		id = btf__add_const(btf, id);
	return id;
}

static int type_that_is_not_there(struct btf *btf)
{
	return btf__add_typedef(btf, "nowhere", (int)btf__type_cnt(btf) + 1000);
}

static int no_type_at_all(struct btf *btf)
{
	return btf__add_const(btf, 0);
}

/* A struct that is larger than the variable. */
static int large_struct(struct btf *btf)
{
	int number = add_number(btf, BPF_MAP_TYPE_HASH);
	int id = btf__add_struct(btf, "large", 4096);

	btf__add_field(btf, "type", number, 0, 0);
	return id;
}

static int field_of_itself(struct btf *btf)
{
	int id = (int)btf__type_cnt(btf);

	btf__add_struct(btf, "self", 8);
	btf__add_field(btf, "type", id, 0, 0);
	return id;
}

static int pointer_to_itself(struct btf *btf)
{
	int pointer = (int)btf__type_cnt(btf), id;

	btf__add_ptr(btf, pointer);
	id = btf__add_struct(btf, "self", 8);
	btf__add_field(btf, "type", pointer, 0, 0);
	return id;
}

static int key_of_arrays_in_a_circle(struct btf *btf)
{
	int number = add_number(btf, BPF_MAP_TYPE_HASH), array, key, id;

	array = (int)btf__type_cnt(btf);
	btf__add_array(btf, 1, array, 3);
	key = btf__add_ptr(btf, array);
	id = btf__add_struct(btf, "self", 16);
	btf__add_field(btf, "type", number, 0, 0);
	btf__add_field(btf, "key", key, 64, 0);
	return id;
}

static int key_larger_than_32_bits(struct btf *btf)
{
	int number = add_number(btf, BPF_MAP_TYPE_HASH), array, key, id;

	array = btf__add_array(btf, 1, 1, 0x10000);
	array = btf__add_array(btf, 1, array, 0x10000);
	key = btf__add_ptr(btf, array);
	id = btf__add_struct(btf, "large", 16);
	btf__add_field(btf, "type", number, 0, 0);
	btf__add_field(btf, "key", key, 64, 0);
	return id;
}

/* What the slots take is the map itself. */
static int values_of_itself(struct btf *btf)
{
	int number = add_number(btf, BPF_MAP_TYPE_ARRAY_OF_MAPS), pointer, array, id;

	pointer = (int)btf__type_cnt(btf);
	id = pointer + 2;
	btf__add_ptr(btf, id);
	array = btf__add_array(btf, 1, pointer, 0);
	btf__add_struct(btf, "self", 16);
	btf__add_field(btf, "type", number, 0, 0);
	btf__add_field(btf, "values", array, 64, 0);
	return id;
}

static int many_members(struct btf *btf)
{
	int number = add_number(btf, BPF_MAP_TYPE_HASH);
	int id = btf__add_struct(btf, "many", 8);

	for (int i = 0; i < 65; i++)
		btf__add_field(btf, "type", number, 0, 0);
	return id;
}

static int member_without_name(struct btf *btf)
{
	int number = add_number(btf, BPF_MAP_TYPE_HASH);
	int id = btf__add_struct(btf, "s", 8);

	btf__add_field(btf, "", number, 0, 0);
	return id;
}

static int enum_cut_off(struct btf *btf)
{
	int number = add_number(btf, BPF_MAP_TYPE_HASH), address, id;

	address = btf__add_enum(btf, NULL, 8);
	btf__add_enum_value(btf, "address", 0);
	id = btf__add_struct(btf, "s", 16);
	btf__add_field(btf, "type", number, 0, 0);
	btf__add_field(btf, "map_extra", address, 64, 0);
	return id;
}

static int type_of_33_bits(struct btf *btf)
{
	int type = btf__add_enum64(btf, NULL, 8, false), id;

	btf__add_enum64_value(btf, "type", (1ULL << 32) + 1);
	id = btf__add_struct(btf, "s", 8);
	btf__add_field(btf, "type", type, 0, 0);
	return id;
}

static const struct {
	make_type *make;
	uint32_t size;
	const char *message;
} hand_made[] = {
	{typedef_of_itself, 64, "map 'map' is defined by no struct"},
	{typedefs_in_a_circle, 64, "map 'map' is defined by no struct"},
	{too_many_typedefs, 64, "map 'map' is defined by no struct"},
	{type_that_is_not_there, 64, "map 'map' is defined by no struct"},
	{no_type_at_all, 64, "map 'map' is defined by no struct"},
	{large_struct, 64, "map 'map' is defined by no struct"},
	{large_struct, 65, "map 'map' lies outside section '.maps'"},
	{field_of_itself, 64, "map 'map': 'type' is no number"},
	{pointer_to_itself, 64, "map 'map': 'type' is no number"},
	{key_of_arrays_in_a_circle, 64, "map 'map': the type of 'key' has no size"},
	{key_larger_than_32_bits, 64, "map 'map': the type of 'key' has no size"},
	{values_of_itself, 64, "map 'map.inner': maps of maps have one level"},
	{many_members, 64, "map 'map': more than 64 members"},
	{member_without_name, 64, "map 'map': unknown member ''"},
	{enum_cut_off, 64, "map 'map': 'map_extra' has more bits than its BTF"},
	{type_of_33_bits, 64, "map 'map': 'type' is more than 32 bits"},
};

START_TEST(types_that_no_compiler_makes_are_refused)
{
	struct unit_bytes bytes = build(hand_made[_i].make, hand_made[_i].size);
	char message[256];

	snprintf(message, sizeof(message), "x.o: %s", hand_made[_i].message);
	unit_object_refused(bytes, message);
	free(bytes.data);
}
END_TEST

/* Nothing that a terminal obeys gets into a message, and no name that is no text. */
START_TEST(names_that_are_no_text_are_refused)
{
	struct unit_bytes bytes = build(large_struct, 64);
	char *name = memmem(bytes.data, bytes.size, "\0map\0", 5);

	ck_assert_ptr_nonnull(name);
	memcpy(name + 1, "\x1b[\xff", 3);
	unit_object_refused(bytes, "x.o: the name of map '?[?' is no text");
	free(bytes.data);
}
END_TEST

/* What clang makes of __ulong(map_extra, 1ull << 44) from version 16 on. */
static int arena_at_an_address(struct btf *btf)
{
	int type = add_number(btf, 33), address, id;

	address = btf__add_enum64(btf, NULL, 8, false);
	btf__add_enum64_value(btf, "address", 1ULL << 44);
	id = btf__add_struct(btf, "arena", 16);
	btf__add_field(btf, "type", type, 0, 0);
	btf__add_field(btf, "map_extra", address, 64, 0);
	return id;
}

/* A few hundred bytes of BTF; each level expands the one before it twelve times. */
static int key_of_anonymous_structs(struct btf *btf)
{
	int number = add_number(btf, BPF_MAP_TYPE_HASH), key, id;

	key = btf__add_struct(btf, NULL, 4);
	for (int level = 0; level < 15; level++) {
		int outer = btf__add_struct(btf, level == 14 ? "key" : NULL, 4);

		for (int i = 0; i < 12; i++)
			btf__add_field(btf, NULL, key, 0, 0);
		key = outer;
	}
	key = btf__add_ptr(btf, key);
	id = btf__add_struct(btf, "map", 16);
	btf__add_field(btf, "type", number, 0, 0);
	btf__add_field(btf, "key", key, 64, 0);
	return id;
}

START_TEST(anonymous_structs_are_not_expanded_without_end)
{
	struct unit_bytes bytes = build(key_of_anonymous_structs, 64);
	struct mim_diags diags = {0};
	mim_auto_object struct mim_object_file *object = NULL;

	ck_assert_int_eq(unit_object_read(bytes.data, bytes.size, &diags, &object), 0);
	ck_assert_str_eq(object->maps[0].def.key_why,
			 "struct 'key' has an anonymous struct without fields");
	free(bytes.data);
}
END_TEST

/* Little BTF, and ten megabytes of fields for each of its structs. */
static int key_of_many_fields(struct btf *btf)
{
	int number = add_number(btf, BPF_MAP_TYPE_HASH), inner, key, id, outer[60];
	int byte = btf__add_int(btf, "unsigned char", 1, 0);
	char name[64];

	inner = btf__add_struct(btf, NULL, 65000);
	for (uint32_t i = 0; i < 65000; i++) {
		snprintf(name, sizeof(name), "field_%050u", i);
		btf__add_field(btf, name, byte, i * 8, 0);
	}
	for (int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		outer[i] = btf__add_struct(btf, name, 65000);
		btf__add_field(btf, NULL, inner, 0, 0);
	}
	id = btf__add_struct(btf, "key", 60 * 65000);
	for (uint32_t i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "f%u", i);
		btf__add_field(btf, name, outer[i], i * 65000 * 8, 0);
	}
	key = btf__add_ptr(btf, id);
	id = btf__add_struct(btf, "map", 16);
	btf__add_field(btf, "type", number, 0, 0);
	btf__add_field(btf, "key", key, 64, 0);
	return id;
}

START_TEST(an_object_that_takes_more_than_its_memory_is_named)
{
	struct unit_bytes bytes = build(key_of_many_fields, 64);
	struct mim_diags diags = {0};
	struct mim_object_file *object = NULL;

	ck_assert_int_eq(unit_object_read(bytes.data, bytes.size, &diags, &object),
			 -EINVAL);
	ck_assert(!diags.out_of_memory);
	ck_assert_str_eq(diags.items[0].message, "x.o takes more than 256 MiB of memory");
	ck_assert_int_eq(diags.items[0].code, MIM_CODE_LIMIT);
	free(bytes.data);
	mim_diags_release(&diags);
}
END_TEST

START_TEST(a_number_of_64_bits_is_an_enum)
{
	struct unit_bytes bytes = build(arena_at_an_address, 64);
	struct mim_diags diags = {0};
	mim_auto_object struct mim_object_file *object = NULL;

	ck_assert_int_eq(unit_object_read(bytes.data, bytes.size, &diags, &object), 0);
	ck_assert_uint_eq(object->maps[0].def.shape.map_extra, 1ULL << 44);
	free(bytes.data);
}
END_TEST

/* Relocations of the object "outer", one changed. */
static const struct {
	uint64_t offset;
	uint32_t symbol;
	const char *message;
} relocations[] = {
	{UINT64_MAX, 0, "section '.rel.maps': a relocation of what is no map"},
	{UINT64_MAX - 4, 0, "section '.rel.maps': a relocation of what is no map"},
	{1 << 20, 0, "section '.rel.maps': a relocation of what is no map"},
	{0, 0, "map 'mail': a relocation of what is no slot"},
};

START_TEST(relocations_to_nowhere_are_refused)
{
	struct unit_bytes bytes = unit_object_bytes("outer");
	Elf64_Rel *first =
		(Elf64_Rel *)(bytes.data + unit_section(bytes, ".rel.maps")->sh_offset);
	char message[256];

	snprintf(message, sizeof(message), "x.o: %s", relocations[_i].message);
	first->r_offset = relocations[_i].offset;
	unit_object_refused(bytes, message);
	free(bytes.data);
}
END_TEST

static const struct {
	int64_t by;
	uint64_t symbol;
	const char *message;
} moved[] = {
	{4, UINT64_MAX, "map 'services': a relocation of half a slot"},
	{0, 0xffffffff, "map 'services': a relocation goes to no symbol"},
	{0, 0, "map 'services': a relocation goes out of section '.maps'"},
	{8, UINT64_MAX, NULL},
};

START_TEST(relocations_that_miss_are_refused)
{
	struct unit_bytes bytes = unit_object_bytes("outer");
	Elf64_Rel *first =
		(Elf64_Rel *)(bytes.data + unit_section(bytes, ".rel.maps")->sh_offset);
	char message[256];

	snprintf(message, sizeof(message), "x.o: %s", moved[_i].message);
	first->r_offset += (uint64_t)moved[_i].by;
	if (moved[_i].symbol != UINT64_MAX)
		first->r_info = ELF64_R_INFO(moved[_i].symbol, 2);
	if (moved[_i].message)
		unit_object_refused(bytes, message);
	else
		read_any(bytes.data, bytes.size);
	free(bytes.data);
}
END_TEST

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A long name, and symbols whose names are its ends: each is another. */
static Elf64_Sym *make_symbols(char *names, size_t size, uint32_t n)
{
	Elf64_Sym *symbols = calloc(n, sizeof(*symbols));

	memset(names, 'x', size);
	names[0] = names[size - 1] = '\0';
	for (uint32_t i = 1; i < n; i++)
		symbols[i] = (Elf64_Sym){.st_name = (uint32_t)(size - 1 - i % (size - 2)),
					 .st_shndx = 1,
					 .st_info = STT_OBJECT};
	return symbols;
}

static void read_quickly(const struct unit_part *parts, size_t n)
{
	struct unit_bytes bytes = unit_build(parts, n);
	double start = seconds();

	read_any(bytes.data, bytes.size);
	ck_assert_msg(seconds() - start < 2, "%f seconds", seconds() - start);
	free(bytes.data);
}

enum { MANY = 500000, NAMES = 1 << 20 };

START_TEST(many_symbols_take_no_time)
{
	char *names = malloc(NAMES);
	Elf64_Sym *symbols = make_symbols(names, NAMES, MANY);
	const struct unit_part parts[] = {
		{"maps", SHT_PROGBITS, names, NAMES},
		{".symtab", SHT_SYMTAB, symbols, MANY * sizeof(*symbols), 3, 1,
		 sizeof(*symbols)},
		{".strtab", SHT_STRTAB, names, NAMES},
	};

	read_quickly(parts, MIM_ARRAY_SIZE(parts));
	free(symbols);
	free(names);
}
END_TEST

/* Thousands of maps of maps, and each relocation fills a slot of one of them. */
START_TEST(many_relocations_take_no_time)
{
	enum { MAPS = 4000, SIZE = 1 << 10 };
	char *names = malloc(NAMES), *maps = calloc(MAPS, SIZE);
	Elf64_Sym *symbols = make_symbols(names, NAMES, MANY);
	Elf64_Rel *rels = calloc(MANY, sizeof(*rels));
	struct btf *btf = btf__new_empty();
	int number = add_number(btf, BPF_MAP_TYPE_ARRAY_OF_MAPS), hash, outer, array;
	uint32_t raw_size;
	const void *raw;

	hash = btf__add_struct(btf, "hash", 8);
	btf__add_field(btf, "type", add_number(btf, BPF_MAP_TYPE_HASH), 0, 0);
	array = btf__add_array(btf, 1, btf__add_ptr(btf, hash), 0);
	outer = btf__add_struct(btf, "outer", 8);
	btf__add_field(btf, "type", number, 0, 0);
	btf__add_field(btf, "values", array, 64, 0);
	number = (int)btf__type_cnt(btf);
	for (int i = 0; i < MAPS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "map%d", i);
		btf__add_var(btf, name, BTF_VAR_GLOBAL_ALLOCATED, i ? outer : hash);
	}
	btf__add_datasec(btf, ".maps", MAPS * SIZE);
	for (int i = 0; i < MAPS; i++)
		btf__add_datasec_var_info(btf, number + i, (uint32_t)i * SIZE, SIZE);
	raw = btf__raw_data(btf, &raw_size);
	/* The one symbol that is meant, and a place for each of the slots. */
	strcpy(names + NAMES - 5, "map0");
	symbols[7].st_name = NAMES - 5;
	for (size_t i = 0; i < MANY; i++)
		rels[i] = (Elf64_Rel){SIZE + i / 120 * SIZE + 8 + i % 120 * 8,
				      ELF64_R_INFO(7, 2)};
	for (size_t i = 120 * (MAPS - 1); i < MANY; i++)
		rels[i].r_offset = SIZE + 8;
	const struct unit_part parts[] = {
		{".maps", SHT_PROGBITS, maps, MAPS * SIZE},
		{".symtab", SHT_SYMTAB, symbols, MANY * sizeof(*symbols), 3, 1,
		 sizeof(*symbols)},
		{".strtab", SHT_STRTAB, names, NAMES},
		{".BTF", SHT_PROGBITS, raw, raw_size},
		{".rel.maps", SHT_REL, rels, MANY * sizeof(*rels), 2, 1, sizeof(*rels)},
	};

	read_quickly(parts, MIM_ARRAY_SIZE(parts));
	btf__free(btf);
	free(rels);
	free(symbols);
	free(names);
	free(maps);
}
END_TEST

UNIT_MAIN("object_hostile", UNIT_EACH(an_object_cut_short_anywhere_is_refused, good),
	  UNIT_EACH(any_byte_can_be_another, good),
	  UNIT_EACH(headers_that_lie_are_found_out, lies),
	  UNIT_EACH(btf_that_lies_is_found_out, btf_lies),
	  UNIT_EACH(types_that_no_compiler_makes_are_refused, hand_made),
	  UNIT(names_that_are_no_text_are_refused),
	  UNIT(anonymous_structs_are_not_expanded_without_end),
	  UNIT(an_object_that_takes_more_than_its_memory_is_named),
	  UNIT(a_number_of_64_bits_is_an_enum),
	  UNIT_EACH(relocations_to_nowhere_are_refused, relocations),
	  UNIT_EACH(relocations_that_miss_are_refused, moved),
	  UNIT(many_symbols_take_no_time), UNIT(many_relocations_take_no_time))
