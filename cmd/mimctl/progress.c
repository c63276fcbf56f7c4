/* SPDX-License-Identifier: BSD-2-Clause */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* Seconds until a line appears, and between two of them. */
#define PATIENCE 1.0
#define PAUSE	 0.1

void progress_begin(struct progress *progress, bool quiet)
{
	*progress = (struct progress){.on = !quiet && isatty(STDERR_FILENO)};
	clock_gettime(CLOCK_MONOTONIC, &progress->began);
	progress->told = progress->began;
}

static double seconds(const struct timespec *from, const struct timespec *to)
{
	return (double)(to->tv_sec - from->tv_sec) +
	       (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

void progress_tell(struct progress *progress, uint64_t done, uint64_t total)
{
	struct timespec now;
	double passed;
	int width;

	if (!progress->on)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	passed = seconds(&progress->began, &now);
	if (passed < PATIENCE || seconds(&progress->told, &now) < PAUSE)
		return;
	progress->told = now;
	/* Blanks over what is left of a longer line: not every terminal can erase. */
	width = fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " steps, %.0f a second", done,
			total, (double)done / passed);
	if (width < progress->width)
		fprintf(stderr, "%*s", progress->width - width, "");
	progress->width = width;
	fflush(stderr);
}

void progress_clear(struct progress *progress)
{
	if (progress->width > 0)
		fprintf(stderr, "\r%*s\r", progress->width, "");
	progress->width = 0;
	fflush(stderr);
}
