/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_CONFIG_RAW_H
#define MIM_CONFIG_RAW_H

#include <stdint.h>

/**
 * DOC: one file as it is written
 *
 * Every value is the text of the file, NULL where a key is absent. Nothing is resolved or
 * checked but the structure. Lists are a pointer and a count. All of it lives in the
 * arena of the file's struct mim_source.
 */

/**
 * mim_raw_broken - stands in the place of a word that was reported already
 *
 * It is "" and known by its address, so that one mistake is not reported twice.
 */
extern char mim_raw_broken[1];

/** struct mim_raw_from - where the shape of a map is said already */
struct mim_raw_from {
	char *object;
	char *map;
	char *pinned;
};

/** struct mim_raw_entry - what is to be in an inner map */
struct mim_raw_entry {
	char *key;
	char *value;
};

/** struct mim_raw_map - a template, an outer map or an inner map: they share their keys
 */
struct mim_raw_map {
	char *name;
	char *type;
	char *key;
	char *value;
	char *key_size;
	char *value_size;
	char *max_entries;
	char *numa_node;
	char *map_extra;
	char *kernel_name;
	char *template;
	char *external;
	char *protect;
	char *unlisted;
	char *on_replace;
	char *contents;
	char *entries_from;
	char *update;
	struct mim_raw_from *from;
	struct mim_raw_entry *entries;
	char **flags;
	uint32_t n_entries;
	uint32_t n_flags;
};

/** struct mim_raw_field - a field of a type */
struct mim_raw_field {
	char *name;
	char *type;
};

/** struct mim_raw_type - a struct for keys and values */
struct mim_raw_type {
	char *name;
	char *packed;
	struct mim_raw_field *fields;
	uint32_t n_fields;
};

struct mim_raw_slot {
	char *key;
	char *keys;
	char *inner;
};

struct mim_raw_binding {
	char *outer;
	struct mim_raw_slot *slots;
	uint32_t n_slots;
};

struct mim_raw_pin {
	char *map;
	char *path;
	char *mode;
	char *group;
};

struct mim_raw {
	char *version;
	char *name;
	char *bpffs;
	struct mim_raw_type *types;
	struct mim_raw_map *templates;
	struct mim_raw_map *outer_maps;
	struct mim_raw_map *inner_maps;
	struct mim_raw_binding *bindings;
	struct mim_raw_pin *pins;
	uint32_t n_types;
	uint32_t n_templates;
	uint32_t n_outer_maps;
	uint32_t n_inner_maps;
	uint32_t n_bindings;
	uint32_t n_pins;
};

#endif
