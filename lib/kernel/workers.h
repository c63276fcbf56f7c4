/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_WORKERS_H
#define MIM_KERNEL_WORKERS_H

#include <stdint.h>

/** most threads that mim_workers_run() can be asked for */
#define MIM_WORKERS_MOST 256

/**
 * typedef mim_work - the part of a piece of work that one worker does
 * @worker: number of the worker, 0 for the caller; no two at a time have the same
 * @first, @n: its share of what there is to do, never empty
 * Return: 0, or a negative errno that ends the whole.
 */
typedef int mim_work(void *data, uint32_t worker, uint32_t first, uint32_t n);

/**
 * mim_workers_run() - do @n things in equal shares side by side
 * @workers: shares, at most MIM_WORKERS_MOST; the caller does the first one itself
 *
 * For calls that spend their time waiting: a grace period is shared by all who wait for
 * it. No memory is asked for but the stacks of the threads; a thread that cannot be
 * started leaves its share to the caller, so the work is done in any case. Signals are
 * blocked in the threads.
 *
 * Return: 0, or one of the errors of the workers.
 */
int mim_workers_run(uint32_t workers, uint32_t n, mim_work *work, void *data);

/**
 * mim_workers_cpus() - workers for what keeps a CPU busy
 *
 * Return: how many CPUs the calling thread may use, 1 to MIM_WORKERS_MOST.
 */
uint32_t mim_workers_cpus(void);

#endif
