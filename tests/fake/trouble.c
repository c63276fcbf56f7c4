/* SPDX-License-Identifier: BSD-2-Clause */
#include "trouble.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/kernel.h"

#define MOST_ERRORS 8

/* ENOENT, ENOTEMPTY and the end of a list tell what is there: they are no failures. */
static const struct {
	const char *op;
	int errors[MOST_ERRORS];
} errors_of[] = {
	{"btf_load", {EPERM, EINVAL, ENOMEM, EMFILE, ENFILE, ENOSPC}},
	{"btf_read", {EPERM, ENOMEM, EMFILE}},
	{"map_create", {ENOMEM, EPERM, EMFILE, ENFILE, EINVAL, E2BIG}},
	{"map_next_id", {EPERM}},
	{"map_open", {EPERM, EMFILE, ENFILE, ENOMEM}},
	{"map_info", {EPERM, ENOMEM}},
	{"map_iterate", {EPERM, ENOMEM, ENFILE, EOPNOTSUPP}},
	{"map_frozen", {EMFILE, ENOMEM}},
	{"map_next_key", {EPERM, ENOMEM}},
	{"map_lookup", {EPERM, ENOMEM}},
	{"map_update", {ENOMEM, EPERM, EINVAL, E2BIG, EBUSY, EBADF}},
	{"map_delete", {EPERM, ENOMEM, EBUSY}},
	{"map_lookup_batch", {EPERM, ENOMEM, MIM_ENOTSUPP, EINTR, ENOSPC}},
	{"map_update_batch", {EPERM, ENOMEM, MIM_ENOTSUPP, EINVAL, E2BIG, EBUSY}},
	{"map_delete_batch", {EPERM, ENOMEM, MIM_ENOTSUPP, EBUSY}},
	{"template_sizes", {ENODATA, ENOMEM}},
	{"prog_next_id", {EPERM}},
	{"prog_open", {EPERM, EMFILE, ENFILE}},
	{"prog_info", {EPERM, ENOMEM}},
	{"pin", {EEXIST, EPERM, EACCES, ENOSPC, ENOMEM}},
	{"get", {EPERM, EACCES, EMFILE, ENFILE, ENOMEM, ELOOP}},
	{"is_bpffs", {EIO, ENOMEM}},
	{"open_path", {EMFILE, ENFILE, ENOMEM, EACCES}},
	{"status", {ENOMEM, EACCES, EIO}},
	{"read_link", {ENOMEM, EACCES, EIO}},
	{"open_folder", {EMFILE, ENFILE, ENOMEM, EACCES, ELOOP, ENOTDIR}},
	{"read_folder", {ENOMEM, EIO}},
	{"make_folder", {EEXIST, EPERM, EACCES, ENOSPC, ENOMEM}},
	{"remove_folder", {EBUSY, EPERM, EACCES, ENOMEM}},
	{"unlink", {EPERM, EACCES, ENOMEM, EIO, EBUSY}},
	{"rename", {EPERM, EACCES, ENOMEM, ENOSPC, EBUSY}},
	{"symlink", {EEXIST, EPERM, EACCES, ENOSPC, ENOMEM}},
	{"set_mode", {EPERM, EROFS, ENOMEM, EMFILE}},
	{"set_owner", {EPERM, EROFS, ENOMEM}},
	{"lock", {EINTR, ENOLCK}},
	{"mount", {EPERM, EBUSY, ENOMEM, ENODEV}},
	{"unmount", {EPERM, EBUSY}},
};

static const int *find_errors(const char *op)
{
	for (size_t i = 0; i < MIM_ARRAY_SIZE(errors_of); i++)
		if (strcmp(errors_of[i].op, op) == 0)
			return errors_of[i].errors;
	ck_abort_msg("no errno for %s", op);
	return NULL;
}

int trouble_count_errors(const char *op)
{
	const int *errors = find_errors(op);
	int n = 0;

	while (n < MOST_ERRORS && errors[n])
		n++;
	return n;
}

static int error_of(const char *op, int which)
{
	return -find_errors(op)[which % trouble_count_errors(op)];
}

int trouble_strike(void *data, const char *op, uint64_t call)
{
	struct trouble *trouble = data;
	uint64_t calls = __atomic_add_fetch(&trouble->calls, 1, __ATOMIC_RELAXED);

	(void)call;
	if (calls < trouble->first || !trouble->first)
		return 0;
	if (calls == trouble->first) {
		trouble->op = op;
		trouble->error = error_of(op, trouble->which);
		return trouble->error;
	}
	if (trouble->second && calls == trouble->first + trouble->second)
		trouble->broken = op;
	if (trouble->onwards || (trouble->broken && strcmp(trouble->broken, op) == 0))
		return error_of(op, trouble->which);
	return 0;
}

bool trouble_is_long(void)
{
	const char *text = getenv("MIMCTL_LONG");

	return text && *text;
}

uint64_t trouble_stride(void)
{
	const char *text = getenv("MIMCTL_STRIDE");
	int n = text ? atoi(text) : trouble_is_long() ? 1 : 20;

	return n > 0 ? (uint64_t)n : 1;
}
