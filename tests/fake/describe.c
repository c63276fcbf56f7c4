/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "fake.h"

static void print_bytes(const uint8_t *bytes, uint32_t n, FILE *out)
{
	for (uint32_t i = 0; i < n; i++)
		fprintf(out, "%02x", bytes[i]);
}

static int by_key(const void *a, const void *b, void *data)
{
	const struct fake_map *map = data;

	return memcmp(((const struct fake_element *)a)->key,
		      ((const struct fake_element *)b)->key, map->info.shape.key_size);
}

static void print_map(struct fake_map *map, FILE *out)
{
	const struct mim_shape *s = &map->info.shape;

	fprintf(out, "map %u %s type %u %u/%u/%u flags %#x%s\n", map->info.id,
		map->info.name, s->type, s->key_size, s->value_size, s->max_entries,
		s->flags, map->frozen ? " frozen" : "");
	if (map->n)
		qsort_r(map->elements, map->n, sizeof(*map->elements), by_key, map);
	for (uint32_t i = 0; i < map->n; i++) {
		fprintf(out, "%s of (id %u) ", map->has_inner ? "slot" : "entry",
			map->info.id);
		print_bytes(map->elements[i].key, s->key_size, out);
		fputs(" = ", out);
		if (map->has_inner)
			fprintf(out, "%u", *(uint32_t *)map->elements[i].value);
		else
			print_bytes(map->elements[i].value, s->value_size, out);
		fputc('\n', out);
	}
}

/* As the library is told. */
static void print_path(const struct fake *fake, const char *path, FILE *out)
{
	size_t length = strlen(fake->bpffs[0]);
	bool known = fake->well_known && strncmp(path, fake->bpffs[0], length) == 0;

	fprintf(out, "%s%s", known ? FAKE_WELL_KNOWN : "", known ? path + length : path);
}

static void print_name(struct fake *fake, const char *path, FILE *out)
{
	char target[PATH_MAX];
	struct fake_map *map;
	struct stat st;
	ssize_t n;

	if (lstat(path, &st) < 0)
		abort();
	if (S_ISLNK(st.st_mode)) {
		n = readlink(path, target, sizeof(target) - 1);
		target[n < 0 ? 0 : n] = '\0';
		fputs("link ", out);
		print_path(fake, path, out);
		fprintf(out, " -> %s\n", target);
		return;
	}
	map = fake_map_at(fake, path);
	fprintf(out, "%s ", S_ISDIR(st.st_mode) ? "folder" : "pin");
	print_path(fake, path, out);
	fprintf(out, " mode %o owner %u:%u map %u\n", st.st_mode & 07777, st.st_uid,
		st.st_gid, map ? map->info.id : 0);
}

static void print_folder(struct fake *fake, const char *path, FILE *out)
{
	struct dirent **entries;
	int n = scandir(path, &entries, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char below[PATH_MAX];

		if (!strchr(entries[i]->d_name, '.')) {
			snprintf(below, sizeof(below), "%s/%s", path, entries[i]->d_name);
			print_name(fake, below, out);
			if (entries[i]->d_type == DT_DIR)
				print_folder(fake, below, out);
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

char *fake_describe(struct fake *fake)
{
	char *text = NULL;
	size_t size;
	FILE *out;

	fake_inside++;
	fake_count_maps(fake);
	out = fake_need(open_memstream(&text, &size));
	for (int i = 0; i < FAKE_BPFFS; i++) {
		fputs("bpffs ", out);
		print_path(fake, fake->bpffs[i], out);
		fputs(fake->mounted[i] ? " mounted\n" : " not mounted\n", out);
		print_folder(fake, fake->bpffs[i], out);
	}
	for (size_t i = 0; i < fake->n_maps; i++)
		print_map(fake->maps[i], out);
	fclose(out);
	fake_inside--;
	return text;
}
