/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/print_lock.h"
#include "object/btf.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/btf.h>
#include <string.h>

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

int mim_btf_open(const void *bytes, uint32_t size, struct btf **ret_btf)
{
	libbpf_print_fn_t before;
	struct btf *btf;

	pthread_mutex_lock(&mim_print_lock);
	before = libbpf_set_print(NULL);
	errno = 0;
	btf = btf__new(bytes, size);
	libbpf_set_print(before);
	pthread_mutex_unlock(&mim_print_lock);
	if (!btf)
		return errno == ENOMEM ? -ENOMEM : -EINVAL;
	btf__set_pointer_size(btf, POINTER_SIZE);
	*ret_btf = btf;
	return 0;
}

int mim_object_btf(const struct mim_elf *elf, struct btf **ret_btf)
{
	const struct mim_section *section;
	int r = mim_elf_section(elf, ".BTF", &section);

	if (r < 0)
		return r;
	if (!section || !section->data)
		return mim_elf_refuse(elf,
				      "section '.maps' without BTF: compile with -g");
	r = check_header(elf, section);
	if (r < 0)
		return r;
	r = mim_btf_open(section->data, (uint32_t)section->size, ret_btf);
	if (r == -ENOMEM)
		return mim_elf_no_room(elf);
	if (r < 0)
		return mim_elf_refuse(elf, "section '.BTF' is broken, or newer than %s",
				      "libbpf");
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
	for (int depth = 0; depth < MIM_BTF_MOST_ALIASES; depth++) {
		const struct btf_type *type = btf__type_by_id(btf, id);

		if (!type || id == 0)
			return NULL;
		if (!alias_of(type))
			return type;
		id = alias_of(type);
	}
	return NULL;
}
