/* SPDX-License-Identifier: BSD-2-Clause */
#include "privilege.h"

#include <sys/capability.h>
#include <sys/prctl.h>
#include "base/cleanup.h"

static const struct {
	cap_value_t capability;
	enum privilege from;
} kept[] = {
	{CAP_DAC_READ_SEARCH, PRIVILEGE_FILES}, {CAP_DAC_OVERRIDE, PRIVILEGE_FILES},
	{CAP_SYS_ADMIN, PRIVILEGE_READ},	{CAP_BPF, PRIVILEGE_READ},
	{CAP_PERFMON, PRIVILEGE_READ},		{CAP_NET_ADMIN, PRIVILEGE_READ},
	{CAP_SYS_RESOURCE, PRIVILEGE_READ},	{CAP_SYS_PTRACE, PRIVILEGE_READ},
	{CAP_FOWNER, PRIVILEGE_WRITE},		{CAP_CHOWN, PRIVILEGE_WRITE},
};

static void keep(cap_t from, cap_t to, cap_value_t capability)
{
	cap_flag_value_t had = CAP_CLEAR;

	if (cap_get_flag(from, capability, CAP_PERMITTED, &had) < 0 || had != CAP_SET)
		return;
	cap_set_flag(to, CAP_PERMITTED, 1, &capability, CAP_SET);
	cap_get_flag(from, capability, CAP_EFFECTIVE, &had);
	cap_set_flag(to, CAP_EFFECTIVE, 1, &capability, had);
}

/* Where this fails nothing is lost but the precaution. */
void privilege_drop(enum privilege privilege)
{
	cap_t had = cap_get_proc(), left = cap_init();

	for (size_t i = 0; had && left && i < MIM_ARRAY_SIZE(kept); i++)
		if (kept[i].from <= privilege)
			keep(had, left, kept[i].capability);
	if (had && left)
		cap_set_proc(left);
	cap_free(had);
	cap_free(left);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
