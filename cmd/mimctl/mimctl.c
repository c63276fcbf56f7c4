/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "base/str.h"
#include "command.h"
#include "output.h"
#include "status.h"

static const struct command *const commands[] = {
	&command_validate, &command_plan,    &command_apply,  &command_confirm,
	&command_rollback, &command_destroy, &command_show,   &command_get,
	&command_import,   &command_check,   &command_doctor, &command_schema,
	&command_version,  &command_help,
};

const struct command *command_each(size_t i)
{
	return i < MIM_ARRAY_SIZE(commands) ? commands[i] : NULL;
}

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < MIM_ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	struct mim_str_closest closest = {.word = name};

	for (size_t i = 0; i < MIM_ARRAY_SIZE(commands); i++)
		mim_str_consider(&closest, commands[i]->name);
	return options_usage_error("", "there is no command '%s'%s%s%s", name,
				   closest.best ? "; did you mean '" : "",
				   closest.best ? closest.best : "",
				   closest.best ? "'?" : "");
}

/* What was printed and did not arrive (a full disk, a closed pipe) is a failure too. */
static int finish_output(int status)
{
	int r = output_flush();

	if (r == 0)
		return status;
	fprintf(stderr, "mimctl: cannot write the result: %s\n", mim_errno_text(r));
	return status == STATUS_OK ? STATUS_FAILED : status;
}

int mimctl_main(int argc, char **argv, struct mim_kernel *kernel)
{
	mim_cleanup(options_release) struct options options = {0};
	const struct command *command;
	int status;

	/* For the tests: what the kernel tells without the iterator has to be the same.
	 */
	kernel->no_iterator = getenv("MIMCTL_NO_ITERATOR") != NULL;
	if (argc < 2) {
		command_print_list(stderr);
		return STATUS_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		argv[1] = (char *)"help";
	if (strcmp(argv[1], "--version") == 0)
		argv[1] = (char *)"version";
	command = command_find(argv[1]);
	if (!command)
		return unknown_command(argv[1]);
	status = options_parse(command, argc - 1, argv + 1, &options);
	if (status)
		return status;
	if (options.help) {
		command_print_help(command, stdout);
		return finish_output(STATUS_OK);
	}
	privilege_drop(command->privilege);
	return finish_output(command->run(&options, kernel));
}
