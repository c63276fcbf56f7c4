/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_BTF_H
#define MIM_KERNEL_BTF_H

#include "kernel/kernel.h"

/**
 * mim_btf_of_map() - which types a live map was made with
 * @id: of the map
 * @ret_btf: all 0 for a map without
 *
 * Return: 0; -ENOENT when it is gone; what the calls give.
 */
MIM_PUBLIC int mim_btf_of_map(struct mim_kernel *kernel, uint32_t id,
			      struct mim_map_btf *ret_btf);

/**
 * mim_btf_read() - the BTF with an id, as the kernel has it
 * @ret_bytes: heap, @ret_size of them
 *
 * Return: 0; -ENOENT when it is gone with its last map; -EPERM without CAP_SYS_ADMIN;
 * -ENOMEM.
 */
MIM_PUBLIC int mim_btf_read(struct mim_kernel *kernel, uint32_t id, void **ret_bytes,
			    uint32_t *ret_size);

#endif
