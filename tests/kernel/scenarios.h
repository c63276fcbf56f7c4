/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_KERNEL_SCENARIOS_H
#define TESTS_KERNEL_SCENARIOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * DOC: scenarios
 *
 * Applies that together take every step there is, for the tests that let each call of
 * each of them fail, or that interrupt or kill mimctl there. Kernel names of all their
 * maps hold the number of the process, so that two tests do not count each other's.
 *
 * Runs with faults have the iterator program: they make the fewer calls for it, whatever
 * maps others have. All others do without, for loading it takes the longest.
 */

/** struct kept_slot - one that is filled before and after, and so all the time between */
struct kept_slot {
	const char *outer;
	uint32_t key;
};

#define MOST_KEPT_SLOTS 4

/**
 * struct scenario - from one description to another
 * @before: what is applied first; NULL when nothing is to be there
 * @after: what is applied then; NULL to destroy the scope instead
 * @kept: slots that both have, ended by one without an outer map
 * @prepare: makes what is somebody else's; may be NULL
 * @descriptors: how many mimctl may have open; 0 for as many as usual
 * @unmounted: there is no bpffs at first, at the one place where mimctl mounts it itself;
 *	only where bench_is_private
 * @check: what else must be so once @after is applied; may be NULL
 */
struct scenario {
	const char *name;
	const char *before;
	const char *after;
	struct kept_slot kept[MOST_KEPT_SLOTS + 1];
	void (*prepare)(void);
	int descriptors;
	bool unmounted;
	void (*check)(void);
};

extern const struct scenario scenario_create;
extern const struct scenario scenario_mount;
extern const struct scenario scenario_change;
extern const struct scenario scenario_change_back;
extern const struct scenario scenario_swap;
extern const struct scenario scenario_empty;
extern const struct scenario scenario_destroy;
extern const struct scenario scenario_outside;
extern const struct scenario scenario_copy;
extern const struct scenario scenario_entries;
extern const struct scenario scenario_external;
extern const struct scenario scenario_many;

/** scenario_prepare() - once, before anything else is done with it */
void scenario_prepare(const struct scenario *scenario);

/** scenario_begin() - make what is there what @before says, and insist on success */
void scenario_begin(const struct scenario *scenario);

/**
 * scenario_run() - apply @after, or destroy
 * @faults: for mimctl-faulty, or "" for none; NULL for none and no iterator program
 * Return: exit status.
 */
int scenario_run(const struct scenario *scenario, const char *faults);

/** scenario_is_before() - does plan find everything to be as @before says? */
bool scenario_is_before(const struct scenario *scenario);

/** scenario_is_after() - does it, as @after says? */
bool scenario_is_after(const struct scenario *scenario);

/** scenario_is_done() - insist that all is as @after says, and nothing else is there */
void scenario_is_done(const struct scenario *scenario);

/** scenario_keeps() - insist that every slot which both have is filled */
void scenario_keeps(const struct scenario *scenario);

/**
 * scenario_slots() - ids of the maps in these slots
 * @ret_ids: MOST_KEPT_SLOTS of them
 */
void scenario_slots(const struct scenario *scenario, uint32_t *ret_ids);

/**
 * scenario_wait() - apply it so that it waits for its confirmation
 * @faults: of faulty(), or ""
 * @ret_child: for end_of()
 *
 * Return: 0 for a process that waits, or was killed at it; its status if it has ended
 * before.
 */
int scenario_wait(const struct scenario *scenario, const char *faults, pid_t *ret_child);

/** scenario_abandon() - the same, and the process that waits is killed */
void scenario_abandon(const struct scenario *scenario);

/**
 * hurry() - without the iterator program from here on, or with it again
 *
 * Where others have very many maps it is the faster way, and stays.
 */
void hurry(bool yes);

/** nothing_is_left() - insist that what an apply stages or notes is gone everywhere */
void nothing_is_left(void);

/** count_maps() - maps of this test that the kernel has, those being freed among them */
size_t count_maps(void);

/**
 * at_most_maps() - insist that they come to be no more: maps are freed in the background
 * Return: how many there are then.
 */
size_t at_most_maps(size_t n);

#endif
