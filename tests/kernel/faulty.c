/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * mimctl with failures injected, for the tests.
 *
 * MIMCTL_FAULTS holds rules with commas between them: OP:K:ERRNO lets the K-th call of an
 * operation fail with a number of errno, OP:K+:ERRNO that one and all after it, OP:K:eN
 * with the N-th errno that the operation can give; OP:K:sN sends signal N to itself
 * before the K-th call, OP:K:c runs MIMCTL_COMMAND and OP:K:m moves a file there or back:
 * MIMCTL_MOVES names both places, FROM:TO; OP:K:x puts FROM at TO and what was there, if
 * anything, at FROM. OP "*" is any operation, "map_update*" any that begins so; OP@OTHER
 * counts calls of OP only once OTHER has been called; OP=WORD only those about WORD,
 * which is the id for map_open and the pin's name for get. OP "malloc" is any allocation,
 * which K, or K+, finds no memory for.
 *
 * What failed so is written into the file that MIMCTL_STRUCK names.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "alloc.h"
#include "command.h"
#include "errors.h"

#define MOST_RULES 8

static struct rule {
	char op[32];
	char about[32];
	char after[32];
	unsigned long from;
	bool onwards;
	char action;
	int which;
	int error;
	int signal;
	unsigned long seen;
} rules[MOST_RULES];

static size_t n_rules;

static void read_action(struct rule *rule, const char *word)
{
	if (*word == 'c' || *word == 'm' || *word == 'x' || *word == 'e')
		rule->action = *word;
	if (*word == 'e')
		rule->which = atoi(word + 1);
	else if (*word == 's')
		rule->signal = atoi(word + 1);
	else
		rule->error = atoi(word);
}

static void read_rules(const char *text)
{
	char copy[512], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", text);
	while ((word = strsep(&rest, ",")) && n_rules < MOST_RULES) {
		struct rule *rule = &rules[n_rules++];
		char *ops = strsep(&word, ":"), *call = strsep(&word, ":");
		char *about = strsep(&ops, "@");
		char *op = strsep(&about, "=");

		if (!op || !call || !word)
			exit(99);
		snprintf(rule->op, sizeof(rule->op), "%s", op);
		snprintf(rule->about, sizeof(rule->about), "%s", about ? about : "");
		snprintf(rule->after, sizeof(rule->after), "%s", ops ? ops : "");
		rule->from = strtoul(call, NULL, 10);
		rule->onwards = strchr(call, '+') != NULL;
		read_action(rule, word);
	}
}

static bool run_command(const char *command)
{
	return command && system(command) == 0;
}

/* Not by RENAME_EXCHANGE: bpffs does not have that on every kernel. */
static bool exchange(const char *one, const char *other)
{
	char between[520];
	bool was_there;

	snprintf(between, sizeof(between), "%s_", one);
	was_there = rename(other, between) == 0;
	return rename(one, other) == 0 && (!was_there || rename(between, one) == 0);
}

static bool move(const char *places, char action)
{
	const char *colon = places ? strchr(places, ':') : NULL;
	char from[512];

	if (!colon)
		return false;
	snprintf(from, sizeof(from), "%.*s", (int)(colon - places), places);
	if (action == 'x')
		return exchange(from, colon + 1);
	return rename(from, colon + 1) == 0 || rename(colon + 1, from) == 0;
}

/* What somebody else does meanwhile. */
static void happen(char action)
{
	if (!(action == 'c' ? run_command(getenv("MIMCTL_COMMAND"))
			    : move(getenv("MIMCTL_MOVES"), action)))
		exit(99);
}

static bool is_of(const char *pattern, const char *op)
{
	size_t length = strcspn(pattern, "*");

	return pattern[length] ? strncmp(pattern, op, length) == 0
			       : strcmp(pattern, op) == 0;
}

/* Return: whether the rule strikes at this call. */
static bool is_due(struct rule *rule, const char *op, const char *about)
{
	if (is_of(rule->after, op))
		rule->after[0] = '\0';
	if (rule->after[0] || strcmp(rule->about, about) != 0 || !is_of(rule->op, op))
		return false;
	rule->seen++;
	return rule->seen == rule->from || (rule->onwards && rule->seen > rule->from);
}

static void tell(const char *op)
{
	const char *path = getenv("MIMCTL_STRUCK");
	int file = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

	if (path && (file < 0 || write(file, op, strlen(op)) < 0))
		exit(99);
	if (file >= 0)
		close(file);
}

/* Return: what the call is to give, 0 to go on. */
static int act(const struct rule *rule, const char *op)
{
	int error = rule->error;

	if (rule->action == 'e')
		error = errors_of(op, rule->which);
	else if (rule->action)
		happen(rule->action);
	else if (rule->signal)
		kill(getpid(), rule->signal);
	if (error)
		tell(op);
	return -error;
}

static pthread_mutex_t rules_lock = PTHREAD_MUTEX_INITIALIZER;

static int strike(const char *op, const char *about)
{
	int r = 0;

	pthread_mutex_lock(&rules_lock);
	for (size_t i = 0; i < n_rules; i++)
		if (is_due(&rules[i], op, about))
			r = act(&rules[i], op);
	pthread_mutex_unlock(&rules_lock);
	return r;
}

static int fault(void *data, const char *op, uint64_t call)
{
	(void)data;
	(void)call;
	return strike(op, "");
}

static const struct mim_kernel_ops *real;

static int map_open(void *data, uint32_t id)
{
	char about[16];
	int r;

	snprintf(about, sizeof(about), "%u", id);
	r = strike("map_open", about);
	return r < 0 ? r : real->map_open(data, id);
}

static int get(void *data, int folder, const char *name, enum mim_object *ret_object)
{
	int r = strike("get", name);

	return r < 0 ? r : real->get(data, folder, name, ret_object);
}

/* Return: exit status. */
static int starve(int argc, char **argv, struct mim_kernel *kernel, unsigned long first,
		  bool onwards)
{
	int status;

	alloc_begin(first, onwards);
	status = mimctl_main(argc, argv, kernel);
	if (alloc_end() >= first)
		tell("malloc");
	return status;
}

/* Return: the rule about memory, NULL without one. */
static const struct rule *find_shortage(void)
{
	for (size_t i = 0; i < n_rules; i++)
		if (strcmp(rules[i].op, "malloc") == 0)
			return &rules[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const char *text = getenv("MIMCTL_FAULTS");
	const struct rule *shortage;
	struct mim_kernel_ops ops;
	struct mim_kernel kernel;
	int status;

	mim_kernel_init(&kernel);
	real = kernel.ops;
	ops = *real;
	ops.map_open = map_open;
	ops.get = get;
	kernel.ops = &ops;
	if (text && *text)
		read_rules(text);
	kernel.fault = fault;
	shortage = find_shortage();
	status = shortage ? starve(argc, argv, &kernel, shortage->from, shortage->onwards)
			  : mimctl_main(argc, argv, &kernel);
	mim_kernel_release(&kernel);
	return status;
}
