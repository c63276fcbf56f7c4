/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/name.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "base/str.h"

#define LETTERS	     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define DIGITS	     "0123456789"
#define KERNEL_CHARS LETTERS DIGITS "."
#define KEPT	     8

bool mim_name_valid(const char *name)
{
	size_t length = strlen(name);

	return length >= 1 && length <= MIM_NAME_MOST && strspn(name, LETTERS) > 0 &&
	       strspn(name, KERNEL_CHARS "-") == length;
}

bool mim_name_field_valid(const char *name)
{
	return mim_name_valid(name) && strspn(name, LETTERS DIGITS) == strlen(name);
}

bool mim_name_kernel_valid(const char *name)
{
	size_t length = strlen(name);

	return length >= 1 && length < MIM_KERNEL_NAME &&
	       strspn(name, KERNEL_CHARS) == length;
}

static bool is_kernel_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.';
}

void mim_name_kernel(const char *name, char *ret_name)
{
	size_t length = strlen(name), copied;

	copied = length < MIM_KERNEL_NAME ? length : KEPT;
	memset(ret_name, 0, MIM_KERNEL_NAME);
	for (size_t i = 0; i < copied; i++)
		ret_name[i] = is_kernel_char(name[i]) ? name[i] : '_';
	if (copied < length)
		snprintf(ret_name + KEPT, MIM_KERNEL_NAME - KEPT, "_%06x",
			 (unsigned int)(mim_str_hash(name, length) & 0xffffff));
}
