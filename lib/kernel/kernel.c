/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/kernel.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include "kernel/ahead.h"
#include "kernel/calls.h"
#include "kernel/iterator.h"

int mim_kernel_enter_(struct mim_kernel *kernel, const char *op)
{
	uint64_t call = __atomic_add_fetch(&kernel->calls, 1, __ATOMIC_RELAXED);

	return kernel->fault ? kernel->fault(kernel->fault_data, op, call) : 0;
}

static int btf_load(void *data, const void *btf, uint32_t size)
{
	(void)data;
	return bpf_btf_load(btf, size, NULL);
}

static int map_create(void *data, const struct mim_shape *shape, const char *name,
		      int inner_fd, const struct mim_map_types *types)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = shape->flags,
		    .map_extra = shape->map_extra, .numa_node = shape->numa_node,
		    .inner_map_fd = inner_fd > 0 ? (uint32_t)inner_fd : 0);

	(void)data;
	if (types) {
		opts.btf_fd = (uint32_t)types->fd;
		opts.btf_key_type_id = types->key;
		opts.btf_value_type_id = types->value;
	}
	return bpf_map_create(shape->type, name, shape->key_size, shape->value_size,
			      shape->max_entries, &opts);
}

static int map_next_id(void *data, uint32_t id, uint32_t *ret_id)
{
	(void)data;
	return bpf_map_get_next_id(id, ret_id);
}

static int map_open(void *data, uint32_t id)
{
	(void)data;
	return bpf_map_get_fd_by_id(id);
}

static int map_info(void *data, int fd, struct mim_map_info *ret_info)
{
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);
	int r;

	(void)data;
	r = bpf_obj_get_info_by_fd(fd, &info, &size);
	if (r < 0)
		return r;
	*ret_info = (struct mim_map_info){
		.id = info.id,
		.shape = {info.type, info.key_size, info.value_size, info.max_entries,
			  info.map_flags, 0, info.map_extra},
		.btf = {info.btf_id, info.btf_key_type_id, info.btf_value_type_id},
	};
	memcpy(ret_info->name, info.name, sizeof(ret_info->name));
	ret_info->name[sizeof(ret_info->name) - 1] = '\0';
	return 0;
}

static int btf_read(void *data, uint32_t id, void **ret_bytes, uint32_t *ret_size)
{
	mim_auto_close int fd = bpf_btf_get_fd_by_id(id);
	struct bpf_btf_info info = {0};
	uint32_t size = sizeof(info), length;
	mim_auto_free void *bytes = NULL;
	int r;

	(void)data;
	if (fd < 0)
		return fd;
	r = bpf_obj_get_info_by_fd(fd, &info, &size);
	if (r < 0)
		return r;
	length = info.btf_size;
	bytes = malloc((size_t)length + 1);
	if (!bytes)
		return -ENOMEM;
	info = (struct bpf_btf_info){.btf = (uint64_t)(uintptr_t)bytes,
				     .btf_size = length};
	size = sizeof(info);
	r = bpf_obj_get_info_by_fd(fd, &info, &size);
	if (r < 0)
		return r;
	*ret_bytes = TAKE_PTR(bytes);
	*ret_size = length;
	return 0;
}

/* What only one run of mimctl needs, made when it is asked for. */
struct real {
	struct mim_iterator *iterator;
	int iterator_error;
};

static void take_shape(struct mim_shape *shape, const struct mim_record_shape *from)
{
	*shape = (struct mim_shape){from->type,	       from->key_size, from->value_size,
				    from->max_entries, from->flags,    0,
				    from->map_extra};
}

/* Who gets the records, in the form that the rest of the library knows. */
struct taker {
	mim_take_record *take;
	void *context;
};

static int take_record(void *data, const struct mim_record *raw)
{
	const struct taker *taker = data;
	struct mim_map_record record = {
		.info.id = raw->id, .frozen = raw->frozen, .has_inner = raw->has_inner};

	memcpy(record.info.name, raw->name, MIM_KERNEL_NAME - 1);
	take_shape(&record.info.shape, &raw->map);
	take_shape(&record.inner, &raw->inner);
	return taker->take(taker->context, &record);
}

static int map_iterate(void *data, mim_take_record *take, void *context)
{
	struct taker taker = {take, context};
	struct real *real = data;

	if (!real)
		return -ENOMEM;
	if (!real->iterator && !real->iterator_error)
		real->iterator_error = mim_iterator_new(&real->iterator);
	if (real->iterator_error)
		return real->iterator_error;
	return mim_iterator_read(real->iterator, take_record, &taker);
}

/* bpf_map_info does not tell; fdinfo does, since 5.2. */
static int map_frozen(void *data, int fd)
{
	mim_auto_close int file = -1;
	char path[MIM_PROC_PATH], text[1024];
	const char *line;
	ssize_t n;

	(void)data;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = open(path, O_RDONLY | O_CLOEXEC);
	n = file < 0 ? -1 : read(file, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	line = strstr(text, "\nfrozen:\t");
	return line && line[strlen("\nfrozen:\t")] == '1';
}

static int map_next_key(void *data, int fd, const void *key, void *ret_key)
{
	(void)data;
	return bpf_map_get_next_key(fd, key, ret_key);
}

static int map_lookup(void *data, int fd, const void *key, void *ret_value)
{
	(void)data;
	return bpf_map_lookup_elem(fd, key, ret_value);
}

static int map_update(void *data, int fd, const void *key, const void *value,
		      uint64_t flags)
{
	(void)data;
	return bpf_map_update_elem(fd, key, value, flags);
}

static int map_delete(void *data, int fd, const void *key)
{
	(void)data;
	return bpf_map_delete_elem(fd, key);
}

static int map_lookup_batch(void *data, int fd, void *in, void *out, void *keys,
			    void *values, uint32_t *count)
{
	(void)data;
	return bpf_map_lookup_batch(fd, in, out, keys, values, count, NULL);
}

static int map_update_batch(void *data, int fd, const void *keys, const void *values,
			    uint32_t *count)
{
	(void)data;
	return bpf_map_update_batch(fd, keys, values, count, NULL);
}

static int map_delete_batch(void *data, int fd, const void *keys, uint32_t *count)
{
	(void)data;
	return bpf_map_delete_batch(fd, keys, count, NULL);
}

#define MOST_STACK 512
#define INSN(...)  ((struct bpf_insn){__VA_ARGS__})

/*
 * Looks up one slot and stops: where the result is known not to be NULL, the verifier
 * says what it points to, "R0=map_ptr(ks=4,vs=8)" in one form or another since 4.12.
 */
static size_t lookup_program(struct bpf_insn *code, int fd, uint32_t key_size)
{
	int stack = -(int)((key_size + 7) & ~7U);
	size_t n = 0;

	for (int at = stack; at < 0; at += 8)
		code[n++] = INSN(.code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_10,
				 .off = (int16_t)at);
	code[n++] = INSN(.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_2,
			 .src_reg = BPF_REG_10);
	code[n++] = INSN(.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_2,
			 .imm = stack);
	code[n++] = INSN(.code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = BPF_REG_1,
			 .src_reg = BPF_PSEUDO_MAP_FD, .imm = fd);
	code[n++] = INSN(0);
	code[n++] = INSN(.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem);
	code[n++] =
		INSN(.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_0, .off = 1);
	code[n++] = INSN(.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0);
	code[n++] = INSN(.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0);
	code[n++] = INSN(.code = BPF_JMP | BPF_EXIT);
	return n;
}

static int template_sizes(void *data, int fd, uint32_t key_size, uint32_t *ret_key,
			  uint32_t *ret_value)
{
	struct bpf_insn code[MOST_STACK / 8 + 16];
	mim_auto_free char *log = calloc(1, 65536);
	mim_auto_close int program = -1;
	const char *at;
	size_t n;

	(void)data;
	if (!log)
		return -ENOMEM;
	if (key_size > MOST_STACK)
		return -EOPNOTSUPP;
	n = lookup_program(code, fd, key_size);
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .log_level = 2, .log_buf = log,
		    .log_size = 65536);
	program = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "mimctl_probe", "GPL", code,
				n, &opts);
	for (at = log; (at = strstr(at, "=map_ptr(")); at++) {
		bool result = (at - log >= 2 && strncmp(at - 2, "R0", 2) == 0) ||
			      (at - log >= 4 && strncmp(at - 4, "R0_w", 4) == 0);
		const char *sizes = strstr(at, "ks=");

		if (result && sizes &&
		    sscanf(sizes, "ks=%u,vs=%u", ret_key, ret_value) == 2)
			return 0;
	}
	return -ENODATA;
}

static int prog_next_id(void *data, uint32_t id, uint32_t *ret_id)
{
	(void)data;
	return bpf_prog_get_next_id(id, ret_id);
}

static int prog_open(void *data, uint32_t id)
{
	(void)data;
	return bpf_prog_get_fd_by_id(id);
}

static int prog_info(void *data, int fd, struct mim_prog_info *ret_info)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info), n;
	mim_auto_free uint32_t *maps = NULL;
	int r;

	(void)data;
	r = bpf_obj_get_info_by_fd(fd, &info, &size);
	if (r < 0)
		return r;
	n = info.nr_map_ids;
	maps = calloc(n + 1, sizeof(*maps));
	if (!maps)
		return -ENOMEM;
	/* Only the map ids are wanted: counts of other lists must be zero. */
	memset(&info, 0, sizeof(info));
	info.nr_map_ids = n;
	info.map_ids = (uint64_t)(uintptr_t)maps;
	size = sizeof(info);
	r = bpf_obj_get_info_by_fd(fd, &info, &size);
	if (r < 0)
		return r;
	*ret_info = (struct mim_prog_info){
		.id = info.id,
		.type = info.type,
		.maps = TAKE_PTR(maps),
		.n_maps = info.nr_map_ids < n ? info.nr_map_ids : n,
	};
	memcpy(ret_info->name, info.name, sizeof(ret_info->name) - 1);
	return 0;
}

/*
 * A path is resolved once, safely, to a folder's descriptor. Going through /proc/self/fd
 * uses that on every kernel; BPF_F_PATH_FD would need 6.5.
 */
static int pin(void *data, int fd, int folder, const char *name)
{
	char path[MIM_PROC_PATH];

	(void)data;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", folder, name);
	return bpf_obj_pin(fd, path);
}

static enum mim_object object_of(int fd)
{
	char path[MIM_PROC_PATH], target[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return MIM_OBJECT_OTHER;
	target[n] = '\0';
	if (strcmp(target, "anon_inode:bpf-map") == 0)
		return MIM_OBJECT_MAP;
	if (strcmp(target, "anon_inode:bpf-prog") == 0)
		return MIM_OBJECT_PROGRAM;
	/* One for a new link, the other for one that was pinned or looked up by id. */
	if (strcmp(target, "anon_inode:bpf_link") == 0 ||
	    strcmp(target, "anon_inode:bpf-link") == 0)
		return MIM_OBJECT_LINK;
	return MIM_OBJECT_OTHER;
}

/* Of the name itself: BPF_OBJ_GET alone would follow a link that somebody puts there. */
static int get(void *data, int folder, const char *name, enum mim_object *ret_object)
{
	mim_auto_close int file = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char path[MIM_PROC_PATH];
	struct stat st;
	int fd;

	(void)data;
	if (file < 0 || fstat(file, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	fd = bpf_obj_get(path);
	if (fd >= 0)
		*ret_object = object_of(fd);
	return fd;
}

static const struct mim_kernel_ops real_ops = {
	.btf_load = btf_load,
	.map_create = map_create,
	.map_next_id = map_next_id,
	.map_open = map_open,
	.map_info = map_info,
	.btf_read = btf_read,
	.map_iterate = map_iterate,
	.map_frozen = map_frozen,
	.map_next_key = map_next_key,
	.map_lookup = map_lookup,
	.map_update = map_update,
	.map_delete = map_delete,
	.map_lookup_batch = map_lookup_batch,
	.map_update_batch = map_update_batch,
	.map_delete_batch = map_delete_batch,
	.template_sizes = template_sizes,
	.prog_next_id = prog_next_id,
	.prog_open = prog_open,
	.prog_info = prog_info,
	.pin = pin,
	.get = get,
	.is_bpffs = mim_call_is_bpffs,
	.open_path = mim_call_open_path,
	.status = mim_call_status,
	.read_link = mim_call_read_link,
	.open_folder = mim_call_open_folder,
	.read_folder = mim_call_read_folder,
	.make_folder = mim_call_make_folder,
	.remove_folder = mim_call_remove_folder,
	.unlink = mim_call_unlink,
	.rename = mim_call_rename,
	.symlink = mim_call_symlink,
	.set_mode = mim_call_set_mode,
	.set_owner = mim_call_set_owner,
	.lock = mim_call_lock,
	.mount = mim_call_mount,
	.unmount = mim_call_unmount,
};

void mim_kernel_init(struct mim_kernel *kernel)
{
	*kernel = (struct mim_kernel){.ops = &real_ops,
				      .data = calloc(1, sizeof(struct real))};
}

void mim_kernel_release(struct mim_kernel *kernel)
{
	struct real *real = kernel->data;

	mim_ahead_drop(kernel);
	if (real)
		mim_iterator_free(real->iterator);
	free(real);
	*kernel = (struct mim_kernel){0};
}
