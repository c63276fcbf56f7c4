/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include "command.h"
#include "session.h"
#include "signals.h"
#include "status.h"

static int run(const struct options *options, struct mim_kernel *kernel)
{
	const struct mim_apply_options how = {
		.lock_timeout = options->lock_timeout,
		.interrupted = signals_caught,
	};
	auto_session session;
	int r;

	session_init(&session, options, kernel);
	if (options->n_words != 1 || !mim_name_valid(options->words[0]))
		return options_usage_error("rollback", "give the NAME of one scope");
	signals_catch();
	r = mim_rollback(kernel, options->words[0],
			 options->bpffs ? options->bpffs : MIM_BPFFS_DEFAULT, &how,
			 &session.diags);
	if (r == 0)
		return session_warn(&session, STATUS_OK);
	if (r == -EINTR) {
		session_fail(&session, NULL);
		return STATUS_SIGNAL + signals_caught(NULL);
	}
	return session_fail(&session, status_of_error(&session.diags) == STATUS_LEFT
					      ? "not all could be put back"
					      : NULL);
}

const struct command command_rollback = {
	.name = "rollback",
	.arguments = "NAME",
	.summary = "undo an apply that waits for confirmation",
	.help = "What was there before comes back: by the apply that waits, or, where "
		"its\n"
		"process is gone, from what it left in the kernel for that.\n"
		"\n"
		"example: curl -fsS https://service.example/health || mimctl rollback "
		"edge-lb\n",
	.options = OPTIONS_COMMON | OPTION_BIT(OPTION_BPFFS) |
		   OPTION_BIT(OPTION_LOCK_TIMEOUT),
	.privilege = PRIVILEGE_WRITE,
	.run = run,
};
