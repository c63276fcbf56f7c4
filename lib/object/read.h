/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_OBJECT_READ_H
#define MIM_OBJECT_READ_H

#include "object/btf.h"
#include "object/elf.h"
#include "object/object.h"

/** an object may have this many maps; a program can use 64 of them */
#define MIM_OBJECT_MOST_MAPS 4096

/**
 * mim_object_add() - another map
 * @name: copied
 * @ret_map: valid until the next one
 *
 * Return: 0; -EINVAL with a diagnostic when the name is empty, too long or taken, or
 * there are more than MIM_OBJECT_MOST_MAPS; -ENOMEM.
 */
int mim_object_add(const struct mim_elf *elf, struct mim_object_file *object,
		   const char *name, struct mim_object_map **ret_map);

/**
 * mim_object_read_btf_maps() - the maps of section ".maps", with their slots
 * Return: 0; -EINVAL with a diagnostic; -ENOMEM.
 */
int mim_object_read_btf_maps(const struct mim_elf *elf, struct mim_object_file *object);

/** mim_object_read_plain_maps() - the maps of section "maps", likewise */
int mim_object_read_plain_maps(const struct mim_elf *elf, struct mim_object_file *object);

/** where the slots begin in a definition that has none */
#define MIM_NO_VALUES UINT64_MAX

/**
 * struct mim_btf_var - a variable of section ".maps", which defines a map
 * @offset, @size: bytes of the section that are its own
 * @values: byte in it where the slots begin, or MIM_NO_VALUES
 * @map: index in the object
 */
struct mim_btf_var {
	uint64_t offset;
	uint64_t size;
	uint64_t values;
	uint32_t map;
};

/**
 * mim_object_read_def() - what the struct of a map says, as libbpf reads it
 * @types: of the object
 * @type: a struct
 * @map: gets @def, @inner, @has_inner and @pinning
 * @ret_values: see mim_btf_var.values
 *
 * Return: 0; -EINVAL with a diagnostic; -ENOMEM.
 */
int mim_object_read_def(const struct mim_elf *elf, struct mim_btf_types *types,
			const struct btf_type *type, struct mim_object_map *map,
			uint64_t *ret_values);

/**
 * mim_object_read_slots() - which slots the definitions fill, out of the relocations
 * @section: ".maps"
 * @vars: @n of them, ascending by offset
 *
 * Return: 0; -EINVAL with a diagnostic; -ENOMEM.
 */
int mim_object_read_slots(const struct mim_elf *elf, struct mim_object_file *object,
			  const struct mim_section *section,
			  const struct mim_btf_var *vars, uint32_t n);

/**
 * mim_object_sort_slots() - bring the slots of all maps in order
 * Return: 0; -EINVAL with a diagnostic when one is filled twice, or past the map's end.
 */
int mim_object_sort_slots(const struct mim_elf *elf, struct mim_object_file *object);

#endif
