/* SPDX-License-Identifier: BSD-2-Clause */
#include "apply/apply.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include "apply/pending.h"
#include "apply/run.h"
#include "apply/verify.h"
#include "apply/why.h"
#include "kernel/ahead.h"
#include "kernel/group.h"
#include "kernel/live.h"
#include "kernel/template.h"

void mim_applied_release(struct mim_applied *applied)
{
	mim_plan_free(applied->plan);
	mim_topology_free(applied->live);
	*applied = (struct mim_applied){0};
}

/* Does nothing go, and does nobody object? Then no one need be told what goes with it. */
static bool is_settled(const struct mim_plan *plan, const struct mim_diags *diags,
		       const bool *unread)
{
	return diags->n == 0 && mim_plan_removals(plan) == 0 &&
	       plan->summary.inner_refill == 0 &&
	       !memchr(unread, true, plan->live->n_maps);
}

/* Who else holds what would be replaced or removed, and what is in it. */
static int look_closer(struct mim_kernel *kernel, struct mim_topology *live,
		       const bool *unread, struct mim_diags *diags)
{
	int r = mim_live_read_processes(kernel, live);

	if (r == 0)
		r = mim_live_count_entries(kernel, live, unread);
	if (r == -ENOMEM)
		return mim_out_of_memory(diags);
	if (r < 0)
		return mim_error(diags, MIM_NOWHERE, MIM_CODE_KERNEL, r,
				 "cannot look at processes and entries: %s",
				 mim_errno_text(r));
	return mim_live_read_rest(kernel, live, diags);
}

/* A plan, and once what has to be compared is read, another. */
static int plan_contents(struct mim_kernel *kernel, const struct mim_topology *want,
			 struct mim_topology *live,
			 const struct mim_plan_options *options, struct mim_diags *first,
			 struct mim_diags *diags, struct mim_plan **ret_plan)
{
	mim_auto_plan struct mim_plan *plan = NULL;
	mim_auto_free bool *unknown = NULL;
	int r = mim_plan_compute(want, live, options, first, &plan);

	if (r < 0)
		return r;
	unknown = mim_plan_unknown(plan);
	if (!unknown)
		return mim_out_of_memory(first);
	if (!memchr(unknown, true, live->n_maps)) {
		*ret_plan = TAKE_PTR(plan);
		return 0;
	}
	r = mim_live_read_elements(kernel, live, unknown, diags);
	if (r < 0)
		return r;
	mim_diags_release(first);
	return mim_plan_compute(want, live, options, first, ret_plan);
}

/* What only this machine can tell of the description, before anything is planned. */
static int check_groups(const struct mim_topology *want, struct mim_diags *diags)
{
	const char *known = NULL;
	int result = 0;

	for (size_t i = 0; i < want->n_pins; i++) {
		const struct mim_pin *pin = &want->pins[i];
		uint32_t gid;
		int r;

		if (!pin->group || (known && strcmp(known, pin->group) == 0))
			continue;
		r = mim_group_id(pin->group, &gid);
		if (r < 0)
			result = mim_why_pin(diags, pin, r);
		known = pin->group;
	}
	return result;
}

int mim_plan_live_without(struct mim_kernel *kernel, const struct mim_topology *want,
			  const struct mim_plan_options *options,
			  const struct mim_without *without, struct mim_diags *diags,
			  struct mim_topology **ret_live, struct mim_plan **ret_plan)
{
	mim_auto_topology struct mim_topology *live = NULL;
	mim_auto_plan struct mim_plan *plan = NULL;
	mim_cleanup(mim_diags_release) struct mim_diags first = {0};
	mim_auto_free bool *unread = NULL;
	int r = check_groups(want, diags);

	if (r == 0)
		r = mim_live_read_without(kernel, want->scope.name, want->scope.bpffs,
					  want, without, diags, &live);
	if (r == 0 && mim_template_probe(kernel, want, live) < 0)
		r = mim_out_of_memory(diags);
	if (r < 0)
		return r;
	r = plan_contents(kernel, want, live, options, &first, diags, &plan);
	/* Another plan, with memory at hand again, would be one of contents not read. */
	if (r == -ENOMEM)
		return mim_out_of_memory(diags);
	if (diags->n_errors || diags->out_of_memory)
		return r;
	unread = r < 0 ? NULL : mim_plan_unread(plan);
	if (r == 0 && !unread)
		return mim_out_of_memory(diags);
	if (r == 0 && !is_settled(plan, &first, unread))
		r = look_closer(kernel, live, unread, diags);
	if (r < 0 && unread)
		return r;
	/* With what is known now; what was said before was said of less. */
	if (!unread)
		r = mim_plan_compute(want, live, options, diags, &plan);
	else if (!is_settled(plan, &first, unread))
		r = mim_plan_judge(plan, options, diags);
	if (r < 0)
		return r;
	*ret_live = TAKE_PTR(live);
	*ret_plan = TAKE_PTR(plan);
	return 0;
}

int mim_plan_live(struct mim_kernel *kernel, const struct mim_topology *want,
		  const struct mim_plan_options *options, struct mim_diags *diags,
		  struct mim_topology **ret_live, struct mim_plan **ret_plan)
{
	return mim_plan_live_without(kernel, want, options, NULL, diags, ret_live,
				     ret_plan);
}

static int interrupted(const struct mim_apply_options *options)
{
	return options->interrupted ? options->interrupted(options->data) : 0;
}

/* That every call of the way back has succeeded is not yet what the kernel shows. */
static void check_put_back(struct mim_run *run)
{
	const struct mim_plan *plan = run->plan;
	const char *name = plan->want->scope.name;
	struct mim_diags unheard = {0};
	int r = mim_live_is_same(run->kernel, plan->want, plan->live, &unheard);

	mim_diags_release(&unheard);
	if (r < 0)
		mim_warning(run->diags, MIM_NOWHERE, MIM_CODE_UNDO,
			    "everything was put back, but '%s' could not be read again "
			    "to see it: %s",
			    name, mim_errno_text(r));
	if (r == 0)
		mim_warning(run->diags, MIM_NOWHERE, MIM_CODE_CHANGED,
			    "everything was put back, but '%s' is not what it was "
			    "before: somebody else has changed it meanwhile",
			    name);
}

static int carry_out(struct mim_run *run, struct mim_applied *applied)
{
	const struct mim_apply_options *options = run->options;
	int r = mim_run_prepare(run);

	applied->outcome = MIM_OUTCOME_FAILED;
	if (r == 0)
		r = mim_run_switch(run);
	if (r == 0 && options->verify) {
		r = mim_verify(run);
		if (r < 0)
			applied->outcome = MIM_OUTCOME_UNVERIFIED;
	}
	if (r == 0 && interrupted(options))
		r = -EINTR;
	if (r == 0 && options->confirm && !options->plan.destroy) {
		r = mim_pending_wait(run);
		if (r == -ETIME || r == -ECANCELED)
			applied->outcome = MIM_OUTCOME_UNCONFIRMED;
		applied->recalled = r == -ECANCELED;
	}
	if (r == 0) {
		applied->outcome = MIM_OUTCOME_FAILED;
		r = mim_run_finish(run);
	}
	if (r == 0) {
		applied->outcome = MIM_OUTCOME_DONE;
		return 0;
	}
	applied->signal = interrupted(options);
	if (r == -EINTR && applied->signal) {
		applied->outcome = MIM_OUTCOME_INTERRUPTED;
		mim_error(run->diags, MIM_NOWHERE, MIM_CODE_INTERRUPTED, r,
			  "interrupted by signal %d", applied->signal);
	}
	if (mim_run_undo(run) < 0)
		applied->outcome = MIM_OUTCOME_LEFT;
	else
		check_put_back(run);
	return r;
}

/* The marker tells the last description that was applied, also when it changed nothing.
 */
static int refresh_marker(struct mim_run *run)
{
	struct mim_marker marker = run->plan->live->scope.marker;
	char text[MIM_MARKER_TEXT];
	int r;

	if (!run->plan->live->scope.marked ||
	    (strcmp(marker.digest, run->options->digest) == 0 &&
	     strcmp(marker.revision, run->options->revision) == 0))
		return 0;
	marker.digest = run->options->digest;
	marker.revision = run->options->revision;
	marker.time = time(NULL);
	r = mim_site_set_marker(&run->site, mim_marker_text(&marker, text));
	mim_site_drop_state(&run->site);
	return r;
}

static bool same_elements(const struct mim_elements *a, const struct mim_elements *b)
{
	return a->n == b->n &&
	       memcmp(a->keys, b->keys, (size_t)a->n * a->key_size) == 0 &&
	       memcmp(a->values, b->values, (size_t)a->n * a->value_size) == 0;
}

/* Would it do the same, and put back the same? */
static bool same_plan(const struct mim_plan *a, const struct mim_plan *b)
{
	if (a->live->scope.mounted != b->live->scope.mounted ||
	    a->n_steps != b->n_steps || a->n_writes != b->n_writes ||
	    a->n_refills != b->n_refills ||
	    memcmp(&a->summary, &b->summary, sizeof(a->summary)) != 0)
		return false;
	for (size_t i = 0; i < a->n_refills; i++)
		if (!same_elements(a->live->maps[a->refills[i].live_map].elements,
				   b->live->maps[b->refills[i].live_map].elements))
			return false;
	return true;
}

/*
 * Somebody has thought about the plan for a while. Pins and slots must be what they were,
 * and of what else the guards ask, who uses a map among it, they are asked once more.
 */
static int check_same(struct mim_run *run, struct mim_applied *applied)
{
	mim_auto_topology struct mim_topology *live = NULL;
	mim_auto_plan struct mim_plan *plan = NULL;
	mim_cleanup(mim_diags_release) struct mim_diags unheard = {0};
	const struct mim_plan *shown = run->plan;
	int r = mim_live_is_same(run->kernel, shown->want, shown->live, run->diags);

	if (r < 0)
		return r;
	/* What it warns of was said with the plan that was shown. */
	if (r > 0)
		r = mim_plan_live(run->kernel, shown->want, &run->options->plan, &unheard,
				  &live, &plan);
	else
		r = -EAGAIN;
	if (r < 0 && r != -EAGAIN)
		return mim_error(run->diags, MIM_NOWHERE, MIM_CODE_KERNEL, r,
				 "cannot look at '%s' again: %s", shown->want->scope.name,
				 unheard.n ? unheard.items[0].message
					   : mim_errno_text(r));
	if (r == 0 && plan->refused) {
		applied->outcome = MIM_OUTCOME_REFUSED;
		r = mim_plan_judge(plan, &run->options->plan, run->diags);
		return r < 0 ? mim_out_of_memory(run->diags) : -EPERM;
	}
	if (r == 0 && same_plan(plan, shown))
		return 0;
	return mim_error(run->diags, MIM_NOWHERE, MIM_CODE_CHANGED, -EAGAIN,
			 "'%s' has changed since the plan was shown",
			 shown->want->scope.name);
}

static int decide(struct mim_run *run, struct mim_applied *applied)
{
	const struct mim_apply_options *options = run->options;
	int wanted = options->planned ? options->planned(options->data, run->plan) : 0;
	int r;

	if (wanted < 0 && wanted != -ECANCELED)
		return wanted;
	if (run->plan->refused) {
		applied->outcome = MIM_OUTCOME_REFUSED;
		return -EPERM;
	}
	if (!run->plan->changed) {
		r = options->plan.destroy ? 0 : refresh_marker(run);
		if (r < 0)
			return mim_error(run->diags, MIM_NOWHERE, MIM_CODE_BPFFS, r,
					 "cannot mark %s: %s",
					 run->plan->want->scope.folder,
					 mim_errno_text(r));
		applied->outcome = MIM_OUTCOME_SAME;
		return 0;
	}
	applied->signal = interrupted(options);
	if (wanted < 0 && applied->signal) {
		applied->outcome = MIM_OUTCOME_INTERRUPTED;
		return mim_error(run->diags, MIM_NOWHERE, MIM_CODE_INTERRUPTED, -EINTR,
				 "interrupted by signal %d", applied->signal);
	}
	if (wanted < 0) {
		applied->outcome = MIM_OUTCOME_REFUSED;
		return mim_error(run->diags, MIM_NOWHERE, MIM_CODE_NONE, -ECANCELED,
				 "not applied: the answer was no");
	}
	if (wanted > 0) {
		r = check_same(run, applied);
		if (r < 0)
			return r;
	}
	return carry_out(run, applied);
}

/* What needs no closer look, and no word. */
static bool plan_is_empty(struct mim_kernel *kernel, const struct mim_topology *want,
			  const struct mim_plan_options *options,
			  struct mim_applied *applied, struct mim_diags *diags)
{
	mim_auto_free bool *unread = NULL;

	if (check_groups(want, diags) < 0 ||
	    mim_live_read(kernel, want->scope.name, want->scope.bpffs, want, diags,
			  &applied->live) < 0 ||
	    mim_template_probe(kernel, want, applied->live) < 0 ||
	    plan_contents(kernel, want, applied->live, options, diags, diags,
			  &applied->plan) < 0)
		return false;
	unread = mim_plan_unread(applied->plan);
	return unread && is_settled(applied->plan, diags, unread) &&
	       !applied->plan->changed && diags->n == 0;
}

/*
 * What was read ahead is older than the lock. Pins and slots are looked at again; who
 * uses a map and whether it is frozen is not, and matters as soon as something is to be
 * done.
 */
static bool is_nothing_to_do(struct mim_kernel *kernel, const struct mim_topology *want,
			     const struct mim_apply_options *options,
			     struct mim_applied *applied)
{
	mim_cleanup(mim_diags_release) struct mim_diags unheard = {0};

	if (!kernel->ahead)
		return false;
	if (plan_is_empty(kernel, want, &options->plan, applied, &unheard))
		return true;
	mim_plan_free(TAKE_PTR(applied->plan));
	mim_topology_free(TAKE_PTR(applied->live));
	return false;
}

static int apply_locked(struct mim_kernel *kernel, const struct mim_topology *want,
			const struct mim_apply_options *options, struct mim_lock *lock,
			struct mim_diags *diags, struct mim_applied *applied)
{
	mim_cleanup(mim_run_release) struct mim_run run = {
		.kernel = kernel, .options = options, .diags = diags};
	int r = 0;

	if (!is_nothing_to_do(kernel, want, options, applied))
		r = mim_plan_live(kernel, want, &options->plan, diags, &applied->live,
				  &applied->plan);
	run.plan = applied->plan;
	if (r < 0)
		return r;
	/* The lock is on what was there; somebody who does not take it was at work. */
	if (applied->live->scope.exists != (lock->folder >= 0))
		return mim_error(diags, MIM_NOWHERE, MIM_CODE_CHANGED, -EAGAIN,
				 "folder %s came or went meanwhile", want->scope.folder);
	r = mim_run_init(&run, lock);
	return r < 0 ? r : decide(&run, applied);
}

int mim_apply(struct mim_kernel *kernel, const struct mim_topology *want,
	      const struct mim_apply_options *options, struct mim_diags *diags,
	      struct mim_applied *applied)
{
	mim_cleanup(mim_lock_release) struct mim_lock lock = MIM_LOCK_NONE;
	int r;

	*applied = (struct mim_applied){.outcome = MIM_OUTCOME_FAILED};
	r = mim_lock_take(kernel, &want->scope, options, &lock, diags);
	if (r == 0) {
		kernel->holds_lock = true;
		r = mim_lock_check_pending(kernel, &want->scope, &lock, diags);
		if (r == 0)
			r = apply_locked(kernel, want, options, &lock, diags, applied);
		kernel->holds_lock = false;
		mim_lock_unsign(kernel, &lock);
	}
	mim_ahead_drop(kernel);
	/* Calls can be interrupted without a signal that is to stop the run. */
	if (r == -EINTR && applied->outcome == MIM_OUTCOME_FAILED &&
	    interrupted(options)) {
		applied->outcome = MIM_OUTCOME_INTERRUPTED;
		applied->signal = interrupted(options);
	}
	applied->error = r;
	return r;
}
