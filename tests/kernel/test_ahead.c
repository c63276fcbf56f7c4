/* SPDX-License-Identifier: BSD-2-Clause */

/* What is read while the description is parsed is as true as what is read after it. */
#include <bpf/bpf.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>
#include "harness.h"
#include "mim.h"

/* Enough for parsing to be worth the company. */
#define LONG 200000

static struct mim_kernel kernel;
static atomic_uint lists;

/* Either way of listing all maps begins with one of these. */
static int count_lists(void *data, const char *op, uint64_t call)
{
	(void)data;
	(void)call;
	lists += strcmp(op, "map_iterate") == 0;
	return 0;
}

static void write_long(const char *head, const char *rest)
{
	static char padding[LONG];
	char *yaml;

	memset(padding, '#', sizeof(padding) - 1);
	ck_assert_int_gt(
		asprintf(&yaml,
			 "version: 1\n%s"
			 "templates: [{name: k, type: hash, key: u32, value: u64, "
			 "max_entries: 8}]\n"
			 "outer_maps: [{name: o, type: hash_of_maps, key: u32, "
			 "max_entries: 8, template: k}]\n"
			 "inner_maps: [{name: a, template: k}, {name: b, template: k}]\n"
			 "bindings: [{outer: o, slots: [{key: 1, inner: a}, "
			 "{key: 2, inner: b}]}]\n"
			 "pins: [{map: a, path: a}]\n"
			 "%s\n%s\n",
			 head, rest, padding),
		0);
	bench_write(yaml);
	free(yaml);
}

static void begin(void)
{
	write_long("name: t\nbpffs: %s\n", "");
	apply();
	mim_kernel_init(&kernel);
	lists = 0;
	kernel.fault = count_lists;
}

/* Return: whether apply would change something. */
static bool plan_changes(void)
{
	mim_cleanup(mim_config_release) struct mim_config config = {0};
	mim_cleanup(mim_diags_release) struct mim_diags diags = {0};
	mim_auto_topology struct mim_topology *live = NULL;
	mim_auto_plan struct mim_plan *plan = NULL;
	const struct mim_plan_options options = {0};
	const char *path = bench.file;

	ck_assert_int_eq(mim_config_load(&path, 1, NULL, &config, &diags), 0);
	ck_assert_int_eq(
		mim_plan_live(&kernel, config.want, &options, &diags, &live, &plan), 0);
	return plan->changed;
}

static void bind(uint32_t key, uint32_t id)
{
	int outer = bpf_obj_get(pin("t/o")), inner = bpf_map_get_fd_by_id(id);

	ck_assert_int_eq(bpf_map_update_elem(outer, &key, &inner, 0), 0);
	close(inner);
	close(outer);
}

/* Apply what the file says after something has @happened since it was read ahead. */
static enum mim_outcome apply_after(void (*happened)(void))
{
	mim_cleanup(mim_config_release) struct mim_config config = {0};
	mim_cleanup(mim_diags_release) struct mim_diags diags = {0};
	mim_cleanup(mim_applied_release) struct mim_applied applied = {0};
	struct mim_apply_options options = {.verify = true, .revision = ""};
	const char *path = bench.file;

	ck_assert_int_eq(mim_config_load(&path, 1, NULL, &config, &diags), 0);
	options.digest = config.digest;
	mim_ahead_start(&kernel, "t", bench.bpffs);
	usleep(500000);
	happened();
	mim_apply(&kernel, config.want, &options, &diags, &applied);
	return applied.outcome;
}

static bool has_second_cpu(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN) > 1;
}

START_TEST(all_maps_are_listed_once)
{
	begin();
	mim_ahead_start(&kernel, "t", bench.bpffs);
	ck_assert(!plan_changes());
	ck_assert_uint_eq(lists, 1);
	/* What was read is used once. */
	ck_assert(!plan_changes());
	ck_assert_uint_eq(lists, 2);
	mim_kernel_release(&kernel);
}
END_TEST

START_TEST(what_changes_meanwhile_is_seen)
{
	uint32_t first, second;

	begin();
	first = slot_id("t/o", 1);
	second = slot_id("t/o", 2);
	mim_ahead_start(&kernel, "t", bench.bpffs);
	usleep(500000);
	bind(1, second);
	ck_assert(plan_changes());
	/* What had been read ahead proved to be old. */
	ck_assert_uint_eq(lists, has_second_cpu() ? 2 : 1);
	bind(1, first);
	ck_assert(!plan_changes());
	mim_kernel_release(&kernel);
}
END_TEST

START_TEST(of_another_scope_it_is_dropped)
{
	begin();
	mim_ahead_start(&kernel, "other", bench.bpffs);
	ck_assert(!plan_changes());
	mim_ahead_start(&kernel, "t", "/nowhere");
	ck_assert(!plan_changes());
	ck_assert_uint_eq(lists, has_second_cpu() ? 4 : 2);
	mim_kernel_release(&kernel);
}
END_TEST

START_TEST(nobody_has_to_ask_for_it)
{
	begin();
	mim_ahead_start(&kernel, "t", bench.bpffs);
	mim_ahead_start(&kernel, "t", bench.bpffs);
	mim_kernel_release(&kernel);
	ck_assert_uint_le(lists, 1);
}
END_TEST

#define SCOPE(entries, more)                                                             \
	"version: 1\nname: t\nbpffs: %s\n"                                               \
	"templates: [{name: k, type: hash, key: u32, value: u64, max_entries: 8}]\n"     \
	"outer_maps: [{name: o, type: hash_of_maps, key: u32, max_entries: " entries     \
	", template: k" more "}]\n"

static int user = -1;

static void a_program_is_loaded(void)
{
	user = load_user("t/o");
}

START_TEST(who_uses_a_map_by_now_is_known)
{
	bench_write(SCOPE("8", ""));
	apply();
	mim_kernel_init(&kernel);
	bench_write(SCOPE("16", ""));
	ck_assert_int_eq(apply_after(a_program_is_loaded), MIM_OUTCOME_REFUSED);
	close(user);
	mim_kernel_release(&kernel);
}
END_TEST

static void a_slot_is_bound(void)
{
	bpftool("map", "update", "pinned", pin("t/o"), "key", "5", "0", "0", "0", "value",
		"pinned", pin("theirs"));
}

START_TEST(slots_of_others_are_taken_along)
{
	bench_write(SCOPE("8", ", unlisted: keep"));
	apply();
	bpftool("map", "create", pin("theirs"), "type", "hash", "key", "4", "value", "8",
		"entries", "8", "name", "theirs");
	mim_kernel_init(&kernel);
	bench_write(SCOPE("16", ", unlisted: keep"));
	ck_assert_int_eq(apply_after(a_slot_is_bound), MIM_OUTCOME_DONE);
	ck_assert_uint_ne(slot_id("t/o", 5), 0);
	mim_kernel_release(&kernel);
}
END_TEST

static void it_is_frozen(void)
{
	bpftool("map", "freeze", "pinned", pin("t/o"));
}

START_TEST(what_is_frozen_by_now_is_refused)
{
	bench_write(SCOPE("8", ""));
	apply();
	mim_kernel_init(&kernel);
	bench_write(SCOPE("8", "") "bindings: [{outer: o, slots: [{key: 1}]}]\n");
	ck_assert_int_eq(apply_after(it_is_frozen), MIM_OUTCOME_REFUSED);
	mim_kernel_release(&kernel);
}
END_TEST

static void another_is_pinned(void)
{
	bpftool("map", "create", pin("inner"), "type", "hash", "key", "4", "value", "8",
		"entries", "8", "name", "inner", "flags", "1");
	bpftool("map", "create", pin("other"), "type", "hash_of_maps", "key", "4",
		"value", "4", "entries", "8", "name", "o", "inner_map", "pinned",
		pin("inner"));
	ck_assert_int_eq(unlink(pin("t/o")), 0);
	ck_assert_int_eq(rename(pin("other"), pin("t/o")), 0);
}

/* Its slots take maps with no_prealloc only, which nobody can see from outside. */
START_TEST(a_template_that_is_new_is_known)
{
	bench_write(SCOPE("8", ""));
	apply();
	mim_kernel_init(&kernel);
	ck_assert_int_eq(apply_after(another_is_pinned), MIM_OUTCOME_DONE);
	plan_is_empty();
	mim_kernel_release(&kernel);
}
END_TEST

START_TEST(commands_work_on_long_files)
{
	begin();
	plan_is_empty();
	/* A scope that only the end of the file tells is read after it. */
	write_long("", "name: t\nbpffs: %s\n");
	plan_is_empty();
	write_long("name: t\nbpffs: %s\n", "broken: [");
	ck_assert_int_eq(mimctl("apply", "-f", bench.file), 65);
	write_long("name: t\nbpffs: %s\n", "inner: wrong");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 65);
	has(bench.err, "inner");
	write_long("name: t\nbpffs: %s/\n", "");
	plan_is_empty();
	mim_kernel_release(&kernel);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		all_maps_are_listed_once,	 of_another_scope_it_is_dropped,
		what_changes_meanwhile_is_seen,	 nobody_has_to_ask_for_it,
		commands_work_on_long_files,	 who_uses_a_map_by_now_is_known,
		slots_of_others_are_taken_along, what_is_frozen_by_now_is_refused,
		a_template_that_is_new_is_known,
	};

	return bench_suite("ahead", tests, sizeof(tests) / sizeof(tests[0]));
}
