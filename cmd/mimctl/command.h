/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIMCTL_COMMAND_H
#define MIMCTL_COMMAND_H

#include "mim.h"
#include "options.h"
#include "privilege.h"

/**
 * struct command - one command of mimctl: a constant in a file of its own
 * @arguments: what follows the name in the usage line
 * @summary: one line for the list of commands
 * @help: what it does, and an example
 * @options: options that it takes, a set of OPTION_BIT()
 * @privilege: capabilities that it can use; all others are dropped before it runs
 * @run: returns the exit status
 */
struct command {
	const char *name;
	const char *arguments;
	const char *summary;
	const char *help;
	uint64_t options;
	enum privilege privilege;
	int (*run)(const struct options *options, struct mim_kernel *kernel);
};

extern const struct command command_validate;
extern const struct command command_plan;
extern const struct command command_apply;
extern const struct command command_confirm;
extern const struct command command_rollback;
extern const struct command command_destroy;
extern const struct command command_show;
extern const struct command command_get;
extern const struct command command_import;
extern const struct command command_check;
extern const struct command command_doctor;
extern const struct command command_schema;
extern const struct command command_version;
extern const struct command command_help;

/** command_each() - Return: the @i-th command, or NULL */
const struct command *command_each(size_t i);

/** command_find() - Return: the command called @name, or NULL */
const struct command *command_find(const char *name);

/** command_print_help() - usage, text and options of one command */
void command_print_help(const struct command *command, FILE *out);

/** command_print_list() - what mimctl can do */
void command_print_list(FILE *out);

/**
 * mimctl_main() - the whole program on a given kernel
 * Return: the exit status.
 */
int mimctl_main(int argc, char **argv, struct mim_kernel *kernel);

#endif
