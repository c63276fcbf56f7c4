/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_APPLY_APPLY_H
#define MIM_APPLY_APPLY_H

#include "kernel/kernel.h"
#include "plan/plan.h"

/** enum mim_outcome - how an apply ended; the exit status follows from it alone */
enum mim_outcome {
	MIM_OUTCOME_SAME,	 /* nothing to do, nothing done */
	MIM_OUTCOME_DONE,	 /* carried out and, unless skipped, verified */
	MIM_OUTCOME_FAILED,	 /* the kernel is as before, or was put back */
	MIM_OUTCOME_LEFT,	 /* failed, and could not be put back in full */
	MIM_OUTCOME_UNVERIFIED,	 /* carried out, verification failed, put back */
	MIM_OUTCOME_REFUSED,	 /* by a guard or by the person at the terminal */
	MIM_OUTCOME_INTERRUPTED, /* by a signal, put back */
	MIM_OUTCOME_UNCONFIRMED, /* carried out, not confirmed in time, put back */
};

/**
 * struct mim_apply_options - how to apply
 * @plan: what the guards let pass
 * @lock_timeout: seconds to wait for another run on the same scope
 * @verify: read everything back and compare
 * @confirm: seconds to wait for mimctl confirm; 0 for not at all
 * @digest: of the configuration, hex; goes into the marker
 * @revision: what --revision says, or ""
 * @planned: called with the plan before anything is done; a negative errno stops the run:
 *	-ECANCELED without, others with a diagnostic; 1 when time has gone by, and the
 *	scope must be looked at again. May be NULL.
 * @interrupted: asked between steps; a signal's number stops the run. May be NULL.
 * @progress: told again and again how many steps of how many are done, a slot being one;
 *	by the thread that called mim_apply(). May be NULL.
 * @waiting: called once when the wait for confirmation begins. May be NULL.
 */
struct mim_apply_options {
	struct mim_plan_options plan;
	unsigned int lock_timeout;
	bool verify;
	unsigned int confirm;
	const char *digest;
	const char *revision;
	int (*planned)(void *data, const struct mim_plan *plan);
	int (*interrupted)(void *data);
	void (*progress)(void *data, uint64_t done, uint64_t total);
	void (*waiting)(void *data);
	void *data;
};

/**
 * struct mim_applied - what an apply did
 * @outcome: how it ended
 * @error: negative errno when it failed before or while carrying out
 * @signal: number of the signal that stopped it
 * @recalled: of MIM_OUTCOME_UNCONFIRMED: somebody asked for the way back
 * @plan: what was carried out; NULL when it did not get that far. Borrows from @live and
 *	the declared topology.
 * @live: what was there before
 */
struct mim_applied {
	enum mim_outcome outcome;
	int error;
	int signal;
	bool recalled;
	struct mim_plan *plan;
	struct mim_topology *live;
};

MIM_PUBLIC void mim_applied_release(struct mim_applied *applied);

/**
 * mim_apply() - bring the kernel to what is declared, or leave it as it is
 * @want: the declared topology
 * @applied: released by mim_applied_release() whatever is returned
 *
 * Takes the scope's lock, reads the kernel, plans, asks the guards, creates and fills
 * every new map while nobody can see it, and only then switches slots and pins, each step
 * with its inverse at hand. On any failure or signal everything is undone in reverse.
 * Then everything is read back and compared.
 *
 * Return: 0 when @applied->outcome is SAME or DONE; otherwise a negative errno with
 * diagnostics: -EAGAIN when locked or when somebody changed the scope meanwhile, -EPERM
 * for a missing capability or a refusing guard (the outcome tells which), -ENODEV when
 * bpffs is not mounted, -EUCLEAN when what was read back is something else, -ETIME and
 * -ECANCELED when nobody confirmed or somebody asked to go back, -EINTR, or what a kernel
 * call gave.
 */
MIM_PUBLIC int mim_apply(struct mim_kernel *kernel, const struct mim_topology *want,
			 const struct mim_apply_options *options, struct mim_diags *diags,
			 struct mim_applied *applied);

/**
 * mim_plan_live() - read the kernel and plan for it
 *
 * Processes that hold descriptors are looked for when something would be replaced or
 * removed, and only then: walking /proc takes its time.
 *
 * Return: as mim_live_read() and mim_plan_compute().
 */
MIM_PUBLIC int mim_plan_live(struct mim_kernel *kernel, const struct mim_topology *want,
			     const struct mim_plan_options *options,
			     struct mim_diags *diags, struct mim_topology **ret_live,
			     struct mim_plan **ret_plan);

/**
 * mim_confirm() - let an apply that waits keep what it did
 *
 * Also when its process is gone: then what it kept for going back is let go of here.
 *
 * Return: 0; -ENOENT with a diagnostic when none waits in this scope.
 */
MIM_PUBLIC int mim_confirm(struct mim_kernel *kernel, const char *name, const char *bpffs,
			   struct mim_diags *diags);

/**
 * mim_rollback() - undo an apply that waits for its confirmation
 * @options: lock_timeout, interrupted and data are used: how long the process that waits
 *	has to do it, and what ends that. Where it is gone it is done here, from the
 *	journal in the kernel, also when it was at it itself; that is not interrupted.
 *
 * Return: 0; -ENOENT with a diagnostic when none waits, or it was confirmed meanwhile;
 * -EAGAIN when the scope stays locked; -EINTR; otherwise a diagnostic MIM_CODE_UNDO for
 * each thing that could not be put back, and the next call tries again.
 */
MIM_PUBLIC int mim_rollback(struct mim_kernel *kernel, const char *name,
			    const char *bpffs, const struct mim_apply_options *options,
			    struct mim_diags *diags);

#endif
