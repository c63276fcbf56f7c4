/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include "apply/lock.h"
#include "base/str.h"
#include "kernel/marker.h"
#include "model/reserved.h"

static void read_command(char *command, size_t size)
{
	mim_auto_fclose FILE *file = fopen("/proc/self/cmdline", "re");
	size_t n = file ? fread(command, 1, size - 1, file) : 0;

	while (n && command[n - 1] == '\0')
		n--;
	for (size_t i = 0; i < n; i++)
		if (command[i] == '\0')
			command[i] = ' ';
	command[n] = '\0';
	/* Cut in the middle of a character, or with a line's end in an argument. */
	for (size_t i = 0; i < n; i++)
		if (!mim_str_character(command + i) && (command[i] & 0xc0) != 0x80)
			command[i] = '?';
	if (n == 0 || !mim_str_is_printable(command))
		snprintf(command, size, "%s", program_invocation_short_name);
}

static uint32_t pid_space(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) < 0 ? 0 : (uint32_t)st.st_ino;
}

void mim_self_init(struct mim_self *self, int64_t until)
{
	struct utsname names;

	memset(self, 0, sizeof(*self));
	read_command(self->command, sizeof(self->command));
	if (uname(&names) == 0)
		snprintf(self->host, sizeof(self->host), "%s", names.nodename);
	if (!*self->host || strchr(self->host, ' ') || !mim_str_is_printable(self->host))
		snprintf(self->host, sizeof(self->host), "unknown");
	self->runner = (struct mim_runner){.pid = (uint32_t)getpid(),
					   .space = pid_space(),
					   .since = time(NULL),
					   .until = until,
					   .host = self->host,
					   .command = self->command};
}

static bool is_marked(struct mim_kernel *kernel, int folder)
{
	struct stat st;

	return mim_kernel_call(kernel, status, folder, MIM_MARKER_NAME, &st) == 0;
}

void mim_lock_sign(struct mim_kernel *kernel, const struct mim_lock *lock)
{
	mim_auto_close int state = -1;
	char text[MIM_RUNNER_TEXT];
	struct mim_self self;

	if (lock->folder < 0 || !is_marked(kernel, lock->folder))
		return;
	mim_self_init(&self, 0);
	mim_kernel_call(kernel, make_folder, lock->folder, MIM_STATE_NAME, 0700);
	state = mim_kernel_call(kernel, open_folder, lock->folder, MIM_STATE_NAME);
	if (state < 0)
		return;
	mim_kernel_call(kernel, unlink, state, MIM_HOLDER_NAME);
	mim_kernel_call(kernel, symlink, mim_runner_text(&self.runner, text), state,
			MIM_HOLDER_NAME);
}

void mim_lock_unsign(struct mim_kernel *kernel, const struct mim_lock *lock)
{
	mim_auto_close int state = -1;

	if (lock->folder < 0)
		return;
	state = mim_kernel_call(kernel, open_folder, lock->folder, MIM_STATE_NAME);
	if (state < 0)
		return;
	mim_kernel_call(kernel, unlink, state, MIM_HOLDER_NAME);
	mim_kernel_call(kernel, remove_folder, lock->folder, MIM_STATE_NAME);
}
