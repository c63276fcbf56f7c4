/* SPDX-License-Identifier: BSD-2-Clause */
#include "session.h"

#include <string.h>
#include "base/json.h"
#include "render.h"
#include "session_look.h"
#include "status.h"

void session_init(struct session *session, const struct options *options,
		  struct mim_kernel *kernel)
{
	*session = (struct session){.options = options, .kernel = kernel};
}

void session_release(struct session *session)
{
	mim_ahead_drop(session->kernel);
	mim_diags_release(&session->diags);
	mim_config_release(&session->config);
	plan_file_release(&session->saved);
	mim_topology_free(session->nothing);
}

static void read_ahead(void *data, const char *name, const char *bpffs)
{
	const struct session *session = data;

	if (session->reads_scope && !session->options->live)
		mim_ahead_start(session->kernel, name, bpffs);
}

static int load(struct session *session, const struct mim_config_look *look)
{
	int r = mim_config_load_with(session->options->files, session->options->n_files,
				     session->options->bpffs, look, &session->config,
				     &session->diags);

	session->want = session->config.want;
	return r;
}

int session_load(struct session *session)
{
	return load(session,
		    &(struct mim_config_look){session_look, session, read_ahead});
}

/* Where that cannot be, objects are not there, which is said when they are read. */
static void go_to(const char *directory)
{
	if (chdir(directory) < 0)
		return;
}

int session_load_saved(struct session *session, const char *path)
{
	const char *bpffs = session->options->bpffs;
	int r = plan_file_read(path, &session->saved, &session->diags);

	if (r < 0)
		return r;
	if (session->saved.directory)
		go_to(session->saved.directory);
	r = mim_config_load_texts(
		session->saved.texts, session->saved.n_texts,
		bpffs ? bpffs : session->saved.bpffs,
		&(struct mim_config_look){session_look, session, read_ahead},
		&session->config, &session->diags);
	session->want = session->config.want;
	return r;
}

static int look_away(void *data, const struct mim_scope *scope,
		     struct mim_config_pin *pins, size_t n, struct mim_diags *diags)
{
	const bool *warn = data;

	(void)scope;
	for (size_t i = 0; i < n && *warn; i++)
		mim_warning(diags, pins[i].spot, MIM_CODE_EXTERNAL,
			    "what is pinned there only the kernel knows: what follows "
			    "from it is not checked");
	return 0;
}

int session_load_offline(struct session *session, bool warn)
{
	return load(session, &(struct mim_config_look){look_away, &warn, NULL});
}

struct mim_config *session_config(struct session *session)
{
	return session->nothing ? NULL : &session->config;
}

struct mim_plan_options session_plan_options(const struct session *session)
{
	const struct options *options = session->options;
	/* What was allowed for a plan that is saved is allowed for carrying it out. */
	struct mim_plan_options guards = session->saved.guards;

	guards.allow_empty |= options->allow_empty;
	guards.allow_orphans |= options->allow_orphans;
	guards.adopt |= options->adopt;
	if (options->prune_limited) {
		guards.prune_limited = true;
		guards.prune_percent = options->prune_percent;
		guards.prune_limit = options->prune_limit;
	}
	return guards;
}

void session_locate(struct session *session)
{
	mim_config_locate(&session->config, &session->diags);
}

/* With -v: what this run could not see, and what it could not know for that. */
static void tell_blind(const struct session *session)
{
	char text[MIM_SIGHT_TEXT];
	const char *reason = mim_sight_reason(session->kernel, text);

	if (reason && session->options->verbose && !session->options->quiet)
		fprintf(stderr, "note: the iterator program does not run: %s; %s\n",
			reason, MIM_SIGHT_LOST);
	reason = mim_creator_reason(session->kernel);
	if (reason && session->options->verbose && !session->options->quiet)
		fprintf(stderr,
			"note: maps were made without the BTF of their types: %s\n",
			reason);
}

int session_warn(struct session *session, int status)
{
	session_locate(session);
	if (session->diags.out_of_memory)
		return session_fail(session, NULL);
	if (!session->options->quiet)
		render_diags(&session->diags,
			     render_color(session->options->color, stderr), stderr);
	tell_blind(session);
	return status;
}

static void print_count(const struct mim_diags *diags, const char *changed)
{
	size_t warnings =
		diags->n + diags->n_dropped + diags->out_of_memory - diags->n_errors;

	fprintf(stderr, "\n%zu error%s", diags->n_errors,
		diags->n_errors == 1 ? "" : "s");
	if (warnings)
		fprintf(stderr, ", %zu warning%s", warnings, warnings == 1 ? "" : "s");
	if (!changed)
		changed = "nothing was changed";
	fprintf(stderr, "%s%s\n", *changed ? "; " : "", changed);
}

int session_fail_unplanned(struct session *session)
{
	enum output output = session->options->output;
	struct json_object *root;

	if (output == OUTPUT_JSON || output == OUTPUT_YAML) {
		session_locate(session);
		root = mim_json_object();
		mim_json_put_number(root, "format_version", 1);
		mim_json_put(root, "diagnostics", render_diags_json(&session->diags));
		if (render_json(root, output, stdout) < 0)
			mim_out_of_memory(&session->diags);
	}
	return session_fail(session, NULL);
}

int session_fail(struct session *session, const char *changed)
{
	session_locate(session);
	render_diags(&session->diags, render_color(session->options->color, stderr),
		     stderr);
	tell_blind(session);
	print_count(&session->diags, changed);
	return (int)status_of_error(&session->diags);
}
