/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/holder.h"

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

const char *mim_holder_say(const struct mim_holder *holder, char *text)
{
	char since[MIM_TIME_TEXT];

	snprintf(text, MIM_HOLDER_SAID, "pid %u on host %s since %s: %s", holder->pid,
		 holder->host, mim_time_text(holder->since, since), holder->command);
	return text;
}

const char *mim_pending_say(const struct mim_holder *pending, char *text)
{
	char until[MIM_TIME_TEXT], since[MIM_TIME_TEXT];

	snprintf(text, MIM_HOLDER_SAID,
		 "waits until %s for the confirmation of an apply by pid %u on host %s "
		 "since %s: %s",
		 mim_time_text(pending->until, until), pending->pid, pending->host,
		 mim_time_text(pending->since, since), pending->command);
	return text;
}
