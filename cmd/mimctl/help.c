/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "command.h"
#include "status.h"

void command_print_help(const struct command *command, FILE *out)
{
	const char *end =
		command->summary[strlen(command->summary) - 1] == '?' ? "" : ".";

	fprintf(out, "usage: mimctl %s%s%s [options]\n\n%s%s\n%s\n", command->name,
		*command->arguments ? " " : "", command->arguments, command->summary, end,
		command->help);
	fprintf(out, "options:\n");
	options_print(command->options, out);
}

void command_print_list(FILE *out)
{
	const struct command *command;

	fprintf(out, "usage: mimctl COMMAND [options]\n\n"
		     "Keeps eBPF maps of maps as a YAML file describes them.\n\n");
	for (size_t i = 0; (command = command_each(i)); i++)
		fprintf(out, "  %-10s %-28s %s\n", command->name, command->arguments,
			command->summary);
	fprintf(out, "\nexit status: 0 done, 1 failed and put back, 2 changes "
		     "(--detailed-exitcode),\n"
		     "  3 failed and not put back in full, 4 verification failed, 5 not "
		     "confirmed,\n"
		     "  64 usage, 65 description, 69 not available, 75 try again, 77 "
		     "capability,\n"
		     "  78 refused by a guard, 129, 130, 131 and 143 interrupted\n"
		     "\nexample: mimctl apply -f config.yaml\n");
}

static int run(const struct options *options, struct mim_kernel *kernel)
{
	const struct command *command;

	(void)kernel;
	if (options->n_words == 0) {
		command_print_list(stdout);
		return STATUS_OK;
	}
	command = command_find(options->words[0]);
	if (options->n_words > 1)
		return options_usage_error("help", "give one command");
	if (!command)
		return options_usage_error("help", "there is no command '%s'",
					   options->words[0]);
	command_print_help(command, stdout);
	return STATUS_OK;
}

const struct command command_help = {
	.name = "help",
	.arguments = "[COMMAND]",
	.summary = "this list, or the help of one command",
	.help = "example: mimctl help apply\n",
	.options = OPTIONS_COMMON,
	.run = run,
};
