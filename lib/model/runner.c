/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/runner.h"

#include <stdio.h>
#include <time.h>

const char *mim_time_text(int64_t seconds, char *text)
{
	time_t time = (time_t)seconds;
	struct tm utc;

	if (!gmtime_r(&time, &utc) ||
	    strftime(text, MIM_TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
		snprintf(text, MIM_TIME_TEXT, "?");
	return text;
}

/* Here somebody else may have that number. */
static const char *where_pid(const struct mim_runner *runner)
{
	return runner->elsewhere ? " of another pid namespace" : "";
}

const char *mim_runner_say(const struct mim_runner *runner, char *text)
{
	char since[MIM_TIME_TEXT];

	snprintf(text, MIM_RUNNER_SAID, "pid %u%s on host %s since %s: %s", runner->pid,
		 where_pid(runner), runner->host, mim_time_text(runner->since, since),
		 runner->command);
	return text;
}

const char *mim_pending_say(const struct mim_runner *pending, char *text)
{
	char until[MIM_TIME_TEXT], since[MIM_TIME_TEXT];

	snprintf(text, MIM_RUNNER_SAID,
		 "waits until %s for the confirmation of an apply by pid %u%s on host %s "
		 "since %s: %s",
		 mim_time_text(pending->until, until), pending->pid, where_pid(pending),
		 pending->host, mim_time_text(pending->since, since), pending->command);
	return text;
}
