/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIMCTL_PLAN_FILE_H
#define MIMCTL_PLAN_FILE_H

#include "base/json.h"
#include "render.h"

struct session;

/**
 * DOC: saved plans
 *
 * What plan -o json prints, with the texts of the description and the guards' options
 * under "saved". To apply it the texts are understood anew, as untrusted as any other,
 * and planned against the kernel as it is by then: the outcome has to be the saved plan,
 * map ids and boot included.
 */

/**
 * struct plan_file - a saved plan
 * @texts: the description; they borrow from @root
 * @bpffs: what --bpffs said, or NULL
 * @directory: where plan was, or NULL: paths of objects in the texts begin there
 */
struct plan_file {
	struct json_object *root;
	struct mim_config_text *texts;
	size_t n_texts;
	const char *bpffs;
	const char *directory;
	struct mim_plan_options guards;
};

void plan_file_release(struct plan_file *file);

/**
 * plan_file_parse() - a saved plan out of a text; untrusted
 * @name: for diagnostics
 * @file: to be released whatever is returned
 * Return: 0; -EINVAL with a diagnostic when it is none; -ENOMEM.
 */
int plan_file_parse(const char *name, const char *text, size_t length,
		    struct plan_file *file, struct mim_diags *diags);

/** plan_file_read() - the same out of a file; Return: also what open(2) gives */
int plan_file_read(const char *path, struct plan_file *file, struct mim_diags *diags);

/**
 * plan_file_write() - save a plan, mode 0600, all at once
 * Return: 0 or a negative errno with a diagnostic.
 */
int plan_file_write(const char *path, const struct session *session,
		    const struct render_plan *render, struct mim_diags *diags);

/** plan_file_member() - Return: the member, or NULL when there is none of that type */
struct json_object *plan_file_member(struct json_object *object, const char *key,
				     enum json_type type);

/** plan_file_flag() - is it there and true? */
bool plan_file_flag(struct json_object *object, const char *key);

/**
 * plan_file_check() - is what would be done now what the file says?
 * Return: 0; -EAGAIN with a diagnostic that tells what has changed since; -ENOMEM.
 */
int plan_file_check(const struct plan_file *file, const struct render_plan *render,
		    struct mim_diags *diags);

#endif
