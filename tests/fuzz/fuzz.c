/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuzz.h"

#include <json-c/json.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include "base/str.h"
#include "render.h"

#define MOST_FILES 4
#define MOST_SLOTS 20000

const char *fuzz_file(unsigned int which, const void *data, size_t size)
{
	static struct {
		int fd;
		char path[32];
	} files[MOST_FILES];

	if (!files[which].path[0]) {
		files[which].fd = memfd_create("fuzz", MFD_CLOEXEC);
		snprintf(files[which].path, sizeof(files[which].path), "/proc/self/fd/%d",
			 files[which].fd);
	}
	fuzz_law(ftruncate(files[which].fd, 0) == 0);
	fuzz_law(pwrite(files[which].fd, data, size, 0) == (ssize_t)size);
	return files[which].path;
}

static char *printed;
static size_t printed_length;

FILE *fuzz_out(void)
{
	FILE *out = open_memstream(&printed, &printed_length);

	fuzz_law(out != NULL);
	return out;
}

void fuzz_printed(FILE *out)
{
	char *at = printed, *end;

	fclose(out);
	at = printed;
	fuzz_law(strlen(printed) == printed_length);
	for (; (end = strchr(at, '\n')); at = end + 1) {
		*end = '\0';
		fuzz_law(mim_str_is_printable(at));
	}
	fuzz_law(mim_str_is_printable(at));
	free(printed);
	printed = NULL;
}

static void print_json(struct json_object *object)
{
	FILE *out = fuzz_out();

	render_json(json_object_get(object), OUTPUT_JSON, out);
	fuzz_printed(out);
	out = fuzz_out();
	render_json(object, OUTPUT_YAML, out);
	fuzz_printed(out);
}

void fuzz_diags(const struct mim_diags *diags, int r)
{
	FILE *out = fuzz_out();

	fuzz_law((r < 0) == (diags->n_errors > 0));
	for (size_t i = 0; i < diags->n; i++) {
		const struct mim_diag *diag = &diags->items[i];

		fuzz_law(diag->message && *diag->message);
		fuzz_law(!diag->place.line ||
			 (diag->place.file && diag->place.column && diag->place.length));
	}
	render_diags(diags, false, out);
	fuzz_printed(out);
	print_json(render_diags_json(diags));
}

struct mim_plan *fuzz_plan(struct mim_config *config, const struct mim_topology *want,
			   const struct mim_topology *live,
			   const struct mim_plan_options *options)
{
	struct mim_diags diags = {0};
	struct mim_plan *plan = NULL;
	struct render_plan render;
	int r = mim_plan_compute(want, live, options, &diags, &plan);
	FILE *out;

	mim_config_locate(config, &diags);
	fuzz_diags(&diags, r < 0 || plan->refused ? -1 : 0);
	if (plan) {
		render = (struct render_plan){config, plan, &diags, true, false};
		out = fuzz_out();
		render_plan_text(&render, out);
		render_plan_summary(&render, out);
		fuzz_printed(out);
		print_json(render_plan_json(&render));
	}
	mim_diags_release(&diags);
	return plan;
}

/* "first-last" at *at, both decimal or hex; moves on. Return: its slots, 0 for no run. */
static uint64_t run_at(const char **at)
{
	unsigned long long first, last;
	char *end;

	first = strtoull(*at, &end, 0);
	*at = end;
	if (*end != '-')
		return 0;
	last = strtoull(end + 1, &end, 0);
	*at = end;
	return last > first ? last - first : 0;
}

bool fuzz_is_large(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	const char *at = text;
	uint64_t total = 0;

	fuzz_law(text != NULL);
	while (*(at += strcspn(at, "0123456789"))) {
		uint64_t n = run_at(&at);

		total += n < UINT32_MAX ? n : 0;
	}
	free(text);
	return total > MOST_SLOTS;
}

static void copy_maps(const struct mim_topology *want, struct mim_topology *live)
{
	for (size_t i = 0; i < want->n_maps; i++) {
		const struct mim_map *from = &want->maps[i];
		struct mim_map *map = mim_topology_add_map(live, from->kernel_name);

		fuzz_law(map != NULL);
		memcpy(map->kernel_name, from->kernel_name, sizeof(map->kernel_name));
		map->id = (uint32_t)i + 1;
		map->shape = from->shape;
		if (from->external && from->outer)
			map->shape.type = BPF_MAP_TYPE_HASH_OF_MAPS;
		mim_shape_normalize(&map->shape, &live->host);
		if (!from->outer)
			continue;
		fuzz_law(mim_topology_make_outer(live, map) != NULL);
		map->outer->inner = from->outer->inner;
		mim_shape_normalize(&map->outer->inner, &live->host);
		map->outer->inner_known = MIM_KNOWN_FULL;
		map->outer->slots = from->outer->slots;
		map->outer->slots.origins = NULL;
	}
}

static void add_pin(struct mim_topology *live, uint32_t map, const char *path,
		    const struct mim_pin *from)
{
	struct mim_pin *pin = mim_topology_add_pin(live, map, path);

	fuzz_law(pin != NULL);
	pin->mode = from && from->mode != MIM_MODE_ANY ? from->mode : 0600;
	pin->group = from && from->group ? from->group : "root";
}

static void add_text(struct mim_topology *live, struct mim_texts *texts, const char *text)
{
	fuzz_law(mim_topology_add_text(live, texts, text) == 0);
}

/* Folders on the way to a pin, each as often as it is met: readers have to bear that. */
static void add_folders(struct mim_topology *live, const char *path)
{
	char folder[MIM_PATH_MOST];

	for (const char *slash = strchr(path + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
		add_text(live, &live->scope.folders, folder);
	}
}

static void add_records(const struct mim_topology *want, struct mim_topology *live)
{
	char record[MIM_PATH_MOST + 16];

	for (size_t i = 0; i < want->n_maps; i++) {
		const struct mim_map *map = &want->maps[i];

		if (map->outer && map->outer->protect == MIM_PROTECT_YES &&
		    map->pins != MIM_NONE)
			add_text(live, &live->scope.protected,
				 want->pins[map->pins].path);
	}
	for (size_t i = 0; i < live->n_pins; i++) {
		const struct mim_pin *pin = &live->pins[i];

		if (pin->inside || i >= want->n_pins)
			continue;
		snprintf(record, sizeof(record), "%u %s", live->maps[pin->map].id,
			 pin->path);
		add_text(live, &live->scope.outside, record);
	}
}

struct mim_topology *fuzz_as_live(const struct mim_topology *want,
				  const struct mim_scope *scope)
{
	struct mim_topology *live = mim_topology_empty(scope->name, scope->bpffs);

	fuzz_law(live != NULL);
	live->host = (struct mim_host){4, 4096};
	live->boot_id = "boot";
	live->scope.mounted = live->scope.exists = live->scope.marked = true;
	live->scope.marker = (struct mim_marker){1, "0", "", 1700000000};
	copy_maps(want, live);
	for (size_t i = 0; i < want->n_pins; i++) {
		add_pin(live, want->pins[i].map, want->pins[i].path, &want->pins[i]);
		add_folders(live, want->pins[i].path);
	}
	for (size_t i = 0; i < want->n_maps; i++)
		if (want->maps[i].external)
			add_pin(live, (uint32_t)i, want->maps[i].external, NULL);
	add_records(want, live);
	return live;
}
