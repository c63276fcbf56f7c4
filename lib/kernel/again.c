/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "kernel/reading.h"
#include "kernel/slots.h"
#include "kernel/workers.h"

/* Slots that are somebody else's may change at any time. */
static uint32_t count_concern(const struct mim_map *outer, const struct mim_map *want)
{
	uint32_t n = 0;

	if (!want || !want->outer || !want->outer->keep_unlisted)
		return outer->outer->slots.n;
	for (uint32_t i = 0; i < outer->outer->slots.n; i++)
		n += mim_reading_is_concern(want, outer, mim_slot_key(outer, i));
	return n;
}

static bool hold_same(const struct mim_topology *live, const struct mim_map *outer,
		      const struct mim_map *want, const struct mim_slot_ids *ids)
{
	const struct mim_slots *slots = &outer->outer->slots;
	uint32_t n = 0, slot = MIM_NONE;

	for (uint32_t i = 0; i < ids->n; i++) {
		const uint8_t *key = ids->keys + (size_t)i * outer->shape.key_size;

		if (!mim_reading_is_concern(want, outer, key))
			continue;
		slot = mim_slots_find_near(outer, key, slot + 1);
		if (slot == MIM_NONE || live->maps[slots->inner[slot]].id != ids->ids[i])
			return false;
		n++;
	}
	return n == count_concern(outer, want);
}

/* Return: 1 when an outer map's slots are what they were, 0 when not. */
static int same_slots(struct mim_reading *again, const struct mim_topology *live,
		      const struct mim_map *outer, const struct mim_map *want)
{
	mim_cleanup(mim_slot_ids_release) struct mim_slot_ids ids = {0};
	mim_auto_close int fd = mim_kernel_call(again->kernel, map_open, outer->id);
	int r;

	if (fd == -ENOENT)
		return 0;
	if (fd >= 0 && outer->outer->slots.n >= MIM_MANY_SLOTS &&
	    mim_workers_cpus() > 1 &&
	    mim_slots_read_by_two(again->kernel, fd, &outer->shape, MIM_SLOT_PARTS / 2,
				  &ids) == 0 &&
	    hold_same(live, outer, want, &ids))
		return 1;
	mim_slot_ids_release(&ids);
	r = fd < 0 ? fd : mim_slots_read(again->kernel, fd, &outer->shape, &ids);
	if (r < 0)
		return mim_reading_failed(again, r, "read the slots of an outer map");
	return hold_same(live, outer, want, &ids);
}

/* The next pin that a plan rests on; NULL when there is none. */
/* Watched pins as they were read, in the order in which they are asked for. */
struct earlier {
	const struct mim_topology *live;
	size_t next;
	struct mim_table paths;
};

static void release_earlier(struct earlier *earlier)
{
	mim_table_release(&earlier->paths);
}

static int index_earlier(struct earlier *earlier)
{
	const struct mim_topology *live = earlier->live;
	uint32_t there;

	for (size_t i = 0; i < live->n_pins; i++)
		if (live->pins[i].watched &&
		    mim_table_add(&earlier->paths, live->pins[i].path, (uint32_t)i,
				  &there) == -ENOMEM)
			return -ENOMEM;
	return 0;
}

/*
 * A folder is listed in the order in which its names were made, and what was removed and
 * made again is another name. Return: 1; 0 for none; -ENOMEM.
 */
static int find_earlier(struct earlier *earlier, const char *path,
			const struct mim_pin **ret_pin)
{
	const struct mim_topology *live = earlier->live;
	uint32_t at;

	while (earlier->next < live->n_pins && !live->pins[earlier->next].watched)
		earlier->next++;
	*ret_pin = &live->pins[earlier->next];
	if (earlier->next < live->n_pins && strcmp((*ret_pin)->path, path) == 0) {
		earlier->next++;
		return 1;
	}
	if (!earlier->paths.head && index_earlier(earlier) < 0)
		return -ENOMEM;
	at = mim_table_find(&earlier->paths, path);
	if (at == MIM_TABLE_NONE)
		return 0;
	*ret_pin = &live->pins[at];
	earlier->next = at + 1;
	return 1;
}

static size_t count_watched(const struct mim_topology *live)
{
	size_t n = 0;

	for (size_t i = 0; i < live->n_pins; i++)
		n += live->pins[i].watched;
	return n;
}

static bool missed_pin(const struct mim_reading *again)
{
	const struct mim_topology *now = again->live;

	for (size_t i = 0; i < now->missed.n; i++)
		if (mim_topology_inside(now, now->missed.items[i]) ||
		    mim_reading_declared(again->want, again->declared,
					 now->missed.items[i]))
			return true;
	return false;
}

static int same_pin(struct mim_reading *again, struct earlier *earlier,
		    const struct mim_pin *now)
{
	const struct mim_topology *live = earlier->live;
	struct mim_map *map = &again->live->maps[now->map];
	const struct mim_pin *pin;
	int r = find_earlier(earlier, now->path, &pin);

	if (r <= 0 || live->maps[pin->map].id != map->id)
		return r < 0 ? r : 0;
	if (!map->outer || map->outer->slots_read)
		return 1;
	map->outer->slots_read = true;
	return same_slots(again, live, &live->maps[pin->map],
			  mim_reading_declared(again->want, again->declared, now->path));
}

/* What a plan for the scope rests on: its pins, and the slots of its outer maps. */
static int same_scope(struct mim_reading *again, const struct mim_topology *live)
{
	mim_cleanup(release_earlier) struct earlier earlier = {.live = live};
	const struct mim_topology *now = again->live;
	int r = 1;

	if (live->scope.mounted != now->scope.mounted ||
	    live->scope.exists != now->scope.exists || missed_pin(again) ||
	    live->scope.marker.generation != now->scope.marker.generation ||
	    count_watched(live) != count_watched(now))
		return 0;
	for (size_t i = 0; r > 0 && i < now->n_pins; i++)
		if (now->pins[i].watched)
			r = same_pin(again, &earlier, &now->pins[i]);
	return r == -ENOMEM ? mim_out_of_memory(again->diags) : r;
}

/* A second list of maps is not needed: only these can be at a pin that is to be there. */
int mim_reading_add_known(struct mim_topology *to, const struct mim_topology *live)
{
	for (size_t i = 0; i < live->n_maps; i++) {
		const struct mim_map *map = &live->maps[i];
		struct mim_map *known;

		if (map->pins == MIM_NONE && !map->outer)
			continue;
		known = mim_topology_add_map(to, "");
		if (!known || (map->outer && !mim_topology_make_outer(to, known)))
			return -ENOMEM;
		known->id = map->id;
		known->shape = map->shape;
		known->hidden = map->hidden;
	}
	return 0;
}

int mim_reading_look_again(const struct mim_question *question,
			   const struct mim_topology *live)
{
	mim_auto_topology struct mim_topology *now = mim_topology_new();
	struct mim_reading again = {.kernel = question->kernel,
				    .live = now,
				    .diags = question->diags,
				    .want = question->want,
				    .declared = &question->declared};
	int r;

	if (!now || mim_topology_set_scope(now, question->name, question->bpffs) < 0 ||
	    mim_reading_add_known(now, live) < 0)
		return mim_out_of_memory(question->diags);
	r = mim_reading_pins(&again);
	if (r == 0)
		r = mim_reading_watch(&again);
	return r < 0 ? r : same_scope(&again, live);
}
