/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/ahead.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include "kernel/reading.h"
#include "kernel/workers.h"

/* The slots of one outer map. */
struct outer {
	uint32_t id;
	struct mim_slot_ids slots;
};

/**
 * struct mim_ahead - what is read ahead
 * @kernel: the caller's, with accounts of its own. It reads as if it had the lock: what
 *is in the scope's bookkeeping is not used.
 * @scope: name and place of the scope, and what is pinned in it
 * @live: the maps of this machine; no scope, no pins
 * @outers: @n outer maps of the scope, with their slots
 * @diags: nobody reads them
 * @result: 0 when everything could be read
 */
struct mim_ahead {
	pthread_t thread;
	struct mim_kernel kernel;
	struct mim_topology *scope;
	struct mim_topology *live;
	struct outer *outers;
	size_t n;
	struct mim_diags diags;
	int result;
};

void mim_ahead_free(struct mim_ahead *ahead)
{
	if (!ahead)
		return;
	for (size_t i = 0; i < ahead->n; i++)
		mim_slot_ids_release(&ahead->outers[i].slots);
	free(ahead->outers);
	mim_topology_free(ahead->scope);
	mim_topology_free(ahead->live);
	mim_diags_release(&ahead->diags);
	free(ahead);
}

static int read_slots(struct mim_ahead *ahead, const struct mim_map *map)
{
	mim_auto_close int fd = mim_kernel_call(&ahead->kernel, map_open, map->id);
	struct mim_slot_ids *slots;
	struct outer *outers;
	int r;

	if (fd < 0)
		return fd;
	outers = reallocarray(ahead->outers, ahead->n + 1, sizeof(*outers));
	if (!outers)
		return -ENOMEM;
	ahead->outers = outers;
	outers[ahead->n] = (struct outer){.id = map->id};
	slots = &outers[ahead->n++].slots;
	/* The second look has another border: it tells if this one is none. */
	r = map->shape.max_entries < MIM_MANY_SLOTS
		    ? -MIM_ENOTSUPP
		    : mim_slots_read_by_two(&ahead->kernel, fd, &map->shape,
					    MIM_SLOT_PARTS * 3 / 8, slots);
	if (r < 0) {
		mim_slot_ids_release(slots);
		r = mim_slots_read(&ahead->kernel, fd, &map->shape, slots);
	}
	return r;
}

/* Pins are only looked at to know which outer maps are the scope's: they are read again
 * when it is locked.
 */
static int read_scope(struct mim_ahead *ahead)
{
	struct mim_topology *scope = ahead->scope;
	struct mim_reading read = {
		.kernel = &ahead->kernel, .live = scope, .diags = &ahead->diags};
	int r = mim_reading_add_known(scope, ahead->live);

	if (r == 0)
		r = mim_reading_pins(&read);
	for (size_t i = 0; r == 0 && i < scope->n_pins; i++) {
		struct mim_map *map = &scope->maps[scope->pins[i].map];

		if (!scope->pins[i].inside || !map->outer || map->outer->slots_read)
			continue;
		map->outer->slots_read = true;
		r = read_slots(ahead, map);
	}
	return r;
}

static void *run(void *data)
{
	struct mim_ahead *ahead = data;
	struct mim_reading read = {
		.kernel = &ahead->kernel, .live = ahead->live, .diags = &ahead->diags};

	ahead->result = mim_reading_list(&read, NULL);
	if (ahead->result == 0)
		ahead->result = read_scope(ahead);
	return NULL;
}

static int start(struct mim_ahead *ahead)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&ahead->thread, NULL, run, ahead);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

void mim_ahead_start(struct mim_kernel *kernel, const char *name, const char *bpffs)
{
	struct mim_ahead *ahead;

	if (kernel->ahead || mim_workers_cpus() < 2)
		return;
	ahead = calloc(1, sizeof(*ahead));
	if (!ahead)
		return;
	ahead->kernel = *kernel;
	ahead->kernel.holds_lock = true;
	ahead->kernel.calls = 0;
	ahead->scope = mim_topology_empty(name, bpffs);
	ahead->live = mim_topology_new();
	if (!ahead->scope || !ahead->live || start(ahead) < 0)
		mim_ahead_free(ahead);
	else
		kernel->ahead = ahead;
}

struct mim_ahead *mim_ahead_take(struct mim_kernel *kernel, const char *name,
				 const char *bpffs)
{
	struct mim_ahead *ahead = TAKE_PTR(kernel->ahead);

	if (!ahead)
		return NULL;
	pthread_join(ahead->thread, NULL);
	kernel->blind = ahead->kernel.blind;
	kernel->calls += ahead->kernel.calls;
	if (ahead->result == 0 && name && strcmp(ahead->scope->scope.name, name) == 0 &&
	    strcmp(ahead->scope->scope.bpffs, bpffs) == 0)
		return ahead;
	mim_ahead_free(ahead);
	return NULL;
}

struct mim_topology *mim_ahead_list(struct mim_ahead *ahead)
{
	return TAKE_PTR(ahead->live);
}

bool mim_ahead_slots(struct mim_ahead *ahead, uint32_t id, struct mim_slot_ids *ret_slots)
{
	for (size_t i = 0; ahead && i < ahead->n; i++) {
		if (ahead->outers[i].id != id)
			continue;
		*ret_slots = ahead->outers[i].slots;
		ahead->outers[i].id = 0;
		ahead->outers[i].slots = (struct mim_slot_ids){0};
		return true;
	}
	return false;
}

void mim_ahead_drop(struct mim_kernel *kernel)
{
	mim_ahead_free(mim_ahead_take(kernel, NULL, NULL));
}
