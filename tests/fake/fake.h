/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FAKE_FAKE_H
#define TESTS_FAKE_FAKE_H

#include <pthread.h>
#include "kernel/kernel.h"

/**
 * DOC: a kernel in memory
 *
 * An operations table that keeps maps, programs and pins as the kernel does, and refuses
 * what the kernel refuses: tests/fake/refusals.h is the table of cases that both the fake
 * and the real kernel are held to. What takes the real one a grace period is done at
 * once, so that thousands of applies can fail at thousands of calls.
 *
 * Descriptors are real ones, so that a leak is one: a map is an empty file that is open
 * as often as the map is. Two folders on a file system of the machine stand for two
 * instances of bpffs. A map lives as long as something holds it: a descriptor, a pin, a
 * slot, a program.
 */

/** instances of bpffs */
#define FAKE_BPFFS 2

#define FAKE_PATH 256

/** the one place where mimctl mounts a bpffs by itself */
#define FAKE_WELL_KNOWN "/sys/fs/bpf"

struct fake_element {
	uint8_t *key;
	uint8_t *value;
};

/**
 * struct fake_map - a map
 * @has_inner: an outer map, that takes maps like @inner
 * @base: its file; open also when nothing holds the map
 * @held: found to be held by something, in the collection that is under way
 */
struct fake_map {
	struct mim_map_info info;
	bool frozen;
	bool has_inner;
	struct mim_shape inner;
	struct fake_element *elements;
	uint32_t n;
	int base;
	ino_t inode;
	bool held;
};

/** struct fake_program - a loaded program; lives as long as the fake or until unloaded */
struct fake_program {
	uint32_t id;
	uint32_t map;
	int base;
	ino_t inode;
};

/** struct fake_btf - types that were loaded; they live as long as the fake */
struct fake_btf {
	uint32_t id;
	void *bytes;
	uint32_t size;
	int base;
	ino_t inode;
};

/** struct fake_pin - which object the file of a pin stands for */
struct fake_pin {
	int file;
	ino_t inode;
	enum mim_object object;
	uint32_t id;
};

/**
 * struct fake - one kernel
 * @kernel: to give to libmim
 * @folder: what the instances of bpffs and the fake's /proc lie in
 * @bpffs: their mount points
 * @mounted: is there a bpffs, or only a folder?
 * @well_known: the first bpffs is called FAKE_WELL_KNOWN
 * @no_iterator, @no_batch: an older kernel
 * @objects: device of the files that stand for maps, programs and types
 * @issued: descriptors that were given out
 */
struct fake {
	struct mim_kernel kernel;
	char folder[64];
	char bpffs[FAKE_BPFFS][FAKE_PATH];
	bool mounted[FAKE_BPFFS];
	bool well_known;
	bool no_iterator;
	bool no_batch;
	pthread_mutex_t lock;
	struct fake_map **maps;
	size_t n_maps;
	struct fake_program *programs;
	size_t n_programs;
	struct fake_btf *btfs;
	size_t n_btfs;
	struct fake_pin *pins;
	size_t n_pins;
	dev_t objects;
	int *issued;
	size_t n_issued;
	uint32_t next_id;
};

/** fake_init() - with both instances of bpffs mounted; a test that cannot go on aborts */
void fake_init(struct fake *fake);
void fake_release(struct fake *fake);

/** fake_reset() - nothing is there any more, but at the same places */
void fake_reset(struct fake *fake);

/** fake_load_program() - that uses a map; Return: its id */
uint32_t fake_load_program(struct fake *fake, uint32_t map);

/** fake_unload_programs() - all of them */
void fake_unload_programs(struct fake *fake);

/** fake_freeze() - a map is to change no more */
void fake_freeze(struct fake *fake, uint32_t map);

/** fake_count_maps() - maps that something holds */
size_t fake_count_maps(struct fake *fake);

/** fake_count_open() - descriptors that were given out and are open */
size_t fake_count_open(struct fake *fake);

/** fake_unmount() - bpffs @i is but a folder, as on a fresh machine */
void fake_unmount(struct fake *fake, unsigned int i);

/** fake_map_at() - the map that is pinned at a path; NULL when none is */
struct fake_map *fake_map_at(struct fake *fake, const char *path);

/**
 * fake_describe() - all that is there, a line each, in a fixed order
 * Return: heap. Two such texts are equal when nothing has changed.
 */
char *fake_describe(struct fake *fake);

/** fake_inside - this thread runs code of the fake, which is no concern of libmim's tests
 */
extern _Thread_local int fake_inside;

/* Shared by the files of the fake. */

/** fake_enter() - lock, and be inside; fake_leave() ends both and passes @r on */
struct fake *fake_enter(void *data);
int fake_leave(struct fake *fake, int r);

/** fake_need() - abort the test where there is no memory; Return: @memory */
void *fake_need(void *memory);

/** fake_add() - one more at the end of an array of items of @size bytes; zeroed */
void *fake_add(void *items, size_t *n, size_t size);
/** fake_map_of() - Return: the map, or NULL with -EBADF or -EINVAL in @ret_error */
struct fake_map *fake_map_of(struct fake *fake, int fd, int *ret_error);
struct fake_map *fake_map_by_id(struct fake *fake, uint32_t id);
struct fake_program *fake_program_of(struct fake *fake, int fd);
struct fake_btf *fake_btf_of(struct fake *fake, int fd);
struct fake_program *fake_program_by_id(struct fake *fake, uint32_t id);

/** fake_issue() - Return: a new descriptor of a base, or a negative errno */
int fake_issue(struct fake *fake, int base);

/** fake_collect() - free the maps that nothing holds */
void fake_collect(struct fake *fake);

/** fake_new_base() - the file that stands for an object */
int fake_new_base(const char *name, ino_t *ret_inode);

/** fake_is_bpffs() - does a descriptor's folder lie in a mounted bpffs? */
bool fake_is_bpffs(const struct fake *fake, int folder);

void fake_add_map_ops(struct mim_kernel_ops *ops);
void fake_add_folder_ops(struct mim_kernel_ops *ops);
void fake_make_folders(struct fake *fake);
void fake_remove_folders(struct fake *fake);
void fake_empty_folders(struct fake *fake);

#endif
