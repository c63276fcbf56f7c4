/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/object.h"

#include <errno.h>
#include <sha1.h>
#include <string.h>
#include "base/array.h"
#include "base/file.h"
#include "base/str.h"
#include "model/kind.h"
#include "object/read.h"

/* What the maps of an object take in memory; an object in use takes a thousandth. */
#define MOST_MEMORY ((size_t)256 << 20)

_Static_assert(MIM_SHA1_TEXT == SHA1_DIGEST_STRING_LENGTH, "a digest and its NUL");

/* In the table of names: not the map but what its slots take. */
#define INNER (1U << 31)

void mim_object_free(struct mim_object_file *object)
{
	if (!object)
		return;
	mim_table_release(&object->names);
	free(object->maps);
	mim_btf_types_free(object->types);
	mim_arena_release(&object->arena);
	free(object);
}

bool mim_object_is_outer(const struct mim_object_map *map)
{
	const struct mim_kind *kind = mim_kind_by_type(map->def.shape.type);

	return kind && kind->role == MIM_ROLE_OUTER;
}

const struct mim_object_map *mim_object_find(const struct mim_object_file *object,
					     const char *name)
{
	uint32_t index = mim_table_find(&object->names, name);

	return index < object->n_maps ? &object->maps[index] : NULL;
}

const struct mim_object_def *mim_object_def(const struct mim_object_file *object,
					    const char *name)
{
	uint32_t index = mim_table_find(&object->names, name);

	if (index == MIM_TABLE_NONE)
		return NULL;
	return index & INNER ? &object->maps[index & ~INNER].inner
			     : &object->maps[index].def;
}

const char *mim_object_closest(const struct mim_object_file *object, const char *name)
{
	return mim_table_closest(&object->names, name);
}

int mim_object_add(const struct mim_elf *elf, struct mim_object_file *object,
		   const char *name, struct mim_object_map **ret_map)
{
	struct mim_object_map *map;
	uint32_t there;
	int r;

	if (!*name)
		return mim_elf_refuse(elf, "a map without a name");
	if (strnlen(name, MIM_ELF_NAME_MOST + 1) > MIM_ELF_NAME_MOST)
		return mim_elf_refuse(elf, "the name of map '%.64s...' is too long",
				      name);
	if (!mim_str_is_printable(name))
		return mim_elf_refuse(elf, "the name of map '%s' is no text", name);
	if (object->n_maps == MIM_OBJECT_MOST_MAPS)
		return mim_elf_refuse(elf, "more than %u maps", MIM_OBJECT_MOST_MAPS);
	map = mim_array_add(object->maps, object->n_maps);
	if (map)
		map->name = mim_arena_strdup(&object->arena, name);
	if (!map || !map->name)
		return mim_elf_no_room(elf);
	r = mim_table_add(&object->names, map->name, object->n_maps - 1, &there);
	if (r == -EEXIST)
		return mim_elf_refuse(elf, "map '%.100s' is defined twice", name);
	if (r < 0)
		return mim_elf_no_room(elf);
	*ret_map = map;
	return 0;
}

/* What the slots of an outer map take has the name that libbpf gives it. */
static int name_inner(struct mim_object_file *object)
{
	for (uint32_t i = 0; i < object->n_maps; i++) {
		struct mim_object_map *map = &object->maps[i];
		uint32_t there;

		if (!map->has_inner || map->inner_name)
			continue;
		map->inner_name = mim_arena_printf(&object->arena, "%s.inner", map->name);
		if (!map->inner_name || mim_table_add(&object->names, map->inner_name,
						      i | INNER, &there) == -ENOMEM)
			return -ENOMEM;
	}
	return 0;
}

static int read_maps(struct mim_elf *elf, struct mim_object_file *object)
{
	int r = mim_object_read_btf_maps(elf, object);

	if (r == 0)
		r = mim_object_read_plain_maps(elf, object);
	if (r == 0)
		r = mim_object_sort_slots(elf, object);
	if (r == 0 && name_inner(object) < 0)
		r = mim_elf_no_room(elf);
	return r;
}

int mim_object_read(const char *name, const void *bytes, size_t size,
		    struct mim_spot spot, struct mim_diags *diags,
		    struct mim_object_file **ret_object)
{
	mim_auto_object struct mim_object_file *object = calloc(1, sizeof(*object));
	struct mim_elf elf = {.object = name, .spot = spot, .diags = diags};
	int r;

	if (!object)
		return mim_out_of_memory(diags);
	object->arena.limit = MOST_MEMORY;
	object->name = mim_arena_strdup(&object->arena, name);
	if (!object->name)
		return mim_out_of_memory(diags);
	elf.arena = &object->arena;
	r = mim_elf_open(&elf, bytes, size);
	if (r == 0)
		r = read_maps(&elf, object);
	mim_elf_release(&elf);
	if (r < 0)
		return r;
	object->digest = mim_str_hash(bytes, size);
	SHA1Data(bytes, size, object->sha1);
	*ret_object = TAKE_PTR(object);
	return 0;
}

int mim_object_load(const char *path, struct mim_spot spot, struct mim_diags *diags,
		    struct mim_object_file **ret_object)
{
	mim_auto_free char *bytes = NULL;
	size_t size = 0;
	int r = mim_file_read(path, MIM_OBJECT_MOST, &bytes, &size);

	if (r == -ENOMEM)
		return mim_out_of_memory(diags);
	if (r < 0)
		return mim_error(diags, spot, MIM_CODE_FILE, r,
				 "cannot read object %s: %s", path,
				 r == -EFBIG	? "it is larger than 64 MiB"
				 : r == -EINVAL ? "it is no regular file"
						: mim_errno_text(r));
	return mim_object_read(path, bytes, size, spot, diags, ret_object);
}

int mim_object_struct(const struct mim_object_file *object, const char *name,
		      struct mim_type *ret_type, char *why)
{
	return object->types ? mim_btf_types_struct(object->types, name, ret_type, why)
			     : -ENOENT;
}

const char *mim_object_closest_struct(const struct mim_object_file *object,
				      const char *name)
{
	struct mim_str_closest closest = {.word = name};
	const char *there;
	uint32_t id = 0;

	while (object->types && (id = mim_btf_types_each(object->types, id, &there)))
		mim_str_consider(&closest, there);
	return closest.best;
}
