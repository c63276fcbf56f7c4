/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include "command.h"
#include "signals.h"
#include "status.h"
#include "target.h"

static int run(const struct options *options, struct mim_kernel *kernel)
{
	const struct mim_apply_options how = {
		.lock_timeout = options->lock_timeout,
		.interrupted = signals_caught,
	};
	struct mim_scope scope;
	auto_session session;
	int status, r;

	session_init(&session, options, kernel);
	status = target_scope("rollback", &session, &scope);
	if (status)
		return status;
	signals_catch();
	r = mim_rollback(kernel, scope.name, scope.bpffs, &how, &session.diags);
	if (r == 0)
		return session_warn(&session, STATUS_OK);
	if (r == -EINTR && signals_caught(NULL)) {
		session_fail(&session, NULL);
		return STATUS_SIGNAL + signals_caught(NULL);
	}
	return session_fail(&session, status_of_error(&session.diags) == STATUS_LEFT
					      ? "not all could be put back"
					      : NULL);
}

const struct command command_rollback = {
	.name = "rollback",
	.arguments = "-f PATH... | NAME",
	.summary = "undo an apply that waits for confirmation",
	.help = "What was there before comes back: by the apply that waits, or, where "
		"its\n"
		"process is gone, from what it left in the kernel for that.\n"
		"\n"
		"example: curl -fsS https://service.example/health || mimctl rollback "
		"edge-lb\n",
	.options = OPTIONS_COMMON | OPTION_BIT(OPTION_QUIET) | OPTION_BIT(OPTION_FILE) |
		   OPTION_BIT(OPTION_BPFFS) | OPTION_BIT(OPTION_LOCK_TIMEOUT),
	.privilege = PRIVILEGE_WRITE,
	.run = run,
};
