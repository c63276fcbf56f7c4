/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_DOCTOR_H
#define MIM_KERNEL_DOCTOR_H

#include "base/arena.h"
#include "kernel/kernel.h"

/** enum mim_verdict - what a finding means for mimctl */
enum mim_verdict {
	MIM_VERDICT_GOOD,
	MIM_VERDICT_NOTE, /* works, with something lost or worth knowing */
	MIM_VERDICT_BAD,  /* the main job cannot work */
};

/**
 * struct mim_finding - one thing that was looked at
 * @name: stable, for programs: "kernel", "batch", "btf", ...
 * @text: what was found, and what follows from it
 */
struct mim_finding {
	const char *name;
	enum mim_verdict verdict;
	const char *text;
};

/** struct mim_checkup - all findings, in a fixed order; texts live in @arena */
struct mim_checkup {
	struct mim_finding *items;
	size_t n;
	struct mim_arena arena;
};

/**
 * mim_doctor() - what will work on this machine, and what not
 * @bpffs: mount point to look at
 *
 * Tries what can be tried (a map of maps, a batch, the iterator) on maps of its own that
 * nobody else sees; what only the version tells is taken from release notes and
 * measurements, and says so.
 *
 * Return: 0 or -ENOMEM.
 */
MIM_PUBLIC int mim_doctor(struct mim_kernel *kernel, const char *bpffs,
			  struct mim_checkup *checkup);

MIM_PUBLIC void mim_checkup_release(struct mim_checkup *checkup);

#endif
