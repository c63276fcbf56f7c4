/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "command.h"
#include "plan_command.h"
#include "render.h"
#include "session.h"
#include "status.h"

/* The scope's name and place, from the description or from the command line. */
static int declare_nothing(struct session *session)
{
	const struct options *options = session->options;
	const char *name =
		options->n_words ? options->words[0] : session->want->scope.name;
	const char *bpffs = options->bpffs ? options->bpffs : MIM_BPFFS_DEFAULT;

	if (!options->n_words)
		bpffs = session->want->scope.bpffs;
	session->nothing = mim_topology_empty(name, bpffs);
	if (!session->nothing)
		return status_out_of_memory();
	session->want = session->nothing;
	return STATUS_OK;
}

static int run(const struct options *options, struct mim_kernel *kernel)
{
	auto_session session;

	session_init(&session, options, kernel);
	if (options->n_words + !!options->n_files != 1)
		return options_usage_error("destroy",
					   "give one NAME, or its files with -f");
	if (options->n_words &&
	    (!mim_name_valid(options->words[0]) || strchr(options->words[0], '.')))
		return options_usage_error("destroy", "'%s' is no name of a scope",
					   options->words[0]);
	/* Only the name of the scope is needed. */
	if (options->n_files && session_load_offline(&session, false) < 0)
		return session_fail_unplanned(&session);
	if (declare_nothing(&session) != STATUS_OK)
		return STATUS_FAILED;
	return apply_session(&session, true);
}

const struct command command_destroy = {
	.name = "destroy",
	.arguments = "-f PATH... | NAME",
	.summary = "remove everything that a scope has",
	.help = "The plan for \"nothing declared\": every pin of the scope goes, and the "
		"folder\n"
		"with it. Maps that programs use, and protected maps, are guarded as in "
		"apply.\n"
		"\n"
		"example: mimctl destroy edge-lb\n",
	.options = OPTIONS_RESULT | OPTIONS_GUARDS | OPTION_BIT(OPTION_FILE) |
		   OPTION_BIT(OPTION_LOCK_TIMEOUT) | OPTION_BIT(OPTION_NO_VERIFY),
	.privilege = PRIVILEGE_WRITE,
	.run = run,
};
