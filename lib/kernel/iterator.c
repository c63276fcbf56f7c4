/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/print_lock.h"
#include "kernel/iterator.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "config.h"

#if MIM_HAVE_ITERATOR

#include <bpf/bpf.h>
#include "iterator.light.h"
#include "iterator.skel.h"

/* Loaded in one of two ways; the other is NULL. */
struct mim_iterator {
	struct mim_iterator_light *light;
	struct mim_iterator_bpf *skeleton;
	struct bpf_link *link;
};

void mim_iterator_free(struct mim_iterator *iterator)
{
	if (!iterator)
		return;
	mim_iterator_light__destroy(iterator->light);
	bpf_link__destroy(iterator->link);
	mim_iterator_bpf__destroy(iterator->skeleton);
	free(iterator);
}

static void free_at(struct mim_iterator **iterator)
{
	mim_iterator_free(*iterator);
}

/* The kernel finds the members of its structs by itself: 5.17 and newer. */
static bool load_light(struct mim_iterator *iterator)
{
	iterator->light = mim_iterator_light__open_and_load();
	if (iterator->light && mim_iterator_light__attach(iterator->light) == 0)
		return true;
	mim_iterator_light__destroy(TAKE_PTR(iterator->light));
	return false;
}

/* A library never prints: libbpf's messages would go to stderr. */
/* libbpf finds them, in a copy of all the kernel's type information. */
static int load_skeleton(struct mim_iterator *iterator)
{
	libbpf_print_fn_t before;

	pthread_mutex_lock(&mim_print_lock);
	before = libbpf_set_print(NULL);
	errno = 0;
	iterator->skeleton = mim_iterator_bpf__open_and_load();
	if (iterator->skeleton)
		iterator->link = bpf_program__attach_iter(
			iterator->skeleton->progs.mimctl_maps, NULL);
	libbpf_set_print(before);
	pthread_mutex_unlock(&mim_print_lock);
	if (!iterator->link)
		return errno ? -errno : -EINVAL;
	return 0;
}

int mim_iterator_new(struct mim_iterator **ret_iterator)
{
	mim_cleanup(free_at) struct mim_iterator *iterator = calloc(1, sizeof(*iterator));
	int r;

	if (!iterator)
		return -ENOMEM;
	r = load_light(iterator) ? 0 : load_skeleton(iterator);
	if (r == 0)
		*ret_iterator = TAKE_PTR(iterator);
	return r;
}

static int link_of(const struct mim_iterator *iterator)
{
	return iterator->light ? iterator->light->links.mimctl_maps_fd
			       : bpf_link__fd(iterator->link);
}

/* The kernel hands on no more than 32 KiB at a time. */
#define CHUNK (64 * 1024)

int mim_iterator_read(struct mim_iterator *iterator, mim_take_iterated *take,
		      void *context)
{
	mim_auto_close int fd = bpf_iter_create(link_of(iterator));
	mim_auto_free struct mim_record *records = malloc(CHUNK);
	size_t used = 0;
	int r = 0;

	if (fd < 0)
		return fd;
	if (!records)
		return -ENOMEM;
	while (r == 0) {
		ssize_t n = read(fd, (char *)records + used, CHUNK - used);
		size_t whole;

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
		whole = used / sizeof(*records);
		for (size_t i = 0; r == 0 && i < whole; i++)
			r = take(context, &records[i]);
		used -= whole * sizeof(*records);
		memmove(records, records + whole, used);
	}
	return r;
}

#else

int mim_iterator_new(struct mim_iterator **ret_iterator)
{
	(void)ret_iterator;
	return -EOPNOTSUPP;
}

int mim_iterator_read(struct mim_iterator *iterator, mim_take_iterated *take,
		      void *context)
{
	(void)iterator;
	(void)take;
	(void)context;
	return -EOPNOTSUPP;
}

void mim_iterator_free(struct mim_iterator *iterator)
{
	(void)iterator;
}

#endif
