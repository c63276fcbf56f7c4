/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/create.h"

#include <errno.h>
#include <linux/bpf.h>

int mim_creator_init(struct mim_creator *creator, struct mim_kernel *kernel,
		     const struct mim_topology *want)
{
	int fd;

	*creator = (struct mim_creator){kernel, want, -1, NULL};
	if (want->btf.size == 0)
		return 0;
	creator->untyped = calloc(want->n_templates + 1, sizeof(*creator->untyped));
	if (!creator->untyped)
		return -ENOMEM;
	fd = mim_kernel_call(kernel, btf_load, want->btf.data, want->btf.size);
	if (mim_is_shortage(fd)) {
		mim_creator_release(creator);
		return fd;
	}
	if (fd < 0)
		kernel->untyped = fd;
	else
		creator->btf = fd;
	return 0;
}

void mim_creator_release(struct mim_creator *creator)
{
	if (!creator->kernel)
		return;
	if (creator->btf >= 0)
		close(creator->btf);
	free(creator->untyped);
	*creator = (struct mim_creator){0};
}

static bool is_typed(struct mim_creator *creator, uint32_t template)
{
	return creator->btf >= 0 && template != MIM_NONE &&
	       creator->want->templates[template].btf_value &&
	       !__atomic_load_n(&creator->untyped[template], __ATOMIC_RELAXED);
}

/* Errors of a map type that takes no types, or not these: perhaps it is made without. */
static bool may_be_types(int r)
{
	return r == -EINVAL || r == -MIM_ENOTSUPP || r == -EOPNOTSUPP || r == -EACCES ||
	       r == -EBADF;
}

int mim_creator_make(struct mim_creator *creator, uint32_t template,
		     const struct mim_shape *shape, const char *name)
{
	struct mim_kernel *kernel = creator->kernel;
	struct mim_shape made = *shape;
	struct mim_map_types types;
	int fd, untyped;

	made.flags &= ~(BPF_F_RDONLY | BPF_F_WRONLY);
	if (!is_typed(creator, template))
		return mim_kernel_call(kernel, map_create, &made, name, -1, NULL);
	types = (struct mim_map_types){creator->btf,
				       creator->want->templates[template].btf_key,
				       creator->want->templates[template].btf_value};
	fd = mim_kernel_call(kernel, map_create, &made, name, -1, &types);
	if (fd >= 0 || !may_be_types(fd))
		return fd;
	untyped = mim_kernel_call(kernel, map_create, &made, name, -1, NULL);
	if (untyped >= 0) {
		__atomic_store_n(&creator->untyped[template], true, __ATOMIC_RELAXED);
		__atomic_store_n(&kernel->untyped, fd, __ATOMIC_RELAXED);
	}
	return untyped;
}

const char *mim_creator_reason(const struct mim_kernel *kernel)
{
	if (kernel->untyped == 0)
		return NULL;
	if (kernel->untyped == -EPERM || kernel->untyped == -EACCES)
		return "it needs CAP_BPF or CAP_SYS_ADMIN";
	return "this kernel does not take it";
}
