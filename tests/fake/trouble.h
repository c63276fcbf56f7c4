/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FAKE_TROUBLE_H
#define TESTS_FAKE_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct trouble - which calls fail
 * @first: the one; 0 for none
 * @onwards: and all that come after it
 * @second: so many calls after it another one, and that operation ever after; 0 for none
 * @which: the how many-th errno of the list of the operation
 * @calls: made so far
 * @op: of @first, once it came
 */
struct trouble {
	uint64_t first;
	bool onwards;
	uint64_t second;
	int which;
	uint64_t calls;
	const char *op;
	const char *broken;
	int error;
};

/** trouble_strike() - the fault of a struct mim_kernel; its data is a struct trouble */
int trouble_strike(void *data, const char *op, uint64_t call);

/** trouble_is_long() - is every call to fail with every errno? MIMCTL_LONG says so */
bool trouble_is_long(void);

/**
 * trouble_stride() - from one call that fails to the next
 *
 * MIMCTL_STRIDE=N takes every N-th call, with one errno; MIMCTL_LONG=1 all of both. The
 * first calls of all scenes are alike: each is to start at another one.
 */
uint64_t trouble_stride(void);

#endif
