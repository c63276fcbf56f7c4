/* SPDX-License-Identifier: BSD-2-Clause */
#include "refusals.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARRAY	 BPF_MAP_TYPE_ARRAY
#define HASH	 BPF_MAP_TYPE_HASH
#define TRIE	 BPF_MAP_TYPE_LPM_TRIE
#define PROGRAMS BPF_MAP_TYPE_PROG_ARRAY
#define ARRAY_OF BPF_MAP_TYPE_ARRAY_OF_MAPS
#define HASH_OF	 BPF_MAP_TYPE_HASH_OF_MAPS
/* clang-format off */
#define TABLE	  {HASH, 4, 4, 8, 0, 0, 0}
#define LIST	  {ARRAY, 4, 4, 8, 0, 0, 0}
#define FREE_LIST {ARRAY, 4, 4, 8, BPF_F_INNER_MAP, 0, 0}
#define OF_ARRAY  {ARRAY_OF, 4, 4, 2, 0, 0, 0}
#define OF_HASH	  {HASH_OF, 4, 4, 2, 0, 0, 0}
/* clang-format on */
#define NOT_BPFFS 1
#define LONG_NAME "fifteen_letters"

/* A descriptor that is none. */
enum other { OTHER_NONE, OTHER_CLOSED, OTHER_FOLDER };

/* Creating a map; an outer one with a template of shape @inner, or what is none. */
struct creation {
	const char *name;
	struct mim_shape shape;
	const char *map_name;
	struct mim_shape inner;
	enum other other;
	int expected;
};

/* A row a case, which clang-format would make a column. */
/* clang-format off */
static const struct creation creations[] = {
	{"create a hash", TABLE, "t", {0}, 0, 0},
	{"create with a name of 15 letters", TABLE, LONG_NAME, {0}, 0, 0},
	{"create with a dot in the name", TABLE, "a.b", {0}, 0, 0},
	{"create with a dash in the name", TABLE, "a-b", {0}, 0, -EINVAL},
	{"create an array", LIST, "t", {0}, 0, 0},
	{"create an array, key of 8", {ARRAY, 8, 4, 8, 0, 0, 0}, "t", {0}, 0, -EINVAL},
	{"create an array, value of 0", {ARRAY, 4, 0, 8, 0, 0, 0}, "t", {0}, 0, -EINVAL},
	{"create an array of 0", {ARRAY, 4, 4, 0, 0, 0, 0}, "t", {0}, 0, -EINVAL},
	{"create an array with inner_map", FREE_LIST, "t", {0}, 0, 0},
	{"create a hash with inner_map", {HASH, 4, 4, 8, BPF_F_INNER_MAP, 0, 0}, "t",
	 {0}, 0, -EINVAL},
	{"create an array with no_prealloc", {ARRAY, 4, 4, 8, BPF_F_NO_PREALLOC, 0, 0},
	 "t", {0}, 0, -EINVAL},
	{"create a hash of 0", {HASH, 4, 4, 0, 0, 0, 0}, "t", {0}, 0, -EINVAL},
	{"create a hash, key of 0", {HASH, 0, 4, 8, 0, 0, 0}, "t", {0}, 0, -EINVAL},
	{"create a trie", {TRIE, 8, 4, 8, BPF_F_NO_PREALLOC, 0, 0}, "t", {0}, 0, 0},
	{"create a trie without no_prealloc", {TRIE, 8, 4, 8, 0, 0, 0}, "t", {0}, 0,
	 -EINVAL},
	{"create a trie, key of 4", {TRIE, 4, 4, 8, BPF_F_NO_PREALLOC, 0, 0}, "t", {0},
	 0, -EINVAL},
	{"create a map of no known type", {250, 4, 4, 8, 0, 0, 0}, "t", {0}, 0, -EINVAL},
	{"create an array_of_maps", OF_ARRAY, "t", TABLE, 0, 0},
	{"create a hash_of_maps", OF_HASH, "t", TABLE, 0, 0},
	{"create an array_of_maps without inner map", OF_ARRAY, "t", {0}, 0, -EINVAL},
	{"create an array_of_maps, inner fd closed", OF_ARRAY, "t", {0}, OTHER_CLOSED,
	 -EBADF},
	{"create an array_of_maps, inner fd no map", OF_ARRAY, "t", {0}, OTHER_FOLDER,
	 -EINVAL},
	{"create an array_of_maps, value of 8", {ARRAY_OF, 4, 8, 2, 0, 0, 0}, "t",
	 TABLE, 0, -EINVAL},
	{"create an array_of_maps, key of 8", {ARRAY_OF, 8, 4, 2, 0, 0, 0}, "t", TABLE,
	 0, -EINVAL},
	{"create an array_of_maps with no_prealloc",
	 {ARRAY_OF, 4, 4, 2, BPF_F_NO_PREALLOC, 0, 0}, "t", TABLE, 0, -EINVAL},
	{"create a hash_of_maps with no_prealloc",
	 {HASH_OF, 4, 4, 2, BPF_F_NO_PREALLOC, 0, 0}, "t", TABLE, 0, 0},
	{"create a hash_of_maps, value of 8", {HASH_OF, 4, 8, 2, 0, 0, 0}, "t", TABLE,
	 0, -EINVAL},
	{"create an outer map of outer maps", OF_ARRAY, "t", OF_HASH, 0, -EINVAL},
	{"create an outer map of prog_arrays", OF_ARRAY, "t",
	 {PROGRAMS, 4, 4, 4, 0, 0, 0}, 0, -MIM_ENOTSUPP},
};
/* clang-format on */

enum act {
	ACT_UPDATE,
	ACT_DELETE,
	ACT_LOOKUP,
	ACT_NEXT_KEY,
	ACT_UPDATE_BATCH,
	ACT_DELETE_BATCH,
};

/*
 * Writing or reading a map of shape @shape in which key 0 holds something. Of an outer
 * map @inner is the template, and @bound what is bound; of others the value is 7.
 */
struct write {
	const char *name;
	struct mim_shape shape;
	struct mim_shape inner;
	struct mim_shape bound;
	enum other other;
	enum act act;
	uint32_t key;
	uint64_t flags;
	int expected;
	uint32_t fill;
};

/* A row a case, which clang-format would make a column. */
/* clang-format off */
static const struct write writes[] = {
	{"bind", OF_ARRAY, TABLE, TABLE, 0, ACT_UPDATE, 1, 0, 0, 0},
	{"bind again", OF_ARRAY, TABLE, TABLE, 0, ACT_UPDATE, 0, 0, 0, 0},
	{"bind with another max_entries", OF_ARRAY, TABLE, {HASH, 4, 4, 9, 0, 0, 0}, 0,
	 ACT_UPDATE, 1, 0, 0, 0},
	{"bind another type", OF_ARRAY, TABLE, LIST, 0, ACT_UPDATE, 1, 0, -EINVAL, 0},
	{"bind another key_size", OF_ARRAY, TABLE, {HASH, 8, 4, 8, 0, 0, 0}, 0,
	 ACT_UPDATE, 1, 0, -EINVAL, 0},
	{"bind another value_size", OF_ARRAY, TABLE, {HASH, 4, 8, 8, 0, 0, 0}, 0,
	 ACT_UPDATE, 1, 0, -EINVAL, 0},
	{"bind other flags", OF_ARRAY, TABLE, {HASH, 4, 4, 8, BPF_F_NO_PREALLOC, 0, 0},
	 0, ACT_UPDATE, 1, 0, -EINVAL, 0},
	{"bind an array of another size", OF_ARRAY, LIST, {ARRAY, 4, 4, 9, 0, 0, 0}, 0,
	 ACT_UPDATE, 1, 0, -EINVAL, 0},
	{"bind an array of another size, both inner_map", OF_ARRAY, FREE_LIST,
	 {ARRAY, 4, 4, 9, BPF_F_INNER_MAP, 0, 0}, 0, ACT_UPDATE, 1, 0, 0, 0},
	{"bind an array without inner_map where the template has it", OF_ARRAY,
	 FREE_LIST, LIST, 0, ACT_UPDATE, 1, 0, -EINVAL, 0},
	{"bind an outer map", OF_ARRAY, TABLE, OF_HASH, 0, ACT_UPDATE, 1, 0, -EINVAL, 0},
	{"bind a closed descriptor", OF_ARRAY, TABLE, {0}, OTHER_CLOSED, ACT_UPDATE, 1,
	 0, -EBADF, 0},
	{"bind what is no map", OF_ARRAY, TABLE, {0}, OTHER_FOLDER, ACT_UPDATE, 1, 0,
	 -EINVAL, 0},
	{"bind past the end", OF_ARRAY, TABLE, TABLE, 0, ACT_UPDATE, 2, 0, -E2BIG, 0},
	{"bind past the end what does not fit", OF_ARRAY, TABLE, LIST, 0, ACT_UPDATE, 2,
	 0, -E2BIG, 0},
	{"bind NOEXIST in an array", OF_ARRAY, TABLE, TABLE, 0, ACT_UPDATE, 1,
	 BPF_NOEXIST, -EINVAL, 0},
	{"bind EXIST in an array", OF_ARRAY, TABLE, TABLE, 0, ACT_UPDATE, 0, BPF_EXIST,
	 -EINVAL, 0},
	{"bind in a hash", OF_HASH, TABLE, TABLE, 0, ACT_UPDATE, 5, 0, 0, 0},
	{"bind in a full hash", OF_HASH, TABLE, TABLE, 0, ACT_UPDATE, 5, 0, -E2BIG, 1},
	{"bind again in a full hash", OF_HASH, TABLE, TABLE, 0, ACT_UPDATE, 0, 0, 0, 1},
	{"bind in a full hash what does not fit", OF_HASH, TABLE, LIST, 0, ACT_UPDATE,
	 5, 0, -EINVAL, 1},
	{"bind EXIST, absent", OF_HASH, TABLE, TABLE, 0, ACT_UPDATE, 5, BPF_EXIST,
	 -ENOENT, 0},
	{"bind EXIST, absent, what does not fit", OF_HASH, TABLE, LIST, 0, ACT_UPDATE,
	 5, BPF_EXIST, -EINVAL, 0},
	{"bind NOEXIST, present", OF_HASH, TABLE, TABLE, 0, ACT_UPDATE, 0, BPF_NOEXIST,
	 -EEXIST, 0},
	{"bind NOEXIST, absent", OF_HASH, TABLE, TABLE, 0, ACT_UPDATE, 5, BPF_NOEXIST,
	 0, 0},
	{"empty a slot", OF_ARRAY, TABLE, {0}, 0, ACT_DELETE, 0, 0, 0, 0},
	{"empty an empty slot", OF_ARRAY, TABLE, {0}, 0, ACT_DELETE, 1, 0, -ENOENT, 0},
	{"empty a slot past the end", OF_ARRAY, TABLE, {0}, 0, ACT_DELETE, 2, 0, -E2BIG,
	 0},
	{"remove from a hash", OF_HASH, TABLE, {0}, 0, ACT_DELETE, 0, 0, 0, 0},
	{"remove what is not in a hash", OF_HASH, TABLE, {0}, 0, ACT_DELETE, 5, 0,
	 -ENOENT, 0},
	{"look up a slot", OF_ARRAY, TABLE, {0}, 0, ACT_LOOKUP, 0, 0, 0, 0},
	{"look up an empty slot", OF_ARRAY, TABLE, {0}, 0, ACT_LOOKUP, 1, 0, -ENOENT, 0},
	{"look up past the end", OF_ARRAY, TABLE, {0}, 0, ACT_LOOKUP, 2, 0, -ENOENT, 0},
	{"look up in a hash", OF_HASH, TABLE, {0}, 0, ACT_LOOKUP, 0, 0, 0, 0},
	{"look up what is not in a hash", OF_HASH, TABLE, {0}, 0, ACT_LOOKUP, 5, 0,
	 -ENOENT, 0},
	{"the key after one that is absent", TABLE, {0}, {0}, 0, ACT_NEXT_KEY, 9, 0, 0,
	 0},
	{"the key after the last one", TABLE, {0}, {0}, 0, ACT_NEXT_KEY, 0, 0, -ENOENT,
	 0},
	{"the index after the first one", LIST, {0}, {0}, 0, ACT_NEXT_KEY, 0, 0, 0, 0},
	{"the index after the last one", LIST, {0}, {0}, 0, ACT_NEXT_KEY, 7, 0, -ENOENT,
	 0},
	{"write an array's element", LIST, {0}, {0}, 0, ACT_UPDATE, 7, 0, 0, 0},
	{"write past an array's end", LIST, {0}, {0}, 0, ACT_UPDATE, 8, 0, -E2BIG, 0},
	{"write NOEXIST in an array", LIST, {0}, {0}, 0, ACT_UPDATE, 1, BPF_NOEXIST,
	 -EEXIST, 0},
	{"write EXIST in an array", LIST, {0}, {0}, 0, ACT_UPDATE, 1, BPF_EXIST, 0, 0},
	{"delete an array's element", LIST, {0}, {0}, 0, ACT_DELETE, 1, 0, -EINVAL, 0},
	{"look up what nobody wrote in an array", LIST, {0}, {0}, 0, ACT_LOOKUP, 5, 0,
	 0, 0},
	{"look up past an array's end", LIST, {0}, {0}, 0, ACT_LOOKUP, 8, 0, -ENOENT, 0},
	{"write with flags that are none", TABLE, {0}, {0}, 0, ACT_UPDATE, 5, 3,
	 -EINVAL, 0},
	{"write EXIST, absent", TABLE, {0}, {0}, 0, ACT_UPDATE, 5, BPF_EXIST, -ENOENT, 0},
	{"write NOEXIST, present", TABLE, {0}, {0}, 0, ACT_UPDATE, 0, BPF_NOEXIST,
	 -EEXIST, 0},
	{"write into a full hash", TABLE, {0}, {0}, 0, ACT_UPDATE, 50, 0, -E2BIG, 7},
	{"empty slots of an array in bulk", OF_ARRAY, TABLE, {0}, 0, ACT_DELETE_BATCH,
	 0, 0, -MIM_ENOTSUPP, 0},
};
/* clang-format on */

enum look {
	LOOK_PIN,
	LOOK_GET,
	LOOK_MAKE,
	LOOK_REMOVE,
	LOOK_UNLINK,
	LOOK_RENAME,
	LOOK_RENAME_OVER,
	LOOK_SYMLINK,
	LOOK_OPEN,
	LOOK_STATUS,
	LOOK_READ_LINK,
};

/*
 * In a bpffs there are "pin" (of a map), "folder" with "in" in it, "empty", and "link" to
 * "folder". @name is what is asked for, or what is renamed to @to.
 */
struct look_up {
	const char *name_of_case;
	enum look look;
	const char *name;
	const char *to;
	int flags;
	int expected;
};

/* A row a case, which clang-format would make a column. */
/* clang-format off */
static const struct look_up looks[] = {
	{"pin", LOOK_PIN, "new", NULL, 0, 0},
	{"pin where a pin is", LOOK_PIN, "pin", NULL, 0, -EEXIST},
	{"pin where a folder is", LOOK_PIN, "folder", NULL, 0, -EEXIST},
	{"pin where a link is", LOOK_PIN, "link", NULL, 0, -EEXIST},
	{"pin with a dot in the name", LOOK_PIN, "a.b", NULL, 0, -EPERM},
	{"pin where the folder is missing", LOOK_PIN, "no/new", NULL, 0, -ENOENT},
	{"pin in no bpffs", LOOK_PIN, "new", NULL, NOT_BPFFS, -EPERM},
	{"get a pin", LOOK_GET, "pin", NULL, 0, 0},
	{"get what is not there", LOOK_GET, "no", NULL, 0, -ENOENT},
	{"get a folder", LOOK_GET, "folder", NULL, 0, -EACCES},
	{"get through a link", LOOK_GET, "link", NULL, 0, -ELOOP},
	{"make a folder", LOOK_MAKE, "new", NULL, 0, 0},
	{"make a folder that is there", LOOK_MAKE, "folder", NULL, 0, -EEXIST},
	{"make a folder where a pin is", LOOK_MAKE, "pin", NULL, 0, -EEXIST},
	{"make a folder with a dot", LOOK_MAKE, "a.b", NULL, 0, -EPERM},
	{"make a folder in none", LOOK_MAKE, "no/new", NULL, 0, -ENOENT},
	{"remove an empty folder", LOOK_REMOVE, "empty", NULL, 0, 0},
	{"remove a full folder", LOOK_REMOVE, "folder", NULL, 0, -ENOTEMPTY},
	{"remove a pin as a folder", LOOK_REMOVE, "pin", NULL, 0, -ENOTDIR},
	{"remove no folder", LOOK_REMOVE, "no", NULL, 0, -ENOENT},
	{"unlink a pin", LOOK_UNLINK, "pin", NULL, 0, 0},
	{"unlink a link", LOOK_UNLINK, "link", NULL, 0, 0},
	{"unlink a folder", LOOK_UNLINK, "folder", NULL, 0, -EISDIR},
	{"unlink nothing", LOOK_UNLINK, "no", NULL, 0, -ENOENT},
	{"rename a pin", LOOK_RENAME, "pin", "new", 0, 0},
	{"rename a pin to one that is there", LOOK_RENAME, "pin", "link", 0, -EEXIST},
	{"rename a pin over a pin", LOOK_RENAME_OVER, "pin", "folder/in", 0, 0},
	{"rename a pin over a link", LOOK_RENAME_OVER, "pin", "link", 0, 0},
	{"rename a pin over a folder", LOOK_RENAME_OVER, "pin", "folder", 0, -EISDIR},
	{"rename a folder over a pin", LOOK_RENAME_OVER, "folder", "pin", 0, -ENOTDIR},
	{"rename a folder over a full one", LOOK_RENAME_OVER, "empty", "folder", 0,
	 -ENOTEMPTY},
	{"rename a folder into itself", LOOK_RENAME_OVER, "folder", "folder/deep", 0,
	 -EINVAL},
	{"rename nothing", LOOK_RENAME, "no", "new", 0, -ENOENT},
	{"rename to a name with a dot", LOOK_RENAME, "pin", "a.b", 0, -EPERM},
	{"make a link", LOOK_SYMLINK, "new", NULL, 0, 0},
	{"make a link that is there", LOOK_SYMLINK, "link", NULL, 0, -EEXIST},
	{"make a link with a dot", LOOK_SYMLINK, "a.b", NULL, 0, -EPERM},
	{"open a folder", LOOK_OPEN, "folder", NULL, 0, 0},
	{"open a folder through a link", LOOK_OPEN, "link", NULL, 0, -ENOTDIR},
	{"open a pin as a folder", LOOK_OPEN, "pin", NULL, 0, -ENOTDIR},
	{"open no folder", LOOK_OPEN, "no", NULL, 0, -ENOENT},
	{"look at a pin", LOOK_STATUS, "pin", NULL, 0, 0},
	{"look at a link", LOOK_STATUS, "link", NULL, 0, 0},
	{"look at the folder itself", LOOK_STATUS, "", NULL, 0, 0},
	{"look at nothing", LOOK_STATUS, "no", NULL, 0, -ENOENT},
	{"look at a name with a dot", LOOK_STATUS, "a.b", NULL, 0, -EPERM},
	{"read a link", LOOK_READ_LINK, "link", NULL, 0, 0},
	{"read a pin as a link", LOOK_READ_LINK, "pin", NULL, 0, -EINVAL},
	{"read no link", LOOK_READ_LINK, "no", NULL, 0, -ENOENT},
};
/* clang-format on */

size_t refusals_count(void)
{
	return MIM_ARRAY_SIZE(creations) + MIM_ARRAY_SIZE(writes) + MIM_ARRAY_SIZE(looks);
}

static int as_zero(int r)
{
	return r < 0 ? r : 0;
}

/* A test that cannot be set up has nothing to say. */
static int insist(int r)
{
	if (r < 0)
		abort();
	return r;
}

static int make(struct mim_kernel *kernel, const struct mim_shape *shape, int inner)
{
	mim_auto_close int template = -1;
	const struct mim_shape table = TABLE;

	if (inner < 0 && (shape->type == ARRAY_OF || shape->type == HASH_OF))
		inner = template = insist(
			mim_kernel_call(kernel, map_create, &table, "t", -1, NULL));
	return insist(mim_kernel_call(kernel, map_create, shape, "t", inner, NULL));
}

/* Return: a descriptor to give where one of a map is wanted; -1 for none. */
static int make_other(struct mim_kernel *kernel, const struct mim_shape *shape,
		      enum other other)
{
	if (other == OTHER_CLOSED)
		return 9999;
	if (other == OTHER_FOLDER)
		return insist(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	return shape->type ? make(kernel, shape, -1) : -1;
}

static int try_creation(struct mim_kernel *kernel, const struct creation *creation)
{
	int inner = make_other(kernel, &creation->inner, creation->other);
	mim_auto_close int fd = mim_kernel_call(kernel, map_create, &creation->shape,
						creation->map_name, inner, NULL);

	if (inner >= 0 && inner != 9999)
		close(inner);
	return as_zero(fd);
}

static int do_write(struct mim_kernel *kernel, const struct write *write, int fd,
		    uint32_t value)
{
	uint32_t key = write->key, out, n = 1;

	switch (write->act) {
	case ACT_UPDATE:
		return mim_kernel_call(kernel, map_update, fd, &key, &value,
				       write->flags);
	case ACT_DELETE:
		return mim_kernel_call(kernel, map_delete, fd, &key);
	case ACT_LOOKUP:
		return mim_kernel_call(kernel, map_lookup, fd, &key, &out);
	case ACT_NEXT_KEY:
		return mim_kernel_call(kernel, map_next_key, fd, &key, &out);
	case ACT_UPDATE_BATCH:
		return mim_kernel_call(kernel, map_update_batch, fd, &key, &value, &n);
	case ACT_DELETE_BATCH:
		return mim_kernel_call(kernel, map_delete_batch, fd, &key, &n);
	}
	return 0;
}

static int try_write(struct mim_kernel *kernel, const struct write *write)
{
	bool outer = write->inner.type != 0;
	mim_auto_close int first = outer ? make(kernel, &write->inner, -1) : -1;
	mim_auto_close int fd = make(kernel, &write->shape, first);
	int bound = make_other(kernel, &write->bound, write->other), r;
	uint32_t value = outer ? (uint32_t)first : 7;

	for (uint32_t key = 0; key <= write->fill; key++)
		insist(mim_kernel_call(kernel, map_update, fd, &key, &value, 0));
	r = do_write(kernel, write, fd, bound >= 0 ? (uint32_t)bound : value);
	if (bound >= 0 && bound != 9999)
		close(bound);
	return as_zero(r);
}

static void furnish(struct mim_kernel *kernel, int root, int map)
{
	mim_auto_close int folder = -1;

	/* From the case before. */
	for (const char *const *name =
		     (const char *const[]){"pin", "link", "new", "folder/in", NULL};
	     *name; name++)
		unlinkat(root, *name, 0);
	unlinkat(root, "new", AT_REMOVEDIR);
	unlinkat(root, "folder", AT_REMOVEDIR);
	unlinkat(root, "empty", AT_REMOVEDIR);
	insist(mim_kernel_call(kernel, pin, map, root, "pin"));
	insist(mim_kernel_call(kernel, make_folder, root, "folder", 0755));
	insist(mim_kernel_call(kernel, make_folder, root, "empty", 0755));
	insist(mim_kernel_call(kernel, symlink, "folder", root, "link"));
	folder = insist(mim_kernel_call(kernel, open_folder, root, "folder"));
	insist(mim_kernel_call(kernel, pin, map, folder, "in"));
}

static int do_look(struct mim_kernel *kernel, const struct look_up *look, int root,
		   int map)
{
	enum mim_object object;
	char target[64];
	struct stat st;

	switch (look->look) {
	case LOOK_PIN:
		return mim_kernel_call(kernel, pin, map, root, look->name);
	case LOOK_GET:
		return mim_kernel_call(kernel, get, root, look->name, &object);
	case LOOK_MAKE:
		return mim_kernel_call(kernel, make_folder, root, look->name, 0755);
	case LOOK_REMOVE:
		return mim_kernel_call(kernel, remove_folder, root, look->name);
	case LOOK_UNLINK:
		return mim_kernel_call(kernel, unlink, root, look->name);
	case LOOK_RENAME:
	case LOOK_RENAME_OVER:
		return mim_kernel_call(kernel, rename, root, look->name, root, look->to,
				       look->look == LOOK_RENAME_OVER);
	case LOOK_SYMLINK:
		return mim_kernel_call(kernel, symlink, "somewhere", root, look->name);
	case LOOK_OPEN:
		return mim_kernel_call(kernel, open_folder, root, look->name);
	case LOOK_STATUS:
		return mim_kernel_call(kernel, status, root, look->name, &st);
	case LOOK_READ_LINK:
		return mim_kernel_call(kernel, read_link, root, look->name, target,
				       sizeof(target));
	}
	return 0;
}

static int try_look(struct mim_kernel *kernel, const struct look_up *look,
		    const char *bpffs, const char *other)
{
	const struct mim_shape table = TABLE;
	mim_auto_close int root =
		insist(mim_kernel_call(kernel, open_path, bpffs, O_DIRECTORY));
	mim_auto_close int elsewhere =
		insist(mim_kernel_call(kernel, open_path, other, O_DIRECTORY));
	mim_auto_close int map = make(kernel, &table, -1);
	int r;

	furnish(kernel, root, map);
	r = do_look(kernel, look, look->flags & NOT_BPFFS ? elsewhere : root, map);
	if (r >= 0 && (look->look == LOOK_GET || look->look == LOOK_OPEN))
		close(r);
	return as_zero(r);
}

int refusals_try(struct mim_kernel *kernel, const char *bpffs, const char *other,
		 size_t i, const char **ret_name, int *ret_expected)
{
	if (i < MIM_ARRAY_SIZE(creations)) {
		*ret_name = creations[i].name;
		*ret_expected = creations[i].expected;
		return try_creation(kernel, &creations[i]);
	}
	i -= MIM_ARRAY_SIZE(creations);
	if (i < MIM_ARRAY_SIZE(writes)) {
		*ret_name = writes[i].name;
		*ret_expected = writes[i].expected;
		return try_write(kernel, &writes[i]);
	}
	i -= MIM_ARRAY_SIZE(writes);
	*ret_name = looks[i].name_of_case;
	*ret_expected = looks[i].expected;
	return try_look(kernel, &looks[i], bpffs, other);
}
