/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenes.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD                                                                             \
	"version: 1\nname: t\nbpffs: %0\n"                                               \
	"templates:\n"                                                                   \
	"  - {name: table, type: hash, key: u32, value: u32, max_entries: 8}\n"          \
	"  - {name: wide, type: hash, key: u32, value: u64, max_entries: 8}\n"

#define A_AND_B                                                                          \
	HEAD "outer_maps:\n"                                                             \
	     "  - {name: a, type: array_of_maps, max_entries: 4, template: table}\n"     \
	     "  - {name: b, type: hash_of_maps, key: u32, max_entries: 4, template: "    \
	     "table}\n"                                                                  \
	     "inner_maps: [{name: x, template: table}, {name: y, template: table}]\n"    \
	     "bindings:\n"                                                               \
	     "  - {outer: a, slots: [{keys: 0-1}, {key: 2, inner: x}]}\n"                \
	     "  - {outer: b, slots: [{key: 7, inner: y}]}\n"                             \
	     "pins: [{map: x, path: in/x}, {map: a, path: a}]\n"

/* Slots change, come and go, an outer map is replaced, pins move and get another mode. */
#define CHANGED                                                                          \
	HEAD "outer_maps:\n"                                                             \
	     "  - {name: a, type: array_of_maps, max_entries: 4, template: table, "      \
	     "protect: true}\n"                                                          \
	     "  - {name: b, type: hash_of_maps, key: u32, max_entries: 8, template: "    \
	     "wide}\n"                                                                   \
	     "inner_maps: [{name: x, template: table}, {name: z, template: wide}]\n"     \
	     "bindings:\n"                                                               \
	     "  - {outer: a, slots: [{key: 0, inner: x}, {key: 3}]}\n"                   \
	     "  - {outer: b, slots: [{keys: 7-8}, {key: 9, inner: z}]}\n"                \
	     "pins: [{map: x, path: other/deep/x, mode: \"0640\"},\n"                    \
	     "       {map: a, path: a, mode: \"0644\"}, {map: a, path: also/a}]\n"

#define LARGER                                                                           \
	HEAD "outer_maps:\n"                                                             \
	     "  - {name: a, type: array_of_maps, max_entries: 8, template: table}\n"     \
	     "bindings: [{outer: a, slots: [{keys: 0-5}]}]\n"

#define OUTSIDE                                                                          \
	HEAD "outer_maps:\n"                                                             \
	     "  - {name: a, type: array_of_maps, max_entries: 4, template: table}\n"     \
	     "inner_maps: [{name: x, template: table}]\n"                                \
	     "bindings: [{outer: a, slots: [{key: 1, inner: x}]}]\n"                     \
	     "pins: [{map: a, path: a}, {map: a, path: %1/tc/a}, {map: x, path: "        \
	     "%0/x}]\n"

#define OUTSIDE_CHANGED                                                                  \
	HEAD "outer_maps:\n"                                                             \
	     "  - {name: a, type: array_of_maps, max_entries: 8, template: table}\n"     \
	     "inner_maps: [{name: x, template: table}]\n"                                \
	     "bindings: [{outer: a, slots: [{key: 1, inner: x}]}]\n"                     \
	     "pins: [{map: a, path: a}, {map: a, path: %1/tc/a}, {map: x, path: "        \
	     "%1/x}]\n"

#define FILLED(entries)                                                                  \
	"version: 1\nname: t\nbpffs: %0\n"                                               \
	"templates:\n"                                                                   \
	"  - {name: table, type: hash, key: u32, value: u32, max_entries: " entries      \
	", on_replace: copy}\n"                                                          \
	"outer_maps:\n"                                                                  \
	"  - {name: a, type: array_of_maps, max_entries: 4, template: table}\n"          \
	"inner_maps: [{name: x, template: table}]\n"                                     \
	"bindings: [{outer: a, slots: [{key: 1, inner: x}, {key: 2}]}]\n"                \
	"pins: [{map: x, path: x}, {map: a, path: a}]\n"

/* Types of keys and values, and what is in a map from the start. */
#define TYPED(entries)                                                                   \
	"version: 1\nname: t\nbpffs: %0\n"                                               \
	"types: [{name: pair, fields: [{name: x, type: u32}, {name: y, type: u32}]}]\n"  \
	"templates:\n"                                                                   \
	"  - {name: table, type: hash, key: pair, value: pair, max_entries: 8}\n"        \
	"outer_maps:\n"                                                                  \
	"  - {name: a, type: array_of_maps, max_entries: 4, template: table}\n"          \
	"inner_maps:\n"                                                                  \
	"  - {name: x, template: table, entries: [" entries "]}\n"                       \
	"bindings: [{outer: a, slots: [{key: 1, inner: x}, {key: 2}]}]\n"                \
	"pins: [{map: a, path: a}]\n"

/* No map is made by several threads at once: all have the same ids each time. */
#define NAMED(one, other)                                                                \
	HEAD "outer_maps:\n"                                                             \
	     "  - {name: a, type: array_of_maps, max_entries: 4, template: table}\n"     \
	     "  - {name: " other "_of, type: hash_of_maps, key: u32, max_entries: 4, "   \
	     "template: table}\n"                                                        \
	     "inner_maps:\n"                                                             \
	     "  - {name: " one ", template: table}\n"                                    \
	     "  - {name: " other ", template: table}\n"                                  \
	     "bindings:\n"                                                               \
	     "  - {outer: a, slots: [{key: 0, inner: " one "}]}\n"                       \
	     "  - {outer: " other "_of, slots: [{key: 7, inner: " other "}]}\n"          \
	     "pins: [{map: a, path: a}, {map: " other ", path: in/" other "}]\n"

#define THEIRS                                                                           \
	HEAD "outer_maps: [{name: their, external: %1/their, template: table}]\n"        \
	     "bindings: [{outer: their, slots: [{keys: 0-2}]}]\n"

/* What is pinned keeps its map, and only what is in it changes. */
#define EXACT(entries)                                                                   \
	HEAD "outer_maps:\n"                                                             \
	     "  - {name: a, type: array_of_maps, max_entries: 4, template: table}\n"     \
	     "inner_maps:\n"                                                             \
	     "  - {name: x, template: table, contents: exact, entries: [" entries "]}\n" \
	     "bindings: [{outer: a, slots: [{key: 1, inner: x}]}]\n"                     \
	     "pins: [{map: a, path: a}, {map: x, path: x}]\n"

/* Slots that somebody else fills move on to a larger map. */
#define SHARED(entries)                                                                  \
	HEAD "outer_maps:\n"                                                             \
	     "  - {name: a, type: array_of_maps, max_entries: " entries                  \
	     ", template: table, unlisted: keep}\n"                                      \
	     "bindings: [{outer: a, slots: [{key: 1}]}]\n"                               \
	     "pins: [{map: a, path: a}]\n"

#define AT_HOME                                                                          \
	"version: 1\nname: t\ntemplates:\n"                                              \
	"  - {name: table, type: hash, key: u32, value: u32, max_entries: 8}\n"          \
	"outer_maps: [{name: a, type: array_of_maps, max_entries: 4, template: "         \
	"table}]\n"                                                                      \
	"bindings: [{outer: a, slots: [{keys: 0-1}]}]\n"

static void make_map(struct fake *fake, const struct mim_shape *shape, int inner,
		     const char *path)
{
	struct mim_kernel *kernel = &fake->kernel;
	int fd = mim_kernel_call(kernel, map_create, shape, "theirs", inner, NULL),
	    folder;
	char parent[FAKE_PATH];
	char *slash;

	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	*slash = '\0';
	folder = mim_kernel_call(kernel, open_path, parent, O_DIRECTORY);
	ck_assert_int_eq(mim_kernel_call(kernel, pin, fd, folder, slash + 1), 0);
	close(fd);
	close(folder);
}

static const struct mim_shape table = {1, 4, 4, 8, 0, 0, 0};

static void make_their_outer(struct fake *fake)
{
	const struct mim_shape outer = {12, 4, 4, 4, 0, 0, 0};
	int inner = mim_kernel_call(&fake->kernel, map_create, &table, "t", -1, NULL);
	char path[FAKE_PATH + 16];

	snprintf(path, sizeof(path), "%s/their", fake->bpffs[1]);
	make_map(fake, &outer, inner, path);
	close(inner);
}

static void make_foreign_folder(struct fake *fake)
{
	char path[FAKE_PATH + 16];

	snprintf(path, sizeof(path), "%s/t", fake->bpffs[0]);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/t/x", fake->bpffs[0]);
	make_map(fake, &table, -1, path);
}

static void make_tc(struct fake *fake)
{
	char path[FAKE_PATH + 16];

	snprintf(path, sizeof(path), "%s/tc", fake->bpffs[1]);
	mkdir(path, 0755);
}

static void use_b(struct fake *fake)
{
	char path[FAKE_PATH + 16];

	snprintf(path, sizeof(path), "%s/t/b", fake->bpffs[0]);
	fake_load_program(fake, fake_map_at(fake, path)->info.id);
}

static void write_entries(struct fake *fake)
{
	char path[FAKE_PATH + 16];
	struct fake_map *map;
	int fd;

	snprintf(path, sizeof(path), "%s/t/x", fake->bpffs[0]);
	map = fake_map_at(fake, path);
	fd = mim_kernel_call(&fake->kernel, map_open, map->info.id);
	for (uint32_t key = 0; key < 5; key++)
		mim_kernel_call(&fake->kernel, map_update, fd, &key, &key, 0);
	close(fd);
}

static void fill_slot(struct fake *fake)
{
	struct mim_kernel *kernel = &fake->kernel;
	char path[FAKE_PATH + 16];
	uint32_t key = 2;
	int outer, inner;

	snprintf(path, sizeof(path), "%s/t/a", fake->bpffs[0]);
	outer = mim_kernel_call(kernel, map_open, fake_map_at(fake, path)->info.id);
	inner = mim_kernel_call(kernel, map_create, &table, "theirs", -1, NULL);
	ck_assert_int_eq(mim_kernel_call(kernel, map_update, outer, &key, &inner, 0), 0);
	close(outer);
	close(inner);
}

const struct scene scenes[] = {
	{.name = "create", .after = A_AND_B},
	{.name = "mount", .after = AT_HOME, .unmounted = true},
	{.name = "change", .before = A_AND_B, .after = CHANGED},
	{.name = "change back", .before = CHANGED, .after = A_AND_B},
	{.name = "change, on an old kernel",
	 .before = A_AND_B,
	 .after = CHANGED,
	 .blind = true,
	 .single = true},
	{.name = "change what a program uses",
	 .before = A_AND_B,
	 .after = CHANGED,
	 .prepare = use_b},
	{.name = "empty", .before = A_AND_B, .after = HEAD},
	{.name = "destroy", .before = A_AND_B, .after = A_AND_B, .destroy = true},
	{.name = "replace", .before = A_AND_B, .after = LARGER},
	{.name = "outside", .after = OUTSIDE, .prepare = make_tc},
	{.name = "outside, changed",
	 .before = OUTSIDE,
	 .after = OUTSIDE_CHANGED,
	 .prepare = make_tc},
	{.name = "destroy outside",
	 .before = OUTSIDE,
	 .after = OUTSIDE,
	 .destroy = true,
	 .prepare = make_tc},
	{.name = "copy",
	 .before = FILLED("8"),
	 .after = FILLED("16"),
	 .prepare = write_entries},
	{.name = "entries", .after = TYPED("{key: x=1 y=2, value: x=3 y=4}")},
	{.name = "shared",
	 .before = SHARED("4"),
	 .after = SHARED("8"),
	 .prepare = fill_slot},
	{.name = "exact",
	 .before = EXACT("{key: 1, value: 10}, {key: 2, value: 20}"),
	 .after = EXACT("{key: 2, value: 21}, {key: 3, value: 30}")},
	{.name = "named", .before = NAMED("x", "y"), .after = NAMED("y", "z")},
	{.name = "external", .after = THEIRS, .prepare = make_their_outer},
	{.name = "adopt", .after = A_AND_B, .prepare = make_foreign_folder},
	{.name = "confirm", .before = A_AND_B, .after = CHANGED, .confirm = true},
	{.name = "recall",
	 .before = A_AND_B,
	 .after = CHANGED,
	 .confirm = true,
	 .recall = true},
	{.name = "confirm a new scope", .after = A_AND_B, .confirm = true},
};

const size_t n_scenes = MIM_ARRAY_SIZE(scenes);

const struct scene *scene_of(const char *name)
{
	for (size_t i = 0; i < n_scenes; i++)
		if (strcmp(scenes[i].name, name) == 0)
			return &scenes[i];
	ck_abort_msg("there is no scene '%s'", name);
	return NULL;
}

/* The bpffs in the place of %0 and %1. */
static char *fill_in(const struct fake *fake, const char *yaml)
{
	char *text = NULL;
	size_t size;
	FILE *out = fake_need(open_memstream(&text, &size));

	for (; *yaml; yaml++) {
		if (yaml[0] == '%') {
			fputs(fake->bpffs[yaml[1] - '0'], out);
			yaml++;
		} else {
			fputc(*yaml, out);
		}
	}
	fclose(out);
	return text;
}

static void load(struct stage *stage, const char *yaml, struct mim_config *config)
{
	struct mim_diags diags = {0};
	char *text = fill_in(&stage->fake, yaml);
	const struct mim_config_text source = {"test.yaml", text, strlen(text)};
	int r = mim_config_load_texts(&source, 1, NULL, NULL, config, &diags);

	ck_assert_msg(r == 0, "%s: %s", stage->scene->name,
		      diags.n ? diags.items[0].message : "");
	mim_diags_release(&diags);
	free(text);
}

void stage_init(struct stage *stage, const struct scene *scene)
{
	*stage = (struct stage){.scene = scene};
	fake_init(&stage->fake);
	if (scene->before)
		load(stage, scene->before, &stage->before);
	load(stage, scene->after, &stage->after);
	stage->nothing = fake_need(mim_topology_empty(stage->after.want->scope.name,
						      stage->after.want->scope.bpffs));
}

void stage_release(struct stage *stage)
{
	mim_config_release(&stage->before);
	mim_config_release(&stage->after);
	mim_topology_free(stage->nothing);
	fake_release(&stage->fake);
}

static char *words_of(const struct mim_diags *diags)
{
	char *text = NULL;
	size_t size;
	FILE *out;

	fake_inside++;
	out = fake_need(open_memstream(&text, &size));
	for (size_t i = 0; i < diags->n; i++)
		fprintf(out, "%s: %s\n",
			diags->items[i].severity == MIM_ERROR ? "error" : "warning",
			diags->items[i].message);
	fclose(out);
	fake_inside--;
	return text;
}

void result_release(struct result *result)
{
	free(result->said);
}

/* As mimctl confirm does, from within: the process that waits has the lock. */
static void confirm(void *data)
{
	const struct stage *stage = data;
	char path[FAKE_PATH + 32];

	snprintf(path, sizeof(path), "%s/t/mimctl~/pending", stage->fake.bpffs[0]);
	unlink(path);
}

/* As mimctl rollback does. */
static void recall(void *data)
{
	const struct stage *stage = data;
	char path[FAKE_PATH + 32];

	snprintf(path, sizeof(path), "%s/t/mimctl~/rollback", stage->fake.bpffs[0]);
	if (!stage->fake.kernel.fault)
		confirm(data);
	else
		ck_assert_int_eq(symlink("asked", path), 0);
}

static int fail_all(void *data, const char *op, uint64_t call)
{
	(void)data;
	(void)op;
	(void)call;
	return -EIO;
}

static void die(void *data)
{
	struct stage *stage = data;

	stage->dies = true;
	stage->fake.kernel.fault = fail_all;
}

static int is_dying(void *data)
{
	const struct stage *stage = data;

	return stage->dies ? SIGTERM : 0;
}

static void apply(struct stage *stage, const struct mim_config *config, bool destroy,
		  void (*waiting)(void *data), struct result *ret_result)
{
	mim_cleanup(mim_diags_release) struct mim_diags diags = {0};
	mim_cleanup(mim_applied_release) struct mim_applied applied = {0};
	const struct mim_apply_options options = {
		.plan = {.allow_empty = true,
			 .allow_orphans = true,
			 .adopt = true,
			 .destroy = destroy},
		.verify = true,
		/* For what cannot see its answer, and for who comes after it. */
		.confirm = !waiting		  ? 0
			   : stage->scene->recall ? 1
						  : 10,
		.digest = config->digest,
		.revision = "",
		.waiting = waiting,
		.interrupted = is_dying,
		.data = stage,
	};

	mim_apply(&stage->fake.kernel, destroy ? stage->nothing : config->want, &options,
		  &diags, &applied);
	*ret_result = (struct result){applied.outcome, applied.error, diags.out_of_memory,
				      diags.n > 0, words_of(&diags)};
}

void stage_apply(struct stage *stage, struct result *ret_result)
{
	apply(stage, &stage->after, stage->scene->destroy,
	      stage->scene->recall    ? recall
	      : stage->scene->confirm ? confirm
				      : NULL,
	      ret_result);
}

bool stage_wait(struct stage *stage)
{
	struct result result;
	bool waited;

	apply(stage, &stage->after, stage->scene->destroy, die, &result);
	waited = stage->dies;
	stage->dies = false;
	stage->fake.kernel.fault = NULL;
	ck_assert_msg(result.outcome == (waited ? MIM_OUTCOME_LEFT : MIM_OUTCOME_SAME),
		      "%s: outcome %d: %s", stage->scene->name, result.outcome,
		      result.said);
	result_release(&result);
	return waited;
}

bool stage_is_good(enum mim_outcome outcome)
{
	return outcome == MIM_OUTCOME_DONE || outcome == MIM_OUTCOME_SAME;
}

void stage_begin(struct stage *stage)
{
	struct result result;

	fake_reset(&stage->fake);
	/* Some of these lie in the way of what comes first. */
	if (stage->scene->prepare == make_tc)
		make_tc(&stage->fake);
	stage->fake.well_known = stage->scene->unmounted;
	if (stage->scene->unmounted)
		fake_unmount(&stage->fake, 0);
	if (stage->scene->before) {
		apply(stage, &stage->before, false, NULL, &result);
		ck_assert_msg(stage_is_good(result.outcome), "%s: %s", stage->scene->name,
			      result.said);
		result_release(&result);
	}
	if (stage->scene->prepare)
		stage->scene->prepare(&stage->fake);
	stage->fake.no_iterator = stage->scene->blind;
	stage->fake.no_batch = stage->scene->single;
}

/* What is staged or noted only while an apply is at work. */
static bool is_leftover(const char *line)
{
	const char *state = strstr(line, "/mimctl~");

	return state && !strstr(state, "/protected-") && !strstr(state, "/outside-");
}

void stage_check_plan(struct stage *stage, const char *when)
{
	mim_cleanup(mim_diags_release) struct mim_diags diags = {0};
	mim_auto_topology struct mim_topology *live = NULL;
	mim_auto_plan struct mim_plan *plan = NULL;
	const struct mim_plan_options options = {.allow_empty = true,
						 .allow_orphans = true,
						 .destroy = stage->scene->destroy};
	const struct mim_topology *want =
		stage->scene->destroy ? stage->nothing : stage->after.want;
	int r = mim_plan_live(&stage->fake.kernel, want, &options, &diags, &live, &plan);

	ck_assert_msg(r == 0 && !plan->changed && !plan->refused,
		      "%s, %s: the plan is not empty (%d) %s", stage->scene->name, when,
		      r, diags.n ? diags.items[0].message : "");
}

void stage_check_done(struct stage *stage, const char *when)
{
	char *now, *rest, *line;

	stage_check_plan(stage, when);
	now = rest = fake_describe(&stage->fake);
	while ((line = strsep(&rest, "\n")))
		ck_assert_msg(!is_leftover(line) || strstr(line, "/mimctl~ "),
			      "%s, %s: %s is left", stage->scene->name, when, line);
	free(now);
}

void stage_converge(struct stage *stage, const char *when)
{
	struct result result;

	stage_apply(stage, &result);
	/* Where not even the name could go, it holds until its time is over. */
	while (stage->scene->recall && result.error == -EAGAIN) {
		result_release(&result);
		usleep(100000);
		stage_apply(stage, &result);
	}
	ck_assert_msg(stage_is_good(result.outcome), "%s: then outcome %d: %s", when,
		      result.outcome, result.said);
	result_release(&result);
	stage_check_done(stage, when);
}

/* Lines about maps that were not there before; what holds them has a line of its own. */
static bool is_about_new_map(const char *line, uint32_t next_id)
{
	unsigned int id;

	return (sscanf(line, "map %u", &id) == 1 ||
		sscanf(line, "slot of (id %u)", &id) == 1 ||
		sscanf(line, "entry of (id %u)", &id) == 1) &&
	       id >= next_id;
}

static bool has_line(const char *text, const char *line, size_t length)
{
	for (; *text; text = strchr(text, '\n') + 1)
		if (strncmp(text, line, length) == 0 && text[length] == '\n')
			return true;
	return false;
}

static void print_missing(const char *from, const char *in, char sign, uint32_t next_id,
			  FILE *out)
{
	for (const char *at = from; *at; at = strchr(at, '\n') + 1) {
		size_t length = strcspn(at, "\n");
		char line[1024];

		snprintf(line, sizeof(line), "%.*s", (int)length, at);
		if (!has_line(in, at, length) && !is_leftover(line) &&
		    !is_about_new_map(line, next_id))
			fprintf(out, "%c%s\n", sign, line);
	}
}

char *stage_compare(const char *before, const char *now, uint32_t next_id)
{
	char *text = NULL;
	size_t size;
	FILE *out;

	fake_inside++;
	out = fake_need(open_memstream(&text, &size));
	print_missing(before, now, '-', next_id, out);
	print_missing(now, before, '+', next_id, out);
	fclose(out);
	fake_inside--;
	return text;
}

size_t count_descriptors(void)
{
	DIR *dir = fake_need(opendir("/proc/self/fd"));
	struct dirent *entry;
	size_t n = 0;

	while ((entry = readdir(dir)))
		n += atoi(entry->d_name) < 512;
	closedir(dir);
	return n;
}
