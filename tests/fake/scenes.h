/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FAKE_SCENES_H
#define TESTS_FAKE_SCENES_H

#include "fake.h"
#include "mim.h"

/**
 * DOC: applies on the fake kernel
 *
 * Scenes that together take every step there is, in one process: tests let each call of
 * each of them fail, and each allocation.
 */

/**
 * struct scene - from one description to another
 * @before: what is applied first; NULL when nothing is to be there
 * @after: what is applied then
 * @destroy: the scope is to go instead
 * @confirm: the apply waits to be confirmed, and is
 * @recall: of @confirm: as long as calls fail it is asked for the way back instead
 * @unmounted: there is no bpffs at first
 * @blind, @single: without the iterator program, without calls in bulk
 * @prepare: makes what is somebody else's, after @before; may be NULL
 *
 * Of the descriptions %0 and %1 stand for the two instances of bpffs.
 */
struct scene {
	const char *name;
	const char *before;
	const char *after;
	bool destroy;
	bool confirm;
	bool recall;
	bool unmounted;
	bool blind;
	bool single;
	void (*prepare)(struct fake *fake);
};

extern const struct scene scenes[];
extern const size_t n_scenes;

/** scene_of() - the one of that name */
const struct scene *scene_of(const char *name);

/**
 * struct stage - a scene on a fake kernel
 * @dies: nothing that is called since has had an effect, as if it were killed
 */
struct stage {
	struct fake fake;
	const struct scene *scene;
	struct mim_config before;
	struct mim_config after;
	struct mim_topology *nothing;
	bool dies;
};

/** stage_init() - read the scene's descriptions */
void stage_init(struct stage *stage, const struct scene *scene);
void stage_release(struct stage *stage);

/** stage_begin() - make all as it is before the scene */
void stage_begin(struct stage *stage);

/**
 * struct result - what an apply came to
 * @said: all diagnostics, a line each; heap
 * @warned: there was at least one
 */
struct result {
	enum mim_outcome outcome;
	int error;
	bool out_of_memory;
	bool warned;
	char *said;
};

void result_release(struct result *result);

/** stage_is_good() - does it say that all is as declared? */
bool stage_is_good(enum mim_outcome outcome);

/** stage_apply() - the scene's @after, or destroy */
void stage_apply(struct stage *stage, struct result *ret_result);

/**
 * stage_wait() - apply the scene's @after so that it waits to be confirmed, and is killed
 *
 * A process of its own it cannot be: the kernel is in memory. From the moment on when it
 * waits each call to the kernel fails, and so it leaves all as it is.
 *
 * Return: whether it came to wait; what has nothing to do does not.
 */
bool stage_wait(struct stage *stage);

/** stage_check_plan() - insist that there is nothing left to do */
void stage_check_plan(struct stage *stage, const char *when);

/** stage_check_done() - insist that all is as @after says, and nothing else is left */
void stage_check_done(struct stage *stage, const char *when);

/** stage_converge() - insist that the next apply, with nothing in its way, does all */
void stage_converge(struct stage *stage, const char *when);

/**
 * stage_compare() - what is different, for whom it concerns
 * @before, @now: of fake_describe()
 * @next_id: of @before; maps from there on are new
 *
 * What a killed run would leave in the state folder for the next one is no difference.
 *
 * Return: heap; the lines that only one of both has, with '-' and '+' before them.
 */
char *stage_compare(const char *before, const char *now, uint32_t next_id);

/** count_descriptors() - open ones of this process, without the fake's own */
size_t count_descriptors(void);

#endif
