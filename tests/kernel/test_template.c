/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Every way to learn an outer map's inner template tells what it was made of: the
 * iterator program all of it, the others as much as enum mim_knowledge says, for every
 * type of inner map that the kernel takes, in both types of outer map, empty and filled.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "harness.h"
#include "kernel/template.h"
#include "kinds.h"

#define MOST_MADE 128

enum { ARRAY, HASH };

/* A template and the outer maps that were made from it, by type; one of each is filled.
 */
static struct made {
	struct mim_shape shape;
	uint32_t empty[2];
	uint32_t filled[2];
} all[MOST_MADE];

static size_t n_all;
static struct mim_kernel kernel;

static const struct mim_shape outer_shapes[] = {
	[ARRAY] = {.type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
		   .key_size = 4,
		   .value_size = 4,
		   .max_entries = 1},
	[HASH] = {.type = BPF_MAP_TYPE_HASH_OF_MAPS,
		  .key_size = 4,
		  .value_size = 4,
		  .max_entries = 2},
};

static void add_template(const struct mim_kind *kind, uint32_t flags, uint64_t extra)
{
	struct mim_shape *shape = &all[n_all++].shape;

	ck_assert_uint_lt(n_all, MOST_MADE);
	*shape = kind_plain(kind);
	shape->flags |= flags;
	shape->map_extra = extra;
	/* No multiple of the CPUs: what the kernel rounds, it rounds here. */
	if (kind->entries == MIM_ENTRIES_POSITIVE)
		shape->max_entries = 7;
}

static void add_templates(void)
{
	static const uint32_t extra[] = {BPF_F_INNER_MAP, BPF_F_NO_COMMON_LRU,
					 BPF_F_NUMA_NODE, BPF_F_RDONLY};
	size_t n;
	const struct mim_kind *kinds = mim_kinds(&n);

	n_all = 0;
	for (size_t i = 0; i < n; i++) {
		if (!kind_is_inner(&kinds[i]) || !kind_can_be_made(&kernel, &kinds[i]))
			continue;
		add_template(&kinds[i], 0, 0);
		for (size_t f = 0; f < sizeof(extra) / sizeof(extra[0]); f++)
			if (kinds[i].flags & extra[f])
				add_template(&kinds[i], extra[f], 0);
		/* The template does not keep how many hash functions it was made with. */
		if (kinds[i].type == BPF_MAP_TYPE_BLOOM_FILTER)
			add_template(&kinds[i], 0, 3);
	}
	/* 21 types on 5.10, each as it is and 18 of them with a flag. */
	ck_assert_uint_gt(n_all, 40);
}

static bool must_be_equal(const struct mim_shape *shape)
{
	return shape->type == BPF_MAP_TYPE_XSKMAP ||
	       (shape->type == BPF_MAP_TYPE_ARRAY && !(shape->flags & BPF_F_INNER_MAP));
}

static const char *outer_path(size_t made, int type, bool filled)
{
	char name[32];

	snprintf(name, sizeof(name), "%s%zu%s", type == ARRAY ? "a" : "h", made,
		 filled ? "f" : "e");
	return pin(name);
}

static uint32_t make_outer(size_t made, int type, int inner, int fill)
{
	int fd = kind_create(&kernel, &outer_shapes[type], inner);
	uint32_t key = 0, value = (uint32_t)fill;
	struct mim_map_info info;

	ck_assert_msg(fd >= 0, "%s: %s", mim_kind_name(all[made].shape.type),
		      strerror(-fd));
	if (fill >= 0)
		ck_assert_msg(bpf_map_update_elem(fd, &key, &value, 0) == 0,
			      "cannot fill one of %s",
			      mim_kind_name(all[made].shape.type));
	ck_assert_int_eq(bpf_obj_pin(fd, outer_path(made, type, fill >= 0)), 0);
	ck_assert_int_eq(mim_kernel_call(&kernel, map_info, fd, &info), 0);
	close(fd);
	return info.id;
}

/* Where the kernel lets it, the map in the slot has another max_entries than the
 * template.
 */
static void make_outers(size_t made, bool filled)
{
	const struct mim_shape *template = &all[made].shape;
	struct mim_shape other = *template;
	int inner, fill;

	if (!must_be_equal(template))
		other.max_entries *= 2;
	inner = kind_create(&kernel, template, -1);
	fill = kind_create(&kernel, &other, -1);
	ck_assert_msg(inner >= 0 && fill >= 0, "%s", mim_kind_name(template->type));
	for (int type = ARRAY; type <= HASH; type++) {
		all[made].empty[type] = make_outer(made, type, inner, -1);
		if (filled)
			all[made].filled[type] = make_outer(made, type, inner, fill);
	}
	close(inner);
	close(fill);
}

static void make_all(bool filled)
{
	add_templates();
	for (size_t i = 0; i < n_all; i++)
		make_outers(i, filled);
}

/* What is known is true, and what is not known is not made up. */
static void check_outer(const struct mim_topology *live, const struct made *made,
			uint32_t id, enum mim_knowledge known, const char *way)
{
	uint32_t index = mim_topology_by_id(live, id);
	const struct mim_shape *got;
	struct mim_shape wanted = made->shape;
	char name[64];

	snprintf(name, sizeof(name), "%s: %s with flags %x", way,
		 mim_kind_name(wanted.type), wanted.flags);
	ck_assert_msg(index != MIM_NONE, "%s: no map id %u", name, id);
	got = &live->maps[index].outer->inner;
	ck_assert_msg(live->maps[index].outer->inner_known == known, "%s: %d, not %d",
		      name, live->maps[index].outer->inner_known, known);
	mim_shape_normalize(&wanted, &live->host);
	wanted.map_extra = 0;
	wanted.numa_node = 0;
	switch (known) {
	case MIM_KNOWN_NOT:
		wanted = (struct mim_shape){0};
		break;
	case MIM_KNOWN_SIZES:
		wanted = (struct mim_shape){.key_size = wanted.key_size,
					    .value_size = wanted.value_size};
		break;
	case MIM_KNOWN_PART:
		wanted.max_entries = 0;
		break;
	case MIM_KNOWN_FULL:
		break;
	}
	ck_assert_msg(
		memcmp(got, &wanted, sizeof(wanted)) == 0,
		"%s: type %u key %u value %u max_entries %u flags %x extra %lu, not "
		"%u %u %u %u %x %lu",
		name, got->type, got->key_size, got->value_size, got->max_entries,
		got->flags, (unsigned long)got->map_extra, wanted.type, wanted.key_size,
		wanted.value_size, wanted.max_entries, wanted.flags,
		(unsigned long)wanted.map_extra);
}

static struct mim_topology *read_live(const char *name, const struct mim_topology *want,
				      bool no_iterator)
{
	struct mim_topology *live = NULL;
	struct mim_diags diags = {0};
	int r;

	kernel.no_iterator = no_iterator;
	r = mim_live_read(&kernel, name, bench.bpffs, want, &diags, &live);
	ck_assert_msg(r == 0, "%s", diags.n ? diags.items[0].message : strerror(-r));
	mim_diags_release(&diags);
	return live;
}

static int count(void *context, const struct mim_map_record *record)
{
	(void)record;
	++*(size_t *)context;
	return 0;
}

static bool has_iterator(void)
{
	size_t n = 0;
	int r = mim_kernel_call(&kernel, map_iterate, count, &n);

	/* A build without clang or bpftool has none; any other reason is a fault. */
	ck_assert_msg(r == 0 || r == -EOPNOTSUPP, "%s", strerror(-r));
	return r == 0;
}

START_TEST(the_iterator_tells_every_template_in_full)
{
	struct mim_topology *live;

	if (!has_iterator())
		return;
	make_all(true);
	live = read_live(NULL, NULL, false);
	for (size_t i = 0; i < n_all; i++)
		for (int type = ARRAY; type <= HASH; type++) {
			check_outer(live, &all[i], all[i].empty[type], MIM_KNOWN_FULL,
				    "iterator, empty");
			check_outer(live, &all[i], all[i].filled[type], MIM_KNOWN_FULL,
				    "iterator, filled");
		}
	mim_topology_free(live);
}
END_TEST

/* The verifier is asked about empty outer maps; of filled ones it has to say the same. */
static void check_log(const struct made *made, uint32_t id)
{
	mim_auto_close int fd = bpf_map_get_fd_by_id(id);
	uint32_t key, value;

	ck_assert_int_eq(mim_kernel_call(&kernel, template_sizes, fd, 4, &key, &value),
			 0);
	ck_assert_uint_eq(key, made->shape.key_size);
	ck_assert_uint_eq(value, made->shape.value_size);
}

START_TEST(a_filled_slot_and_the_verifier_tell_the_rest)
{
	struct mim_topology *live;

	make_all(true);
	live = read_live(NULL, NULL, true);
	for (size_t i = 0; i < n_all; i++)
		for (int type = ARRAY; type <= HASH; type++) {
			check_outer(live, &all[i], all[i].empty[type], MIM_KNOWN_NOT,
				    "nothing");
			check_outer(live, &all[i], all[i].filled[type],
				    must_be_equal(&all[i].shape) ? MIM_KNOWN_FULL
								 : MIM_KNOWN_PART,
				    "slot");
		}
	mim_live_read_templates(&kernel, live);
	for (size_t i = 0; i < n_all; i++)
		for (int type = ARRAY; type <= HASH; type++) {
			check_outer(live, &all[i], all[i].empty[type], MIM_KNOWN_SIZES,
				    "log");
			check_outer(live, &all[i], all[i].filled[type],
				    must_be_equal(&all[i].shape) ? MIM_KNOWN_FULL
								 : MIM_KNOWN_PART,
				    "slot, then log");
			check_log(&all[i], all[i].filled[type]);
		}
	mim_topology_free(live);
}
END_TEST

/* A description of the empty outer maps as external, with these templates. */
static void write_externals(struct mim_shape (*template_for)(size_t made))
{
	FILE *file = fopen(bench.file, "w");
	char text[KIND_TEXT], name[32];

	ck_assert(file != NULL);
	fprintf(file, "version: 1\nname: t\nbpffs: %s\ntemplates:\n", bench.bpffs);
	for (size_t i = 0; i < n_all; i++) {
		struct mim_shape shape = template_for(i);

		snprintf(name, sizeof(name), "k%zu", i);
		fprintf(file, "  - %s\n", kind_template(name, &shape, text));
	}
	fprintf(file, "outer_maps:\n");
	for (size_t i = 0; i < n_all; i++)
		for (int type = ARRAY; type <= HASH; type++)
			fprintf(file,
				"  - {name: o%zu-%d, external: %s, template: k%zu}\n", i,
				type, outer_path(i, type, false), i);
	fclose(file);
}

static struct mim_shape the_same(size_t made)
{
	return all[made].shape;
}

/* One that the kernel refuses, of a type that every kernel has. */
static struct mim_shape another(size_t made)
{
	const struct mim_shape *shape = &all[made].shape;

	return (struct mim_shape){.type = shape->type == BPF_MAP_TYPE_HASH
						  ? BPF_MAP_TYPE_LRU_HASH
						  : BPF_MAP_TYPE_HASH,
				  .key_size = shape->key_size ? shape->key_size : 4,
				  .value_size = shape->value_size ? shape->value_size : 4,
				  .max_entries = 7};
}

static void check_probe(bool fits)
{
	const char *const files[] = {bench.file};
	struct mim_config config = {0};
	struct mim_diags diags = {0};
	struct mim_topology *live;

	ck_assert_msg(mim_config_load(files, 1, NULL, &config, &diags) == 0, "%s",
		      diags.n ? diags.items[0].message : "");
	live = read_live("t", config.want, true);
	ck_assert_int_eq(mim_template_probe(&kernel, config.want, live), 0);
	for (size_t i = 0; i < n_all; i++) {
		const struct made *made = &all[i];
		uint32_t hash = mim_topology_by_id(live, made->empty[HASH]);
		uint32_t array = mim_topology_by_id(live, made->empty[ARRAY]);

		check_outer(live, made, made->empty[HASH],
			    !fits			  ? MIM_KNOWN_SIZES
			    : must_be_equal(&made->shape) ? MIM_KNOWN_FULL
							  : MIM_KNOWN_PART,
			    "dry bind");
		ck_assert(live->maps[hash].outer->template_refused == !fits);
		/* An array_of_maps has no dry bind. */
		check_outer(live, made, made->empty[ARRAY], MIM_KNOWN_SIZES, "log");
		ck_assert(!live->maps[array].outer->template_refused);
		/* Neither has left anything behind. */
		ck_assert_uint_eq(live->maps[hash].outer->slots.n, 0);
		ck_assert_uint_eq(live->maps[array].outer->slots.n, 0);
	}
	mim_topology_free(live);
	live = read_live("t", config.want, true);
	for (size_t i = 0; i < n_all; i++)
		for (int type = ARRAY; type <= HASH; type++) {
			uint32_t index = mim_topology_by_id(live, all[i].empty[type]);

			ck_assert(live->maps[index].outer->slots_read);
			ck_assert_uint_eq(live->maps[index].outer->slots.n, 0);
		}
	mim_topology_free(live);
	mim_diags_release(&diags);
	mim_config_release(&config);
}

START_TEST(a_dry_bind_tells_that_the_declared_template_fits)
{
	make_all(false);
	write_externals(the_same);
	check_probe(true);
	/* The whole way: nothing to do, with either way to look. */
	apply();
	setenv("MIMCTL_NO_ITERATOR", "1", 1);
	plan_is_empty();
}
END_TEST

START_TEST(a_dry_bind_tells_that_it_does_not)
{
	make_all(false);
	write_externals(another);
	check_probe(false);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(mimctl("plan", "-f", bench.file), 69);
		for (size_t k = 0; k < n_all; k++) {
			char name[64];

			snprintf(name, sizeof(name), "external map 'o%zu-1' (id %u) ", k,
				 all[k].empty[HASH]);
			has(bench.err, name);
		}
		setenv("MIMCTL_NO_ITERATOR", "1", 1);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_iterator_tells_every_template_in_full,
		a_filled_slot_and_the_verifier_tell_the_rest,
		a_dry_bind_tells_that_the_declared_template_fits,
		a_dry_bind_tells_that_it_does_not,
	};

	mim_kernel_init(&kernel);
	return bench_suite("template", tests, sizeof(tests) / sizeof(tests[0]));
}
