/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"
#include "session.h"
#include "signals.h"
#include "status.h"

static int run(const struct options *options, struct mim_kernel *kernel)
{
	auto_session session;

	session_init(&session, options, kernel);
	if (options->n_words != 1 || !mim_name_valid(options->words[0]))
		return options_usage_error("confirm", "give the NAME of one scope");
	/* It takes no time; what it has begun it brings to its end. */
	signals_catch();
	if (mim_confirm(kernel, options->words[0],
			options->bpffs ? options->bpffs : MIM_BPFFS_DEFAULT,
			&session.diags) < 0)
		return session_fail(&session, NULL);
	return STATUS_OK;
}

const struct command command_confirm = {
	.name = "confirm",
	.arguments = "NAME",
	.summary = "keep what an apply --confirm has done",
	.help = "Without it in time, the apply that waits goes back by itself.\n"
		"\n"
		"example: mimctl apply -f edge-lb.yaml --confirm 60 &\n"
		"         curl -fsS https://service.example/health && mimctl confirm "
		"edge-lb\n",
	.options = OPTIONS_COMMON | OPTION_BIT(OPTION_BPFFS),
	.privilege = PRIVILEGE_WRITE,
	.run = run,
};
