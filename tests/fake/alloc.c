/* SPDX-License-Identifier: BSD-2-Clause */
#include "alloc.h"

#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "fake.h"

static atomic_bool counting;
static atomic_ulong calls;
static uint64_t failing;
static bool all_after;

static bool fails(void)
{
	uint64_t call;

	if (!atomic_load(&counting) || fake_inside)
		return false;
	call = atomic_fetch_add(&calls, 1) + 1;
	if (!failing || call < failing || (call > failing && !all_after))
		return false;
	errno = ENOMEM;
	return true;
}

void alloc_begin(uint64_t k, bool onwards)
{
	failing = k;
	all_after = onwards;
	atomic_store(&calls, 0);
	atomic_store(&counting, true);
}

uint64_t alloc_end(void)
{
	atomic_store(&counting, false);
	return atomic_load(&calls);
}

#if MIM_SANITIZED

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t n, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t n);

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
	return fails() ? NULL : __real_reallocarray(old, n, size);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t n)
{
	return fails() ? NULL : __real_strndup(text, n);
}

size_t alloc_live(void)
{
	return 0;
}

void alloc_forgive(void)
{
}

#else

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *block);

/* Blocks that were made while counting; a place is the block's address, hashed. */
#define MOST_BLOCKS (1U << 20)

static void *blocks[MOST_BLOCKS];
static const void *callers[MOST_BLOCKS];
static size_t n_blocks;
static atomic_flag busy = ATOMIC_FLAG_INIT;

static void enter(void)
{
	while (atomic_flag_test_and_set(&busy))
		;
}

static void leave(void)
{
	atomic_flag_clear(&busy);
}

static uint32_t place(const void *block)
{
	return (uint32_t)(((uintptr_t)block >> 4) * 2654435761U) % MOST_BLOCKS;
}

static uint32_t find(const void *block)
{
	uint32_t at = place(block);

	while (blocks[at] && blocks[at] != block)
		at = (at + 1) % MOST_BLOCKS;
	return at;
}

static void *note(void *block, const void *caller)
{
	uint32_t at;

	if (!block || !atomic_load(&counting) || fake_inside)
		return block;
	enter();
	at = find(block);
	blocks[at] = block;
	callers[at] = caller;
	n_blocks++;
	leave();
	return block;
}

/* What was put further on because of the one that goes moves up. */
static void close_gap(uint32_t gap)
{
	for (uint32_t at = (gap + 1) % MOST_BLOCKS; blocks[at];
	     at = (at + 1) % MOST_BLOCKS) {
		uint32_t home = place(blocks[at]);
		bool between =
			gap <= at ? home > gap && home <= at : home > gap || home <= at;

		if (between)
			continue;
		blocks[gap] = blocks[at];
		callers[gap] = callers[at];
		blocks[at] = NULL;
		gap = at;
	}
}

static void forget(void *block)
{
	uint32_t at;

	if (!block || !n_blocks)
		return;
	enter();
	at = find(block);
	if (blocks[at]) {
		blocks[at] = NULL;
		n_blocks--;
		close_gap(at);
	}
	leave();
}

void *malloc(size_t size)
{
	return fails() ? NULL : note(__libc_malloc(size), __builtin_return_address(0));
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : note(__libc_calloc(n, size), __builtin_return_address(0));
}

void *realloc(void *old, size_t size)
{
	void *block;

	if (fails())
		return NULL;
	/* Before somebody else gets the same address; it stays where there is no room. */
	forget(old);
	block = __libc_realloc(old, size);
	if (!block && size)
		note(old, __builtin_return_address(0));
	return note(block, __builtin_return_address(0));
}

void free(void *block)
{
	forget(block);
	__libc_free(block);
}

size_t alloc_live(void)
{
	return n_blocks;
}

/* libyaml (0.2.5) loses a stack of its own when it cannot load a document. */
static bool is_of_loader(const void *caller)
{
	Dl_info info;

	return dladdr(caller, &info) && info.dli_sname &&
	       strcmp(info.dli_sname, "yaml_parser_load") == 0;
}

void alloc_forgive(void)
{
	enter();
	for (uint32_t at = 0; at < MOST_BLOCKS; at++) {
		while (blocks[at] && is_of_loader(callers[at])) {
			blocks[at] = NULL;
			n_blocks--;
			close_gap(at);
		}
	}
	leave();
}

/* json-c (0.16) loses the key where the table that it is for cannot grow. */
static bool is_of_json(const void *caller)
{
	Dl_info info;

	return dladdr(caller, &info) && strstr(info.dli_fname, "libjson-c");
}

char *strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = fails() ? NULL : __libc_malloc(size);
	const void *caller = __builtin_return_address(0);

	if (copy)
		memcpy(copy, text, size);
	return is_of_json(caller) ? copy : note(copy, caller);
}

/* The C library keeps the stacks of threads that have ended, as many as ran at a time. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
		   void *(*start)(void *), void *data)
{
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
	int r;

	if (fails())
		return EAGAIN;
	fake_inside++;
	real = (__typeof__(real))dlsym(RTLD_NEXT, "pthread_create");
	r = real(thread, attributes, start, data);
	fake_inside--;
	return r;
}

/*
 * Its name service keeps what it made, makes it anew at times, and dies
 * where it cannot (glibc 2.36): it fails as a whole.
 */
int getgrgid_r(gid_t gid, struct group *entry, char *buffer, size_t size,
	       struct group **ret_entry)
{
	int (*real)(gid_t, struct group *, char *, size_t, struct group **);
	int r;

	*ret_entry = NULL;
	if (fails())
		return ENOMEM;
	fake_inside++;
	real = (__typeof__(real))dlsym(RTLD_NEXT, "getgrgid_r");
	r = real(gid, entry, buffer, size, ret_entry);
	fake_inside--;
	return r;
}

#endif
