/* SPDX-License-Identifier: BSD-2-Clause */
#include "signals.h"

#include <signal.h>
#include "base/cleanup.h"

static volatile sig_atomic_t caught;

/* The first one decides: a second one changes neither what is done nor what is said. */
static void on_signal(int number)
{
	if (!caught)
		caught = number;
}

void signals_catch(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction action = {.sa_handler = on_signal}, before;

	caught = 0;
	/* Of two at once, the second must not overtake the first one's handler. */
	for (size_t i = 0; i < MIM_ARRAY_SIZE(numbers); i++)
		sigaddset(&action.sa_mask, numbers[i]);
	for (size_t i = 0; i < MIM_ARRAY_SIZE(numbers); i++) {
		/* nohup means that the end of the terminal is not to stop it. */
		if (sigaction(numbers[i], NULL, &before) == 0 &&
		    before.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
	/* A reader that goes away must not end the run halfway. */
	signal(SIGPIPE, SIG_IGN);
}

int signals_caught(void *data)
{
	(void)data;
	return caught;
}
