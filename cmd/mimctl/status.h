/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIMCTL_STATUS_H
#define MIMCTL_STATUS_H

#include "mim.h"

/** enum status - exit statuses; a contract with pipelines */
enum status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,
	STATUS_CHANGES = 2,
	STATUS_LEFT = 3,
	STATUS_UNVERIFIED = 4,
	STATUS_UNCONFIRMED = 5,
	STATUS_USAGE = 64,
	STATUS_CONFIG = 65,
	STATUS_UNAVAILABLE = 69,
	STATUS_AGAIN = 75,
	STATUS_PERMISSION = 77,
	STATUS_REFUSED = 78,
	STATUS_SIGNAL = 128,
};

/** status_of_error() - the status that a run's diagnostics stand for */
enum status status_of_error(const struct mim_diags *diags);

/** status_out_of_memory() - say so where there are no diagnostics; Return: STATUS_FAILED
 */
int status_out_of_memory(void);

/** status_of_apply() - the status that an apply's outcome stands for */
int status_of_apply(const struct mim_applied *applied, const struct mim_diags *diags,
		    bool detailed);

/** status_text() - the outcome in a line for people */
const char *status_text(const struct mim_applied *applied);

#endif
