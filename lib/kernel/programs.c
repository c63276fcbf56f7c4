/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/programs.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include "base/array.h"

static int add_user(struct mim_topology *live, uint32_t map, uint32_t program)
{
	struct mim_users *users = mim_topology_make_users(live, &live->maps[map]);
	uint32_t *grown;

	if (!users)
		return -ENOMEM;
	grown = mim_arena_resize(&live->arena, users->programs,
				 (users->n_programs + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	users->programs = grown;
	users->programs[users->n_programs++] = program;
	return 0;
}

static int add_program(struct mim_kernel *kernel, struct mim_topology *live, int fd)
{
	struct mim_prog_info info;
	struct mim_program *program;
	const char *type;
	uint32_t index = (uint32_t)live->n_programs;
	int r = mim_kernel_call(kernel, prog_info, fd, &info);

	if (r < 0)
		return r;
	program = mim_array_add(live->programs, live->n_programs);
	if (program) {
		type = libbpf_bpf_prog_type_str(info.type);
		program->id = info.id;
		program->type = type ? type : "unknown";
		program->name = mim_arena_strdup(&live->arena, info.name);
	}
	r = program && program->name ? 0 : -ENOMEM;
	for (uint32_t i = 0; r == 0 && i < info.n_maps; i++) {
		uint32_t map = mim_topology_by_id(live, info.maps[i]);

		if (map != MIM_NONE)
			r = add_user(live, map, index);
	}
	free(info.maps);
	return r;
}

int mim_programs_read(struct mim_kernel *kernel, struct mim_topology *live)
{
	uint32_t id = 0;
	int r;

	for (;;) {
		mim_auto_close int fd = -1;

		r = mim_kernel_call(kernel, prog_next_id, id, &id);
		if (r < 0)
			return r == -ENOENT ? 0 : r;
		fd = mim_kernel_call(kernel, prog_open, id);
		r = fd < 0 ? fd : add_program(kernel, live, fd);
		if (r < 0 && r != -ENOENT)
			return r;
	}
}
