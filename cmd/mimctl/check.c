/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"
#include "render.h"
#include "session.h"
#include "status.h"

/* Return: 0 or -ENOMEM. */
static int print(const struct session *session, const struct mim_object_checks *checks)
{
	const struct options *options = session->options;

	if (options->quiet)
		return 0;
	switch (options->output) {
	case OUTPUT_TEXT:
		render_check_text(checks, session->want, options->object, stdout);
		break;
	case OUTPUT_SUMMARY:
		render_check_total(checks, stdout);
		break;
	case OUTPUT_JSON:
	case OUTPUT_YAML:
		return render_json(
			render_check_json(checks, session->want, options->object),
			options->output, stdout);
	}
	return 0;
}

static int check(struct session *session, const struct mim_object_file *object)
{
	mim_cleanup(mim_object_checks_release) struct mim_object_checks checks = {0};
	struct mim_host host = mim_object_host();

	if (mim_object_check(object, session->want, &host, &checks) < 0 ||
	    print(session, &checks) < 0) {
		mim_out_of_memory(&session->diags);
		return session_fail(session, SESSION_READS);
	}
	return session_warn(session, checks.n_found && !checks.n_misfits ? STATUS_OK
									 : STATUS_FAILED);
}

static int run(const struct options *options, struct mim_kernel *kernel)
{
	mim_auto_object struct mim_object_file *object = NULL;
	auto_session session;

	session_init(&session, options, kernel);
	if (!options->object || options->n_files == 0 || options->n_words)
		return options_usage_error("check",
					   "give the object with --object and the "
					   "description with -f");
	if (session_load_offline(&session, true) < 0)
		return session_fail(&session, SESSION_READS);
	if (mim_object_load(options->object, MIM_NOWHERE, &session.diags, &object) < 0)
		return session_fail(&session, SESSION_READS);
	return check(&session, object);
}

const struct command command_check = {
	.name = "check",
	.arguments = "--object FILE -f PATH...",
	.summary = "would this program use the declared maps?",
	.help = "For each map of the object: where its loader looks, whether libbpf "
		"would "
		"take the\n"
		"declared map for its own, and whether the declared slots take what the "
		"program's\n"
		"do, which no loader looks at; field by field. Then what makes bpftool, "
		"libbpf and\n"
		"iproute2 use the maps that fit. Exits 0 when all declared ones fit, 1 "
		"when "
		"not, or\n"
		"when none is declared. Needs no kernel and no privilege.\n"
		"\n"
		"example: mimctl check --object lb.bpf.o -f edge-lb.yaml\n",
	.options = OPTIONS_RESULT | OPTION_BIT(OPTION_OBJECT) | OPTION_BIT(OPTION_FILE) |
		   OPTION_BIT(OPTION_BPFFS),
	.privilege = PRIVILEGE_FILES,
	.run = run,
};
