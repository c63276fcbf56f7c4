/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/iterator.h"

#include <errno.h>
#include <stdlib.h>
#include "base/cleanup.h"
#include "config.h"

#if MIM_HAVE_ITERATOR

#include <bpf/bpf.h>
#include "iterator.skel.h"

struct mim_iterator {
	struct mim_iterator_bpf *skeleton;
	struct bpf_link *link;
};

void mim_iterator_free(struct mim_iterator *iterator)
{
	if (!iterator)
		return;
	bpf_link__destroy(iterator->link);
	mim_iterator_bpf__destroy(iterator->skeleton);
	free(iterator);
}

static void free_at(struct mim_iterator **iterator)
{
	mim_iterator_free(*iterator);
}

/* A library never prints: libbpf's messages would go to stderr. */
static int say_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

int mim_iterator_new(struct mim_iterator **ret_iterator)
{
	mim_cleanup(free_at) struct mim_iterator *iterator = calloc(1, sizeof(*iterator));
	libbpf_print_fn_t before;

	if (!iterator)
		return -ENOMEM;
	before = libbpf_set_print(say_nothing);
	errno = 0;
	iterator->skeleton = mim_iterator_bpf__open_and_load();
	if (iterator->skeleton)
		iterator->link = bpf_program__attach_iter(
			iterator->skeleton->progs.mimctl_maps, NULL);
	libbpf_set_print(before);
	if (!iterator->link)
		return errno ? -errno : -EINVAL;
	*ret_iterator = TAKE_PTR(iterator);
	return 0;
}

int mim_iterator_read(struct mim_iterator *iterator, struct mim_record **ret_records,
		      size_t *ret_n)
{
	mim_auto_close int fd = bpf_iter_create(bpf_link__fd(iterator->link));
	mim_auto_free char *bytes = NULL;
	size_t used = 0, capacity = 0;

	if (fd < 0)
		return fd;
	for (;;) {
		ssize_t n;

		if (capacity - used < sizeof(struct mim_record)) {
			char *more = realloc(bytes, capacity = capacity * 2 + 65536);

			if (!more)
				return -ENOMEM;
			bytes = more;
		}
		n = read(fd, bytes + used, capacity - used);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	*ret_n = used / sizeof(struct mim_record);
	*ret_records = (struct mim_record *)TAKE_PTR(bytes);
	return 0;
}

#else

int mim_iterator_new(struct mim_iterator **ret_iterator)
{
	(void)ret_iterator;
	return -EOPNOTSUPP;
}

int mim_iterator_read(struct mim_iterator *iterator, struct mim_record **ret_records,
		      size_t *ret_n)
{
	(void)iterator;
	(void)ret_records;
	(void)ret_n;
	return -EOPNOTSUPP;
}

void mim_iterator_free(struct mim_iterator *iterator)
{
	(void)iterator;
}

#endif
