/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_APPLY_CLOCK_H
#define MIM_APPLY_CLOCK_H

#include <stdint.h>
#include <time.h>

/** mim_clock_ms() - milliseconds of a clock that nobody sets */
static inline uint64_t mim_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static inline void mim_clock_pause(uint32_t ms)
{
	const struct timespec pause = {.tv_sec = ms / 1000,
				       .tv_nsec = ms % 1000 * 1000000L};

	nanosleep(&pause, NULL);
}

#endif
