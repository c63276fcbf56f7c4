/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIMCTL_OUTPUT_H
#define MIMCTL_OUTPUT_H

/**
 * output_flush() - bring out what was printed as the result
 * Return: 0; a negative errno when some of it did not arrive, now or before.
 */
int output_flush(void);

#endif
