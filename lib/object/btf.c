/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/btf.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/btf.h>
#include <string.h>

/* As far as libbpf follows a chain of types. */
#define MOST_DEPTH 32

/* N of char[N] and bytes[N] goes no further. */
#define MOST_TEXT 65535

/* What comes out of an object has pointers of the BPF machine. */
#define POINTER_SIZE 8

static int check_header(const struct mim_elf *elf, const struct mim_section *section)
{
	uint64_t size = section->size, types_end, texts_end;
	struct btf_header header;
	const char *texts;

	if (size < sizeof(header))
		return mim_elf_refuse(elf, "section '.BTF' is cut short");
	memcpy(&header, section->data, sizeof(header));
	if (header.magic != BTF_MAGIC || header.version != BTF_VERSION)
		return mim_elf_refuse(elf, "section '.BTF' is no BTF of version %u",
				      BTF_VERSION);
	if (header.hdr_len < sizeof(header) || header.hdr_len % 4 ||
	    header.type_off % 4 || header.hdr_len > size)
		return mim_elf_refuse(elf, "section '.BTF' has a broken header");
	types_end = (uint64_t)header.hdr_len + header.type_off + header.type_len;
	texts_end = (uint64_t)header.hdr_len + header.str_off + header.str_len;
	if (types_end > size || texts_end > size || header.str_len == 0 ||
	    (uint64_t)header.type_off + header.type_len > header.str_off)
		return mim_elf_refuse(elf, "section '.BTF' lies about its size");
	texts = (const char *)section->data + texts_end - header.str_len;
	if (texts[0] != '\0' || texts[header.str_len - 1] != '\0')
		return mim_elf_refuse(elf, "section '.BTF' has texts without an end");
	return 0;
}

static int say_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

int mim_object_btf(const struct mim_elf *elf, struct btf **ret_btf)
{
	const struct mim_section *section;
	libbpf_print_fn_t before;
	struct btf *btf;
	int r = mim_elf_section(elf, ".BTF", &section);

	if (r < 0)
		return r;
	if (!section || !section->data)
		return mim_elf_refuse(elf,
				      "section '.maps' without BTF: compile with -g");
	r = check_header(elf, section);
	if (r < 0)
		return r;
	before = libbpf_set_print(say_nothing);
	errno = 0;
	btf = btf__new(section->data, (uint32_t)section->size);
	libbpf_set_print(before);
	if (!btf && errno == ENOMEM)
		return mim_out_of_memory(elf->diags);
	if (!btf)
		return mim_elf_refuse(elf, "section '.BTF' is broken, or newer than %s",
				      "libbpf");
	btf__set_pointer_size(btf, POINTER_SIZE);
	*ret_btf = btf;
	return 0;
}

/* What a type is another name for. Return: 0 when it is one of its own. */
static uint32_t alias_of(const struct btf_type *type)
{
	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return type->type;
	default:
		return 0;
	}
}

const struct btf_type *mim_btf_plain(const struct btf *btf, uint32_t id)
{
	for (int depth = 0; depth < MOST_DEPTH; depth++) {
		const struct btf_type *type = btf__type_by_id(btf, id);

		if (!type || id == 0)
			return NULL;
		if (!alias_of(type))
			return type;
		id = alias_of(type);
	}
	return NULL;
}

/* The kernel's names for integers in network order. */
static bool is_network(const struct btf *btf, uint32_t id)
{
	static const char *const names[] = {"__be16", "__be32", "__be64"};

	for (int depth = 0; depth < MOST_DEPTH; depth++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const char *name;

		if (!type || !alias_of(type))
			return false;
		name = btf__name_by_offset(btf, type->name_off);
		for (size_t i = 0; name && i < MIM_ARRAY_SIZE(names); i++)
			if (strcmp(name, names[i]) == 0)
				return true;
		id = alias_of(type);
	}
	return false;
}

static bool is_char(const struct btf *btf, const struct btf_type *type)
{
	const char *name = btf__name_by_offset(btf, type->name_off);

	return btf_is_int(type) && type->size == 1 && name && strcmp(name, "char") == 0;
}

static struct mim_type array_type(const struct btf *btf, const struct btf_type *array,
				  uint32_t size)
{
	const struct btf_type *element = mim_btf_plain(btf, btf_array(array)->type);

	if (!element || !btf_is_int(element) || element->size != 1 || size == 0 ||
	    size > MOST_TEXT)
		return (struct mim_type){MIM_TYPE_NONE, size};
	return (struct mim_type){is_char(btf, element) ? MIM_TYPE_CHAR : MIM_TYPE_BYTES,
				 size};
}

static struct mim_type integer_type(const struct btf *btf, const struct btf_type *type,
				    uint32_t id, uint32_t size)
{
	bool is_signed = btf_is_int(type) && (btf_int_encoding(type) & BTF_INT_SIGNED);

	if (size != 1 && size != 2 && size != 4 && size != 8)
		return (struct mim_type){MIM_TYPE_NONE, size};
	if (size > 1 && is_network(btf, id))
		return (struct mim_type){MIM_TYPE_BE, size};
	return (struct mim_type){is_signed ? MIM_TYPE_SINT : MIM_TYPE_UINT, size};
}

struct mim_type mim_btf_scalar(const struct btf *btf, uint32_t id, uint32_t size)
{
	const struct btf_type *type = mim_btf_plain(btf, id);

	if (type && btf_is_array(type))
		return array_type(btf, type, size);
	if (type && (btf_is_int(type) || btf_is_any_enum(type)))
		return integer_type(btf, type, id, size);
	return (struct mim_type){MIM_TYPE_NONE, size};
}
