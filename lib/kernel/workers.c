/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/workers.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>

/* A worker calls the kernel and little else. */
#define STACK_SIZE ((size_t)PTHREAD_STACK_MIN + 65536)

struct share {
	mim_work *work;
	void *data;
	pthread_t thread;
	uint32_t worker;
	uint32_t first;
	uint32_t n;
	bool started;
	int result;
};

static void *run_share(void *data)
{
	struct share *share = data;

	share->result = share->work(share->data, share->worker, share->first, share->n);
	return NULL;
}

static void start(struct share *shares, uint32_t workers)
{
	pthread_attr_t attributes;
	sigset_t all, before;

	if (pthread_attr_init(&attributes) != 0)
		return;
	/* Where the size is refused the default does as well. */
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (uint32_t i = 1; i < workers; i++)
		shares[i].started = pthread_create(&shares[i].thread, &attributes,
						   run_share, &shares[i]) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
}

int mim_workers_run(uint32_t workers, uint32_t n, mim_work *work, void *data)
{
	struct share shares[MIM_WORKERS_MOST];
	int r = 0;

	if (workers > MIM_WORKERS_MOST)
		workers = MIM_WORKERS_MOST;
	if (workers > n)
		workers = n;
	for (uint32_t i = 0; i < workers; i++) {
		uint32_t first = (uint32_t)((uint64_t)n * i / workers);
		uint32_t end = (uint32_t)((uint64_t)n * (i + 1) / workers);

		shares[i] = (struct share){.work = work,
					   .data = data,
					   .worker = i,
					   .first = first,
					   .n = end - first};
	}
	if (workers > 1)
		start(shares, workers);
	for (uint32_t i = 0; i < workers; i++)
		if (!shares[i].started)
			run_share(&shares[i]);
	for (uint32_t i = 0; i < workers; i++) {
		if (shares[i].started)
			pthread_join(shares[i].thread, NULL);
		if (r == 0)
			r = shares[i].result;
	}
	return r;
}

uint32_t mim_workers_cpus(void)
{
	cpu_set_t cpus;
	int n;

	/* It is refused where there are more CPUs than fit the set. */
	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		return MIM_WORKERS_MOST;
	n = CPU_COUNT(&cpus);
	return n < MIM_WORKERS_MOST ? (uint32_t)n : MIM_WORKERS_MOST;
}
