/* SPDX-License-Identifier: BSD-2-Clause */
#include "apply/why.h"

#include <errno.h>
#include "model/kind.h"
#include "types/value.h"

int mim_why_create(struct mim_diags *diags, struct mim_spot spot, const char *noun,
		   const char *name, const struct mim_shape *shape, int r)
{
	mim_error(diags, spot, r == -EPERM ? MIM_CODE_CAPABILITY : MIM_CODE_KERNEL, r,
		  "cannot create %s '%s' (%s): %s", noun, name,
		  mim_kind_name(shape->type), mim_errno_text(r));
	switch (r) {
	case -EPERM:
		mim_hint(diags,
			 "creating maps needs CAP_BPF, and CAP_NET_ADMIN for maps of "
			 "devices, CPUs and sockets; before Linux 5.11 the memory of "
			 "maps also counts against RLIMIT_MEMLOCK");
		break;
	case -ENOMEM:
		mim_hint(diags,
			 "max_entries %u with values of %u bytes: not enough memory, "
			 "or the memory cgroup's limit is reached",
			 shape->max_entries, shape->value_size);
		break;
	case -E2BIG:
		mim_hint(diags,
			 "max_entries, key_size or value_size is more than this kernel "
			 "allows for the type");
		break;
	case -EMFILE:
	case -ENFILE:
		mim_hint(diags, "raise the hard limit of open files (ulimit -Hn)");
		break;
	case -EINVAL:
	case -MIM_ENOTSUPP:
		mim_hint(diags,
			 "this kernel does not know the map type, or refuses one of "
			 "its flags");
		break;
	default:
		break;
	}
	return r;
}

int mim_why_open(struct mim_diags *diags, uint32_t id, int r)
{
	return mim_error(diags, MIM_NOWHERE,
			 r == -EPERM ? MIM_CODE_CAPABILITY : MIM_CODE_KERNEL, r,
			 r == -EPERM
				 ? "cannot open map id %u: this needs CAP_SYS_ADMIN (%s)"
				 : "cannot open map id %u: %s",
			 id, mim_errno_text(r));
}

static bool is_denied(int r)
{
	return r == -EPERM || r == -EACCES;
}

int mim_why_bpffs(struct mim_diags *diags, struct mim_spot spot, const char *verb,
		  const char *path, int r)
{
	mim_error(diags, spot, is_denied(r) ? MIM_CODE_CAPABILITY : MIM_CODE_KERNEL, r,
		  "cannot %s %s: %s", verb, path, mim_errno_text(r));
	if (r == -EACCES)
		mim_hint(diags, "what the modes of folders do not allow this user needs "
				"CAP_DAC_OVERRIDE");
	if (r == -EPERM)
		mim_hint(diags, "bpffs asks for CAP_BPF and for write permission in the "
				"folder; mounting asks for CAP_SYS_ADMIN");
	return r;
}

int mim_why_pin(struct mim_diags *diags, const struct mim_pin *pin, int r)
{
	struct mim_spot spot = MIM_SPOT(pin->origin, pin->group ? "group" : "path");

	if (r == -ESRCH)
		return mim_error(diags, spot, MIM_CODE_KERNEL, r,
				 "there is no group '%s' on this machine", pin->group);
	spot.key = "path";
	if (r == -EEXIST)
		return mim_error(diags, spot, MIM_CODE_CHANGED, -EAGAIN,
				 "somebody has pinned something at %s since it was read",
				 pin->path);
	mim_why_bpffs(diags, spot, "pin at", pin->path, r);
	if (r == -ENOENT)
		mim_hint(diags, "the folder that it is to lie in does not exist");
	else if (r == -ELOOP || r == -ENOTDIR)
		mim_hint(diags, "a part of the path is a link or no folder");
	return r;
}

int mim_why_slot(const struct mim_run *run, const struct mim_step *step, uint32_t failed,
		 const char *verb, int r)
{
	const struct mim_topology *want = run->plan->want;
	const struct mim_write *write = &run->plan->writes[step->first + failed];
	const struct mim_map *outer = step->map != MIM_NONE
					      ? &want->maps[step->map]
					      : &run->plan->live->maps[step->live_map];
	struct mim_spot spot = MIM_NOWHERE;
	char key[256] = "?";

	if (failed < step->n) {
		mim_value_print(outer->outer->key_type, mim_run_key(run, step, write),
				key, sizeof(key));
		if (write->want != MIM_NONE)
			spot = MIM_SPOT(outer->outer->slots.origins[write->want],
					"inner");
	}
	mim_error(run->diags, spot, MIM_CODE_KERNEL, r, "cannot %s slot %s of '%s': %s",
		  verb, key, outer->name, mim_errno_text(r));
	switch (r) {
	case -EINVAL:
		mim_hint(run->diags,
			 "the outer map in the kernel was made for other inner "
			 "maps than the template says");
		break;
	case -E2BIG:
		mim_hint(run->diags,
			 "the outer map is full, or the index is past its end");
		break;
	case -EPERM:
		mim_hint(run->diags,
			 "the outer map is frozen: nobody can change its slots");
		break;
	default:
		break;
	}
	return r;
}
