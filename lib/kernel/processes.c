/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "base/array.h"
#include "base/str.h"
#include "kernel/live.h"

struct walk {
	struct mim_topology *live;
	uint32_t process; /* index of the one that is walked, or MIM_NONE until it matters
			   */
	uint32_t pid;
	int folder;
	int result; /* -ENOMEM, -EMFILE, -ENFILE: the walk is not complete */
};

static void note_failure(struct walk *walk, int r)
{
	if (mim_is_shortage(r))
		walk->result = r;
}

static const char *command_of(struct walk *walk)
{
	char name[64] = "", shown[4 * sizeof(name) + 8];
	mim_auto_close int fd = openat(walk->folder, "comm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, name, sizeof(name) - 1);

	name[n > 0 ? n : 0] = '\0';
	name[strcspn(name, "\n")] = '\0';
	/* A process calls itself what it likes. */
	return mim_arena_strdup(&walk->live->arena,
				mim_str_show(name, shown, sizeof(shown)));
}

static int add_user(struct mim_topology *live, struct mim_map *map, uint32_t process)
{
	struct mim_users *users = mim_topology_make_users(live, map);
	uint32_t *grown;

	if (!users)
		return -ENOMEM;
	/* A second descriptor of the same map is no second holder. */
	if (users->n_processes && users->processes[users->n_processes - 1] == process)
		return 0;
	grown = mim_arena_resize(&live->arena, users->processes,
				 (users->n_processes + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	users->processes = grown;
	users->processes[users->n_processes++] = process;
	return 0;
}

static void add_holder(struct walk *walk, uint32_t id)
{
	struct mim_topology *live = walk->live;
	uint32_t index = mim_topology_by_id(live, id);
	struct mim_process *process;

	if (index == MIM_NONE)
		return;
	if (walk->process == MIM_NONE) {
		process = mim_array_add(live->processes, live->n_processes);
		if (process) {
			process->pid = walk->pid;
			process->name = command_of(walk);
		}
		if (!process || !process->name)
			note_failure(walk, -ENOMEM);
		walk->process = (uint32_t)live->n_processes - 1;
	}
	if (walk->result == 0 && add_user(live, &live->maps[index], walk->process) < 0)
		note_failure(walk, -ENOMEM);
}

/* Only descriptors of maps have a map_id; it stands within the first lines. */
static void read_descriptor(struct walk *walk, int folder, const char *name)
{
	mim_auto_close int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	char text[1024], *line;
	unsigned int id;
	ssize_t n;

	if (fd < 0)
		note_failure(walk, -errno);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return;
	text[n] = '\0';
	line = strstr(text, "\nmap_id:");
	if (line && strstr(text, "\nmap_type:") && sscanf(line, "\nmap_id: %u", &id) == 1)
		add_holder(walk, id);
}

static void read_process(struct walk *walk)
{
	int fd = openat(walk->folder, "fdinfo", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mim_auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		note_failure(walk, -errno);
	if (!dir && fd >= 0)
		close(fd);
	while (dir && walk->result == 0 && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			read_descriptor(walk, dirfd(dir), entry->d_name);
}

int mim_live_read_processes(struct mim_kernel *kernel, struct mim_topology *live)
{
	mim_auto_closedir DIR *dir = NULL;
	struct walk walk = {.live = live};
	struct dirent *entry;
	int fd;

	if (live->processes_read)
		return 0;
	live->processes_read = true;
	fd = mim_kernel_call(kernel, open_path, "/proc", O_DIRECTORY);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		note_failure(&walk, fd < 0 ? fd : -ENOMEM);
	if (!dir && fd >= 0)
		close(fd);
	while (dir && walk.result == 0 && (entry = readdir(dir))) {
		mim_auto_close int folder = -1;

		walk.pid = (uint32_t)strtoul(entry->d_name, NULL, 10);
		if (!walk.pid || walk.pid == (uint32_t)getpid())
			continue;
		folder = openat(dirfd(dir), entry->d_name,
				O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (folder < 0) {
			note_failure(&walk, -errno);
			continue;
		}
		walk.folder = folder;
		walk.process = MIM_NONE;
		read_process(&walk);
	}
	return walk.result;
}
