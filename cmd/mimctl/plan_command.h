/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIMCTL_PLAN_COMMAND_H
#define MIMCTL_PLAN_COMMAND_H

#include "session.h"

/** plan_print() - the plan for a loaded description, as plan and --dry-run print it */
int plan_print(struct session *session);

/** apply_session() - carry out the plan for what the session wants */
int apply_session(struct session *session, bool destroy);

#endif
