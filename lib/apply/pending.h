/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_APPLY_PENDING_H
#define MIM_APPLY_PENDING_H

struct mim_run;
struct mim_site;

/**
 * mim_pending_wait() - wait until what was applied is confirmed
 *
 * The mark that it waits is a symlink in the state folder; whoever removes it decides.
 *
 * Return: 0 when confirmed; -ETIME when the time is over and -ECANCELED when going back
 * was asked for, both with a diagnostic; -EINTR; what making the mark gave.
 */
int mim_pending_wait(struct mim_run *run);

/** mim_pending_hint() - what to type when going back did not succeed, but still may */
void mim_pending_hint(const struct mim_site *site);

#endif
