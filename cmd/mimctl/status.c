/* SPDX-License-Identifier: BSD-2-Clause */
#include "status.h"

static enum status status_of_code(enum mim_code code)
{
	switch (code) {
	case MIM_CODE_FILE:
	case MIM_CODE_YAML:
	case MIM_CODE_LIMIT:
	case MIM_CODE_CSV:
	case MIM_CODE_UNKNOWN_KEY:
	case MIM_CODE_MISSING_KEY:
	case MIM_CODE_DUPLICATE_KEY:
	case MIM_CODE_WRONG_KIND:
	case MIM_CODE_BAD_VALUE:
	case MIM_CODE_CONFLICTING_KEY:
	case MIM_CODE_BAD_NAME:
	case MIM_CODE_UNKNOWN_NAME:
	case MIM_CODE_DUPLICATE_NAME:
	case MIM_CODE_KERNEL_NAME:
	case MIM_CODE_DISAGREE:
	case MIM_CODE_TYPE_NESTING:
	case MIM_CODE_BAD_TYPE:
	case MIM_CODE_BAD_FLAG:
	case MIM_CODE_BAD_SIZE:
	case MIM_CODE_BAD_ENTRIES:
	case MIM_CODE_TEMPLATE_MISFIT:
	case MIM_CODE_UNHELD:
	case MIM_CODE_BAD_KEY:
	case MIM_CODE_DUPLICATE_SLOT:
	case MIM_CODE_SLOT_RANGE:
	case MIM_CODE_TOO_MANY_SLOTS:
	case MIM_CODE_BAD_ENTRY:
	case MIM_CODE_DUPLICATE_ENTRY:
	case MIM_CODE_ENTRY_RANGE:
	case MIM_CODE_TOO_MANY_ENTRIES:
	case MIM_CODE_NO_ENTRIES:
	case MIM_CODE_BAD_PIN:
	case MIM_CODE_PIN_TAKEN:
	case MIM_CODE_OBJECT:
	case MIM_CODE_SNAPSHOT:
		return STATUS_CONFIG;
	case MIM_CODE_BPFFS:
	case MIM_CODE_UNSUPPORTED:
	case MIM_CODE_EXTERNAL:
		return STATUS_UNAVAILABLE;
	case MIM_CODE_CAPABILITY:
		return STATUS_PERMISSION;
	case MIM_CODE_UNDO:
		return STATUS_LEFT;
	case MIM_CODE_CHANGED:
	case MIM_CODE_LOCKED:
		return STATUS_AGAIN;
	case MIM_CODE_GUARD_EMPTY:
	case MIM_CODE_GUARD_FOREIGN:
	case MIM_CODE_GUARD_PROTECT:
	case MIM_CODE_GUARD_IN_USE:
	case MIM_CODE_GUARD_PRUNE:
	case MIM_CODE_GUARD_OUTSIDE:
	case MIM_CODE_GUARD_FROZEN:
	case MIM_CODE_GUARD_CONTENTS:
		return STATUS_REFUSED;
	case MIM_CODE_NONE:
	case MIM_CODE_KERNEL:
	case MIM_CODE_VERIFY:
	case MIM_CODE_INTERRUPTED:
	case MIM_CODE_MEMORY:
		break;
	}
	return STATUS_FAILED;
}

enum status status_of_error(const struct mim_diags *diags)
{
	if (diags->out_of_memory)
		return STATUS_FAILED;
	/* The first error is the cause, the others follow from it. */
	for (size_t i = 0; i < diags->n; i++)
		if (diags->items[i].severity == MIM_ERROR)
			return status_of_code(diags->items[i].code);
	return diags->n_errors ? STATUS_FAILED : STATUS_OK;
}

int status_out_of_memory(void)
{
	fputs("mimctl: out of memory\n", stderr);
	return STATUS_FAILED;
}

int status_of_apply(const struct mim_applied *applied, const struct mim_diags *diags,
		    bool detailed)
{
	switch (applied->outcome) {
	case MIM_OUTCOME_SAME:
		return STATUS_OK;
	case MIM_OUTCOME_DONE:
		return detailed ? STATUS_CHANGES : STATUS_OK;
	case MIM_OUTCOME_FAILED:
		return status_of_error(diags);
	case MIM_OUTCOME_LEFT:
		return STATUS_LEFT;
	case MIM_OUTCOME_UNVERIFIED:
		return STATUS_UNVERIFIED;
	case MIM_OUTCOME_REFUSED:
		return status_of_error(diags);
	case MIM_OUTCOME_INTERRUPTED:
		return STATUS_SIGNAL + applied->signal;
	case MIM_OUTCOME_UNCONFIRMED:
		return STATUS_UNCONFIRMED;
	}
	return STATUS_FAILED;
}

const char *status_text(const struct mim_applied *applied)
{
	switch (applied->outcome) {
	case MIM_OUTCOME_SAME:
		return "nothing to do, nothing was changed";
	case MIM_OUTCOME_DONE:
		return "applied";
	case MIM_OUTCOME_FAILED:
		return "failed; the kernel is as it was before";
	case MIM_OUTCOME_LEFT:
		return "failed, and could not be put back in full";
	case MIM_OUTCOME_UNVERIFIED:
		return "applied, but verification failed; put back";
	case MIM_OUTCOME_REFUSED:
		return "refused; nothing was changed";
	case MIM_OUTCOME_INTERRUPTED:
		return "interrupted; put back";
	case MIM_OUTCOME_UNCONFIRMED:
		return applied->recalled ? "rolled back; put back"
					 : "not confirmed in time; put back";
	}
	return "";
}
