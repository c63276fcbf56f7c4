/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"
#include "signals.h"
#include "status.h"
#include "target.h"

static int run(const struct options *options, struct mim_kernel *kernel)
{
	struct mim_scope scope;
	auto_session session;
	int status;

	session_init(&session, options, kernel);
	status = target_scope("confirm", &session, &scope);
	if (status)
		return status;
	/* It takes no time; what it has begun it brings to its end. */
	signals_catch();
	if (mim_confirm(kernel, scope.name, scope.bpffs, &session.diags) < 0)
		return session_fail(&session, NULL);
	return STATUS_OK;
}

const struct command command_confirm = {
	.name = "confirm",
	.arguments = "-f PATH... | NAME",
	.summary = "keep what an apply --confirm has done",
	.help = "Without it in time, the apply that waits goes back by itself.\n"
		"\n"
		"example: mimctl apply -f edge-lb.yaml --confirm 60 &\n"
		"         curl -fsS https://service.example/health && mimctl confirm "
		"edge-lb\n",
	.options = OPTIONS_COMMON | OPTION_BIT(OPTION_QUIET) | OPTION_BIT(OPTION_FILE) |
		   OPTION_BIT(OPTION_BPFFS),
	.privilege = PRIVILEGE_WRITE,
	.run = run,
};
