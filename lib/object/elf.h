/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_OBJECT_ELF_H
#define MIM_OBJECT_ELF_H

#include <gelf.h>
#include <stdbool.h>
#include "base/arena.h"
#include "base/diag.h"

/** most bytes of a name, as the kernel has it for symbols */
#define MIM_ELF_NAME_MOST 511

/**
 * struct mim_section - a section of the object
 * @index: its number
 * @data: @size bytes inside the object; NULL when the file holds none of them
 */
struct mim_section {
	const char *name;
	uint32_t index;
	uint32_t type;
	uint32_t link;
	uint32_t info;
	uint64_t flags;
	uint64_t entry_size;
	const uint8_t *data;
	size_t size;
};

/**
 * struct mim_elf - an object file on its way to its maps
 * @object: name of the file, for messages
 * @spot, @diags: where messages belong
 * @arena: holds what is made of it
 * @sections: @n_sections of them, the first is empty
 * @symbols: @n_symbols of them
 *
 * Everything borrows from the bytes of the object.
 */
struct mim_elf {
	const char *object;
	struct mim_spot spot;
	struct mim_diags *diags;
	struct mim_arena *arena;
	Elf *elf;
	struct mim_section *sections;
	uint32_t n_sections;
	const struct mim_section *symbols;
	const struct mim_section *symbol_names;
	uint32_t n_symbols;
};

/** struct mim_symbol - a symbol; @name is "" when it has none */
struct mim_symbol {
	const char *name;
	uint64_t value;
	uint64_t size;
	uint32_t section;
	uint8_t type;
};

/**
 * mim_elf_open() - check an object's headers and find its sections
 * @elf: with @object, @spot, @diags and @arena set; released by mim_elf_release()
 *	whatever is returned
 * @bytes: @size of them; outlive @elf
 *
 * Return: 0; -EINVAL with a diagnostic when it is no BPF object of this machine's byte
 * order, or its sections lie outside it; -ENOMEM.
 */
int mim_elf_open(struct mim_elf *elf, const void *bytes, size_t size);

void mim_elf_release(struct mim_elf *elf);

/**
 * mim_elf_section() - the section called @name
 * @ret_section: NULL when there is none
 *
 * Return: 0; -EINVAL with a diagnostic when there are two, or it is compressed.
 */
int mim_elf_section(const struct mim_elf *elf, const char *name,
		    const struct mim_section **ret_section);

/** mim_elf_symbol() - Return: false when there is no such symbol or its name is broken */
bool mim_elf_symbol(const struct mim_elf *elf, uint32_t index,
		    struct mim_symbol *ret_symbol);

/** mim_elf_refuse() - "OBJECT: ...", the one way to say what is wrong; Return: -EINVAL */
int mim_elf_refuse(const struct mim_elf *elf, const char *format, ...) MIM_PRINTF(2, 3);

/** mim_elf_no_room() - @arena gave no memory; Return: as mim_no_room() */
int mim_elf_no_room(const struct mim_elf *elf);

#endif
