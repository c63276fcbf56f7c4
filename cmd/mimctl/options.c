/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/num.h"
#include "base/str.h"
#include "command.h"
#include "status.h"

/* @takes: what an argument is to be, where it can be something else. */
static const struct option_row {
	const char *name;
	char letter;
	const char *argument;
	const char *help;
	const char *takes;
} rows[OPTION_COUNT] = {
	[OPTION_FILE] = {"file", 'f', "PATH",
			 "file, folder or - (standard input); may be repeated", "a path"},
	[OPTION_OUTPUT] = {"output", 'o', "FORMAT", "text, json, yaml or summary",
			   "text, json, yaml or summary"},
	[OPTION_DATA] = {"output", 'o', "FORMAT", "text, json or yaml",
			 "text, json or yaml"},
	[OPTION_COLOR] = {"color", 0, "WHEN",
			  "auto, always or never; NO_COLOR is honoured",
			  "auto, always or never"},
	[OPTION_QUIET] = {"quiet", 'q', NULL, "print errors only"},
	[OPTION_VERBOSE] = {"verbose", 'v', NULL,
			    "also what does not change, and what cannot be seen"},
	[OPTION_BPFFS] = {"bpffs", 0, "DIR",
			  "where bpffs is mounted, whatever the files say",
			  "an absolute path"},
	[OPTION_HELP] = {"help", 'h', NULL, "this text"},
	[OPTION_DETAILED] = {"detailed-exitcode", 0, NULL,
			     "exit 2 instead of 0 when there are changes"},
	[OPTION_DRY_RUN] = {"dry-run", 0, NULL, "print what plan prints and do nothing"},
	[OPTION_ASK] = {"ask", 0, NULL, "ask at the terminal before applying"},
	[OPTION_LIVE] = {"live", 0, "FILE",
			 "plan against a saved show -o json, not the kernel"},
	[OPTION_OUT] = {"out", 0, "FILE", "save the plan, for apply FILE", "a path"},
	[OPTION_CONFIRM] = {"confirm", 0, "SECONDS",
			    "go back unless mimctl confirm NAME comes in time",
			    "1 to 86400 seconds"},
	[OPTION_ALLOW_ORPHANS] =
		{"allow-orphans", 0, NULL,
		 "replace or remove outer maps although programs use them"},
	[OPTION_ALLOW_EMPTY] = {"allow-empty", 0, NULL, "let everything be removed"},
	[OPTION_PRUNE_LIMIT] = {"prune-limit", 0, "N[%]",
				"refuse more removals than this",
				"a number, or 0% to 100%"},
	[OPTION_ADOPT] = {"adopt", 0, NULL,
			  "take over a folder or a pin that mimctl did not make"},
	[OPTION_LOCK_TIMEOUT] = {"lock-timeout", 0, "SECONDS",
				 "wait for another run on the same scope (default 10)",
				 "0 to 86400 seconds"},
	[OPTION_NO_VERIFY] = {"no-verify", 0, NULL, "do not read everything back"},
	[OPTION_REVISION] = {"revision", 0, "TEXT",
			     "recorded and shown by show: a commit, say",
			     "printable text of at most 255 bytes"},
	[OPTION_OBJECT] = {"object", 0, "FILE", "object file of a BPF program", "a path"},
	[OPTION_ENTRIES] = {"entries", 0, NULL, "also what is in the inner maps"},
	[OPTION_LIMIT] = {"limit", 0, "N", "at most N entries of a map; 0: all",
			  "a number"},
};

int options_usage_error(const char *command, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "mimctl%s%s: ", *command ? " " : "", command);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\ntry: mimctl%s%s --help\n", *command ? " " : "", command);
	return STATUS_USAGE;
}

void options_release(struct options *options)
{
	free(options->files);
	free(options->words);
}

void options_print(uint64_t set, FILE *out)
{
	for (enum option_id i = 0; i < OPTION_COUNT; i++) {
		char left[48], letter[8] = "    ";

		if (!(set & OPTION_BIT(i)))
			continue;
		if (rows[i].letter)
			snprintf(letter, sizeof(letter), "-%c, ", rows[i].letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, rows[i].name,
			 rows[i].argument ? " " : "",
			 rows[i].argument ? rows[i].argument : "");
		fprintf(out, "  %-30s %s\n", left, rows[i].help);
	}
}

static int add_word(const char ***words, size_t *n, const char *word)
{
	const char **slot = mim_array_add(*words, *n);

	if (!slot)
		return STATUS_FAILED;
	*slot = word;
	return 0;
}

static int take_one_of(const char *const *words, const char *word)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

/* What is kept tells the place by its name, and "/sys/fs/bpf/" is the same place. */
static const char *cut_slashes(const char *text)
{
	char *end = strchr(text, '\0');

	while (end > text + 1 && end[-1] == '/')
		*--end = '\0';
	return text;
}

static int take_number(const char *text, uint64_t most, unsigned int *ret_number)
{
	uint64_t number;

	if (mim_num_u64(text, most, &number) < 0)
		return STATUS_USAGE;
	*ret_number = (unsigned int)number;
	return 0;
}

static int take_prune_limit(const char *text, struct options *options)
{
	char number[16] = "";
	size_t length = strlen(text);

	options->prune_limited = true;
	options->prune_percent = length && text[length - 1] == '%';
	length -= options->prune_percent;
	if (length == 0 || length >= sizeof(number))
		return STATUS_USAGE;
	memcpy(number, text, length);
	return take_number(number, options->prune_percent ? 100 : UINT32_MAX,
			   &options->prune_limit);
}

static int take_revision(const char *text, struct options *options)
{
	options->revision = text;
	/* What the marker cannot be read back with would make the scope look foreign. */
	return strlen(text) <= MIM_REVISION_MOST && mim_str_is_printable(text)
		       ? 0
		       : STATUS_USAGE;
}

static int take(enum option_id option, const char *text, struct options *options)
{
	static const char *const outputs[] = {"text", "json", "yaml", "summary", NULL};
	static const char *const colors[] = {"auto", "always", "never", NULL};
	int choice;

	switch (option) {
	case OPTION_FILE:
		return *text ? add_word(&options->files, &options->n_files, text)
			     : STATUS_USAGE;
	case OPTION_OUTPUT:
	case OPTION_DATA:
		choice = take_one_of(outputs, text);
		if (choice < 0 || (option == OPTION_DATA && choice == OUTPUT_SUMMARY))
			return STATUS_USAGE;
		options->output = (enum output)choice;
		return 0;
	case OPTION_COLOR:
		choice = take_one_of(colors, text);
		options->color = (enum color)choice;
		return choice < 0 ? STATUS_USAGE : 0;
	case OPTION_QUIET:
		options->quiet = true;
		return 0;
	case OPTION_VERBOSE:
		options->verbose = true;
		return 0;
	case OPTION_BPFFS:
		options->bpffs = cut_slashes(text);
		return *text == '/' ? 0 : STATUS_USAGE;
	case OPTION_HELP:
		options->help = true;
		return 0;
	case OPTION_DETAILED:
		options->detailed = true;
		return 0;
	case OPTION_DRY_RUN:
		options->dry_run = true;
		return 0;
	case OPTION_ASK:
		options->ask = true;
		return 0;
	case OPTION_LIVE:
		options->live = text;
		return 0;
	case OPTION_OUT:
		options->out = text;
		return *text ? 0 : STATUS_USAGE;
	case OPTION_CONFIRM:
		return take_number(text, 86400, &options->confirm) || !options->confirm
			       ? STATUS_USAGE
			       : 0;
	case OPTION_ALLOW_ORPHANS:
		options->allow_orphans = true;
		return 0;
	case OPTION_ALLOW_EMPTY:
		options->allow_empty = true;
		return 0;
	case OPTION_PRUNE_LIMIT:
		return take_prune_limit(text, options);
	case OPTION_ADOPT:
		options->adopt = true;
		return 0;
	case OPTION_LOCK_TIMEOUT:
		return take_number(text, 86400, &options->lock_timeout);
	case OPTION_NO_VERIFY:
		options->no_verify = true;
		return 0;
	case OPTION_REVISION:
		return take_revision(text, options);
	case OPTION_OBJECT:
		options->object = text;
		return *text ? 0 : STATUS_USAGE;
	case OPTION_ENTRIES:
		options->entries = true;
		return 0;
	case OPTION_LIMIT:
		options->limited = true;
		return take_number(text, UINT32_MAX, &options->limit);
	case OPTION_COUNT:
		break;
	}
	return STATUS_USAGE;
}

/* getopt's tables for one command, out of ours. */
static void fill_tables(uint64_t set, struct option *getopt_rows, char *letters)
{
	*letters++ = ':';
	for (enum option_id i = 0; i < OPTION_COUNT; i++) {
		if (!(set & OPTION_BIT(i)))
			continue;
		*getopt_rows++ = (struct option){rows[i].name, rows[i].argument ? 1 : 0,
						 NULL, 256 + (int)i};
		if (rows[i].letter)
			*letters++ = rows[i].letter;
		if (rows[i].letter && rows[i].argument)
			*letters++ = ':';
	}
}

static enum option_id of_letter(uint64_t set, int letter)
{
	for (enum option_id i = 0; i < OPTION_COUNT; i++)
		if ((set & OPTION_BIT(i)) && rows[i].letter == letter)
			return i;
	return OPTION_COUNT;
}

/* Of a letter among others getopt tells which it is; of a word it tells the place. */
static int wrong_option(const struct command *command, int c, const char *word)
{
	const char letter[] = {'-', (char)optopt, '\0'};
	bool is_known = optopt >= 256;

	if (optopt > 0 && !is_known)
		word = letter;
	return options_usage_error(command->name,
				   c == ':'   ? "'%s' needs an argument"
				   : is_known ? "'%s': the option takes no argument"
					      : "unknown option '%s'",
				   word);
}

int options_parse(const struct command *command, int argc, char **argv,
		  struct options *options)
{
	struct option getopt_rows[OPTION_COUNT + 1] = {0};
	char letters[2 * OPTION_COUNT + 4] = "";
	enum option_id option;
	int c, status;

	*options = (struct options){.lock_timeout = 10, .revision = ""};
	fill_tables(command->options, getopt_rows, letters);
	opterr = 0;
	optind = 0;
	while ((c = getopt_long(argc, argv, letters, getopt_rows, NULL)) != -1) {
		if (c == '?' || c == ':')
			return wrong_option(command, c, argv[optind - 1]);
		option = c >= 256 ? (enum option_id)(c - 256)
				  : of_letter(command->options, c);
		status = take(option, optarg ? optarg : "", options);
		if (status == STATUS_FAILED)
			return status_out_of_memory();
		if (status)
			return options_usage_error(
				command->name, "--%s takes %s, not '%s'",
				rows[option].name, rows[option].takes, optarg);
	}
	for (; optind < argc; optind++)
		if (add_word(&options->words, &options->n_words, argv[optind]))
			return status_out_of_memory();
	return 0;
}
