/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/slots.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include "kernel/workers.h"

/* What 1,000 slots want before 6.12; more threads gain nothing (kernel-facts, 1). */
#define MOST_WORKERS 64U
#define MOST_PIECE   512U
/* Long keys make the pieces shorter. */
#define MOST_BYTES 65536U

int mim_slot_room_init(struct mim_slot_room *room, uint32_t key_size,
		       uint32_t descriptors)
{
	uint32_t piece, n;

	room->workers = descriptors < MOST_WORKERS ? descriptors : MOST_WORKERS;
	if (room->workers == 0)
		room->workers = 1;
	piece = descriptors / room->workers;
	if (piece > MOST_BYTES / (key_size + 1))
		piece = MOST_BYTES / (key_size + 1);
	if (piece > MOST_PIECE)
		piece = MOST_PIECE;
	room->piece = piece ? piece : 1;
	room->key_size = key_size;
	n = room->workers * room->piece;
	room->keys = malloc((size_t)n * key_size + 1);
	room->fds = calloc(n, sizeof(*room->fds));
	room->at = calloc(n, sizeof(*room->at));
	room->ours = calloc(n, sizeof(*room->ours));
	return room->keys && room->fds && room->at && room->ours ? 0 : -ENOMEM;
}

void mim_slot_room_release(struct mim_slot_room *room)
{
	free(room->keys);
	free(room->fds);
	free(room->at);
	free(room->ours);
	*room = (struct mim_slot_room){0};
}

/* What one worker writes at a time: those from @next on, before @end, that have a key. */
struct piece {
	uint32_t next;
	uint32_t end;
	uint32_t n;
	uint8_t *keys;
	uint32_t *fds;
	uint32_t *at;
	bool *ours;
};

/* One bulk call under way. */
struct bulk {
	struct mim_kernel *kernel;
	int fd;
	uint32_t key_size;
	const struct mim_slot_source *source;
	const struct mim_slot_room *room;
	struct piece pieces[MOST_WORKERS];
	int (*phase)(struct bulk *bulk, struct piece *piece);
	atomic_uint failed;
};

/* Of several that fail the first one is told. */
static void fail(struct bulk *bulk, uint32_t at)
{
	unsigned int least = atomic_load(&bulk->failed);

	while (at < least && !atomic_compare_exchange_weak(&bulk->failed, &least, at))
		;
}

static int open_next(const struct bulk *bulk, struct piece *piece, uint32_t i)
{
	const struct mim_slot_source *source = bulk->source;
	const uint8_t *key = source->key(source->data, i);
	int fd;

	if (!key)
		return 0;
	memcpy(piece->keys + (size_t)piece->n * bulk->key_size, key, bulk->key_size);
	if (source->open) {
		piece->ours[piece->n] = false;
		fd = source->open(source->data, i, &piece->ours[piece->n]);
		if (fd < 0)
			return fd;
		piece->fds[piece->n] = (uint32_t)fd;
	}
	piece->at[piece->n++] = i;
	return 0;
}

static void close_piece(const struct bulk *bulk, struct piece *piece)
{
	for (uint32_t i = 0; bulk->source->open && i < piece->n; i++)
		if (piece->ours[i])
			close((int)piece->fds[i]);
	piece->n = 0;
}

/* A batch call that is refused at once leaves the count as it was given. */
static uint32_t done_of(int r, uint32_t count, uint32_t n)
{
	return r < 0 && count >= n ? 0 : count;
}

static int write_piece(const struct bulk *bulk, const struct piece *piece,
		       uint32_t *ret_done)
{
	uint32_t count = piece->n;
	int r;

	*ret_done = 0;
	if (piece->n > 1) {
		r = mim_kernel_call(bulk->kernel, map_update_batch, bulk->fd, piece->keys,
				    piece->fds, &count);
		if (r != -MIM_ENOTSUPP) {
			*ret_done = done_of(r, count, piece->n);
			return r;
		}
	}
	for (; *ret_done < piece->n; ++*ret_done) {
		r = mim_kernel_call(bulk->kernel, map_update, bulk->fd,
				    piece->keys + (size_t)*ret_done * bulk->key_size,
				    &piece->fds[*ret_done], 0);
		if (r < 0)
			return r;
	}
	return 0;
}

static int empty_piece(const struct bulk *bulk, const struct piece *piece,
		       uint32_t *ret_done)
{
	bool batch = piece->n > 1;
	int r;

	for (*ret_done = 0; *ret_done < piece->n; ++*ret_done) {
		const uint8_t *keys = piece->keys + (size_t)*ret_done * bulk->key_size;
		uint32_t count = piece->n - *ret_done;

		if (batch) {
			r = mim_kernel_call(bulk->kernel, map_delete_batch, bulk->fd,
					    keys, &count);
			if (r == 0) {
				*ret_done = piece->n;
				return 0;
			}
			batch = r != -MIM_ENOTSUPP;
			if (batch)
				*ret_done += done_of(r, count, piece->n - *ret_done);
		}
		if (!batch)
			r = mim_kernel_call(bulk->kernel, map_delete, bulk->fd, keys);
		/* One that is empty ends the batch, which goes on after it. */
		if (r < 0 && r != -ENOENT)
			return r;
	}
	return 0;
}

static int open_piece(struct bulk *bulk, struct piece *piece)
{
	while (piece->next < piece->end && piece->n < bulk->room->piece) {
		int r = open_next(bulk, piece, piece->next);

		if (r < 0) {
			fail(bulk, piece->next);
			return r;
		}
		piece->next++;
	}
	return 0;
}

static int finish_piece(struct bulk *bulk, struct piece *piece)
{
	uint32_t done = 0;
	int r = 0;

	if (piece->n)
		r = bulk->source->open ? write_piece(bulk, piece, &done)
				       : empty_piece(bulk, piece, &done);
	if (r < 0)
		fail(bulk, piece->at[done]);
	close_piece(bulk, piece);
	return r;
}

static int work(void *data, uint32_t worker, uint32_t first, uint32_t n)
{
	struct bulk *bulk = data;
	int r = 0;

	(void)worker;
	for (uint32_t i = first; r == 0 && i < first + n; i++)
		r = bulk->phase(bulk, &bulk->pieces[i]);
	return r;
}

static struct piece piece_of(const struct bulk *bulk, uint32_t worker)
{
	const struct mim_slot_room *room = bulk->room;
	size_t at = (size_t)worker * room->piece;

	return (struct piece){.keys = room->keys + at * room->key_size,
			      .fds = room->fds + at,
			      .at = room->at + at,
			      .ours = room->ours + at};
}

/* All pieces become the first one. */
static void join(struct bulk *bulk, uint32_t workers)
{
	struct piece *all = &bulk->pieces[0];

	for (uint32_t i = 1; i < workers; i++) {
		struct piece *piece = &bulk->pieces[i];

		memmove(all->keys + (size_t)all->n * bulk->key_size, piece->keys,
			(size_t)piece->n * bulk->key_size);
		memmove(all->fds + all->n, piece->fds, piece->n * sizeof(*piece->fds));
		memmove(all->at + all->n, piece->at, piece->n * sizeof(*piece->at));
		memmove(all->ours + all->n, piece->ours, piece->n * sizeof(*piece->ours));
		all->n += piece->n;
		piece->n = 0;
	}
}

/*
 * Where lookups wait a batch waits for each of its elements. Elsewhere it waits once: one
 * batch then waits for one grace period, and of many the later ones for the next one,
 * too.
 */
static bool waits_once(const struct bulk *bulk, uint32_t workers)
{
	if (!bulk->source->open || workers < 2)
		return false;
	for (uint32_t i = 0; i < workers; i++)
		if (bulk->pieces[i].n)
			return !mim_slot_lookup_waits(bulk->kernel, bulk->fd,
						      bulk->pieces[i].keys);
	return false;
}

/*
 * All slots fit in one round: first all maps are opened, which is work, by as many as
 * there are CPUs; then all slots are written, which is waiting, side by side.
 */
static int write_at_once(struct bulk *bulk)
{
	uint32_t n = bulk->source->n, workers = bulk->room->workers;
	bool once;
	int r;

	if (workers > n)
		workers = n;
	for (uint32_t i = 0; i < workers; i++) {
		bulk->pieces[i] = piece_of(bulk, i);
		bulk->pieces[i].next = (uint32_t)((uint64_t)n * i / workers);
		bulk->pieces[i].end = (uint32_t)((uint64_t)n * (i + 1) / workers);
	}
	bulk->phase = open_piece;
	r = mim_workers_run(bulk->source->open ? mim_workers_cpus() : 1, workers, work,
			    bulk);
	if (r == 0) {
		once = waits_once(bulk, workers);
		if (once)
			join(bulk, workers);
		bulk->phase = finish_piece;
		r = mim_workers_run(once ? 1 : workers, workers, work, bulk);
	}
	for (uint32_t i = 0; i < workers; i++)
		close_piece(bulk, &bulk->pieces[i]);
	return r;
}

/* Some open maps while others wait. */
static int write_share(void *data, uint32_t worker, uint32_t first, uint32_t n)
{
	struct bulk *bulk = data;
	struct piece piece = piece_of(bulk, worker);
	int r = 0;

	piece.next = first;
	piece.end = first + n;
	while (r == 0 && piece.next < piece.end &&
	       atomic_load(&bulk->failed) == UINT32_MAX) {
		r = open_piece(bulk, &piece);
		if (r == 0)
			r = finish_piece(bulk, &piece);
		close_piece(bulk, &piece);
	}
	return r;
}

static int run(struct bulk *bulk, uint32_t *ret_failed)
{
	const struct mim_slot_room *room = bulk->room;
	int r;

	atomic_init(&bulk->failed, UINT32_MAX);
	r = bulk->source->n <= room->workers * room->piece
		    ? write_at_once(bulk)
		    : mim_workers_run(room->workers, bulk->source->n, write_share, bulk);
	*ret_failed = atomic_load(&bulk->failed);
	return r;
}

int mim_slots_write(struct mim_kernel *kernel, int fd, uint32_t key_size,
		    const struct mim_slot_source *source,
		    const struct mim_slot_room *room, uint32_t *ret_failed)
{
	struct bulk bulk = {kernel, fd, key_size, source, room, {{0}}, NULL, 0};

	return run(&bulk, ret_failed);
}

int mim_slots_delete(struct mim_kernel *kernel, int fd, uint32_t key_size,
		     const struct mim_slot_source *source,
		     const struct mim_slot_room *room, uint32_t *ret_failed)
{
	struct mim_slot_source keys = *source;
	struct bulk bulk = {kernel, fd, key_size, &keys, room, {{0}}, NULL, 0};

	keys.open = NULL;
	return run(&bulk, ret_failed);
}
