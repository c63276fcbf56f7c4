/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Nothing but the calls that nobody can do without: a hash, and entries in it by one
 * batch call.
 *
 *   entries N
 */
#include <bpf/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct counters {
	uint64_t packets;
	uint64_t bytes;
};

int main(int argc, char **argv)
{
	uint32_t n = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0, count = n;
	struct counters *values = calloc(n + 1, sizeof(*values));
	uint32_t *keys = calloc(n + 1, sizeof(*keys));
	int fd;

	if (n == 0 || !keys || !values)
		return 64;
	for (uint32_t i = 0; i < n; i++) {
		keys[i] = (uint32_t)((uint64_t)i * 7919 % 1000003);
		values[i] = (struct counters){i, (uint64_t)i * 64};
	}
	fd = bpf_map_create(BPF_MAP_TYPE_HASH, "bench_entries", sizeof(*keys),
			    sizeof(*values), n, NULL);
	if (fd < 0 || bpf_map_update_batch(fd, keys, values, &count, NULL) < 0) {
		perror("entries");
		return 1;
	}
	return count == n ? 0 : 1;
}
