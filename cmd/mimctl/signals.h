/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIMCTL_SIGNALS_H
#define MIMCTL_SIGNALS_H

/**
 * signals_catch() - note SIGINT, SIGTERM, SIGHUP and SIGQUIT from here on, instead of
 * dying of them
 *
 * The run looks at that between two steps and goes back in order.
 */
void signals_catch(void);

/** signals_caught() - number of the first of them, or 0; for mim_apply_options */
int signals_caught(void *data);

#endif
