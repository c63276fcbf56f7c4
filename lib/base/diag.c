/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/diag.h"

#include <errno.h>
#include <string.h>
#include "base/array.h"

/* The kernel's internal ENOTSUPP; it leaks out of bpf() and libc has no name for it. */
#define KERNEL_ENOTSUPP 524
/* No call that we make gives it; see MIM_ENOCPUS. */
#define CPUS_UNKNOWN ENODATA

void mim_diags_release(struct mim_diags *diags)
{
	for (size_t i = 0; i < diags->n; i++)
		free(diags->items[i].related);
	free(diags->items);
	mim_arena_release(&diags->arena);
	*diags = (struct mim_diags){0};
}

static void add(struct mim_diags *diags, struct mim_diag diag, const char *format,
		va_list args)
{
	struct mim_diag *item = NULL;

	if (diags->n >= MIM_DIAGS_MOST) {
		diags->n_errors += diag.severity == MIM_ERROR;
		diags->n_dropped++;
		return;
	}
	diag.message = mim_arena_vprintf(&diags->arena, format, args);
	if (diag.message)
		item = mim_array_add(diags->items, diags->n);
	if (!item) {
		mim_out_of_memory(diags);
		return;
	}
	*item = diag;
	diags->n_errors += diag.severity == MIM_ERROR;
}

int mim_error(struct mim_diags *diags, struct mim_spot spot, enum mim_code code, int r,
	      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(diags, (struct mim_diag){MIM_ERROR, code, r, .spot = spot}, format, args);
	va_end(args);
	return r;
}

void mim_warning(struct mim_diags *diags, struct mim_spot spot, enum mim_code code,
		 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(diags, (struct mim_diag){MIM_WARNING, code, .spot = spot}, format, args);
	va_end(args);
}

/* A hint or note for a diagnostic that was not kept has nothing to go with. */
static struct mim_diag *newest(struct mim_diags *diags)
{
	return diags->n && !diags->n_dropped && !diags->out_of_memory
		       ? &diags->items[diags->n - 1]
		       : NULL;
}

void mim_hint(struct mim_diags *diags, const char *format, ...)
{
	struct mim_diag *diag = newest(diags);
	va_list args;

	if (!diag)
		return;
	va_start(args, format);
	diag->hint = mim_arena_vprintf(&diags->arena, format, args);
	va_end(args);
	if (!diag->hint)
		mim_out_of_memory(diags);
}

void mim_part(struct mim_diags *diags, size_t from, size_t length)
{
	struct mim_diag *diag = newest(diags);

	if (!diag)
		return;
	diag->spot.from = from;
	diag->spot.length = length;
}

void mim_note(struct mim_diags *diags, struct mim_spot spot, const char *format, ...)
{
	struct mim_diag *diag = newest(diags);
	struct mim_related *related;
	const char *message;
	va_list args;

	if (!diag)
		return;
	va_start(args, format);
	message = mim_arena_vprintf(&diags->arena, format, args);
	va_end(args);
	related = message ? mim_array_add(diag->related, diag->n_related) : NULL;
	if (related)
		*related = (struct mim_related){.spot = spot, .message = message};
	else
		mim_out_of_memory(diags);
}

void mim_here(struct mim_diags *diags, struct mim_place place)
{
	struct mim_diag *diag = newest(diags);

	if (!diag)
		return;
	if (diag->n_related)
		diag->related[diag->n_related - 1].place = place;
	else
		diag->place = place;
}

int mim_out_of_memory(struct mim_diags *diags)
{
	diags->n_errors += !diags->out_of_memory;
	diags->out_of_memory = true;
	return -ENOMEM;
}

int mim_no_room(struct mim_diags *diags, const struct mim_arena *arena,
		struct mim_spot spot, const char *name)
{
	if (!arena->full)
		return mim_out_of_memory(diags);
	return mim_error(diags, spot, MIM_CODE_LIMIT, -EINVAL,
			 "%s takes more than %zu MiB of memory", name,
			 arena->limit >> 20);
}

const char *mim_errno_text(int error)
{
	const char *text;

	error = error < 0 ? -error : error;
	if (error == KERNEL_ENOTSUPP)
		return "not supported by this kernel (524)";
	if (error == CPUS_UNKNOWN)
		return "how many CPUs there can be is not known: cannot read "
		       "/sys/devices/system/cpu/possible";
	text = strerrordesc_np(error);
	return text ? text : "unknown error";
}
