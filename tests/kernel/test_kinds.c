/* SPDX-License-Identifier: BSD-2-Clause */

/* The table of map types says what the kernel does: each row is tried. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "harness.h"
#include "kinds.h"

static struct mim_kernel kernel;

START_TEST(plain_maps_of_every_type_are_created)
{
	size_t n;
	const struct mim_kind *kinds = mim_kinds(&n);

	for (size_t i = 0; i < n; i++) {
		const struct mim_shape shape = kind_plain(&kinds[i]);
		int inner, fd;

		if (!kind_can_be_made(&kernel, &kinds[i]))
			continue;
		inner = kind_create_inner_of(&kernel, &kinds[i]);
		fd = kind_create(&kernel, &shape, inner);
		ck_assert_msg(fd >= 0, "%s: %s", kinds[i].name, strerror(-fd));
		close(fd);
		if (inner >= 0)
			close(inner);
	}
}
END_TEST

START_TEST(flags_are_taken_and_refused_as_the_table_says)
{
	size_t n, n_flags;
	const struct mim_kind *kinds = mim_kinds(&n);
	const struct mim_flag *flags = mim_flags(&n_flags);

	for (size_t i = 0; i < n; i++) {
		int inner;

		if (!kind_can_be_made(&kernel, &kinds[i]))
			continue;
		inner = kind_create_inner_of(&kernel, &kinds[i]);
		for (size_t f = 0; f < n_flags; f++) {
			struct mim_shape shape = kind_plain(&kinds[i]);
			bool taken = kinds[i].flags & flags[f].bit;
			int fd;

			shape.flags |= flags[f].bit;
			/* Of a stack trace by build id, each frame is 32 bytes. */
			if (strcmp(flags[f].name, "stack_build_id") == 0)
				shape.value_size = 32;
			fd = kind_create(&kernel, &shape, inner);
			if (taken && fd < 0 && flags[f].bit > BPF_F_INNER_MAP)
				continue;
			ck_assert_msg((fd >= 0) == taken,
				      "%s with %s: %s, the table says %s", kinds[i].name,
				      flags[f].name, fd < 0 ? strerror(-fd) : "created",
				      taken ? "taken" : "refused");
			if (fd >= 0)
				close(fd);
		}
		if (inner >= 0)
			close(inner);
	}
}
END_TEST

START_TEST(needed_flags_are_needed)
{
	size_t n;
	const struct mim_kind *kinds = mim_kinds(&n);

	for (size_t i = 0; i < n; i++) {
		struct mim_shape shape = kind_plain(&kinds[i]);

		if (!kinds[i].flags_needed || !kind_can_be_made(&kernel, &kinds[i]))
			continue;
		shape.flags = 0;
		ck_assert_msg(kind_create(&kernel, &shape, -1) < 0, "%s", kinds[i].name);
	}
}
END_TEST

START_TEST(templates_are_taken_and_refused_as_the_table_says)
{
	size_t n;
	const struct mim_kind *kinds = mim_kinds(&n);
	const struct mim_shape outer = {.type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
					.key_size = 4,
					.value_size = 4,
					.max_entries = 1};

	for (size_t i = 0; i < n; i++) {
		const struct mim_shape shape = kind_plain(&kinds[i]);
		int inner, fd, of;
		bool taken = kind_is_inner(&kinds[i]);

		if (!kind_can_be_made(&kernel, &kinds[i]))
			continue;
		of = kind_create_inner_of(&kernel, &kinds[i]);
		inner = kind_create(&kernel, &shape, of);
		fd = kind_create(&kernel, &outer, inner);
		ck_assert_msg((fd >= 0) == taken, "%s as a template: %d", kinds[i].name,
			      fd);
		if (kinds[i].role == MIM_ROLE_REFUSED)
			ck_assert_int_eq(fd, -MIM_ENOTSUPP);
		close(inner);
		if (of >= 0)
			close(of);
		if (fd >= 0)
			close(fd);
	}
}
END_TEST

START_TEST(what_the_kernel_stores_is_what_normalising_says)
{
	size_t n;
	const struct mim_kind *kinds = mim_kinds(&n);
	const struct mim_host host = {.possible_cpus =
					      (uint32_t)sysconf(_SC_NPROCESSORS_CONF),
				      .page_size = (uint32_t)sysconf(_SC_PAGESIZE)};

	for (size_t i = 0; i < n; i++) {
		struct mim_shape shape = kind_plain(&kinds[i]);
		struct mim_map_info info;
		int inner, fd;

		if (!kind_can_be_made(&kernel, &kinds[i]))
			continue;
		shape.flags |= kinds[i].flags & (BPF_F_RDONLY | BPF_F_NO_COMMON_LRU);
		if (kinds[i].entries == MIM_ENTRIES_POSITIVE)
			shape.max_entries = 7;
		inner = kind_create_inner_of(&kernel, &kinds[i]);
		fd = kind_create(&kernel, &shape, inner);
		ck_assert_msg(fd >= 0, "%s: %s", kinds[i].name, strerror(-fd));
		ck_assert_int_eq(mim_kernel_call(&kernel, map_info, fd, &info), 0);
		mim_shape_normalize(&shape, &host);
		ck_assert_msg(mim_shape_differs(&shape, &info.shape) == 0,
			      "%s: max_entries %u and %u, flags %x and %x", kinds[i].name,
			      shape.max_entries, info.shape.max_entries, shape.flags,
			      info.shape.flags);
		close(fd);
		if (inner >= 0)
			close(inner);
	}
}
END_TEST

static void write_kind(const struct mim_kind *kind, uint32_t extra_flag)
{
	struct mim_shape shape = kind_plain(kind);
	char yaml[2048], template[KIND_TEXT];

	shape.flags |= extra_flag;
	/* Seven is no multiple of the CPUs: what the kernel rounds, it rounds here. */
	if (kind->entries == MIM_ENTRIES_POSITIVE)
		shape.max_entries = 7;
	snprintf(yaml, sizeof(yaml),
		 "version: 1\nname: t\nbpffs: %s\n"
		 "templates: [%s]\n"
		 "outer_maps:\n"
		 "  - {name: a, type: array_of_maps, max_entries: 2, template: k}\n"
		 "  - {name: h, type: hash_of_maps, key: u32, max_entries: 2, template: "
		 "k}\n"
		 "  - {name: empty, type: array_of_maps, max_entries: 2, template: k}\n"
		 "bindings:\n"
		 "  - {outer: a, slots: [{keys: 0-1}]}\n"
		 "  - {outer: h, slots: [{keys: 7-8}]}\n",
		 bench.bpffs, kind_template("k", &shape, template));
	bench_write(yaml);
}

static void apply_kind(const struct mim_kind *kind, uint32_t extra_flag)
{
	write_kind(kind, extra_flag);
	ck_assert_msg(mimctl("apply", "-f", bench.file) == 0, "%s: %s", kind->name,
		      bench.err);
	for (int i = 0; i < 2; i++) {
		ck_assert_msg(
			mimctl("plan", "-f", bench.file, "--detailed-exitcode") == 0,
			"%s %x: %s%s", kind->name, extra_flag, bench.out, bench.err);
		setenv("MIMCTL_NO_ITERATOR", "1", 1);
	}
	unsetenv("MIMCTL_NO_ITERATOR");
	ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
}

START_TEST(every_type_that_is_applied_is_then_unchanged)
{
	static const uint32_t extra[] = {BPF_F_NO_COMMON_LRU, BPF_F_NUMA_NODE,
					 BPF_F_RDONLY};
	size_t n;
	const struct mim_kind *kinds = mim_kinds(&n);

	for (size_t i = 0; i < n; i++) {
		if (!kind_is_inner(&kinds[i]) || !kind_can_be_made(&kernel, &kinds[i]))
			continue;
		apply_kind(&kinds[i], 0);
		for (size_t f = 0; f < sizeof(extra) / sizeof(extra[0]); f++)
			if (kinds[i].flags & extra[f])
				apply_kind(&kinds[i], extra[f]);
	}
}
END_TEST

static void write_storage(const struct mim_kind *kind, const char *more)
{
	char yaml[2048];

	snprintf(yaml, sizeof(yaml),
		 "version: 1\nname: t\nbpffs: %s\n"
		 "types: [{name: seen, fields: [{name: packets, type: u64}, "
		 "{name: mark, type: be32}]}]\n"
		 "templates: [{name: k, type: %s, key: s32, value: seen, max_entries: 0, "
		 "flags: [no_prealloc%s]}]\n"
		 "outer_maps:\n"
		 "  - {name: a, type: array_of_maps, max_entries: 2, template: k}\n"
		 "  - {name: h, type: hash_of_maps, key: u32, max_entries: 2, template: "
		 "k}\n"
		 "  - {name: empty, type: hash_of_maps, key: u32, max_entries: 2, "
		 "template: k}\n"
		 "inner_maps: [{name: x, template: k}]\n"
		 "bindings:\n"
		 "  - {outer: a, slots: [{keys: 0-1}]}\n"
		 "  - {outer: h, slots: [{key: 7, inner: x}]}\n"
		 "pins: [{map: x, path: x}]\n",
		 bench.bpffs, kind->name, more);
	bench_write(yaml);
}

static void storage_has_types(void)
{
	struct bpf_map_info info = {0};
	uint32_t length = sizeof(info);
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/t/x", bench.bpffs);
	fd = bpf_obj_get(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bpf_obj_get_info_by_fd(fd, &info, &length), 0);
	close(fd);
	ck_assert_uint_eq(info.value_size, 16);
	ck_assert_uint_ne(info.btf_key_type_id, 0);
	ck_assert_uint_ne(info.btf_value_type_id, 0);
}

/* The kernel makes these with BTF only. */
START_TEST(storages_are_made_with_their_types)
{
	static const char *const more[] = {"", ", clone"};
	size_t n;
	const struct mim_kind *kinds = mim_kinds(&n);

	for (size_t i = 0; i < 2 * n; i++) {
		const struct mim_kind *kind = &kinds[i / 2];

		if (kind->role != MIM_ROLE_NEEDS_BTF ||
		    (i % 2 && kind->type != BPF_MAP_TYPE_SK_STORAGE))
			continue;
		if (libbpf_probe_bpf_map_type(kind->type, NULL) != 1) {
			printf("# no %s in this kernel\n", kind->name);
			continue;
		}
		write_storage(kind, more[i % 2]);
		ck_assert_msg(mimctl("apply", "-f", bench.file) == 0, "%s: %s",
			      kind->name, bench.err);
		storage_has_types();
		for (int without = 0; without < 2; without++) {
			ck_assert_msg(mimctl("plan", "-f", bench.file,
					     "--detailed-exitcode") == 0,
				      "%s: %s%s", kind->name, bench.out, bench.err);
			setenv("MIMCTL_NO_ITERATOR", "1", 1);
		}
		unsetenv("MIMCTL_NO_ITERATOR");
		ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		plain_maps_of_every_type_are_created,
		flags_are_taken_and_refused_as_the_table_says,
		needed_flags_are_needed,
		templates_are_taken_and_refused_as_the_table_says,
		what_the_kernel_stores_is_what_normalising_says,
		every_type_that_is_applied_is_then_unchanged,
		storages_are_made_with_their_types,
	};

	mim_kernel_init(&kernel);
	return bench_suite("kinds", tests, sizeof(tests) / sizeof(tests[0]));
}
