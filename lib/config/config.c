/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/config.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include "base/array.h"
#include "base/str.h"
#include "base/table.h"
#include "config/csv.h"
#include "config/load.h"
#include "config/peek.h"
#include "config/resolve.h"
#include "config/tree.h"
#include "object/object.h"

#define MOST_FILES 10000

void mim_config_release(struct mim_config *config)
{
	mim_topology_free(config->want);
	for (size_t i = 0; i < config->n_sources; i++)
		mim_source_release(&config->sources[i]);
	free(config->sources);
	for (size_t i = 0; i < config->n_objects; i++)
		mim_object_free(config->objects[i]);
	free(config->objects);
	for (size_t i = 0; i < config->n_tables; i++) {
		if (config->tables[i])
			mim_csv_release(config->tables[i]);
		free(config->tables[i]);
	}
	free(config->tables);
	*config = (struct mim_config){0};
}

const char *mim_config_name(const struct mim_config *config, size_t i)
{
	return config->sources[i].name;
}

struct mim_config_text mim_config_text(const struct mim_config *config, size_t i)
{
	const struct mim_source *source = &config->sources[i];

	return (struct mim_config_text){source->name, source->text, source->length};
}

struct mim_config_text mim_config_table(const struct mim_config *config, size_t i)
{
	const struct mim_csv *csv = config->tables[i];

	return (struct mim_config_text){csv->name, csv->text, csv->length, true};
}

static int add_source(struct mim_config *config, struct mim_diags *diags,
		      struct mim_source **ret_source)
{
	struct mim_source *source;

	if (config->n_sources >= MOST_FILES)
		return mim_error(diags, MIM_NOWHERE, MIM_CODE_LIMIT, -E2BIG,
				 "more than %d files", MOST_FILES);
	source = mim_array_add(config->sources, config->n_sources);
	if (!source)
		return mim_out_of_memory(diags);
	source->index = (uint16_t)config->n_sources;
	*ret_source = source;
	return 0;
}

static int add_file(struct mim_config *config, const char *path, struct mim_diags *diags)
{
	struct mim_source *source = NULL;
	int r = add_source(config, diags, &source);

	if (r < 0)
		return r;
	r = mim_source_read(source, path, diags);
	/* Half a text says something else. */
	if (r < 0) {
		free(TAKE_PTR(source->text));
		source->length = 0;
	}
	return r;
}

static int add_table(struct mim_config *config, const struct mim_config_text *text,
		     struct mim_diags *diags)
{
	struct mim_csv **csv = mim_array_add(config->tables, config->n_tables);

	if (csv)
		*csv = calloc(1, sizeof(**csv));
	if (!csv || !*csv || mim_csv_copy(*csv, text->name, text->text, text->length) < 0)
		return mim_out_of_memory(diags);
	return 0;
}

static int add_text(struct mim_config *config, const struct mim_config_text *text,
		    struct mim_diags *diags)
{
	struct mim_source *source = NULL;
	int r;

	if (text->is_table)
		return add_table(config, text, diags);
	r = add_source(config, diags, &source);
	return r < 0 ? r
		     : mim_source_copy(source, text->name, text->text, text->length,
				       diags);
}

static int is_yaml(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot &&
	       (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_folder(struct mim_config *config, const char *path,
		      struct mim_diags *diags)
{
	struct dirent **entries = NULL;
	const char *slash = *path && path[strlen(path) - 1] == '/' ? "" : "/";
	int n = scandir(path, &entries, is_yaml, by_name), r = 0;

	if (n < 0 && errno == ENOMEM)
		return mim_out_of_memory(diags);
	if (n < 0)
		return mim_error(diags, MIM_NOWHERE, MIM_CODE_FILE, -errno,
				 "cannot read folder %s: %s", path,
				 mim_errno_text(errno));
	if (n == 0)
		r = mim_error(diags, MIM_NOWHERE, MIM_CODE_FILE, -ENOENT,
			      "folder %s holds no *.yaml or *.yml", path);
	for (int i = 0; i < n; i++) {
		mim_auto_free char *file = NULL;
		int failed;

		if (asprintf(&file, "%s%s%s", path, slash, entries[i]->d_name) < 0) {
			file = NULL;
			r = mim_out_of_memory(diags);
		} else {
			failed = add_file(config, file, diags);
			r = failed < 0 ? failed : r;
		}
		free(entries[i]);
	}
	free(entries);
	return r;
}

static int add_path(struct mim_config *config, const char *path, struct mim_diags *diags)
{
	struct stat st;

	if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return add_folder(config, path, diags);
	return add_file(config, path, diags);
}

static int given_twice(const struct mim_source *source, const struct mim_source *first,
		       struct mim_diags *diags)
{
	struct mim_origin origin = {.file = source->index};

	if (strcmp(source->name, first->name) == 0)
		return mim_error(diags, MIM_SPOT(origin, NULL), MIM_CODE_FILE, -EEXIST,
				 "the file is given twice");
	return mim_error(diags, MIM_SPOT(origin, NULL), MIM_CODE_FILE, -EEXIST,
			 "the file is given twice: it is %.400s as well", first->name);
}

/* Otherwise everything in it would be said to be declared twice. */
static int check_given_once(const struct mim_config *config, struct mim_diags *diags)
{
	mim_auto_table struct mim_table given = {0};
	uint32_t first;
	int r = 0;

	for (size_t i = 0; i < config->n_sources; i++) {
		const struct mim_source *source = &config->sources[i];
		int added = mim_table_add(&given, source->identity, (uint32_t)i, &first);

		if (added == -ENOMEM)
			return mim_out_of_memory(diags);
		if (added == -EEXIST)
			r = given_twice(source, &config->sources[first], diags);
	}
	return r;
}

static uint64_t add_digest(uint64_t digest, uint64_t next)
{
	uint64_t both[2] = {digest, next};

	return mim_str_hash(both, sizeof(both));
}

static void compute_digest(struct mim_config *config)
{
	uint64_t digest = 0;

	for (size_t i = 0; i < config->n_sources; i++)
		digest = add_digest(digest, mim_str_digest(config->sources[i].text,
							   config->sources[i].length));
	for (size_t i = 0; i < config->n_objects; i++)
		if (config->objects[i])
			digest = add_digest(digest, config->objects[i]->digest);
	for (size_t i = 0; i < config->n_tables; i++)
		if (config->tables[i] && config->tables[i]->text)
			digest = add_digest(digest,
					    mim_str_digest(config->tables[i]->text,
							   config->tables[i]->length));
	snprintf(config->digest, sizeof(config->digest), "%016" PRIx64, digest);
}

struct mim_place mim_config_place(struct mim_config *config, struct mim_spot spot)
{
	struct mim_diags unused = {0};
	struct mim_source *source;
	int r;

	if (spot.origin.file == 0 || spot.origin.file > config->n_sources)
		return (struct mim_place){0};
	source = &config->sources[spot.origin.file - 1];
	r = source->text ? mim_tree_load(source, &unused) : -ENOENT;
	source->out_of_memory |= r == -ENOMEM;
	mim_diags_release(&unused);
	return r < 0 ? (struct mim_place){.file = source->name}
		     : mim_tree_place(source, spot);
}

void mim_config_locate(struct mim_config *config, struct mim_diags *diags)
{
	for (size_t i = 0; i < diags->n; i++) {
		struct mim_diag *diag = &diags->items[i];

		if (!diag->place.file && diag->spot.origin.file)
			diag->place = mim_config_place(config, diag->spot);
		for (size_t j = 0; j < diag->n_related; j++)
			if (!diag->related[j].place.file)
				diag->related[j].place =
					mim_config_place(config, diag->related[j].spot);
	}
	for (size_t i = 0; i < config->n_sources; i++)
		if (config->sources[i].out_of_memory)
			mim_out_of_memory(diags);
	for (size_t i = 0; i < config->n_tables; i++)
		if (config->tables[i] && config->tables[i]->out_of_memory)
			mim_out_of_memory(diags);
}

static size_t file_rank(const struct mim_config *config, const char *file)
{
	for (size_t i = 0; file && i < config->n_sources; i++)
		if (config->sources[i].name == file)
			return i;
	return SIZE_MAX;
}

static int by_place(const void *a, const void *b, void *data)
{
	const struct mim_diag *x = a, *y = b;
	size_t x_file = file_rank(data, x->place.file);
	size_t y_file = file_rank(data, y->place.file);

	if (x_file != y_file)
		return x_file < y_file ? -1 : 1;
	/* Tables and objects have no rank. */
	if (x->place.file && y->place.file && strcmp(x->place.file, y->place.file) != 0)
		return strcmp(x->place.file, y->place.file);
	if (x->place.line != y->place.line)
		return x->place.line < y->place.line ? -1 : 1;
	if (x->place.column != y->place.column)
		return x->place.column < y->place.column ? -1 : 1;
	return strcmp(x->message, y->message);
}

static bool all_have_raw(const struct mim_config *config)
{
	for (size_t i = 0; i < config->n_sources; i++)
		if (!config->sources[i].raw)
			return false;
	return true;
}

/* Where something stands is found in the text; lines that are shown are kept, though. */
static void forget_raw(struct mim_config *config)
{
	for (size_t i = 0; i < config->n_sources; i++) {
		mim_arena_release(&config->sources[i].arena);
		config->sources[i].raw = NULL;
	}
}

static int look_nowhere(void *data, const struct mim_scope *scope,
			struct mim_config_pin *pins, size_t n, struct mim_diags *diags)
{
	(void)data;
	(void)scope;
	for (size_t i = 0; i < n; i++)
		mim_error(diags, pins[i].spot, MIM_CODE_EXTERNAL, -ENOENT,
			  "what is pinned at %.200s is not known without the kernel",
			  pins[i].path);
	return -ENOENT;
}

/* Return: -EINVAL when one of the files has mistakes of its own, or -ENOMEM. */
static int load_sources(struct mim_config *config, struct mim_diags *diags)
{
	int r = 0, failed;

	for (size_t i = 0; i < config->n_sources && r != -ENOMEM; i++) {
		/* One that cannot be read was reported. */
		failed = config->sources[i].text ? mim_load(&config->sources[i], diags)
						 : 0;
		r = failed < 0 ? failed : r;
	}
	return r;
}

/* @r: what adding the sources gave */
static int understand(struct mim_config *config, const char *bpffs,
		      const struct mim_config_look *look, int r, struct mim_diags *diags)
{
	bool complete = r == 0;
	int failed;

	if (complete && look->ahead)
		mim_peek(config, bpffs, look);
	failed = r == -ENOMEM ? r : load_sources(config, diags);
	r = r < 0 ? r : failed;
	/* Names cannot be judged while a file that may declare them is unreadable. */
	if (complete && r != -ENOMEM && all_have_raw(config)) {
		failed = mim_resolve(config, bpffs, look, diags);
		r = failed < 0 ? failed : r;
	}
	if (complete)
		compute_digest(config);
	if (r == 0 && diags->n == 0)
		forget_raw(config);
	if (diags->n) {
		mim_config_locate(config, diags);
		qsort_r(diags->items, diags->n, sizeof(*diags->items), by_place, config);
	}
	if (diags->out_of_memory)
		r = -ENOMEM;
	if (r < 0) {
		mim_topology_free(config->want);
		config->want = NULL;
	}
	return r;
}

int mim_config_load_with(const char *const *paths, size_t n_paths, const char *bpffs,
			 const struct mim_config_look *look, struct mim_config *config,
			 struct mim_diags *diags)
{
	int r = 0, failed;

	*config = (struct mim_config){0};
	for (size_t i = 0; i < n_paths; i++) {
		failed = add_path(config, paths[i], diags);
		r = failed < 0 ? failed : r;
	}
	if (r == 0)
		r = check_given_once(config, diags);
	return understand(config, bpffs, look, r, diags);
}

int mim_config_load(const char *const *paths, size_t n_paths, const char *bpffs,
		    struct mim_config *config, struct mim_diags *diags)
{
	const struct mim_config_look nowhere = {.look = look_nowhere};

	return mim_config_load_with(paths, n_paths, bpffs, &nowhere, config, diags);
}

int mim_config_load_texts(const struct mim_config_text *texts, size_t n_texts,
			  const char *bpffs, const struct mim_config_look *look,
			  struct mim_config *config, struct mim_diags *diags)
{
	const struct mim_config_look nowhere = {.look = look_nowhere};
	int r = 0;

	*config = (struct mim_config){0};
	for (size_t i = 0; r == 0 && i < n_texts; i++)
		r = add_text(config, &texts[i], diags);
	return understand(config, bpffs, look ? look : &nowhere, r, diags);
}
