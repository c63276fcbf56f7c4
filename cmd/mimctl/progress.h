/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIMCTL_PROGRESS_H
#define MIMCTL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/**
 * struct progress - one line at a terminal that tells how far the work has come
 * @on: stderr is a terminal, and nobody asked for quiet
 * @began: when the work did
 * @told: when the line was last written
 * @width: of what is on it now; 0 for nothing
 */
struct progress {
	bool on;
	struct timespec began;
	struct timespec told;
	int width;
};

/** progress_begin() - nothing is shown before a second is over */
void progress_begin(struct progress *progress, bool quiet);

/** progress_tell() - @done steps of @total: may be called as often as one likes */
void progress_tell(struct progress *progress, uint64_t done, uint64_t total);

/** progress_clear() - leave the line as it was; to be called before anything is printed
 */
void progress_clear(struct progress *progress);

#endif
