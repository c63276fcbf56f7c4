/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <time.h>
#include "apply/lock.h"
#include "base/str.h"
#include "kernel/marker.h"
#include "model/reserved.h"

#define SELF "/proc/self/cmdline"

static void read_command(const char *path, char *command, size_t size)
{
	mim_auto_fclose FILE *file = fopen(path, "re");
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
		snprintf(command, size, "%s",
			 strcmp(path, SELF) == 0 ? program_invocation_short_name : "?");
}

static uint32_t pid_space(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) < 0 ? 0 : (uint32_t)st.st_ino;
}

static void read_host(char *host, size_t size)
{
	struct utsname names;

	if (uname(&names) == 0)
		snprintf(host, size, "%.64s", names.nodename);
	if (!*host || strchr(host, ' ') || !mim_str_is_printable(host))
		snprintf(host, size, "unknown");
}

void mim_self_init(struct mim_self *self, int64_t until)
{
	memset(self, 0, sizeof(*self));
	read_command(SELF, self->command, sizeof(self->command));
	read_host(self->host, sizeof(self->host));
	self->runner = (struct mim_runner){.pid = (uint32_t)getpid(),
					   .space = pid_space(),
					   .since = time(NULL),
					   .until = until,
					   .host = self->host,
					   .command = self->command};
}

/* "1: FLOCK  ADVISORY  WRITE 77 00:1b:5 0 EOF"; who waits has an arrow there. */
static bool is_lock_on(const char *line, const struct stat *st, uint32_t *ret_pid)
{
	unsigned int major_, minor_;
	unsigned long inode;

	return sscanf(line, "%*d: FLOCK %*s %*s %" SCNu32 " %x:%x:%lu", ret_pid, &major_,
		      &minor_, &inode) == 4 &&
	       major_ == major(st->st_dev) && minor_ == minor(st->st_dev) &&
	       inode == st->st_ino;
}

/* The lock is at most as old as the process. Return: seconds since the epoch, or 0. */
static int64_t read_start(uint32_t pid)
{
	char path[64], text[1024] = "";
	mim_auto_fclose FILE *file = NULL;
	unsigned long long ticks;
	struct timespec now;
	const char *at;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	file = fopen(path, "re");
	text[file ? fread(text, 1, sizeof(text) - 1, file) : 0] = '\0';
	/* The name in brackets may be anything; the 22nd field is the time. */
	at = strrchr(text, ')');
	if (!at ||
	    sscanf(at + 1,
		   " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		   "%*s %*s %*s %llu",
		   &ticks) != 1 ||
	    clock_gettime(CLOCK_BOOTTIME, &now) < 0)
		return 0;
	return time(NULL) - now.tv_sec +
	       (int64_t)(ticks / (unsigned long long)sysconf(_SC_CLK_TCK));
}

bool mim_lock_owner(int fd, struct mim_self *owner)
{
	mim_auto_fclose FILE *file = fopen("/proc/locks", "re");
	char line[256], path[64];
	uint32_t pid = 0;
	struct stat st;

	if (!file || fstat(fd, &st) < 0)
		return false;
	while (fgets(line, sizeof(line), file))
		if (is_lock_on(line, &st, &pid) && pid)
			break;
	if (feof(file) || !pid)
		return false;
	memset(owner, 0, sizeof(*owner));
	snprintf(path, sizeof(path), "/proc/%u/cmdline", pid);
	read_command(path, owner->command, sizeof(owner->command));
	read_host(owner->host, sizeof(owner->host));
	owner->runner = (struct mim_runner){.pid = pid,
					    .space = pid_space(),
					    .since = read_start(pid),
					    .host = owner->host,
					    .command = owner->command};
	return true;
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
