/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * mimctl with failures injected, for the tests.
 *
 * MIMCTL_FAULTS holds rules with commas between them: OP:K:ERRNO lets the K-th call of an
 * operation fail with a number of errno, OP:K+:ERRNO that one and all after it, and
 * OP:K:sN sends signal N to itself before the K-th call. OP "*" is any operation;
 * OP@OTHER counts calls of OP only once OTHER has been called.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "command.h"

#define MOST_RULES 8

static struct rule {
	char op[32];
	char after[32];
	unsigned long from;
	bool onwards;
	int error;
	int signal;
	unsigned long seen;
} rules[MOST_RULES];

static size_t n_rules;

static void read_rules(const char *text)
{
	char copy[512], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", text);
	while ((word = strsep(&rest, ",")) && n_rules < MOST_RULES) {
		struct rule *rule = &rules[n_rules++];
		char *ops = strsep(&word, ":"), *call = strsep(&word, ":");
		char *op = strsep(&ops, "@");

		if (!op || !call || !word)
			exit(99);
		snprintf(rule->op, sizeof(rule->op), "%s", op);
		snprintf(rule->after, sizeof(rule->after), "%s", ops ? ops : "");
		rule->from = strtoul(call, NULL, 10);
		rule->onwards = strchr(call, '+') != NULL;
		if (*word == 's')
			rule->signal = atoi(word + 1);
		else
			rule->error = atoi(word);
	}
}

static pthread_mutex_t rules_lock = PTHREAD_MUTEX_INITIALIZER;

static int fault(void *data, const char *op, uint64_t call)
{
	int error = 0;

	(void)data;
	(void)call;
	pthread_mutex_lock(&rules_lock);
	for (size_t i = 0; i < n_rules; i++) {
		struct rule *rule = &rules[i];

		if (strcmp(rule->after, op) == 0)
			rule->after[0] = '\0';
		if (rule->after[0] ||
		    (strcmp(rule->op, "*") != 0 && strcmp(rule->op, op) != 0))
			continue;
		rule->seen++;
		if (rule->seen != rule->from &&
		    !(rule->onwards && rule->seen > rule->from))
			continue;
		if (rule->signal)
			kill(getpid(), rule->signal);
		else
			error = -rule->error;
	}
	pthread_mutex_unlock(&rules_lock);
	return error;
}

int main(int argc, char **argv)
{
	const char *text = getenv("MIMCTL_FAULTS");
	struct mim_kernel kernel;
	int status;

	mim_kernel_init(&kernel);
	if (text && *text)
		read_rules(text);
	kernel.fault = fault;
	status = mimctl_main(argc, argv, &kernel);
	mim_kernel_release(&kernel);
	return status;
}
