/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef UNIT_OBJECT_H
#define UNIT_OBJECT_H

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "mim.h"
#include "unit.h"

/**
 * DOC: objects for the tests
 *
 * Those of tests/objects, compiled, are in the folder that UNIT_OBJECTS names. Others are
 * put together here, section by section, to hold what no compiler writes.
 */

/** struct unit_bytes - a file in memory; release with free() */
struct unit_bytes {
	uint8_t *data;
	size_t size;
};

/** unit_object_path() - Return: path of tests/objects/NAME.bpf.c, compiled */
static inline const char *unit_object_path(const char *name)
{
	static char path[512];
	const char *folder = getenv("UNIT_OBJECTS");

	ck_assert_msg(folder != NULL, "set UNIT_OBJECTS");
	snprintf(path, sizeof(path), "%s/%s.bpf.o", folder, name);
	return path;
}

static inline struct unit_bytes unit_object_bytes(const char *name)
{
	struct unit_bytes bytes = {0};
	FILE *file = fopen(unit_object_path(name), "r");
	struct stat st;

	ck_assert_msg(file != NULL, "no %s", unit_object_path(name));
	ck_assert_int_eq(fstat(fileno(file), &st), 0);
	bytes.size = (size_t)st.st_size;
	bytes.data = malloc(bytes.size);
	ck_assert_uint_eq(fread(bytes.data, 1, bytes.size, file), bytes.size);
	fclose(file);
	return bytes;
}

/** unit_object_read() - read an object; its bytes are gone before anyone looks at it */
static inline int unit_object_read(const void *data, size_t size, struct mim_diags *diags,
				   struct mim_object_file **ret_object)
{
	/* A block of its own: ASan sees a byte read past its end. */
	void *copy = malloc(size ? size : 1);
	int r;

	memcpy(copy, data, size);
	r = mim_object_read("x.o", copy, size, MIM_NOWHERE, diags, ret_object);
	memset(copy, 0xaa, size);
	free(copy);
	return r;
}

/** unit_object_refused() - insist that an object is refused, with these words alone */
static inline void unit_object_refused(struct unit_bytes bytes, const char *message)
{
	struct mim_diags diags = {0};
	struct mim_object_file *object = NULL;
	int r = unit_object_read(bytes.data, bytes.size, &diags, &object);

	ck_assert_msg(r == -EINVAL, "%d, not refused: %s", r, message);
	ck_assert_ptr_null(object);
	ck_assert_uint_eq(diags.n, 1);
	ck_assert_str_eq(diags.items[0].message, message);
	ck_assert_int_eq(diags.items[0].code, MIM_CODE_OBJECT);
	mim_diags_release(&diags);
}

/** unit_section() - the header of a section, inside the bytes of an object */
static inline Elf64_Shdr *unit_section(struct unit_bytes bytes, const char *name)
{
	Elf64_Ehdr *header = (Elf64_Ehdr *)bytes.data;
	Elf64_Shdr *sections = (Elf64_Shdr *)(bytes.data + header->e_shoff);
	const char *names =
		(const char *)bytes.data + sections[header->e_shstrndx].sh_offset;

	for (unsigned int i = 0; i < header->e_shnum; i++)
		if (strcmp(names + sections[i].sh_name, name) == 0)
			return &sections[i];
	ck_abort_msg("no section %s", name);
	return NULL;
}

/** struct unit_part - a section to be: its name, what is in it, and its header's fields
 */
struct unit_part {
	const char *name;
	uint32_t type;
	const void *data;
	size_t size;
	uint32_t link;
	uint32_t info;
	size_t entry_size;
};

/** unit_build() - an object of @n sections; the first of them has index 1, then comes
 * ".shstrtab" */
static inline struct unit_bytes unit_build(const struct unit_part *parts, size_t n)
{
	size_t at = sizeof(Elf64_Ehdr) + (n + 2) * sizeof(Elf64_Shdr), names_size = 1;
	struct unit_bytes bytes = {NULL, at + 8192};
	Elf64_Ehdr *header;
	Elf64_Shdr *section;
	char names[4096] = "";

	for (size_t i = 0; i < n; i++)
		bytes.size += parts[i].size + 8;
	bytes.data = calloc(1, bytes.size);
	header = (Elf64_Ehdr *)bytes.data;
	section = (Elf64_Shdr *)(header + 1);
	*header = (Elf64_Ehdr){
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			    *(const uint8_t *)&(uint16_t){1} ? ELFDATA2LSB : ELFDATA2MSB,
			    EV_CURRENT},
		.e_type = ET_REL,
		.e_machine = EM_BPF,
		.e_version = EV_CURRENT,
		.e_shoff = sizeof(*header),
		.e_ehsize = sizeof(*header),
		.e_shentsize = sizeof(*section),
		.e_shnum = (uint16_t)(n + 2),
		.e_shstrndx = (uint16_t)(n + 1),
	};
	for (size_t i = 0; i < n; i++) {
		*++section = (Elf64_Shdr){
			.sh_name = (uint32_t)names_size,
			.sh_type = parts[i].type,
			.sh_offset = at,
			.sh_size = parts[i].size,
			.sh_link = parts[i].link,
			.sh_info = parts[i].info,
			.sh_entsize = parts[i].entry_size,
		};
		strcpy(names + names_size, parts[i].name);
		names_size += strlen(parts[i].name) + 1;
		memcpy(bytes.data + at, parts[i].data, parts[i].size);
		at = (at + parts[i].size + 7) & ~(size_t)7;
	}
	*++section = (Elf64_Shdr){.sh_name = (uint32_t)names_size,
				  .sh_type = SHT_STRTAB,
				  .sh_offset = at,
				  .sh_size = names_size + sizeof(".shstrtab")};
	strcpy(names + names_size, ".shstrtab");
	memcpy(bytes.data + at, names, section->sh_size);
	bytes.size = at + section->sh_size;
	return bytes;
}

#endif
