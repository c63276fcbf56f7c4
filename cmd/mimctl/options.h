/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIMCTL_OPTIONS_H
#define MIMCTL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum option_id {
	OPTION_FILE,
	OPTION_OUTPUT,
	OPTION_COLOR,
	OPTION_QUIET,
	OPTION_VERBOSE,
	OPTION_BPFFS,
	OPTION_HELP,
	OPTION_DETAILED,
	OPTION_DRY_RUN,
	OPTION_ASK,
	OPTION_LIVE,
	OPTION_OUT,
	OPTION_CONFIRM,
	OPTION_ALLOW_ORPHANS,
	OPTION_ALLOW_EMPTY,
	OPTION_PRUNE_LIMIT,
	OPTION_ADOPT,
	OPTION_LOCK_TIMEOUT,
	OPTION_NO_VERIFY,
	OPTION_REVISION,
	OPTION_OBJECT,
	OPTION_ENTRIES,
	OPTION_LIMIT,
	OPTION_DATA,
	OPTION_COUNT,
};

#define OPTION_BIT(option) (1ULL << (option))

/** what every command takes */
#define OPTIONS_COMMON (OPTION_BIT(OPTION_COLOR) | OPTION_BIT(OPTION_HELP))

/** what a command takes that prints a result */
#define OPTIONS_RESULT                                                                   \
	(OPTIONS_COMMON | OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_QUIET))

/** the same for what has no summary */
#define OPTIONS_DATA (OPTIONS_COMMON | OPTION_BIT(OPTION_DATA) | OPTION_BIT(OPTION_QUIET))

/** what plan, apply and destroy share */
#define OPTIONS_GUARDS                                                                   \
	(OPTION_BIT(OPTION_ALLOW_ORPHANS) | OPTION_BIT(OPTION_PRUNE_LIMIT) |             \
	 OPTION_BIT(OPTION_ADOPT) | OPTION_BIT(OPTION_DETAILED) |                        \
	 OPTION_BIT(OPTION_BPFFS) | OPTION_BIT(OPTION_VERBOSE))

enum output { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_YAML, OUTPUT_SUMMARY };

enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct command;

/**
 * struct options - the command line of one command
 * @words: what is no option; borrowed from argv, like all texts here
 */
struct options {
	const char **files;
	size_t n_files;
	const char **words;
	size_t n_words;
	enum output output;
	enum color color;
	bool quiet;
	bool verbose;
	bool help;
	const char *bpffs;
	bool detailed;
	bool dry_run;
	bool ask;
	const char *live;
	const char *out;
	unsigned int confirm;
	bool allow_orphans;
	bool allow_empty;
	bool adopt;
	bool prune_limited;
	bool prune_percent;
	uint32_t prune_limit;
	unsigned int lock_timeout;
	bool no_verify;
	const char *revision;
	const char *object;
	bool entries;
	bool limited;
	uint32_t limit;
};

/**
 * options_parse() - read what follows the command's name
 * @argv: the first is the command's name
 *
 * Return: 0, or STATUS_USAGE after having said what is wrong.
 */
int options_parse(const struct command *command, int argc, char **argv,
		  struct options *options);

void options_release(struct options *options);

/** options_print() - one line for each option of a set */
void options_print(uint64_t set, FILE *out);

/** options_usage_error() - "mimctl plan: ...", and where help is; Return: STATUS_USAGE */
int options_usage_error(const char *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
