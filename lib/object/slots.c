/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "object/read.h"

/* A slot is a pointer of the BPF machine. */
#define SLOT_SIZE 8

/* One relocation, and the map whose slot it fills. */
struct filling {
	const struct mim_elf *elf;
	struct mim_object_file *object;
	const struct mim_section *section;
	const struct mim_btf_var *vars;
	uint32_t n_vars;
};

/* The variable that a place in the section belongs to. */
static const struct mim_btf_var *var_at(const struct filling *filling, uint64_t offset)
{
	uint32_t low = 0, high = filling->n_vars;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct mim_btf_var *var = &filling->vars[middle];

		if (offset < var->offset)
			high = middle;
		else if (offset - var->offset >= var->size)
			low = middle + 1;
		else
			return var;
	}
	return NULL;
}

static int refuse(const struct filling *filling, const struct mim_btf_var *var,
		  const char *why)
{
	return mim_elf_refuse(filling->elf, "map '%.100s': a relocation %s",
			      filling->object->maps[var->map].name, why);
}

static int add_slot(const struct filling *filling, const struct mim_btf_var *var,
		    uint64_t index, uint32_t inner)
{
	struct mim_object_map *map = &filling->object->maps[var->map];
	struct mim_object_slot *slots;

	slots = mim_arena_resize(&filling->object->arena, map->slots,
				 (map->n_slots + 1) * sizeof(*slots));
	if (!slots)
		return mim_elf_no_room(filling->elf);
	map->slots = slots;
	slots[map->n_slots++] = (struct mim_object_slot){(uint32_t)index, inner};
	return 0;
}

/* The map that a relocation points to, by its symbol's name as libbpf has it. */
static int find_inner(const struct filling *filling, const struct mim_btf_var *var,
		      uint32_t index, uint32_t *ret_map)
{
	const struct mim_object_map *map;
	struct mim_symbol symbol;

	if (!mim_elf_symbol(filling->elf, index, &symbol))
		return refuse(filling, var, "goes to no symbol");
	if (symbol.section != filling->section->index)
		return refuse(filling, var, "goes out of section '.maps'");
	map = mim_object_find(filling->object, symbol.name);
	if (!map)
		return refuse(filling, var, "goes to no map");
	if (mim_object_is_outer(map))
		return refuse(filling, var, "puts a map of maps into a slot");
	*ret_map = (uint32_t)(map - filling->object->maps);
	return 0;
}

static int fill(const struct filling *filling, const Elf64_Rel *relocation)
{
	const struct mim_btf_var *var = var_at(filling, relocation->r_offset);
	uint64_t at;
	uint32_t inner = 0;
	int r;

	if (!var)
		return mim_elf_refuse(filling->elf,
				      "section '.rel.maps': a relocation of "
				      "what is no map");
	/* The slots of a prog_array hold programs. */
	if (filling->object->maps[var->map].def.shape.type == BPF_MAP_TYPE_PROG_ARRAY)
		return 0;
	at = relocation->r_offset - var->offset;
	if (var->values == MIM_NO_VALUES || at < var->values)
		return refuse(filling, var, "of what is no slot");
	at -= var->values;
	if (at % SLOT_SIZE || var->size - var->values - at < SLOT_SIZE)
		return refuse(filling, var, "of half a slot");
	r = find_inner(filling, var, ELF64_R_SYM(relocation->r_info), &inner);
	return r < 0 ? r : add_slot(filling, var, at / SLOT_SIZE, inner);
}

static int fill_all(const struct filling *filling, const struct mim_section *relocations)
{
	int r = 0;

	if (relocations->flags & SHF_COMPRESSED)
		return mim_elf_refuse(filling->elf, "section '%.100s' is compressed",
				      relocations->name);
	if (relocations->size % sizeof(Elf64_Rel) != 0 ||
	    relocations->entry_size != sizeof(Elf64_Rel))
		return mim_elf_refuse(filling->elf,
				      "section '%.100s' is no list of "
				      "relocations",
				      relocations->name);
	for (size_t at = 0; at < relocations->size && r == 0; at += sizeof(Elf64_Rel)) {
		Elf64_Rel relocation;

		memcpy(&relocation, relocations->data + at, sizeof(relocation));
		r = fill(filling, &relocation);
	}
	return r;
}

int mim_object_read_slots(const struct mim_elf *elf, struct mim_object_file *object,
			  const struct mim_section *section,
			  const struct mim_btf_var *vars, uint32_t n)
{
	const struct filling filling = {elf, object, section, vars, n};
	int r = 0;

	for (uint32_t i = 1; i < elf->n_sections && r == 0; i++)
		if (elf->sections[i].type == SHT_REL &&
		    elf->sections[i].info == section->index)
			r = fill_all(&filling, &elf->sections[i]);
	return r;
}

static int by_index(const void *a, const void *b)
{
	const struct mim_object_slot *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

static int sort_slots(const struct mim_elf *elf, struct mim_object_map *map)
{
	const struct mim_shape *shape = &map->def.shape;

	qsort(map->slots, map->n_slots, sizeof(*map->slots), by_index);
	for (uint32_t i = 1; i < map->n_slots; i++)
		if (map->slots[i].index == map->slots[i - 1].index)
			return mim_elf_refuse(elf,
					      "map '%.100s': slot %u is filled twice",
					      map->name, map->slots[i].index);
	if (map->n_slots && shape->type == BPF_MAP_TYPE_ARRAY_OF_MAPS &&
	    shape->max_entries &&
	    map->slots[map->n_slots - 1].index >= shape->max_entries)
		return mim_elf_refuse(
			elf, "map '%.100s': slot %u is past max_entries (%u)", map->name,
			map->slots[map->n_slots - 1].index, shape->max_entries);
	return 0;
}

int mim_object_sort_slots(const struct mim_elf *elf, struct mim_object_file *object)
{
	int r = 0;

	for (uint32_t i = 0; i < object->n_maps && r == 0; i++)
		if (object->maps[i].n_slots)
			r = sort_slots(elf, &object->maps[i]);
	return r;
}
