/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>
#include "object/read.h"

/*
 * A map's struct says each attribute by the type of a member: int (*type)[1] is the
 * number 1, u32 *key is the type u32, and struct inner *values[] is what the slots take.
 */

/* There are twelve that mean something; a hostile object repeats one to take time. */
#define MOST_MEMBERS 64

/* One definition being read: of a map, or of what the slots of one take. */
struct reader {
	const struct mim_elf *elf;
	const struct btf *btf;
	struct mim_btf_types *types;
	struct mim_object_map *map;
	struct mim_object_def *def;
	const char *suffix;
	uint64_t values;
	bool is_inner;
};

struct member {
	const char *name;
	uint32_t type;
	uint64_t offset;
	bool is_last;
};

static int refuse(const struct reader *reader, const char *format, ...) MIM_PRINTF(2, 3);

static int refuse(const struct reader *reader, const char *format, ...)
{
	char message[256];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return mim_elf_refuse(reader->elf, "map '%.100s%s': %s", reader->map->name,
			      reader->suffix, message);
}

/* Since libbpf 1.5 a number can be the one value of an enum, for those above 32 bits. */
static bool is_enum_number(const struct btf_type *type)
{
	return btf_is_any_enum(type) && btf_vlen(type) == 1;
}

static int take_enum(const struct reader *reader, const struct member *member,
		     const struct btf_type *type, uint64_t *ret_number)
{
	/* Compilers without BTF_KIND_ENUM64 keep the lower half. */
	if (btf_is_enum(type) && type->size > sizeof(uint32_t))
		return refuse(reader, "'%.64s' has more bits than its BTF", member->name);
	*ret_number = btf_is_enum(type) ? (uint32_t)btf_enum(type)->val
					: btf_enum64_value(btf_enum64(type));
	return 0;
}

static int take_number(const struct reader *reader, const struct member *member,
		       uint64_t *ret_number)
{
	const struct btf_type *type = mim_btf_plain(reader->btf, member->type);

	if (type && is_enum_number(type))
		return take_enum(reader, member, type, ret_number);
	if (type && btf_is_ptr(type))
		type = btf__type_by_id(reader->btf, type->type);
	else
		type = NULL;
	if (!type || !btf_is_array(type))
		return refuse(reader, "'%.64s' is no number", member->name);
	*ret_number = btf_array(type)->nelems;
	return 0;
}

static int take_u32(const struct reader *reader, const struct member *member,
		    uint32_t *ret_number)
{
	uint64_t number = 0;
	int r = take_number(reader, member, &number);

	if (r < 0)
		return r;
	if (number > UINT32_MAX)
		return refuse(reader, "'%.64s' is more than 32 bits", member->name);
	*ret_number = (uint32_t)number;
	return 0;
}

/* A size that is said twice has to be the same. */
static int set_size(const struct reader *reader, const struct member *member,
		    uint32_t size, uint32_t *ret_size)
{
	if (*ret_size && *ret_size != size)
		return refuse(reader, "'%.64s' says %u bytes, where %u are said before",
			      member->name, size, *ret_size);
	*ret_size = size;
	return 0;
}

static int take_size(const struct reader *reader, const struct member *member,
		     uint32_t *ret_size, struct mim_type *ret_type)
{
	uint32_t size = 0;
	int r = take_u32(reader, member, &size);

	if (r == 0)
		r = set_size(reader, member, size, ret_size);
	if (r == 0 && ret_type->kind == MIM_TYPE_NONE)
		ret_type->size = size;
	return r;
}

/* Where it has no type that could be written, its bytes are all there is to say. */
static int write_type(const struct reader *reader, uint32_t id, uint32_t size,
		      struct mim_type *ret_type, const char **ret_why)
{
	char why[MIM_BTF_WHY];
	int r = mim_btf_types_find(reader->types, id, ret_type, why);

	if (r == -EINVAL) {
		*ret_type = (struct mim_type){MIM_TYPE_NONE, size};
		*ret_why = mim_arena_strdup(reader->elf->arena, why);
		r = *ret_why ? 0 : -ENOMEM;
	}
	return r < 0 ? mim_elf_no_room(reader->elf) : 0;
}

static int take_type(const struct reader *reader, const struct member *member,
		     uint32_t *ret_size, struct mim_type *ret_type, const char **ret_why)
{
	const struct btf_type *type = btf__type_by_id(reader->btf, member->type);
	int64_t size;
	int r;

	if (!type || !btf_is_ptr(type))
		return refuse(reader, "'%.64s' is no type", member->name);
	size = btf__resolve_size(reader->btf, type->type);
	if (size < 0 || size > UINT32_MAX)
		return refuse(reader, "the type of '%.64s' has no size", member->name);
	r = set_size(reader, member, (uint32_t)size, ret_size);
	return r < 0 ? r
		     : write_type(reader, type->type, (uint32_t)size, ret_type, ret_why);
}

static int take_pinning(const struct reader *reader, const struct member *member)
{
	uint32_t pinning = 0;
	int r = take_u32(reader, member, &pinning);

	if (r < 0)
		return r;
	if (reader->is_inner)
		return refuse(reader, "what a slot takes cannot be pinned");
	if (pinning > 1)
		return refuse(reader,
			      "pinning %u is neither LIBBPF_PIN_NONE nor "
			      "LIBBPF_PIN_BY_NAME",
			      pinning);
	reader->map->pinning = pinning ? MIM_OBJECT_PIN_BY_NAME : MIM_OBJECT_PIN_NONE;
	return 0;
}

static int read_members(struct reader *reader, const struct btf_type *type);

/* What an element of "values" points to. */
static const struct btf_type *pointed_to(const struct reader *reader,
					 const struct member *member)
{
	const struct btf_type *type = btf__type_by_id(reader->btf, member->type);

	if (!type || !btf_is_array(type) || btf_array(type)->nelems != 0)
		return NULL;
	type = mim_btf_plain(reader->btf, btf_array(type)->type);
	return type && btf_is_ptr(type) ? mim_btf_plain(reader->btf, type->type) : NULL;
}

static int take_inner(struct reader *reader, const struct btf_type *type)
{
	struct reader inner = {
		.elf = reader->elf,
		.btf = reader->btf,
		.types = reader->types,
		.map = reader->map,
		.def = &reader->map->inner,
		.suffix = ".inner",
		.is_inner = true,
	};

	if (!type || !btf_is_struct(type))
		return refuse(reader, "'values' points to no definition of a map");
	reader->map->has_inner = true;
	return read_members(&inner, type);
}

static int take_values(struct reader *reader, const struct member *member)
{
	const struct btf_type *type = pointed_to(reader, member);
	int r;

	if (reader->is_inner)
		return refuse(reader, "maps of maps have one level");
	if (!member->is_last)
		return refuse(reader, "'values' is not the last of its members");
	if (!mim_object_is_outer(reader->map) &&
	    reader->def->shape.type != BPF_MAP_TYPE_PROG_ARRAY)
		return refuse(reader, "'values' in what is no map of maps");
	r = set_size(reader, member, 4, &reader->def->shape.value_size);
	if (r < 0 || reader->def->shape.type == BPF_MAP_TYPE_PROG_ARRAY)
		return r;
	reader->values = member->offset;
	return take_inner(reader, type);
}

static int take_member(struct reader *reader, const struct member *member)
{
	struct mim_object_def *def = reader->def;
	struct mim_shape *shape = &def->shape;
	const char *name = member->name;

	if (strcmp(name, "type") == 0)
		return take_u32(reader, member, &shape->type);
	if (strcmp(name, "max_entries") == 0)
		return take_u32(reader, member, &shape->max_entries);
	if (strcmp(name, "map_flags") == 0)
		return take_u32(reader, member, &shape->flags);
	if (strcmp(name, "numa_node") == 0)
		return take_u32(reader, member, &shape->numa_node);
	if (strcmp(name, "map_extra") == 0)
		return take_number(reader, member, &shape->map_extra);
	if (strcmp(name, "key_size") == 0)
		return take_size(reader, member, &shape->key_size, &def->key_type);
	if (strcmp(name, "value_size") == 0)
		return take_size(reader, member, &shape->value_size, &def->value_type);
	if (strcmp(name, "key") == 0)
		return take_type(reader, member, &shape->key_size, &def->key_type,
				 &def->key_why);
	if (strcmp(name, "value") == 0)
		return take_type(reader, member, &shape->value_size, &def->value_type,
				 &def->value_why);
	if (strcmp(name, "values") == 0)
		return take_values(reader, member);
	if (strcmp(name, "pinning") == 0)
		return take_pinning(reader, member);
	return refuse(reader, "unknown member '%.64s'", name);
}

/* A ring buffer is a power of two pages: libbpf rounds up what is not. */
static uint32_t round_buffer(uint32_t size)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), rounded = page;

	if (size == 0)
		return 0;
	while (rounded < size)
		rounded *= 2;
	return rounded > UINT32_MAX ? size : (uint32_t)rounded;
}

static int read_members(struct reader *reader, const struct btf_type *type)
{
	const struct btf_member *members = btf_members(type);
	struct mim_shape *shape = &reader->def->shape;
	uint32_t n = btf_vlen(type);

	if (n > MOST_MEMBERS)
		return refuse(reader, "more than %u members", MOST_MEMBERS);
	for (uint32_t i = 0; i < n; i++) {
		const struct member member = {
			.name = btf__name_by_offset(reader->btf, members[i].name_off),
			.type = members[i].type,
			.offset = btf_member_bit_offset(type, i) / 8,
			.is_last = i == n - 1,
		};
		int r = member.name ? take_member(reader, &member)
				    : refuse(reader, "member %u has no name", i);

		if (r < 0)
			return r;
	}
	if (shape->type == BPF_MAP_TYPE_UNSPEC)
		return refuse(reader, "no type");
	if (shape->type == BPF_MAP_TYPE_RINGBUF ||
	    shape->type == BPF_MAP_TYPE_USER_RINGBUF)
		shape->max_entries = round_buffer(shape->max_entries);
	return 0;
}

int mim_object_read_def(const struct mim_elf *elf, struct mim_btf_types *types,
			const struct btf_type *type, struct mim_object_map *map,
			uint64_t *ret_values)
{
	struct reader reader = {
		.elf = elf,
		.btf = mim_btf_types_btf(types),
		.types = types,
		.map = map,
		.def = &map->def,
		.suffix = "",
		.values = MIM_NO_VALUES,
	};
	int r = read_members(&reader, type);

	if (r < 0)
		return r;
	*ret_values = reader.values;
	return 0;
}
