/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
#ifndef TESTS_KERNEL_READER_H
#define TESTS_KERNEL_READER_H

#include <linux/types.h>

/**
 * DOC: what reader.bpf.c and its test agree about
 *
 * Every slot holds a map of one of two sets, and what is in it tells which, and for which
 * slot it is.
 */

#define READER_SLOTS 32

/** READER_VALUE() - the only element of the map that is for @slot in @set */
#define READER_VALUE(set, slot) (0x6d696d6374000000ULL | (set) << 16 | (slot))

/** struct reader_seen - what the program has seen of one outer map */
struct reader_seen {
	__u64 lookups;
	__u64 misses;
	__u64 foreign;
	__u64 of_set[2];
};

#endif
