/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenarios.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <sys/resource.h>
#include <unistd.h>
#include "harness.h"
#include "kernel/marker.h"
#include "listing.h"
#include "model/reserved.h"

#define HEAD                                                                             \
	"version: 1\nname: t\nbpffs: %s\n"                                               \
	"templates:\n"                                                                   \
	"  - {name: table, type: hash, key: u32, value: u32, max_entries: 8}\n"          \
	"  - {name: wide, type: hash, key: u32, value: u64, max_entries: 8}\n"

#define A_AND_B                                                                          \
	HEAD "outer_maps:\n"                                                             \
	     "  - {name: a%p, type: array_of_maps, max_entries: 4, template: table}\n"   \
	     "  - {name: b%p, type: hash_of_maps, key: u32, max_entries: 4, template: "  \
	     "table}\n"                                                                  \
	     "inner_maps: [{name: x%p, template: table}, {name: y%p, template: "         \
	     "table}]\n"                                                                 \
	     "bindings:\n"                                                               \
	     "  - {outer: a%p, slots: [{keys: 0-1}, {key: 2, inner: x%p}]}\n"            \
	     "  - {outer: b%p, slots: [{key: 7, inner: y%p}]}\n"                         \
	     "pins: [{map: x%p, path: in/x}, {map: a%p, path: a}, {map: b%p, path: "     \
	     "b}]\n"

/* Slots change, come and go, an outer map is replaced, pins move and get another mode. */
#define CHANGED                                                                          \
	HEAD "outer_maps:\n"                                                             \
	     "  - {name: a%p, type: array_of_maps, max_entries: 4, template: table, "    \
	     "protect: true}\n"                                                          \
	     "  - {name: b%p, type: hash_of_maps, key: u32, max_entries: 8, template: "  \
	     "wide}\n"                                                                   \
	     "inner_maps: [{name: x%p, template: table}, {name: z%p, template: wide}]\n" \
	     "bindings:\n"                                                               \
	     "  - {outer: a%p, slots: [{key: 0, inner: x%p}, {key: 3}]}\n"               \
	     "  - {outer: b%p, slots: [{keys: 7-8}, {key: 9, inner: z%p}]}\n"            \
	     "pins: [{map: x%p, path: other/deep/x, mode: \"0640\", group: \"0\"},\n"    \
	     "       {map: a%p, path: a, mode: \"0644\"}, {map: a%p, path: also/a},\n"   \
	     "       {map: b%p, path: b}]\n"

const struct scenario scenario_create = {
	.name = "create",
	.after = A_AND_B,
};

const struct scenario scenario_mount = {
	.name = "mount",
	.after = A_AND_B,
	.unmounted = true,
};

const struct scenario scenario_change = {
	.name = "change",
	.before = A_AND_B,
	.after = CHANGED,
	.kept = {{"t/a", 0}, {"t/b", 7}},
};

const struct scenario scenario_change_back = {
	.name = "change back",
	.before = CHANGED,
	.after = A_AND_B,
	.kept = {{"t/a", 0}, {"t/b", 7}},
};

/* Only slots get other maps. */
const struct scenario scenario_swap = {
	.name = "swap",
	.before = A_AND_B,
	.after = HEAD
	"outer_maps:\n"
	"  - {name: a%p, type: array_of_maps, max_entries: 4, template: table}\n"
	"  - {name: b%p, type: hash_of_maps, key: u32, max_entries: 4, template: "
	"table}\n"
	"inner_maps: [{name: x%p, template: table}, {name: y%p, template: table}]\n"
	"bindings:\n"
	"  - {outer: a%p, slots: [{key: 0, inner: x%p}, {keys: 1-2}, {key: 3, inner: "
	"y%p}]}\n"
	"  - {outer: b%p, slots: [{key: 7, inner: x%p}, {keys: 8-9}]}\n"
	"pins: [{map: x%p, path: in/x}, {map: a%p, path: a}, {map: b%p, path: b}]\n",
	.kept = {{"t/a", 0}, {"t/a", 1}, {"t/a", 2}, {"t/b", 7}},
};

const struct scenario scenario_empty = {
	.name = "empty",
	.before = A_AND_B,
	.after = HEAD,
};

const struct scenario scenario_destroy = {
	.name = "destroy",
	.before = A_AND_B,
};

#define OUTSIDE(rest)                                                                    \
	HEAD "outer_maps: [{name: a%p, type: array_of_maps, max_entries: 4, template: "  \
	     "table}]\n" rest

const struct scenario scenario_outside = {
	.name = "outside",
	.before = OUTSIDE(
		"inner_maps: [{name: x%p, template: table}, {name: y%p, template: "
		"table}]\n"
		"bindings: [{outer: a%p, slots: [{key: 0, inner: x%p}, {key: 1, inner: "
		"y%p}]}]\n"
		"pins: [{map: a%p, path: a}, {map: a%p, path: %o/a}, {map: x%p, path: "
		"%o/x},\n"
		"       {map: y%p, path: %o/y}, {map: y%p, path: %s/y}]\n"),
	.after = OUTSIDE(
		"inner_maps: [{name: x%p, template: table, max_entries: 16}, {name: y%p, "
		"template: table}]\n"
		"bindings: [{outer: a%p, slots: [{key: 0, inner: y%p}, {key: 1, inner: "
		"x%p}]}]\n"
		"pins: [{map: a%p, path: a}, {map: a%p, path: %o/moved}, {map: x%p, "
		"path: %o/x},\n"
		"       {map: y%p, path: %o/y, mode: \"0640\"}, {map: a%p, path: "
		"%s/deep/a}]\n"),
	.kept = {{"t/a", 0}, {"t/a", 1}},
	.prepare = bench_mount_other,
};

#define COPIED(entries)                                                                  \
	"version: 1\nname: t\nbpffs: %s\n"                                               \
	"templates: [{name: table, type: hash, key: u32, value: u32, "                   \
	"max_entries: " entries ", on_replace: copy}]\n"                                 \
	"outer_maps: [{name: a%p, type: array_of_maps, max_entries: 4, template: "       \
	"table}]\n"                                                                      \
	"inner_maps: [{name: x%p, template: table}]\n"                                   \
	"bindings: [{outer: a%p, slots: [{keys: 0-1}, {key: 2, inner: x%p}]}]\n"         \
	"pins: [{map: x%p, path: x}, {map: a%p, path: a}]\n"

static int open_slot(const char *outer, uint32_t key)
{
	int fd = bpf_obj_get(pin(outer)), r;
	uint32_t id;

	ck_assert_msg(fd >= 0, "%s is not there", outer);
	r = bpf_map_lookup_elem(fd, &key, &id);
	close(fd);
	return r < 0 ? -1 : bpf_map_get_fd_by_id(id);
}

#define COPIED_ENTRIES 5U

static void fill_slots(void)
{
	bench_write(COPIED("8"));
	apply();
	for (uint32_t slot = 0; slot < 3; slot++) {
		int fd = open_slot("t/a", slot);

		for (uint32_t i = 0; i < COPIED_ENTRIES; i++) {
			uint32_t value = slot * 100 + i;

			ck_assert_int_eq(bpf_map_update_elem(fd, &i, &value, 0), 0);
		}
		close(fd);
	}
}

static void is_copied(void)
{
	for (uint32_t slot = 0; slot < 3; slot++) {
		int fd = open_slot("t/a", slot);

		for (uint32_t i = 0; i < COPIED_ENTRIES; i++) {
			uint32_t value = 0;

			ck_assert_msg(bpf_map_lookup_elem(fd, &i, &value) == 0,
				      "slot %u: entry %u is lost", slot, i);
			ck_assert_uint_eq(value, slot * 100 + i);
		}
		close(fd);
	}
}

const struct scenario scenario_copy = {
	.name = "copy",
	.before = COPIED("8"),
	.after = COPIED("16"),
	.kept = {{"t/a", 0}, {"t/a", 1}, {"t/a", 2}},
	.prepare = fill_slots,
	.check = is_copied,
};

#define EXACT(in_place, swapped)                                                         \
	"version: 1\nname: t\nbpffs: %s\n"                                               \
	"types: [{name: pair, fields: [{name: packets, type: u64}, {name: bytes, type: " \
	"u64}]}]\n"                                                                      \
	"templates:\n"                                                                   \
	"  - {name: table, type: hash, key: be16, value: pair, max_entries: 4}\n"        \
	"  - {name: trie, type: lpm_trie, key: ipv4_prefix, value: u32, max_entries: "   \
	"4, flags: [no_prealloc]}\n"                                                     \
	"outer_maps:\n"                                                                  \
	"  - {name: a%p, type: array_of_maps, max_entries: 4, template: table}\n"        \
	"  - {name: b%p, type: hash_of_maps, key: u32, max_entries: 4, template: "       \
	"trie}\n"                                                                        \
	"inner_maps:\n"                                                                  \
	"  - {name: x%p, template: table, contents: exact, entries: [" in_place "]}\n"   \
	"  - {name: y%p, template: trie, contents: exact, entries: [" swapped "]}\n"     \
	"bindings:\n"                                                                    \
	"  - {outer: a%p, slots: [{key: 0, inner: x%p}]}\n"                              \
	"  - {outer: b%p, slots: [{key: 7, inner: y%p}, {key: 8, inner: y%p}]}\n"        \
	"pins: [{map: x%p, path: x}, {map: a%p, path: a}, {map: b%p, path: b}]\n"

/* Entries change in place, and in another map with a new one in its slots. */
const struct scenario scenario_entries = {
	.name = "entries",
	.before =
		EXACT("{key: 80, value: packets=1 bytes=2}, {key: 443, value: packets=3 "
		      "bytes=4}, {key: 1, value: packets=1 bytes=1}",
		      "{key: 10.0.0.0/8, value: 1}, {key: 0.0.0.0/0, value: 2}"),
	.after = EXACT("{key: 80, value: packets=9 bytes=2}, {key: 22, value: packets=3 "
		       "bytes=4}, {key: 2, value: packets=1 bytes=1}",
		       "{key: 10.0.0.0/9, value: 1}, {key: 0.0.0.0/0, value: 3}"),
	.kept = {{"t/a", 0}, {"t/b", 7}, {"t/b", 8}},
};

#define EXTERNAL(slots)                                                                  \
	HEAD "outer_maps: [{name: e%p, external: %s/theirs, template: table}]\n"         \
	     "inner_maps: [{name: x%p, template: table}, {name: s%p, external: "         \
	     "%s/shared}]\n"                                                             \
	     "bindings: [{outer: e%p, slots: [{key: 0, inner: x%p}, {key: 1, inner: "    \
	     "s%p}, " slots "]}]\n"

static int create(uint32_t type, uint32_t max_entries, const char *letter, int inner)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts,
		    .inner_map_fd = inner < 0 ? 0 : (uint32_t)inner);
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "%s%d", letter, getpid());
	fd = bpf_map_create(type, name, 4, 4, max_entries, &opts);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void make_theirs(void)
{
	int inner = create(BPF_MAP_TYPE_HASH, 8, "s", -1);
	int outer = create(BPF_MAP_TYPE_ARRAY_OF_MAPS, 8, "e", inner);

	ck_assert_int_eq(bpf_obj_pin(inner, pin("shared")), 0);
	ck_assert_int_eq(bpf_obj_pin(outer, pin("theirs")), 0);
	close(inner);
	close(outer);
}

const struct scenario scenario_external = {
	.name = "external",
	.before = EXTERNAL("{keys: 2-3}, {key: 4, inner: x%p}"),
	.after = EXTERNAL("{key: 2, inner: x%p}, {key: 3, inner: s%p}, {key: 5}"),
	.kept = {{"theirs", 0}, {"theirs", 1}, {"theirs", 2}, {"theirs", 3}},
	.prepare = make_theirs,
};

#define MANY(entries)                                                                    \
	"version: 1\nname: t\nbpffs: %s\n"                                               \
	"templates: [{name: table, type: hash, key: u32, value: u32, "                   \
	"max_entries: " entries "}]\n"                                                   \
	"outer_maps:\n"                                                                  \
	"  - {name: a%p, type: array_of_maps, max_entries: 80, template: table}\n"       \
	"  - {name: b%p, type: hash_of_maps, key: u32, max_entries: 80, template: "      \
	"table}\n"                                                                       \
	"bindings:\n"                                                                    \
	"  - {outer: a%p, slots: [{keys: 0-59}]}\n"                                      \
	"  - {outer: b%p, slots: [{keys: 0-39}]}\n"                                      \
	"pins: [{map: a%p, path: a}, {map: b%p, path: b}]\n"

/* With so few descriptors maps are parked in the slots of others. */
const struct scenario scenario_many = {
	.name = "many",
	.before = MANY("8"),
	.after = MANY("16"),
	.kept = {{"t/a", 0}, {"t/a", 59}, {"t/b", 0}, {"t/b", 39}},
	.descriptors = 64,
};

/* The kernel counts ids up: all maps of this process come after this one. */
static uint32_t id_before_ours;

static void note_id(void)
{
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);
	int fd = create(BPF_MAP_TYPE_ARRAY, 1, "f", -1);

	ck_assert_int_eq(bpf_obj_get_info_by_fd(fd, &info, &size), 0);
	close(fd);
	id_before_ours = info.id;
}

#define WELL_KNOWN "/sys/fs/bpf"

static void move_to_well_known(void)
{
	ck_assert(bench_is_private);
	umount2(bench.bpffs, MNT_DETACH);
	rmdir(bench.bpffs);
	snprintf(bench.bpffs, sizeof(bench.bpffs), WELL_KNOWN);
}

static void unmount(void)
{
	while (umount2(WELL_KNOWN, MNT_DETACH) == 0)
		;
	ck_assert(!is_bpffs(WELL_KNOWN));
}

void scenario_prepare(const struct scenario *scenario)
{
	note_id();
	if (scenario->unmounted)
		move_to_well_known();
	if (scenario->prepare)
		scenario->prepare();
}

static void limit_descriptors(int n)
{
	struct rlimit limit = {(rlim_t)n, (rlim_t)n};

	if (n)
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

#define TOLD "%.1500s\n%.1500s"

/* From so many maps on it takes longer to open each of them. */
#define MOST_MAPS 5000

static bool are_many_maps(void)
{
	uint32_t id = 0;
	int n = 0;

	while (n < MOST_MAPS && bpf_map_get_next_id(id, &id) == 0)
		n++;
	return n == MOST_MAPS;
}

void hurry(bool yes)
{
	if (yes && !are_many_maps())
		setenv("MIMCTL_NO_ITERATOR", "1", 1);
	else
		unsetenv("MIMCTL_NO_ITERATOR");
}

/* A map that was protected is so until a description says that it is not. */
static void destroy(void)
{
	if (!is_there("t"))
		return;
	bench_write(HEAD "outer_maps: [{name: a%p, type: array_of_maps, max_entries: 4, "
			 "template: table, protect: false}]\n"
			 "pins: [{map: a%p, path: a}]\n");
	if (mimctl("destroy", "t", "--bpffs", bench.bpffs) == 78) {
		mimctl("apply", "-f", bench.file, "--allow-orphans");
		mimctl("destroy", "t", "--bpffs", bench.bpffs);
	}
	ck_assert_msg(!is_there("t"), TOLD, bench.out, bench.err);
}

static void write_and_apply(const char *yaml)
{
	bench_write(yaml);
	ck_assert_msg(mimctl("apply", "-f", bench.file, "--allow-empty",
			     "--allow-orphans") == 0,
		      TOLD, bench.out, bench.err);
}

void scenario_begin(const struct scenario *scenario)
{
	hurry(true);
	if (scenario->unmounted)
		unmount();
	else if (scenario->before)
		write_and_apply(scenario->before);
	else
		destroy();
}

int scenario_run(const struct scenario *scenario, const char *faults)
{
	setenv("MIMCTL_FAULTS", faults ? faults : "", 1);
	hurry(!faults);
	limit_descriptors(scenario->descriptors);
	if (!scenario->after)
		return run(bench_program("MIMCTL_FAULTY"), "destroy", "t", "--bpffs",
			   bench.bpffs, NULL);
	bench_write(scenario->after);
	return run(bench_program("MIMCTL_FAULTY"), "apply", "-f", bench.file,
		   "--allow-empty", "--allow-orphans", NULL);
}

static bool plan_differs(const char *yaml)
{
	int status;

	hurry(true);
	bench_write(yaml);
	status = mimctl("plan", "-f", bench.file, "--detailed-exitcode", "--allow-empty");
	ck_assert_msg(status == 0 || status == 2, "plan: %d\n" TOLD, status, bench.out,
		      bench.err);
	return status == 2;
}

bool scenario_is_before(const struct scenario *scenario)
{
	if (scenario->unmounted)
		return !is_bpffs(bench.bpffs);
	return scenario->before ? !plan_differs(scenario->before) : !is_there("t");
}

bool scenario_is_after(const struct scenario *scenario)
{
	return scenario->after ? !plan_differs(scenario->after) : !is_there("t");
}

void scenario_is_done(const struct scenario *scenario)
{
	ck_assert_msg(scenario_is_after(scenario), TOLD, bench.out, bench.err);
	if (scenario->check)
		scenario->check();
	nothing_is_left();
}

void scenario_slots(const struct scenario *scenario, uint32_t *ret_ids)
{
	for (const struct kept_slot *slot = scenario->kept; slot->outer; slot++) {
		int fd = bpf_obj_get(pin(slot->outer));
		int r;

		ck_assert_msg(fd >= 0, "%s is not there: %s", slot->outer,
			      strerror(errno));
		r = bpf_map_lookup_elem(fd, &slot->key, &ret_ids[slot - scenario->kept]);
		ck_assert_msg(r == 0, "slot %u of %s is empty", slot->key, slot->outer);
		close(fd);
	}
}

void scenario_keeps(const struct scenario *scenario)
{
	uint32_t ids[MOST_KEPT_SLOTS];

	scenario_slots(scenario, ids);
}

static size_t n_records;
static bool has_state;

static int look(const char *path, const struct stat *st, int type, struct FTW *at)
{
	const char *name = path + at->base;
	const char *state = pin("t/" MIM_STATE_NAME);

	(void)st;
	(void)type;
	if (strcmp(path, state) == 0)
		has_state = true;
	else if (strncmp(path, state, strlen(state)) == 0 && mim_is_record(name))
		n_records++;
	else
		ck_assert_msg(!strstr(path, MIM_STATE_NAME), "%s is left", path);
	return 0;
}

void nothing_is_left(void)
{
	n_records = 0;
	has_state = false;
	ck_assert_int_eq(nftw(bench.bpffs, look, 8, FTW_PHYS), 0);
	if (is_there("../other"))
		ck_assert_int_eq(nftw(bench.other, look, 8, FTW_PHYS), 0);
	ck_assert_msg(!has_state || n_records, "the state folder is left");
}

/* One letter and then the number of this process, and no further digit. */
static bool is_ours(const char *name)
{
	char *end;
	long pid = strtol(*name ? name + 1 : name, &end, 10);

	return pid == getpid() && (*end < '0' || *end > '9');
}

size_t count_maps(void)
{
	uint32_t id = id_before_ours;
	size_t n = 0;

	ck_assert_msg(id != 0, "scenario_prepare() comes first");
	while (bpf_map_get_next_id(id, &id) == 0) {
		struct bpf_map_info info = {0};
		uint32_t size = sizeof(info);
		int fd = bpf_map_get_fd_by_id(id);

		if (fd < 0)
			continue;
		n += bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && is_ours(info.name);
		close(fd);
	}
	return n;
}

/* So long that only what is never freed is there still. */
#define MOST_MS 60000

/* To count takes its time where others have many maps: less and less often. */
size_t at_most_maps(size_t n)
{
	size_t now = count_maps();
	unsigned int waited = 0;

	for (unsigned int ms = 10; now > n && waited < MOST_MS; ms += 10) {
		usleep(ms * 1000);
		waited += ms;
		now = count_maps();
	}
	ck_assert_msg(now <= n, "%zu maps, not %zu", now, n);
	return now;
}

static bool has_ended(pid_t child)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == child;
}

int scenario_wait(const struct scenario *scenario, const char *faults, pid_t *ret_child)
{
	bench_write(scenario->after);
	setenv("MIMCTL_FAULTS", faults, 1);
	*ret_child = fork();
	ck_assert_int_ge(*ret_child, 0);
	hurry(false);
	if (*ret_child == 0) {
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
		execl(bench_program("MIMCTL_FAULTY"), "mimctl", "apply", "-q", "-f",
		      bench.file, "--confirm", "3600", "--allow-orphans", NULL);
		_exit(127);
	}
	hurry(true);
	while (!is_there("t/mimctl~/pending")) {
		usleep(5000);
		if (has_ended(*ret_child) && !is_there("t/mimctl~/pending"))
			return end_of(*ret_child);
	}
	return 0;
}

void scenario_abandon(const struct scenario *scenario)
{
	pid_t child;

	ck_assert_int_eq(scenario_wait(scenario, "", &child), 0);
	kill(child, SIGKILL);
	ck_assert_int_eq(end_of(child), 256 + SIGKILL);
}
