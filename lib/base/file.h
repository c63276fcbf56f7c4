/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_BASE_FILE_H
#define MIM_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include "base/cleanup.h"

/**
 * mim_file_read() - all bytes of a regular file
 * @most: bytes it may have
 * @ret_text: @ret_length bytes and a NUL; heap
 *
 * Return: 0; -EISDIR for a folder, -EINVAL for what is no regular file; -EFBIG; -ENOMEM;
 * what open(2) and read(2) give.
 */
MIM_PUBLIC int mim_file_read(const char *path, size_t most, char **ret_text,
			     size_t *ret_length);

#endif
