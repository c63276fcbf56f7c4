/* SPDX-License-Identifier: BSD-2-Clause */
#include "errors.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/kernel.h"

#define MOST_ERRORS 8

/* ENOENT, ENOTEMPTY and the end of a list tell what is there: they are no failures. */
static const struct {
	const char *op;
	int errors[MOST_ERRORS];
} errors_of_ops[] = {
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
	{"rename", {EPERM, EACCES, ENOMEM, ENOSPC, EBUSY, EEXIST}},
	{"symlink", {EEXIST, EPERM, EACCES, ENOSPC, ENOMEM}},
	{"set_mode", {EPERM, EROFS, ENOMEM, EMFILE}},
	{"set_owner", {EPERM, EROFS, ENOMEM}},
	{"lock", {EINTR, ENOLCK}},
	{"mount", {EPERM, EBUSY, ENOMEM, ENODEV}},
	{"unmount", {EPERM, EBUSY}},
};

static const int *find(const char *op)
{
	for (size_t i = 0; i < MIM_ARRAY_SIZE(errors_of_ops); i++)
		if (strcmp(errors_of_ops[i].op, op) == 0)
			return errors_of_ops[i].errors;
	fprintf(stderr, "no errno for %s\n", op);
	abort();
}

int errors_count(const char *op)
{
	const int *errors = find(op);
	int n = 0;

	while (n < MOST_ERRORS && errors[n])
		n++;
	return n;
}

int errors_of(const char *op, int which)
{
	return find(op)[which % errors_count(op)];
}
