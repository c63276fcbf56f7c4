/* SPDX-License-Identifier: BSD-2-Clause */
#include "listing.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "harness.h"

/* Who is at work, where his name was taken out of reach, is no part of the scope. */
static bool is_passing(const char *name)
{
	return strcmp(name, "holder") == 0;
}

static bool is_outer(const struct bpf_map_info *info)
{
	return info->type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
	       info->type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

static void list_bytes(const unsigned char *bytes, uint32_t n, FILE *out)
{
	for (uint32_t i = 0; i < n; i++)
		fprintf(out, "%02x", bytes[i]);
}

/* Of keys and values in the tests. */
#define MOST_BYTES 64

static void list_map(int fd, FILE *out);

static void list_value(const struct bpf_map_info *info, const unsigned char *value,
		       FILE *out)
{
	uint32_t inner;

	if (is_outer(info)) {
		memcpy(&inner, value, sizeof(inner));
		list_map(bpf_map_get_fd_by_id(inner), out);
	} else {
		list_bytes(value, info->value_size, out);
		fputc('\n', out);
	}
}

static void list_entries(int fd, const struct bpf_map_info *info, FILE *out)
{
	unsigned char key[MOST_BYTES], value[MOST_BYTES];

	ck_assert(info->key_size <= MOST_BYTES && info->value_size <= MOST_BYTES);
	for (void *last = NULL; bpf_map_get_next_key(fd, last, key) == 0; last = key) {
		if (bpf_map_lookup_elem(fd, key, value) < 0)
			continue;
		fprintf(out, "in id %u ", info->id);
		list_bytes(key, info->key_size, out);
		fputs(" = ", out);
		list_value(info, value, out);
	}
}

/* Closes it. */
static void list_map(int fd, FILE *out)
{
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) < 0) {
		fprintf(out, "no map: %s\n", strerror(errno));
	} else {
		fprintf(out, "id %u\n", info.id);
		list_entries(fd, &info, out);
	}
	if (fd >= 0)
		close(fd);
}

static void list_name(const char *path, const struct stat *st, bool inodes, FILE *out)
{
	char target[PATH_MAX] = "";

	if (S_ISLNK(st->st_mode) && readlink(path, target, sizeof(target) - 1) < 0)
		target[0] = '\0';
	fprintf(out, "%s inode %lu mode %o owner %u:%u %s\n", path,
		inodes ? (unsigned long)st->st_ino : 0, st->st_mode, st->st_uid,
		st->st_gid, target);
	if (S_ISREG(st->st_mode))
		list_map(bpf_obj_get(path), out);
	if (S_ISDIR(st->st_mode))
		list_folder(path, inodes, out);
}

void list_folder(const char *path, bool inodes, FILE *out)
{
	struct dirent **entries;
	int n = scandir(path, &entries, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char below[PATH_MAX];
		const char *name = entries[i]->d_name;
		struct stat st;

		snprintf(below, sizeof(below), "%s/%s", path, name);
		if (!strchr(name, '.') && !is_passing(name) && lstat(below, &st) == 0)
			list_name(below, &st, inodes, out);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

bool is_bpffs(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == BPF_FS_MAGIC;
}

char *list_bench(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert(out != NULL);
	fprintf(out, "%s is bpffs: %d\n", bench.bpffs, is_bpffs(bench.bpffs));
	list_folder(bench.bpffs, false, out);
	list_folder(bench.other, false, out);
	fclose(out);
	return text;
}
