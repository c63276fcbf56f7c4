/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <linux/btf.h>
#include <string.h>
#include "object/read.h"

/* The types of a section's variables, as BTF lists them. */
static const struct btf_type *find_list(const struct btf *btf, const char *name)
{
	uint32_t n = btf__type_cnt(btf);

	for (uint32_t id = 1; id < n; id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const char *text = btf__name_by_offset(btf, type->name_off);

		if (btf_is_datasec(type) && text && strcmp(text, name) == 0)
			return type;
	}
	return NULL;
}

/* Where the variables of a section are, by name: the compiler leaves that out of BTF. */
static int table_symbols(const struct mim_elf *elf, const struct mim_section *section,
			 struct mim_table *ret_table)
{
	struct mim_symbol symbol;
	uint32_t n = 0, there;

	for (uint32_t i = 1; i < elf->n_symbols; i++) {
		if (!mim_elf_symbol(elf, i, &symbol) ||
		    symbol.section != section->index || symbol.type != STT_OBJECT)
			continue;
		if (n++ == MIM_OBJECT_MOST_MAPS)
			return mim_elf_refuse(elf,
					      "more than %u symbols in section "
					      "'.maps'",
					      MIM_OBJECT_MOST_MAPS);
		if (mim_table_add(ret_table, symbol.name, i, &there) == -ENOMEM)
			return mim_elf_no_room(elf);
	}
	return 0;
}

struct maps {
	const struct mim_elf *elf;
	const struct mim_section *section;
	const struct btf *btf;
	struct mim_object_file *object;
	struct mim_table symbols;
	struct mim_btf_var *vars;
	uint32_t n_vars;
	bool has_offsets;
};

static int place_var(struct maps *maps, const char *name,
		     const struct btf_var_secinfo *info, struct mim_btf_var *var)
{
	uint32_t index = mim_table_find(&maps->symbols, name);
	struct mim_symbol symbol;

	var->offset = info->offset;
	var->size = info->size;
	if (!maps->has_offsets) {
		if (index == MIM_TABLE_NONE || !mim_elf_symbol(maps->elf, index, &symbol))
			return mim_elf_refuse(maps->elf,
					      "map '%.100s' has no symbol in section "
					      "'.maps'",
					      name);
		var->offset = symbol.value;
	}
	if (var->offset > maps->section->size ||
	    var->size > maps->section->size - var->offset)
		return mim_elf_refuse(maps->elf,
				      "map '%.100s' lies outside section '.maps'", name);
	return 0;
}

static int read_var(struct maps *maps, const struct btf_var_secinfo *info)
{
	const struct btf_type *type = btf__type_by_id(maps->btf, info->type), *definition;
	struct mim_btf_var *var = &maps->vars[maps->n_vars];
	struct mim_object_map *map;
	const char *name;
	int r;

	if (!type || !btf_is_var(type))
		return mim_elf_refuse(maps->elf, "section '.maps' holds what is no map");
	name = btf__name_by_offset(maps->btf, type->name_off);
	r = mim_object_add(maps->elf, maps->object, name ? name : "", &map);
	if (r < 0)
		return r;
	map->form = MIM_OBJECT_BTF;
	if (btf_var(type)->linkage != BTF_VAR_GLOBAL_ALLOCATED)
		return mim_elf_refuse(
			maps->elf, "map '%.100s' is static: no loader takes that", name);
	r = place_var(maps, name, info, var);
	if (r < 0)
		return r;
	definition = mim_btf_plain(maps->btf, type->type);
	if (!definition || !btf_is_struct(definition) || definition->size > info->size)
		return mim_elf_refuse(maps->elf, "map '%.100s' is defined by no struct",
				      name);
	var->map = maps->n_vars++;
	return mim_object_read_def(maps->elf, maps->object->types, definition, map,
				   &var->values);
}

static int by_offset(const void *a, const void *b)
{
	const struct mim_btf_var *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

/* Two maps in one place: relocations could not be told apart. */
static int check_overlap(const struct maps *maps)
{
	for (uint32_t i = 1; i < maps->n_vars; i++) {
		const struct mim_btf_var *var = &maps->vars[i - 1], *next = var + 1;

		if (var->offset + var->size > next->offset)
			return mim_elf_refuse(maps->elf,
					      "maps '%.100s' and '%.100s' overlap",
					      maps->object->maps[var->map].name,
					      maps->object->maps[next->map].name);
	}
	return 0;
}

static int read_maps(struct maps *maps)
{
	const struct btf_type *list = find_list(maps->btf, ".maps");
	const struct btf_var_secinfo *infos;
	int r;

	if (!list)
		return mim_elf_refuse(maps->elf, "section '.maps' is not in BTF");
	maps->has_offsets = list->size != 0;
	infos = btf_var_secinfos(list);
	maps->vars = calloc(btf_vlen(list) + 1, sizeof(*maps->vars));
	if (!maps->vars)
		return mim_elf_no_room(maps->elf);
	r = table_symbols(maps->elf, maps->section, &maps->symbols);
	for (uint32_t i = 0; i < btf_vlen(list) && r == 0; i++)
		r = read_var(maps, &infos[i]);
	if (r < 0)
		return r;
	qsort(maps->vars, maps->n_vars, sizeof(*maps->vars), by_offset);
	r = check_overlap(maps);
	return r < 0 ? r
		     : mim_object_read_slots(maps->elf, maps->object, maps->section,
					     maps->vars, maps->n_vars);
}

/* Without maps that it defines, nobody may ever ask for the object's BTF. */
static int read_types(const struct mim_elf *elf, struct mim_object_file *object,
		      bool needed)
{
	struct mim_diags unsaid = {0};
	struct mim_elf reader = *elf;
	struct btf *btf;
	int r;

	if (!needed)
		reader.diags = &unsaid;
	r = mim_object_btf(&reader, &btf);
	mim_diags_release(&unsaid);
	if (r == 0) {
		object->types = mim_btf_types_new(btf, MIM_BTF_EXACT, &object->arena);
		r = object->types ? 0 : -ENOMEM;
	}
	if (r == -ENOMEM)
		return mim_elf_no_room(elf);
	return needed ? r : 0;
}

int mim_object_read_btf_maps(const struct mim_elf *elf, struct mim_object_file *object)
{
	struct maps maps = {.elf = elf, .object = object};
	int r = mim_elf_section(elf, ".maps", &maps.section);
	bool has_maps = r == 0 && maps.section && maps.section->size;

	if (r == 0)
		r = read_types(elf, object, has_maps);
	if (r < 0 || !has_maps)
		return r;
	maps.btf = mim_btf_types_btf(object->types);
	r = read_maps(&maps);
	mim_table_release(&maps.symbols);
	free(maps.vars);
	return r;
}
