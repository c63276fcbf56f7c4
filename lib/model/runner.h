/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_MODEL_RUNNER_H
#define MIM_MODEL_RUNNER_H

#include "base/cleanup.h"
#include "model/topology.h"

/** bytes of mim_time_text() */
#define MIM_TIME_TEXT 32

/** mim_time_text() - seconds since the epoch as "2026-11-21T03:10:27Z"; Return: @text */
MIM_PUBLIC const char *mim_time_text(int64_t seconds, char *text);

/** bytes of mim_runner_say() and mim_pending_say() */
#define MIM_RUNNER_SAID 512

/** mim_runner_say() - "pid 7 on host h since TIME: COMMAND"; Return: @text */
MIM_PUBLIC const char *mim_runner_say(const struct mim_runner *runner, char *text);

/** mim_pending_say() - "waits until TIME for the confirmation of ..."; Return: @text */
MIM_PUBLIC const char *mim_pending_say(const struct mim_runner *pending, char *text);

#endif
