/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "base/json.h"
#include "command.h"
#include "output.h"
#include "plan_command.h"
#include "render.h"
#include "session.h"
#include "signals.h"
#include "status.h"

static bool is_structured(enum output output)
{
	return output == OUTPUT_JSON || output == OUTPUT_YAML;
}

static bool ask(void)
{
	char answer[16] = "";

	fprintf(stderr, "\nApply this? Only 'yes' does: ");
	return fgets(answer, sizeof(answer), stdin) && strcmp(answer, "yes\n") == 0;
}

static struct render_plan renderer(struct session *session, const struct mim_plan *plan)
{
	return (struct render_plan){session_config(session), plan, &session->diags,
				    session->options->verbose,
				    render_color(session->options->color, stdout)};
}

static int planned(void *data, const struct mim_plan *plan)
{
	struct session *session = data;
	const struct options *options = session->options;
	struct render_plan render = renderer(session, plan);
	bool asked;
	int r = 0;

	if (session->saved.root)
		r = plan_file_check(&session->saved, &render, &session->diags);
	if (r < 0)
		return r;
	/* What is structured is printed once, with the outcome, when that is known. */
	if (!options->quiet && !is_structured(options->output)) {
		r = render_plan(&render, options, stdout);
		output_flush();
	} else if (options->ask && plan->changed && !plan->refused) {
		r = render_plan_text(&render, stderr);
	}
	/* Nobody is to get what could not be shown in full. */
	if (r < 0)
		return mim_out_of_memory(&session->diags);
	asked = !plan->refused && plan->changed && options->ask;
	if (asked && !ask())
		return -ECANCELED;
	/* The time that somebody took to answer is none of the work's. */
	progress_begin(&session->progress, options->quiet);
	return asked;
}

static void tell_progress(void *data, uint64_t done, uint64_t total)
{
	struct session *session = data;

	progress_tell(&session->progress, done, total);
}

static void waiting(void *data)
{
	struct session *session = data;
	const struct mim_scope *scope = &session->want->scope;
	char words[MIM_SCOPE_WORDS];

	progress_clear(&session->progress);
	fputs("applied; keep it with: mimctl confirm ", stderr);
	render_text(mim_scope_words(scope->name, scope->bpffs, words), stderr);
	fprintf(stderr, "  (%u seconds)\n", session->options->confirm);
}

static int print_structured(struct session *session, const struct mim_applied *applied,
			    int status)
{
	struct render_plan render = renderer(session, applied->plan);
	struct json_object *root;

	session_locate(session);
	if (applied->plan) {
		root = render_plan_json(&render);
	} else {
		root = mim_json_object();
		mim_json_put_number(root, "format_version", 1);
		mim_json_put(root, "diagnostics", render_diags_json(&session->diags));
	}
	mim_json_put_text(root, "outcome", status_text(applied));
	mim_json_put_number(root, "status", status);
	return render_json(root, session->options->output, stdout);
}

static void print_done(const struct mim_applied *applied, FILE *out)
{
	const struct mim_summary *s = &applied->plan->summary;

	if (applied->outcome == MIM_OUTCOME_SAME)
		return;
	fprintf(out,
		"Applied: %u outer map%s created, %u changed, %u replaced, %u removed; ",
		s->outer_create, render_plural(s->outer_create), s->outer_change,
		s->outer_replace, s->outer_remove);
	render_made(s, out);
	fputs(".\n", out);
}

/* Applied, but whoever waits for the result does not get it: that is not success. */
static int finish(struct session *session, const struct mim_applied *applied, int status)
{
	bool told = output_flush() == 0;

	/* Says so when a place in the result could not be told. */
	session_locate(session);
	told &= !session->diags.out_of_memory;
	if (told || applied->outcome != MIM_OUTCOME_DONE)
		return session_warn(session, status);
	session_fail(session, "applied, but the result cannot be told");
	return STATUS_LEFT;
}

int apply_session(struct session *session, bool destroy)
{
	const struct options *options = session->options;
	mim_cleanup(mim_applied_release) struct mim_applied applied = {0};
	struct mim_apply_options how = {
		.plan = session_plan_options(session),
		.lock_timeout = options->lock_timeout,
		.verify = !options->no_verify,
		.confirm = options->confirm,
		.digest = session->config.digest,
		.revision = options->revision,
		.planned = planned,
		.interrupted = signals_caught,
		.progress = tell_progress,
		.waiting = waiting,
		.data = session,
	};
	int r, status;

	how.plan.destroy = destroy;
	signals_catch();
	r = mim_apply(session->kernel, session->want, &how, &session->diags, &applied);
	progress_clear(&session->progress);
	status = status_of_apply(&applied, &session->diags, options->detailed);
	if (is_structured(options->output) && !options->quiet &&
	    print_structured(session, &applied, status) < 0)
		mim_out_of_memory(&session->diags);
	if (r < 0) {
		session_fail(session, status_text(&applied));
		return status;
	}
	if (destroy && !applied.live->scope.exists) {
		mim_warning(&session->diags, MIM_NOWHERE, MIM_CODE_NONE,
			    "there is no scope '%s' in %s: nothing to destroy",
			    session->want->scope.name, session->want->scope.bpffs);
		mim_hint(&session->diags, MIM_SCOPE_ELSEWHERE);
	}
	if (!options->quiet && !is_structured(options->output))
		print_done(&applied, stdout);
	return finish(session, &applied, status);
}

static int run(const struct options *options, struct mim_kernel *kernel)
{
	auto_session session;

	session_init(&session, options, kernel);
	if (options->n_files ? options->n_words != 0 : options->n_words != 1)
		return options_usage_error("apply",
					   "give the description with -f, or one "
					   "PLANFILE of plan --out");
	if (options->ask && !isatty(STDIN_FILENO))
		return options_usage_error("apply", "--ask needs a terminal to ask at");
	session.reads_scope = true;
	if ((options->n_words ? session_load_saved(&session, options->words[0])
			      : session_load(&session)) < 0)
		return session_fail_unplanned(&session);
	if (options->dry_run)
		return plan_print(&session);
	return apply_session(&session, false);
}

const struct command command_apply = {
	.name = "apply",
	.arguments = "-f PATH... | PLANFILE",
	.summary = "make the kernel what the description says",
	.help = "Prints the plan, creates and fills every new map while nobody can see "
		"it,\n"
		"switches slots and pins, reads everything back. On any failure or "
		"signal it\n"
		"puts back what was there. Asks nothing unless --ask is given.\n"
		"\n"
		"Of a plan that plan --out saved it does exactly that or, if something "
		"that "
		"it\n"
		"touches has changed since, nothing: 75.\n"
		"\n"
		"example: mimctl apply -f edge-lb.yaml --revision \"$(git rev-parse "
		"HEAD)\"\n",
	.options = OPTIONS_RESULT | OPTIONS_GUARDS | OPTION_BIT(OPTION_FILE) |
		   OPTION_BIT(OPTION_ALLOW_EMPTY) | OPTION_BIT(OPTION_DRY_RUN) |
		   OPTION_BIT(OPTION_ASK) | OPTION_BIT(OPTION_CONFIRM) |
		   OPTION_BIT(OPTION_LOCK_TIMEOUT) | OPTION_BIT(OPTION_NO_VERIFY) |
		   OPTION_BIT(OPTION_REVISION),
	.privilege = PRIVILEGE_WRITE,
	.run = run,
};
