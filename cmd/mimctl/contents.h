/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIMCTL_CONTENTS_H
#define MIMCTL_CONTENTS_H

#include "kernel/elements.h"
#include "live_types.h"

struct json_object;

/**
 * struct contents - what is in an inner map
 * @hidden: its type does not let user space look, or the kernel did not: @why says so
 * @error: what the kernel gave, a negative errno; 0 where it is the type
 * @gone: it was freed before it could be looked at
 * @types: how it is written; what has only a size is a number or bytes
 * @order: indices of @elements in the order of their keys; heap
 */
struct contents {
	struct mim_shape shape;
	struct mim_host host;
	struct mim_live_types types;
	struct mim_elements elements;
	uint32_t *order;
	bool hidden;
	bool gone;
	int error;
	const char *why;
};

void contents_release(struct contents *contents);

#define auto_contents mim_cleanup(contents_release) struct contents

/**
 * contents_read() - look into a map
 * @declared: types of a description, or NULL; they come before those of the BTF
 * @btf_types: where the types are from
 *
 * A map that cannot be looked into is no error. One that changes meanwhile gives what was
 * there at one moment or another.
 *
 * Return: 0 or -ENOMEM.
 */
int contents_read(struct mim_kernel *kernel, int fd, const struct mim_map_info *info,
		  const struct mim_host *host, const struct mim_live_types *declared,
		  struct live_types *btf_types, struct contents *contents);

/** contents_count() - how many entries are printed of a map, if no more than @limit; 0
 * for all
 */
uint32_t contents_count(const struct contents *contents, uint32_t limit);

/** contents_print() - a line for each entry, and what is left out */
int contents_print(const struct contents *contents, uint32_t limit, const char *indent,
		   FILE *out);

/**
 * contents_json() - the entries by field
 *
 * Of a per-CPU map "values", one for each CPU. Return: owned by the caller; NULL for what
 * cannot be looked into.
 */
struct json_object *contents_json(const struct contents *contents, uint32_t limit);

/** contents_value_json() - a key or value, structs by field, integers as numbers */
struct json_object *contents_value_json(struct mim_type type, const void *bytes);

/** contents_plain_type() - how bytes are written of which only the size is known */
struct mim_type contents_plain_type(uint32_t size);

#endif
