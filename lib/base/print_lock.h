/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_BASE_PRINT_LOCK_H
#define MIM_BASE_PRINT_LOCK_H

#include <pthread.h>

/**
 * mim_print_lock - held by who sets libbpf's print function for a while
 *
 * There is one for the whole process, and an object may be read while a thread loads the
 * iterator program.
 */
extern pthread_mutex_t mim_print_lock;

#endif
