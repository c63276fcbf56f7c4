/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"
#include "plan_command.h"
#include "status.h"
#include "target.h"

static int run(const struct options *options, struct mim_kernel *kernel)
{
	struct mim_scope scope;
	auto_session session;
	int status;

	session_init(&session, options, kernel);
	status = target_scope("destroy", &session, &scope);
	if (status)
		return status;
	session.nothing = mim_topology_empty(scope.name, scope.bpffs);
	if (!session.nothing)
		return status_out_of_memory();
	session.want = session.nothing;
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
