/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "command.h"
#include "output.h"
#include "plan_command.h"
#include "render.h"
#include "session.h"
#include "status.h"

/* A snapshot tells which maps there are, and not what is in them. */
static int warn_unknown(struct session *session, const struct mim_plan *plan)
{
	mim_auto_free bool *unknown = mim_plan_unknown(plan);

	if (!unknown)
		return mim_out_of_memory(&session->diags);
	for (size_t i = 0; i < plan->want->n_maps; i++) {
		const struct mim_map *map = &plan->want->maps[i];

		if (map->exact && plan->match[i] != MIM_NONE && unknown[plan->match[i]])
			mim_warning(&session->diags, MIM_SPOT(map->origin, "contents"),
				    MIM_CODE_SNAPSHOT,
				    "what is in '%s' (id %u) is not in %s: it is not "
				    "compared",
				    map->name, plan->live->maps[plan->match[i]].id,
				    session->options->live);
	}
	return 0;
}

static int plan_snapshot(struct session *session, const struct mim_plan_options *guards,
			 struct mim_topology **ret_live, struct mim_plan **ret_plan)
{
	const char *file = session->options->live, *name = session->want->scope.name;
	const struct mim_scope *scope;
	int r = mim_snapshot_read(file, &session->diags, ret_live);

	if (r < 0)
		return r;
	scope = &(*ret_live)->scope;
	/* Pins of another scope's snapshot would all look as if they had vanished. */
	if (!scope->name || strcmp(scope->name, name) != 0)
		return mim_error(&session->diags, MIM_NOWHERE, MIM_CODE_SNAPSHOT, -EINVAL,
				 "%s is of scope '%s', not of '%s'", file,
				 scope->name ? scope->name : "(none)", name);
	if (strcmp(scope->bpffs, session->want->scope.bpffs) != 0)
		return mim_error(&session->diags, MIM_NOWHERE, MIM_CODE_SNAPSHOT, -EINVAL,
				 "%s is of the bpffs at %s, not at %s", file,
				 scope->bpffs, session->want->scope.bpffs);
	r = mim_plan_compute(session->want, *ret_live, guards, &session->diags, ret_plan);
	return r < 0 ? r : warn_unknown(session, *ret_plan);
}

int plan_print(struct session *session)
{
	mim_auto_topology struct mim_topology *live = NULL;
	mim_auto_plan struct mim_plan *plan = NULL;
	struct mim_plan_options guards = session_plan_options(session);
	struct render_plan render;
	char said[MIM_RUNNER_SAID];
	int r;

	r = session->options->live
		    ? plan_snapshot(session, &guards, &live, &plan)
		    : mim_plan_live(session->kernel, session->want, &guards,
				    &session->diags, &live, &plan);
	if (r < 0)
		return session_fail_unplanned(session);
	if (live->scope.pending.host)
		mim_warning(&session->diags, MIM_NOWHERE, MIM_CODE_LOCKED, "'%s' %s",
			    session->want->scope.name,
			    mim_pending_say(&live->scope.pending, said));
	session_locate(session);
	render = (struct render_plan){session_config(session), plan, &session->diags,
				      session->options->verbose,
				      render_color(session->options->color, stdout)};
	if (session->saved.root &&
	    plan_file_check(&session->saved, &render, &session->diags) < 0)
		return session_fail(session, NULL);
	if (!session->options->quiet &&
	    render_plan(&render, session->options, stdout) < 0)
		mim_out_of_memory(&session->diags);
	output_flush();
	if (plan->refused)
		return session_fail(session, "apply would refuse this plan");
	if (session->options->out &&
	    plan_file_write(session->options->out, session, &render, &session->diags) < 0)
		return session_fail(session, NULL);
	return session_warn(session, session->options->detailed && plan->changed
					     ? STATUS_CHANGES
					     : STATUS_OK);
}

static int run(const struct options *options, struct mim_kernel *kernel)
{
	auto_session session;

	session_init(&session, options, kernel);
	if (options->n_files == 0 || options->n_words)
		return options_usage_error("plan", "give the description with -f");
	if (options->out && strcmp(options->out, "-") == 0)
		return options_usage_error("plan",
					   "--out saves into a file; a plan is printed "
					   "with -o json");
	if (options->out && options->live)
		return options_usage_error("plan",
					   "--out is for plans against the kernel, which "
					   "--live does without");
	session.reads_scope = true;
	if (session_load(&session) < 0)
		return session_fail_unplanned(&session);
	return plan_print(&session);
}

const struct command command_plan = {
	.name = "plan",
	.arguments = "-f PATH... [--out FILE]",
	.summary = "show what apply would do",
	.help = "Compares the description with the kernel and prints what would change, "
		"why,\n"
		"and what follows from it. Changes nothing.\n"
		"\n"
		"example: mimctl plan -f edge-lb.yaml --detailed-exitcode\n"
		"example: mimctl plan -f edge-lb.yaml --out edge-lb.plan   # reviewed, "
		"then:\n"
		"         mimctl apply edge-lb.plan\n"
		"example: mimctl show edge-lb -o json > live.json   # on the machine\n"
		"         mimctl plan -f edge-lb.yaml --live live.json   # where it is "
		"reviewed\n",
	.options = OPTIONS_RESULT | OPTIONS_GUARDS | OPTION_BIT(OPTION_FILE) |
		   OPTION_BIT(OPTION_LIVE) | OPTION_BIT(OPTION_OUT) |
		   OPTION_BIT(OPTION_ALLOW_EMPTY),
	.privilege = PRIVILEGE_READ,
	.run = run,
};
