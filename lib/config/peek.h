/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_CONFIG_PEEK_H
#define MIM_CONFIG_PEEK_H

#include "config/config.h"

/**
 * mim_peek() - tell @look of which scope a long description is
 * @bpffs: overrides what the files say, or NULL
 *
 * From the words that a file begins with. Does nothing where the first thing that is no
 * word comes before the scope's name, or where parsing takes no time.
 */
void mim_peek(const struct mim_config *config, const char *bpffs,
	      const struct mim_config_look *look);

#endif
