/* SPDX-License-Identifier: BSD-2-Clause */
#include "contents.h"

#include <errno.h>
#include <string.h>
#include "base/json.h"
#include "render.h"

void contents_release(struct contents *contents)
{
	mim_elements_release(&contents->elements);
	free(contents->order);
	contents->order = NULL;
}

struct mim_type contents_plain_type(uint32_t size)
{
	bool number = size == 1 || size == 2 || size == 4 || size == 8;

	return (struct mim_type){number ? MIM_TYPE_UINT : MIM_TYPE_BYTES, size};
}

/* What a description says of bytes that it fits, then what BTF says. */
static struct mim_type choose(struct mim_type declared, struct mim_type btf,
			      uint32_t size)
{
	if (declared.kind != MIM_TYPE_NONE && declared.size == size)
		return declared;
	return btf.kind != MIM_TYPE_NONE ? btf : contents_plain_type(size);
}

static int compare_keys(const void *a, const void *b, void *data)
{
	const struct contents *contents = data;
	const uint8_t *x = mim_element_key(&contents->elements, *(const uint32_t *)a);
	const uint8_t *y = mim_element_key(&contents->elements, *(const uint32_t *)b);
	int c = mim_type_compare(contents->types.key, x, y);

	return c ? c : memcmp(x, y, contents->elements.key_size);
}

static int sort(struct contents *contents)
{
	uint32_t n = contents->elements.n;

	contents->order = calloc((size_t)n + 1, sizeof(*contents->order));
	if (!contents->order)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		contents->order[i] = i;
	qsort_r(contents->order, n, sizeof(*contents->order), compare_keys, contents);
	return 0;
}

int contents_read(struct mim_kernel *kernel, int fd, const struct mim_map_info *info,
		  const struct mim_host *host, const struct mim_live_types *declared,
		  struct live_types *btf_types, struct contents *contents)
{
	const struct mim_live_types none = {0};
	const struct mim_shape *shape = &info->shape;
	int r = live_types_find(btf_types, &info->btf, shape, &contents->types);

	if (r < 0)
		return r;
	declared = declared ? declared : &none;
	contents->shape = *shape;
	contents->host = *host;
	contents->types.key = choose(declared->key, contents->types.key, shape->key_size);
	contents->types.value =
		choose(declared->value, contents->types.value, shape->value_size);
	if (mim_kind_contents(shape->type) == MIM_CONTENTS_HIDDEN) {
		contents->hidden = true;
		contents->why = "the kernel does not let user space look into this type";
		return 0;
	}
	r = mim_elements_read(kernel, fd, shape, host, &contents->elements);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		contents->hidden = true;
		contents->error = r;
		contents->why = mim_errno_text(r);
		return 0;
	}
	return sort(contents);
}

uint32_t contents_count(const struct contents *contents, uint32_t limit)
{
	uint32_t n = contents->elements.n;

	return limit && limit < n ? limit : n;
}

/* A value as text; heap, or NULL. */
static char *text_of(struct mim_type type, const void *bytes)
{
	size_t length = mim_value_length(type, bytes) + 1;
	char *text = malloc(length);

	if (text)
		mim_value_print(type, bytes, text, length);
	return text;
}

static uint32_t cpus_of(const struct contents *contents)
{
	return mim_kind_is_per_cpu(contents->shape.type) ? contents->host.possible_cpus
							 : 1;
}

/* Of one CPU; the kernel gives them one after the other, each rounded up to 8 bytes. */
static const uint8_t *value_of(const struct contents *contents, uint32_t element,
			       uint32_t cpu)
{
	return mim_element_value(&contents->elements, element) +
	       (size_t)cpu * ((contents->shape.value_size + 7) / 8 * 8);
}

static int width_of(const struct contents *contents, uint32_t n)
{
	int width = 0;

	for (uint32_t i = 0; i < n; i++)
		width = render_key_width(
			width, mim_value_length(contents->types.key,
						mim_element_key(&contents->elements,
								contents->order[i])));
	return width;
}

static int print_entry(const struct contents *contents, uint32_t element, int width,
		       const char *indent, FILE *out)
{
	const uint8_t *bytes = mim_element_key(&contents->elements, element);
	mim_auto_free char *key = text_of(contents->types.key, bytes);
	uint32_t cpus = cpus_of(contents);

	if (!key)
		return -ENOMEM;
	for (uint32_t cpu = 0; cpu < cpus; cpu++) {
		mim_auto_free char *value =
			text_of(contents->types.value, value_of(contents, element, cpu));

		if (!value)
			return -ENOMEM;
		if (!mim_kind_is_per_cpu(contents->shape.type)) {
			fprintf(out, "%sentry  %-*s%s%s\n", indent, width, key,
				render_gap(key, width), value);
			continue;
		}
		if (cpu == 0)
			fprintf(out, "%sentry  %s\n", indent, key);
		fprintf(out, "%s  cpu %-3u %s\n", indent, cpu, value);
	}
	return 0;
}

int contents_print(const struct contents *contents, uint32_t limit, const char *indent,
		   FILE *out)
{
	uint32_t n = contents_count(contents, limit), all = contents->elements.n;
	int r = 0, width;

	if (contents->gone || contents->hidden) {
		fprintf(out, "%sentries cannot be read: %s\n", indent,
			contents->gone ? "the map is gone" : contents->why);
		return 0;
	}
	if (all == 0)
		fprintf(out, "%sno entries\n", indent);
	width = width_of(contents, n);
	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = print_entry(contents, contents->order[i], width, indent, out);
	if (r == 0 && n < all)
		fprintf(out, "%s%u more entr%s\n", indent, all - n,
			all - n == 1 ? "y" : "ies");
	return r;
}

static struct json_object *struct_json(const struct mim_struct *fields,
				       const uint8_t *bytes)
{
	struct json_object *object = mim_json_object();

	for (uint32_t i = 0; i < fields->n; i++)
		mim_json_put(object, fields->members[i].name,
			     contents_value_json(fields->members[i].type,
						 bytes + fields->members[i].offset));
	return object;
}

static struct json_object *array_json(struct mim_type type, const uint8_t *bytes)
{
	struct json_object *list = mim_json_array();

	for (uint32_t at = 0; at < type.size; at += type.element->size)
		mim_json_add(list, contents_value_json(*type.element, bytes + at));
	return list;
}

static struct json_object *text_json(struct mim_type type, const uint8_t *bytes)
{
	mim_auto_free char *text = text_of(type, bytes);

	return text ? mim_json_text(text) : NULL;
}

struct json_object *contents_value_json(struct mim_type type, const void *bytes)
{
	uint64_t number;

	switch (type.kind) {
	case MIM_TYPE_UINT:
	case MIM_TYPE_BE:
		number = mim_type_integer(bytes, type.size, type.kind == MIM_TYPE_BE);
		return json_object_new_uint64(number);
	case MIM_TYPE_SINT:
		number = mim_type_integer(bytes, type.size, false);
		number <<= 64 - 8 * type.size;
		return json_object_new_int64((int64_t)number >> (64 - 8 * type.size));
	case MIM_TYPE_STRUCT:
		return struct_json(type.fields, bytes);
	case MIM_TYPE_ARRAY:
		return array_json(type, bytes);
	case MIM_TYPE_NONE:
	case MIM_TYPE_IPV4:
	case MIM_TYPE_IPV6:
	case MIM_TYPE_MAC:
	case MIM_TYPE_PREFIX4:
	case MIM_TYPE_PREFIX6:
	case MIM_TYPE_CHAR:
	case MIM_TYPE_BYTES:
		break;
	}
	return text_json(type, bytes);
}

static struct json_object *entry_json(const struct contents *contents, uint32_t element)
{
	const struct mim_live_types *types = &contents->types;
	struct json_object *entry = mim_json_object(), *values;

	mim_json_put(entry, "key",
		     contents_value_json(types->key,
					 mim_element_key(&contents->elements, element)));
	if (!mim_kind_is_per_cpu(contents->shape.type)) {
		mim_json_put(entry, "value",
			     contents_value_json(types->value,
						 value_of(contents, element, 0)));
		return entry;
	}
	values = mim_json_array();
	for (uint32_t cpu = 0; cpu < cpus_of(contents); cpu++) {
		struct json_object *value = mim_json_object();

		mim_json_put_number(value, "cpu", cpu);
		mim_json_put(value, "value",
			     contents_value_json(types->value,
						 value_of(contents, element, cpu)));
		mim_json_add(values, value);
	}
	mim_json_put(entry, "values", values);
	return entry;
}

struct json_object *contents_json(const struct contents *contents, uint32_t limit)
{
	struct json_object *list;

	if (contents->hidden || contents->gone)
		return NULL;
	list = mim_json_array();
	for (uint32_t i = 0; i < contents_count(contents, limit); i++)
		mim_json_add(list, entry_json(contents, contents->order[i]));
	return list;
}
