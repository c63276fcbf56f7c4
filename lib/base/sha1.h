/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_BASE_SHA1_H
#define MIM_BASE_SHA1_H

#include <stddef.h>

/** hex digits of a SHA-1 and a NUL */
#define MIM_SHA1_TEXT 41

/**
 * mim_sha1_hex() - SHA-1 (RFC 3174) in lower-case hex
 * @text: MIM_SHA1_TEXT bytes
 *
 * Not for security: iproute2 names the folder of an object's own pins with it.
 */
void mim_sha1_hex(const void *bytes, size_t size, char *text);

#endif
