/* SPDX-License-Identifier: BSD-2-Clause */
#include "fake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

_Thread_local int fake_inside;

struct fake *fake_enter(void *data)
{
	struct fake *fake = data;

	fake_inside++;
	pthread_mutex_lock(&fake->lock);
	return fake;
}

int fake_leave(struct fake *fake, int r)
{
	pthread_mutex_unlock(&fake->lock);
	fake_inside--;
	return r;
}

void *fake_need(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

void *fake_add(void *items, size_t *n, size_t size)
{
	char *grown = fake_need(realloc(items, (*n + 1) * size));

	memset(grown + *n * size, 0, size);
	++*n;
	return grown;
}

#define FIRST_ID 100

/* Out of the way of what the library opens. */
#define LEAST_BASE 512

int fake_new_base(const char *name, ino_t *ret_inode)
{
	int fd = memfd_create(name, MFD_CLOEXEC);
	int base = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, LEAST_BASE);
	struct stat st;

	if (base < 0 || fstat(base, &st) < 0)
		abort();
	close(fd);
	*ret_inode = st.st_ino;
	return base;
}

int fake_issue(struct fake *fake, int base)
{
	int fd = fcntl(base, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	for (size_t i = 0; i < fake->n_issued; i++)
		if (fake->issued[i] == fd)
			return fd;
	fake->issued = fake_add(fake->issued, &fake->n_issued, sizeof(*fake->issued));
	fake->issued[fake->n_issued - 1] = fd;
	return fd;
}

static struct fake_map *map_by_inode(const struct fake *fake, ino_t inode)
{
	for (size_t i = 0; i < fake->n_maps; i++)
		if (fake->maps[i]->inode == inode)
			return fake->maps[i];
	return NULL;
}

/* Inode numbers of other file systems are others' business. */
static bool is_object(const struct fake *fake, int fd, struct stat *ret_st)
{
	return fstat(fd, ret_st) == 0 && ret_st->st_dev == fake->objects;
}

struct fake_map *fake_map_of(struct fake *fake, int fd, int *ret_error)
{
	struct fake_map *map;
	struct stat st;

	*ret_error = fcntl(fd, F_GETFD) < 0 ? -EBADF : -EINVAL;
	map = is_object(fake, fd, &st) ? map_by_inode(fake, st.st_ino) : NULL;
	return map;
}

struct fake_map *fake_map_by_id(struct fake *fake, uint32_t id)
{
	for (size_t i = 0; i < fake->n_maps; i++)
		if (fake->maps[i]->info.id == id)
			return fake->maps[i];
	return NULL;
}

struct fake_program *fake_program_by_id(struct fake *fake, uint32_t id)
{
	for (size_t i = 0; i < fake->n_programs; i++)
		if (fake->programs[i].id == id)
			return &fake->programs[i];
	return NULL;
}

struct fake_program *fake_program_of(struct fake *fake, int fd)
{
	struct stat st;

	for (size_t i = 0; is_object(fake, fd, &st) && i < fake->n_programs; i++)
		if (fake->programs[i].inode == st.st_ino)
			return &fake->programs[i];
	return NULL;
}

struct fake_btf *fake_btf_of(struct fake *fake, int fd)
{
	struct stat st;

	for (size_t i = 0; is_object(fake, fd, &st) && i < fake->n_btfs; i++)
		if (fake->btfs[i].inode == st.st_ino)
			return &fake->btfs[i];
	return NULL;
}

static void free_map(struct fake_map *map)
{
	for (uint32_t i = 0; i < map->n; i++) {
		free(map->elements[i].key);
		free(map->elements[i].value);
	}
	free(map->elements);
	close(map->base);
	free(map);
}

static void hold_id(struct fake *fake, uint32_t id)
{
	struct fake_map *map = fake_map_by_id(fake, id);

	if (map)
		map->held = true;
}

/* A number that was closed, or has become somebody else's, is forgotten. */
static void hold_by_descriptors(struct fake *fake)
{
	size_t left = 0;

	for (size_t i = 0; i < fake->n_issued; i++) {
		struct fake_map *map = NULL;
		struct stat st;

		if (!is_object(fake, fake->issued[i], &st))
			continue;
		map = map_by_inode(fake, st.st_ino);
		if (map)
			map->held = true;
		if (map || fake_program_of(fake, fake->issued[i]) ||
		    fake_btf_of(fake, fake->issued[i]))
			fake->issued[left++] = fake->issued[i];
	}
	fake->n_issued = left;
}

static void hold_by_pins(struct fake *fake)
{
	size_t left = 0;

	for (size_t i = 0; i < fake->n_pins; i++) {
		struct stat st;

		if (fstat(fake->pins[i].file, &st) < 0 || st.st_nlink == 0) {
			close(fake->pins[i].file);
			continue;
		}
		if (fake->pins[i].object == MIM_OBJECT_MAP)
			hold_id(fake, fake->pins[i].id);
		fake->pins[left++] = fake->pins[i];
	}
	fake->n_pins = left;
}

static void hold_by_slots(struct fake *fake)
{
	for (size_t i = 0; i < fake->n_maps; i++) {
		const struct fake_map *map = fake->maps[i];

		for (uint32_t e = 0; map->held && map->has_inner && e < map->n; e++)
			hold_id(fake, *(const uint32_t *)map->elements[e].value);
	}
}

void fake_collect(struct fake *fake)
{
	size_t left = 0;

	for (size_t i = 0; i < fake->n_maps; i++)
		fake->maps[i]->held = false;
	hold_by_descriptors(fake);
	hold_by_pins(fake);
	for (size_t i = 0; i < fake->n_programs; i++)
		hold_id(fake, fake->programs[i].map);
	/* What is in a slot is no outer map. */
	hold_by_slots(fake);
	for (size_t i = 0; i < fake->n_maps; i++) {
		if (fake->maps[i]->held)
			fake->maps[left++] = fake->maps[i];
		else
			free_map(fake->maps[i]);
	}
	fake->n_maps = left;
}

size_t fake_count_maps(struct fake *fake)
{
	size_t n;

	fake_enter(fake);
	fake_collect(fake);
	n = fake->n_maps;
	fake_leave(fake, 0);
	return n;
}

size_t fake_count_open(struct fake *fake)
{
	size_t n;

	fake_enter(fake);
	hold_by_descriptors(fake);
	n = fake->n_issued;
	fake_leave(fake, 0);
	return n;
}

uint32_t fake_load_program(struct fake *fake, uint32_t map)
{
	struct fake_program *program;
	uint32_t id;

	fake_enter(fake);
	fake->programs =
		fake_add(fake->programs, &fake->n_programs, sizeof(*fake->programs));
	program = &fake->programs[fake->n_programs - 1];
	id = program->id = fake->next_id++;
	program->map = map;
	program->base = fake_new_base("program", &program->inode);
	fake_leave(fake, 0);
	return id;
}

void fake_unload_programs(struct fake *fake)
{
	fake_enter(fake);
	for (size_t i = 0; i < fake->n_programs; i++)
		close(fake->programs[i].base);
	fake->n_programs = 0;
	fake_leave(fake, 0);
}

void fake_freeze(struct fake *fake, uint32_t map)
{
	fake_enter(fake);
	((struct fake_map *)fake_need(fake_map_by_id(fake, map)))->frozen = true;
	fake_leave(fake, 0);
}

void fake_init(struct fake *fake)
{
	static struct mim_kernel_ops ops;
	struct stat st;
	ino_t any;
	int base;

	*fake = (struct fake){.lock = PTHREAD_MUTEX_INITIALIZER, .next_id = FIRST_ID};
	fake_add_map_ops(&ops);
	fake_add_folder_ops(&ops);
	fake->kernel = (struct mim_kernel){.ops = &ops, .data = fake};
	base = fake_new_base("any", &any);
	if (fstat(base, &st) < 0)
		abort();
	fake->objects = st.st_dev;
	close(base);
	fake_make_folders(fake);
}

static void drop_types(struct fake *fake)
{
	for (size_t i = 0; i < fake->n_btfs; i++) {
		close(fake->btfs[i].base);
		free(fake->btfs[i].bytes);
	}
	fake->n_btfs = 0;
}

void fake_reset(struct fake *fake)
{
	drop_types(fake);
	fake_unload_programs(fake);
	fake_empty_folders(fake);
	fake->well_known = fake->no_iterator = fake->no_batch = false;
	fake_count_maps(fake);
	/* The same again gets the same ids. */
	fake->next_id = FIRST_ID;
}

void fake_release(struct fake *fake)
{
	fake_unload_programs(fake);
	for (size_t i = 0; i < fake->n_maps; i++)
		free_map(fake->maps[i]);
	for (size_t i = 0; i < fake->n_pins; i++)
		close(fake->pins[i].file);
	drop_types(fake);
	free(fake->btfs);
	fake_remove_folders(fake);
	free(fake->maps);
	free(fake->programs);
	free(fake->pins);
	free(fake->issued);
}
