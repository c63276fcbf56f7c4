/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "base/array.h"
#include "object/read.h"

/*
 * Two structs have been put into section "maps". libbpf's struct bpf_map_def has five
 * numbers, and its loaders took shorter ones and longer ones with zeros at the end.
 * iproute2's struct bpf_elf_map has the same five and four more. All maps of an object
 * have the same struct; its size tells which, and where it does not (six to eight
 * numbers, as older iproute2 and the kernel's samples had them, meaning different things)
 * nobody knows: unless they are zero, that is refused.
 */
struct plain_def {
	uint32_t type;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	uint32_t flags;
	uint32_t id;
	uint32_t pinning;
	uint32_t inner_id;
	uint32_t inner_index;
};

#define LEAST_SIZE   offsetof(struct plain_def, flags)
#define LIBBPF_SIZE  offsetof(struct plain_def, id)
#define IPROUTE_SIZE sizeof(struct plain_def)

/* iproute2: ELF_MAX_MAPS */
#define MOST_ELF_MAPS 64

/* iproute2: in no slot, though it has an id */
#define NO_INDEX UINT32_MAX

struct plain_map {
	uint64_t offset;
	uint64_t size;
	const char *name;
	struct plain_def def;
};

struct plain {
	const struct mim_elf *elf;
	const struct mim_section *section;
	struct plain_map *maps;
	uint32_t n;
	uint64_t stride;
};

static int by_offset(const void *a, const void *b)
{
	const struct plain_map *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

static bool is_map(const struct plain *plain, const struct mim_symbol *symbol)
{
	return symbol->section == plain->section->index &&
	       (symbol->type == STT_OBJECT || symbol->type == STT_NOTYPE) &&
	       symbol->name[0];
}

static int find_maps(struct plain *plain)
{
	struct mim_symbol symbol;
	struct plain_map *map;

	for (uint32_t i = 1; i < plain->elf->n_symbols; i++) {
		if (!mim_elf_symbol(plain->elf, i, &symbol) || !is_map(plain, &symbol))
			continue;
		if (plain->n == MIM_OBJECT_MOST_MAPS)
			return mim_elf_refuse(plain->elf, "more than %u maps",
					      MIM_OBJECT_MOST_MAPS);
		map = mim_array_add(plain->maps, plain->n);
		if (!map)
			return mim_elf_no_room(plain->elf);
		*map = (struct plain_map){symbol.value, symbol.size, symbol.name, {0}};
	}
	if (!plain->n)
		return mim_elf_refuse(plain->elf, "section 'maps' has no symbols");
	qsort(plain->maps, plain->n, sizeof(*plain->maps), by_offset);
	return 0;
}

static int check_places(struct plain *plain)
{
	const struct mim_section *section = plain->section;

	plain->stride = section->size / plain->n;
	if (section->size % plain->n || plain->stride % 4 || plain->stride < LEAST_SIZE)
		return mim_elf_refuse(plain->elf,
				      "section 'maps': %zu bytes are no %u definitions",
				      section->size, plain->n);
	for (uint32_t i = 0; i < plain->n; i++) {
		const struct plain_map *map = &plain->maps[i];

		if (map->offset != i * plain->stride ||
		    (map->size && map->size != plain->stride))
			return mim_elf_refuse(plain->elf,
					      "map '%.100s': section 'maps' holds "
					      "definitions of different sizes",
					      map->name);
	}
	return 0;
}

static bool is_zero(const uint8_t *bytes, uint64_t size)
{
	while (size--)
		if (*bytes++)
			return false;
	return true;
}

/* Nothing but what struct bpf_map_def has? */
static bool only_common(const struct plain *plain)
{
	for (uint32_t i = 0; i < plain->n; i++)
		if (plain->stride > LIBBPF_SIZE &&
		    !is_zero(plain->section->data + plain->maps[i].offset + LIBBPF_SIZE,
			     plain->stride - LIBBPF_SIZE))
			return false;
	return true;
}

static int check_form(const struct plain *plain, enum mim_object_form *ret_form)
{
	if (plain->stride == IPROUTE_SIZE)
		*ret_form = MIM_OBJECT_ELF_MAP;
	else if (only_common(plain))
		*ret_form = MIM_OBJECT_MAP_DEF;
	else
		return mim_elf_refuse(plain->elf,
				      "section 'maps': definitions of %zu bytes are "
				      "neither struct bpf_map_def (%zu) nor iproute2's "
				      "struct bpf_elf_map (%zu)",
				      (size_t)plain->stride, LIBBPF_SIZE, IPROUTE_SIZE);
	if (*ret_form == MIM_OBJECT_ELF_MAP && plain->n > MOST_ELF_MAPS)
		return mim_elf_refuse(plain->elf,
				      "section 'maps': %u maps, and iproute2 takes %u",
				      plain->n, MOST_ELF_MAPS);
	return 0;
}

static enum mim_object_pinning pinning_of(uint32_t pinning)
{
	static const enum mim_object_pinning known[] = {
		MIM_OBJECT_PIN_NONE, MIM_OBJECT_PIN_OBJECT, MIM_OBJECT_PIN_GLOBAL};

	return pinning < MIM_ARRAY_SIZE(known) ? known[pinning] : MIM_OBJECT_PIN_CUSTOM;
}

static int add_map(struct plain *plain, struct plain_map *from, enum mim_object_form form,
		   struct mim_object_file *object)
{
	uint64_t size = plain->stride < IPROUTE_SIZE ? plain->stride : IPROUTE_SIZE;
	struct mim_object_map *map;
	int r = mim_object_add(plain->elf, object, from->name, &map);

	if (r < 0)
		return r;
	memcpy(&from->def, plain->section->data + from->offset, size);
	if (from->def.type == BPF_MAP_TYPE_UNSPEC)
		return mim_elf_refuse(plain->elf, "map '%.100s': no type", from->name);
	map->form = form;
	map->def = (struct mim_object_def){
		.shape = {.type = from->def.type,
			  .key_size = from->def.key_size,
			  .value_size = from->def.value_size,
			  .max_entries = from->def.max_entries,
			  .flags = from->def.flags},
		.key_type = {MIM_TYPE_NONE, from->def.key_size},
		.value_type = {MIM_TYPE_NONE, from->def.value_size},
	};
	if (form == MIM_OBJECT_ELF_MAP)
		map->pinning = pinning_of(from->def.pinning);
	return 0;
}

/* The first map with the id is the template; each one with it has a slot. */
static int wire_outer(const struct plain *plain, uint32_t at,
		      struct mim_object_file *object, struct mim_object_map *outer)
{
	uint32_t id = plain->maps[at].def.inner_id;
	struct mim_object_map *maps = object->maps + (object->n_maps - plain->n);

	outer->slots = mim_arena_array(&object->arena, plain->n, sizeof(*outer->slots));
	if (!outer->slots)
		return mim_elf_no_room(plain->elf);
	for (uint32_t i = 0; i < plain->n; i++) {
		const struct plain_def *def = &plain->maps[i].def;

		if (id == 0 || def->id != id)
			continue;
		if (!outer->has_inner) {
			outer->inner = maps[i].def;
			outer->inner_name = maps[i].name;
			outer->has_inner = true;
		}
		if (def->inner_id == 0 && def->inner_index != NO_INDEX)
			outer->slots[outer->n_slots++] = (struct mim_object_slot){
				def->inner_index, (uint32_t)(&maps[i] - object->maps)};
	}
	if (!outer->has_inner)
		return mim_elf_refuse(plain->elf,
				      "map '%.100s': no map has its inner_id %u",
				      outer->name, id);
	/* iproute2 puts 4 there, whatever the struct says. */
	outer->def.shape.value_size = 4;
	outer->def.value_type = (struct mim_type){MIM_TYPE_NONE, 4};
	return 0;
}

static int read_maps(struct plain *plain, struct mim_object_file *object)
{
	uint32_t first = object->n_maps;
	enum mim_object_form form;
	int r = check_form(plain, &form);

	for (uint32_t i = 0; i < plain->n && r == 0; i++)
		r = add_map(plain, &plain->maps[i], form, object);
	for (uint32_t i = 0; i < plain->n && r == 0; i++)
		if (form == MIM_OBJECT_ELF_MAP &&
		    mim_object_is_outer(&object->maps[first + i]))
			r = wire_outer(plain, i, object, &object->maps[first + i]);
	return r;
}

int mim_object_read_plain_maps(const struct mim_elf *elf, struct mim_object_file *object)
{
	struct plain plain = {.elf = elf};
	int r = mim_elf_section(elf, "maps", &plain.section);

	if (r < 0 || !plain.section || !plain.section->size)
		return r;
	r = find_maps(&plain);
	if (r == 0)
		r = check_places(&plain);
	if (r == 0)
		r = read_maps(&plain, object);
	free(plain.maps);
	return r;
}
