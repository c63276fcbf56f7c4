/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIMCTL_SESSION_LOOK_H
#define MIMCTL_SESSION_LOOK_H

#include "session.h"

/** session_look() - mim_config_look.look; @data: the session */
int session_look(void *data, const struct mim_scope *scope, struct mim_config_pin *pins,
		 size_t n, struct mim_diags *diags);

#endif
