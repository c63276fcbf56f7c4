/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_KERNEL_H
#define MIM_KERNEL_KERNEL_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include "base/cleanup.h"
#include "model/name.h"
#include "model/shape.h"

/** struct mim_map_btf - the types of a map: ids in the BTF with id @id, 0 for none */
struct mim_map_btf {
	uint32_t id;
	uint32_t key;
	uint32_t value;
};

/**
 * struct mim_map_info - what the kernel says of a map; sizes in bytes
 * @btf: not known to the iterator program
 */
struct mim_map_info {
	uint32_t id;
	struct mim_shape shape;
	struct mim_map_btf btf;
	char name[MIM_KERNEL_NAME];
};

/**
 * struct mim_map_record - what the iterator program says of a map
 * @frozen: user space can no longer change it
 * @has_inner: it is an outer map, and @inner is its template
 */
struct mim_map_record {
	struct mim_map_info info;
	bool frozen;
	bool has_inner;
	struct mim_shape inner;
};

/** struct mim_map_types - BTF types of a new map: ids in the BTF that @fd holds */
struct mim_map_types {
	int fd;
	uint32_t key;
	uint32_t value;
};

/** mim_take_record - gets one map after the other; Return: 0, or what ends the reading */
typedef int mim_take_record(void *context, const struct mim_map_record *record);

/** enum mim_object - what a pin holds */
enum mim_object { MIM_OBJECT_MAP, MIM_OBJECT_PROGRAM, MIM_OBJECT_LINK, MIM_OBJECT_OTHER };

/** struct mim_prog_info - what the kernel says of a program; @maps belongs to the caller
 */
struct mim_prog_info {
	uint32_t id;
	uint32_t type;
	char name[MIM_KERNEL_NAME];
	uint32_t *maps;
	uint32_t n_maps;
};

/**
 * struct mim_kernel_ops - every call that leaves the process for the kernel's maps
 *
 * The real table calls libbpf and the C library; tests put their own in its place. All
 * return 0 or a descriptor, or a negative errno. Batch calls set @count to the elements
 * that were done, also on error. Descriptors are close-on-exec. map_iterate gives
 * -EOPNOTSUPP and the like where the iterator program cannot run; its records come in the
 * order of ids. map_frozen gives 0 or 1. btf_read gives bytes that the caller releases.
 * template_sizes reads the key and value size of an outer map's template off the
 * verifier's log. map_create takes NULL for a map without BTF types. get and set_mode
 * follow no symlink. set_owner leaves as it is what is UINT32_MAX. open_path opens an
 * absolute path for reading, @flags is O_DIRECTORY or 0; it alone follows symlinks.
 * status tells of a name itself, also if that is a symlink, and of the folder for "".
 * read_link gives the length of the target, which has no NUL and may be cut off;
 * read_folder the bytes of struct dirent64, 0 at the end.
 */
struct mim_kernel_ops {
	int (*btf_load)(void *data, const void *btf, uint32_t size);
	int (*map_create)(void *data, const struct mim_shape *shape, const char *name,
			  int inner_fd, const struct mim_map_types *types);
	int (*map_next_id)(void *data, uint32_t id, uint32_t *ret_id);
	int (*map_open)(void *data, uint32_t id);
	int (*map_info)(void *data, int fd, struct mim_map_info *ret_info);
	int (*btf_read)(void *data, uint32_t id, void **ret_bytes, uint32_t *ret_size);
	int (*map_iterate)(void *data, mim_take_record *take, void *context);
	int (*map_frozen)(void *data, int fd);
	int (*map_next_key)(void *data, int fd, const void *key, void *ret_key);
	int (*map_lookup)(void *data, int fd, const void *key, void *ret_value);
	int (*map_update)(void *data, int fd, const void *key, const void *value,
			  uint64_t flags);
	int (*map_delete)(void *data, int fd, const void *key);
	int (*map_lookup_batch)(void *data, int fd, void *in, void *out, void *keys,
				void *values, uint32_t *count);
	int (*map_update_batch)(void *data, int fd, const void *keys, const void *values,
				uint32_t *count);
	int (*map_delete_batch)(void *data, int fd, const void *keys, uint32_t *count);
	int (*template_sizes)(void *data, int fd, uint32_t key_size, uint32_t *ret_key,
			      uint32_t *ret_value);
	int (*prog_next_id)(void *data, uint32_t id, uint32_t *ret_id);
	int (*prog_open)(void *data, uint32_t id);
	int (*prog_info)(void *data, int fd, struct mim_prog_info *ret_info);
	int (*pin)(void *data, int fd, int folder, const char *name);
	int (*get)(void *data, int folder, const char *name, enum mim_object *ret_object);
	int (*is_bpffs)(void *data, int folder);
	int (*open_path)(void *data, const char *path, int flags);
	int (*status)(void *data, int folder, const char *name, struct stat *ret_status);
	int (*read_link)(void *data, int folder, const char *name, char *ret_target,
			 size_t size);
	int (*open_folder)(void *data, int folder, const char *name);
	int (*read_folder)(void *data, int folder, void *entries, size_t size);
	int (*make_folder)(void *data, int folder, const char *name, uint32_t mode);
	int (*remove_folder)(void *data, int folder, const char *name);
	int (*unlink)(void *data, int folder, const char *name);
	int (*rename)(void *data, int from, const char *old, int to, const char *new,
		      bool replace);
	int (*symlink)(void *data, const char *target, int folder, const char *name);
	int (*set_mode)(void *data, int folder, const char *name, uint32_t mode);
	int (*set_owner)(void *data, int folder, const char *name, uint32_t uid,
			 uint32_t gid);
	int (*lock)(void *data, int folder, int operation);
	int (*mount)(void *data, const char *path);
	int (*unmount)(void *data, const char *path);
};

/**
 * struct mim_kernel - a kernel to work on
 * @fault: tests only: asked before every call, by several threads at once; a negative
 *	errno makes the call fail with it without being carried out
 * @calls: calls made so far, for the benchmark and for choosing the k-th to fail
 * @holds_lock: the caller has the lock of the scope that it reads
 * @no_iterator: do without the iterator program, as where it cannot be loaded
 * @ahead: what mim_ahead_start() began, or NULL
 * @blind: why the last mim_sight_read() did without it, a negative errno: -ECANCELED for
 *	@no_iterator; 0 when it ran
 * @untyped: why maps were made without the BTF of their types, a negative errno; 0 when
 *	none was
 */
struct mim_kernel {
	const struct mim_kernel_ops *ops;
	void *data;
	int (*fault)(void *fault_data, const char *op, uint64_t call);
	void *fault_data;
	uint64_t calls;
	bool holds_lock;
	bool no_iterator;
	struct mim_ahead *ahead;
	int blind;
	int untyped;
};

/** mim_kernel_init() - the running kernel; needs mim_kernel_release() */
MIM_PUBLIC void mim_kernel_init(struct mim_kernel *kernel);

/** mim_kernel_release() - let go of what was loaded into it, and of what is read ahead */
MIM_PUBLIC void mim_kernel_release(struct mim_kernel *kernel);

/** mim_kernel_enter_() - account for a call; use mim_kernel_call() */
int mim_kernel_enter_(struct mim_kernel *kernel, const char *op);

/**
 * mim_kernel_call() - make one call of the table
 * Return: what the call returns, or the fault's errno.
 */
#define mim_kernel_call(kernel, op, ...)                                                 \
	({                                                                               \
		struct mim_kernel *kernel_ = (kernel);                                   \
		int r_ = mim_kernel_enter_(kernel_, #op);                                \
		r_ < 0 ? r_ : kernel_->ops->op(kernel_->data, __VA_ARGS__);              \
	})

/**
 * mim_is_shortage() - did a call fail for want of memory or descriptors?
 *
 * What could not be looked at for that reason is there all the same, whatever it was.
 */
static inline bool mim_is_shortage(int r)
{
	return r == -ENOMEM || r == -EMFILE || r == -ENFILE;
}

/** the kernel's internal ENOTSUPP, which libc cannot name; batch calls return it */
#define MIM_ENOTSUPP 524

/**
 * how many CPUs there can be is not known, and so not how large a value of a per-CPU map
 * is: the kernel would write past the end of a guess
 */
#define MIM_ENOCPUS ENODATA

#endif
