/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/elf.h"

#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/str.h"

/* clang makes a section for each program and one for its relocations. */
#define MOST_SECTIONS 20000

#if __BYTE_ORDER == __LITTLE_ENDIAN
#define HOST_ORDER ELFDATA2LSB
#else
#define HOST_ORDER ELFDATA2MSB
#endif

/* Names in an object are any bytes, and what is cut off may be half a character. */
static void make_printable(char *text)
{
	while (*text) {
		size_t n = mim_str_character(text);

		if (n == 0)
			*text = '?';
		text += n ? n : 1;
	}
}

int mim_elf_refuse(const struct mim_elf *elf, const char *format, ...)
{
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	make_printable(message);
	return mim_error(elf->diags, elf->spot, MIM_CODE_OBJECT, -EINVAL, "%s: %s",
			 elf->object, message);
}

int mim_elf_no_room(const struct mim_elf *elf)
{
	return mim_no_room(elf->diags, elf->arena, elf->spot, elf->object);
}

static const char *order_name(uint8_t order)
{
	return order == ELFDATA2LSB ? "little-endian" : "big-endian";
}

static int check_identity(const struct mim_elf *elf, const uint8_t *bytes, size_t size)
{
	uint8_t order = size > EI_DATA ? bytes[EI_DATA] : 0;

	if (size < SELFMAG || memcmp(bytes, ELFMAG, SELFMAG) != 0)
		return mim_elf_refuse(elf, "no ELF object");
	if (size < EI_NIDENT || bytes[EI_VERSION] != EV_CURRENT)
		return mim_elf_refuse(elf, "its ELF header is cut short or unknown");
	if (bytes[EI_CLASS] != ELFCLASS64)
		return mim_elf_refuse(elf, "no BPF object: it is not 64-bit");
	if (order != ELFDATA2LSB && order != ELFDATA2MSB)
		return mim_elf_refuse(elf, "its ELF header names no byte order");
	if (order != HOST_ORDER)
		return mim_elf_refuse(elf,
				      "a %s object, and this machine is %s: compile "
				      "with -target bpf here",
				      order_name(order), order_name(HOST_ORDER));
	if (size < sizeof(Elf64_Ehdr))
		return mim_elf_refuse(elf, "its ELF header is cut short");
	return 0;
}

/*
 * libelf allocates for as many sections as the header names before it looks whether the
 * file can hold them, so that is looked at here.
 */
static int check_header(const struct mim_elf *elf, const void *bytes, size_t size)
{
	Elf64_Ehdr header;

	memcpy(&header, bytes, sizeof(header));
	/* Old compilers left the machine at 0; loaders still take that. */
	if (header.e_machine != EM_BPF && header.e_machine != EM_NONE)
		return mim_elf_refuse(elf, "no BPF object: it is for machine %u",
				      header.e_machine);
	if (header.e_type != ET_REL)
		return mim_elf_refuse(elf, "no BPF object: it is linked (e_type %u)",
				      header.e_type);
	if (header.e_shoff == 0 || header.e_shnum == 0)
		return mim_elf_refuse(elf, "no sections");
	if (header.e_shnum > MOST_SECTIONS)
		return mim_elf_refuse(elf, "more than %u sections", MOST_SECTIONS);
	if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shoff > size ||
	    size - header.e_shoff < header.e_shnum * sizeof(Elf64_Shdr))
		return mim_elf_refuse(elf, "its section headers lie outside the file");
	if (header.e_shstrndx >= header.e_shnum)
		return mim_elf_refuse(elf, "its section names lie in no section");
	return 0;
}

static int read_section(struct mim_elf *elf, uint32_t index, size_t file_size)
{
	struct mim_section *section = &elf->sections[index];
	Elf_Scn *scn = elf_getscn(elf->elf, index);
	Elf_Data *data;
	GElf_Shdr header;

	if (!scn || !gelf_getshdr(scn, &header))
		return mim_elf_refuse(elf, "section %u has no header", index);
	*section = (struct mim_section){
		.index = index,
		.type = header.sh_type,
		.link = header.sh_link,
		.info = header.sh_info,
		.flags = header.sh_flags,
		.entry_size = header.sh_entsize,
	};
	if (header.sh_type == SHT_NULL || header.sh_type == SHT_NOBITS)
		return 0;
	if (header.sh_offset > file_size || header.sh_size > file_size - header.sh_offset)
		return mim_elf_refuse(elf, "section %u lies outside the file", index);
	if (header.sh_size == 0)
		return 0;
	data = elf_rawdata(scn, NULL);
	if (!data || !data->d_buf || data->d_size != header.sh_size)
		return mim_elf_refuse(elf, "section %u cannot be read", index);
	section->data = data->d_buf;
	section->size = data->d_size;
	return 0;
}

/*
 * Text at an offset: it ends inside the section, because the section ends in NUL. Names
 * are compared and hashed: one of megabytes that everything is called by would take
 * hours.
 */
static const char *text_at(const struct mim_section *texts, uint64_t offset)
{
	const char *text;

	if (!texts->size || texts->data[texts->size - 1] != '\0' || offset >= texts->size)
		return NULL;
	text = (const char *)texts->data + offset;
	return strnlen(text, MIM_ELF_NAME_MOST + 1) > MIM_ELF_NAME_MOST ? NULL : text;
}

static int name_sections(struct mim_elf *elf, uint32_t names_index)
{
	const struct mim_section *names = &elf->sections[names_index];

	for (uint32_t i = 0; i < elf->n_sections; i++) {
		GElf_Shdr header;

		gelf_getshdr(elf_getscn(elf->elf, i), &header);
		elf->sections[i].name = i ? text_at(names, header.sh_name) : "";
		if (!elf->sections[i].name)
			return mim_elf_refuse(
				elf, "section %u has no name that can be read", i);
	}
	return 0;
}

static int find_symbols(struct mim_elf *elf)
{
	const struct mim_section *symbols = NULL;
	size_t n;

	for (uint32_t i = 1; i < elf->n_sections; i++) {
		if (elf->sections[i].type != SHT_SYMTAB)
			continue;
		if (symbols)
			return mim_elf_refuse(elf, "two symbol tables");
		symbols = &elf->sections[i];
	}
	if (!symbols)
		return 0;
	if (symbols->flags & SHF_COMPRESSED)
		return mim_elf_refuse(elf, "section '%.100s' is compressed",
				      symbols->name);
	if (symbols->entry_size != sizeof(Elf64_Sym) ||
	    symbols->size % sizeof(Elf64_Sym) != 0 || symbols->link >= elf->n_sections)
		return mim_elf_refuse(elf, "section '%.100s' is no symbol table",
				      symbols->name);
	n = symbols->size / sizeof(Elf64_Sym);
	elf->symbols = symbols;
	elf->symbol_names = &elf->sections[symbols->link];
	elf->n_symbols = (uint32_t)n;
	return 0;
}

static int read_sections(struct mim_elf *elf, const void *bytes, size_t size)
{
	Elf64_Ehdr header;
	int r = 0;

	memcpy(&header, bytes, sizeof(header));
	elf->n_sections = header.e_shnum;
	elf->sections =
		mim_arena_array(elf->arena, elf->n_sections, sizeof(*elf->sections));
	if (!elf->sections)
		return mim_elf_no_room(elf);
	for (uint32_t i = 0; i < elf->n_sections && r == 0; i++)
		r = read_section(elf, i, size);
	if (r == 0)
		r = name_sections(elf, header.e_shstrndx);
	return r < 0 ? r : find_symbols(elf);
}

int mim_elf_open(struct mim_elf *elf, const void *bytes, size_t size)
{
	int r = check_identity(elf, bytes, size);

	if (r == 0)
		r = check_header(elf, bytes, size);
	if (r < 0)
		return r;
	elf_version(EV_CURRENT);
	/* libelf does not write to an image that it was given to read. */
	elf->elf = elf_memory((char *)bytes, size);
	if (!elf->elf || elf_kind(elf->elf) != ELF_K_ELF)
		return mim_elf_refuse(elf, "no ELF object: %s", elf_errmsg(-1));
	return read_sections(elf, bytes, size);
}

void mim_elf_release(struct mim_elf *elf)
{
	elf_end(elf->elf);
	elf->elf = NULL;
}

int mim_elf_section(const struct mim_elf *elf, const char *name,
		    const struct mim_section **ret_section)
{
	const struct mim_section *found = NULL;

	for (uint32_t i = 1; i < elf->n_sections; i++) {
		if (strcmp(elf->sections[i].name, name) != 0)
			continue;
		if (found)
			return mim_elf_refuse(elf, "two sections '%s'", name);
		found = &elf->sections[i];
	}
	if (found && (found->flags & SHF_COMPRESSED))
		return mim_elf_refuse(elf, "section '%s' is compressed", name);
	if (found && found->type == SHT_NOBITS)
		return mim_elf_refuse(elf, "section '%s' is not in the file", name);
	*ret_section = found;
	return 0;
}

bool mim_elf_symbol(const struct mim_elf *elf, uint32_t index,
		    struct mim_symbol *ret_symbol)
{
	Elf64_Sym symbol;
	const char *name;

	if (index >= elf->n_symbols)
		return false;
	memcpy(&symbol, elf->symbols->data + index * sizeof(symbol), sizeof(symbol));
	name = text_at(elf->symbol_names, symbol.st_name);
	if (!name)
		return false;
	*ret_symbol = (struct mim_symbol){
		.name = name,
		.value = symbol.st_value,
		.size = symbol.st_size,
		.section = symbol.st_shndx,
		.type = ELF64_ST_TYPE(symbol.st_info),
	};
	return true;
}
