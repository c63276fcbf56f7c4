/* SPDX-License-Identifier: BSD-2-Clause */
#include "plan_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "base/json.h"
#include "session.h"

/* A plan for a million slots; more is nothing that we wrote. */
#define MOST_BYTES ((size_t)1 << 30)

void plan_file_release(struct plan_file *file)
{
	json_object_put(file->root);
	free(file->texts);
	*file = (struct plan_file){0};
}

static int refuse(const char *name, const char *why, struct mim_diags *diags)
{
	const char *dot = strrchr(name, '.');

	mim_error(diags, MIM_NOWHERE, MIM_CODE_SNAPSHOT, -EINVAL,
		  "%s is no saved plan: %s", name, why);
	if (dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0))
		mim_hint(diags, "a description? mimctl apply -f %s", name);
	return -EINVAL;
}

struct json_object *plan_file_member(struct json_object *object, const char *key,
				     enum json_type type)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, type))
		return NULL;
	return value;
}

bool plan_file_flag(struct json_object *object, const char *key)
{
	struct json_object *value = plan_file_member(object, key, json_type_boolean);

	return value && json_object_get_boolean(value);
}

static void take_guards(struct json_object *saved, struct mim_plan_options *guards)
{
	struct json_object *limit = plan_file_member(saved, "prune_limit", json_type_int);
	int64_t number = limit ? json_object_get_int64(limit) : -1;

	*guards = (struct mim_plan_options){
		.allow_empty = plan_file_flag(saved, "allow_empty"),
		.allow_orphans = plan_file_flag(saved, "allow_orphans"),
		.adopt = plan_file_flag(saved, "adopt"),
		.prune_limited = number >= 0 && number <= UINT32_MAX,
		.prune_percent = plan_file_flag(saved, "prune_percent"),
	};
	if (guards->prune_limited)
		guards->prune_limit = (uint32_t)number;
}

static int take_texts(struct json_object *list, struct plan_file *file, const char *name,
		      struct mim_diags *diags)
{
	size_t n = json_object_array_length(list);

	file->texts = calloc(n + 1, sizeof(*file->texts));
	if (!file->texts)
		return mim_out_of_memory(diags);
	for (size_t i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		struct json_object *path =
			plan_file_member(item, "name", json_type_string);
		struct json_object *text =
			plan_file_member(item, "text", json_type_string);

		if (!path || !text)
			return refuse(name, "a file without name or text", diags);
		file->texts[file->n_texts++] = (struct mim_config_text){
			.name = json_object_get_string(path),
			.text = json_object_get_string(text),
			.length = (size_t)json_object_get_string_len(text),
			.is_table = plan_file_flag(item, "table"),
		};
	}
	return n ? 0 : refuse(name, "it holds no description", diags);
}

int plan_file_parse(const char *name, const char *text, size_t length,
		    struct plan_file *file, struct mim_diags *diags)
{
	struct json_object *version, *saved, *list, *bpffs, *directory;
	char why[48];
	size_t line;
	int r;

	*file = (struct plan_file){0};
	r = mim_json_read(text, length, &file->root, &line);
	if (r == -ENOMEM)
		return mim_out_of_memory(diags);
	if (r < 0) {
		snprintf(why, sizeof(why), "no JSON in line %zu", line);
		return refuse(name, why, diags);
	}
	version = plan_file_member(file->root, "format_version", json_type_int);
	if (!version || json_object_get_int64(version) != RENDER_FORMAT_VERSION)
		return refuse(name, "format_version is not 1", diags);
	saved = plan_file_member(file->root, "saved", json_type_object);
	list = saved ? plan_file_member(saved, "description", json_type_array) : NULL;
	if (!list)
		return refuse(name, "it was not written by plan --out", diags);
	bpffs = plan_file_member(saved, "bpffs", json_type_string);
	if (bpffs)
		file->bpffs = json_object_get_string(bpffs);
	directory = plan_file_member(saved, "directory", json_type_string);
	if (directory)
		file->directory = json_object_get_string(directory);
	if (file->bpffs && *file->bpffs != '/')
		return refuse(name, "bpffs is no absolute path", diags);
	take_guards(saved, &file->guards);
	return take_texts(list, file, name, diags);
}

int plan_file_read(const char *path, struct plan_file *file, struct mim_diags *diags)
{
	mim_auto_free char *text = NULL;
	size_t length;
	int r = mim_file_read(path, MOST_BYTES, &text, &length);

	*file = (struct plan_file){0};
	if (r == -ENOMEM)
		return mim_out_of_memory(diags);
	if (r < 0)
		return mim_error(diags, MIM_NOWHERE, MIM_CODE_FILE, r,
				 "cannot read %s: %s", path,
				 r == -EINVAL  ? "no regular file"
				 : r == -EFBIG ? "larger than 1 GiB"
					       : mim_errno_text(r));
	return plan_file_parse(path, text, length, file, diags);
}

static void add_text(struct json_object *list, struct mim_config_text text)
{
	struct json_object *file = mim_json_object();

	mim_json_put_text(file, "name", text.name);
	mim_json_put_text(file, "text", text.text);
	if (text.is_table)
		mim_json_put_bool(file, "table", true);
	mim_json_add(list, file);
}

static struct json_object *saved_json(const struct session *session)
{
	const struct mim_plan_options guards = session_plan_options(session);
	struct json_object *saved = mim_json_object(), *list = mim_json_array();
	mim_auto_free char *here = getcwd(NULL, 0);

	for (size_t i = 0; i < session->config.n_sources; i++)
		add_text(list, mim_config_text(&session->config, i));
	for (size_t i = 0; i < session->config.n_tables; i++)
		add_text(list, mim_config_table(&session->config, i));
	mim_json_put(saved, "description", list);
	if (here)
		mim_json_put_text(saved, "directory", here);
	if (session->options->bpffs)
		mim_json_put_text(saved, "bpffs", session->options->bpffs);
	mim_json_put_bool(saved, "allow_empty", guards.allow_empty);
	mim_json_put_bool(saved, "allow_orphans", guards.allow_orphans);
	mim_json_put_bool(saved, "adopt", guards.adopt);
	if (guards.prune_limited)
		mim_json_put_number(saved, "prune_limit", guards.prune_limit);
	mim_json_put_bool(saved, "prune_percent", guards.prune_percent);
	return saved;
}

static int write_json(int fd, struct json_object *root)
{
	mim_auto_fclose FILE *out = fdopen(fd, "w");
	int r;

	if (!out) {
		close(fd);
		return -ENOMEM;
	}
	r = mim_json_print(root, out);
	if (r == 0 && (fputc('\n', out) == EOF || fflush(out) != 0))
		r = -errno;
	return r;
}

int plan_file_write(const char *path, const struct session *session,
		    const struct render_plan *render, struct mim_diags *diags)
{
	mim_auto_json struct json_object *root = render_plan_json(render);
	mim_auto_free char *staged = NULL;
	int fd, r;

	mim_json_put(root, "saved", saved_json(session));
	if (asprintf(&staged, "%s.XXXXXX", path) < 0) {
		staged = NULL;
		return mim_out_of_memory(diags);
	}
	/* With mode 0600, and a name that nobody can foresee. */
	fd = mkostemp(staged, O_CLOEXEC);
	r = fd < 0 ? -errno : write_json(fd, root);
	if (r == 0 && rename(staged, path) < 0)
		r = -errno;
	if (r < 0 && fd >= 0)
		unlink(staged);
	if (r == -ENOMEM)
		return mim_out_of_memory(diags);
	return r < 0 ? mim_error(diags, MIM_NOWHERE, MIM_CODE_NONE, r,
				 "cannot write %s: %s", path, mim_errno_text(r))
		     : 0;
}
