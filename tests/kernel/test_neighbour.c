/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A neighbour on the same bpffs puts links and folders of his own where mimctl is at
 * work: whatever he does, mimctl follows no link, changes nothing outside its scope, and
 * ends with a status that is true.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "harness.h"
#include "listing.h"

#define NOBODY 65534

#define HEAD                                                                             \
	"version: 1\nname: t\nbpffs: %s\n"                                               \
	"templates: [{name: table, type: hash, key: u32, value: u32, max_entries: 8}]\n" \
	"outer_maps: [{name: a, type: array_of_maps, max_entries: 4, template: "         \
	"table}]\n"                                                                      \
	"inner_maps: [{name: x, template: table}, {name: y, template: table}]\n"

#define ONE                                                                              \
	HEAD "bindings: [{outer: a, slots: [{key: 0, inner: x}, {key: 1, inner: y}]}]\n" \
	     "pins: [{map: a, path: a}, {map: x, path: in/x}, {map: y, path: "           \
	     "%s/tc/y}]\n"

#define TWO                                                                              \
	HEAD "bindings: [{outer: a, slots: [{key: 1, inner: x}, {key: 2, inner: y}]}]\n" \
	     "pins: [{map: a, path: a, mode: \"0640\"}, {map: x, path: in/deep/x},\n"    \
	     "       {map: y, path: %s/tc/y}, {map: y, path: in/y, mode: \"0600\"}]\n"

static const char *const victims[] = {"victim/a", "victim/y", "victim/x", "victim/in/x",
				      "victim/in/y"};

#define N_VICTIMS (sizeof(victims) / sizeof(victims[0]))

static void make_victim_map(const char *name, uint32_t value)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "victim", 4, 4, 8, NULL);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bpf_map_update_elem(fd, &(uint32_t){7}, &value, 0), 0);
	ck_assert_int_eq(bpf_obj_pin(fd, pin(name)), 0);
	close(fd);
}

/* Maps of somebody else's, in folders of his that links lead to. */
static void make_victim(void)
{
	static const char *const folders[] = {"victim", "victim/in", "victim/empty",
					      "victim/mimctl~"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		ck_assert_int_eq(mkdir(pin(folders[i]), 0751), 0);
		ck_assert_int_eq(chown(pin(folders[i]), NOBODY, NOBODY), 0);
	}
	for (uint32_t i = 0; i < N_VICTIMS; i++) {
		make_victim_map(victims[i], i);
		ck_assert_int_eq(chown(pin(victims[i]), NOBODY, NOBODY), 0);
	}
	ck_assert_int_eq(symlink("mimctl 1 generation=7 digest=0 time=1 revision=",
				 pin("victim/mimctl")),
			 0);
	ck_assert_int_eq(symlink("victim", pin("victim/mimctl~/protected-0")), 0);
}

static char *describe_victim(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct stat st;

	ck_assert(out != NULL);
	ck_assert_int_eq(stat(pin("victim"), &st), 0);
	fprintf(out, "mode %o owner %u:%u\n", st.st_mode, st.st_uid, st.st_gid);
	list_folder(pin("victim"), true, out);
	fclose(out);
	return text;
}

static void is_unharmed(const char *before)
{
	char *now = describe_victim();

	ck_assert_msg(strcmp(before, now) == 0,
		      "the victim was\n%.1800s\nand is\n%.1800s\n%.900s", before, now,
		      bench.err);
	free(now);
}

/*
 * What is exchanged for a link to the victim's: name in the bpffs, and target. What the
 * second description has no more, the neighbour brings back himself with his link.
 */
static const struct {
	const char *name;
	const char *target;
	bool brought_back;
} places[] = {
	{"t", "victim", false},
	{"t/in", "../victim/empty", false},
	{"t/in/x", "../../victim/x", true},
	{"t/in/deep", "../../victim", false},
	{"t/a", "../victim/a", false},
	{"t/mimctl", "../victim/mimctl", false},
	{"t/mimctl~", "../victim/mimctl~", false},
	{"tc", "victim/empty", false},
	{"tc/y", "../victim/y", false},
};

#define N_PLACES (sizeof(places) / sizeof(places[0]))

/* Each time others. */
static int generation;

static void spare(size_t i, char *path, size_t size)
{
	snprintf(path, size, "%s/spare%zu_%d", bench.bpffs, i, generation);
}

/* A link for each place, of the same depth: where it lies what it means is the same. */
static void make_links(void)
{
	char path[128];

	generation++;
	for (size_t i = 0; i < N_PLACES; i++) {
		spare(i, path, sizeof(path));
		ck_assert_int_eq(symlink(places[i].target, path), 0);
	}
}

static bool is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* The marker is a link, too. */
static bool is_link_for(size_t i, const char *path)
{
	char target[64];
	ssize_t n = readlink(path, target, sizeof(target));

	return n == (ssize_t)strlen(places[i].target) &&
	       memcmp(target, places[i].target, (size_t)n) == 0;
}

/* He himself is not to follow his links. */
static bool is_below_link(const char *name)
{
	char part[128];

	for (size_t i = 0; name[i]; i++) {
		snprintf(part, sizeof(part), "%.*s", (int)i, name);
		if (name[i] == '/' && is_link(pin(part)))
			return true;
	}
	return false;
}

static bool exchange(size_t i)
{
	char path[128];

	if (is_below_link(places[i].name))
		return false;
	spare(i, path, sizeof(path));
	return renameat2(AT_FDCWD, path, AT_FDCWD, pin(places[i].name),
			 RENAME_EXCHANGE) == 0;
}

/*
 * Every link is out of the way, and what it took the place of is there again, unless
 * mimctl has put there what is to be there.
 */
static void drop_links(void)
{
	char path[128];

	for (size_t i = 0; i < N_PLACES; i++) {
		spare(i, path, sizeof(path));
		if (!is_link_for(i, path) && !is_below_link(places[i].name) &&
		    is_link_for(i, pin(places[i].name))) {
			unlink(pin(places[i].name));
			rename(path, pin(places[i].name));
		}
		if (unlink(path) < 0 && errno == EISDIR)
			run("/bin/rm", "-r", path, NULL);
	}
}

static pid_t start(void (*work)(void))
{
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		for (;;)
			work();
	}
	return child;
}

static void stop(pid_t child)
{
	int status;

	kill(child, SIGKILL);
	waitpid(child, &status, 0);
}

/*
 * How long an apply takes here, in microseconds: the neighbour is to be neither too fast
 * to let anything through nor too slow to meet it.
 */
static useconds_t pace;

static useconds_t microseconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (useconds_t)(time.tv_sec * 1000000 + time.tv_nsec / 1000);
}

static void swap_anything(void)
{
	static unsigned int seed = 1;
	size_t i = (size_t)rand_r(&seed) % N_PLACES;

	usleep((useconds_t)rand_r(&seed) % (2 * pace));
	if (!exchange(i))
		return;
	usleep((useconds_t)rand_r(&seed) % pace);
	exchange(i);
}

static void apply_to_the_end(const char *yaml)
{
	int status;

	bench_write(yaml);
	status = mimctl("apply", "-f", bench.file);
	ck_assert_msg(status == 0, "then: %d\n%.1500s\n%.1500s", status, bench.out,
		      bench.err);
	plan_is_empty();
}

static void set_pace(void)
{
	useconds_t start;

	apply_to_the_end(ONE);
	bench_write(TWO);
	start = microseconds();
	ck_assert_int_eq(mimctl("apply", "-f", bench.file), 0);
	pace = microseconds() - start + 1;
}

START_TEST(links_come_and_go_while_mimctl_works)
{
	int runs = bench_is_long() ? 600 : 40, through = 0, stopped = 0;
	char *before;
	pid_t neighbour;

	make_victim();
	ck_assert_int_eq(mkdir(pin("tc"), 0755), 0);
	set_pace();
	make_links();
	/* Here link and folder are to change at once, so that no gap lets mimctl in. */
	if (!exchange(0) || !exchange(0)) {
		printf("# SKIP this kernel's bpffs has no RENAME_EXCHANGE\n");
		return;
	}
	before = describe_victim();
	neighbour = start(swap_anything);
	/* What always fails or never does shows little. */
	for (int i = 0; i < runs || through < runs / 6 || stopped < runs / 6; i++) {
		ck_assert_int_lt(i, 50 * runs);
		bench_write(i % 2 ? TWO : ONE);
		mimctl("apply", "-f", bench.file);
		ck_assert_msg(is_documented(bench.status), "status %d\n%.1500s",
			      bench.status, bench.err);
		through += bench.status == 0;
		stopped += bench.status != 0;
		is_unharmed(before);
		bench_count("applies beside a hostile neighbour");
	}
	stop(neighbour);
	drop_links();
	apply_to_the_end(ONE);
	is_unharmed(before);
	printf("# %d went through, %d did not\n", through, stopped);
	free(before);
}
END_TEST

static char *scope_state(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	list_folder(pin("t"), false, out);
	list_folder(pin("tc"), false, out);
	fclose(out);
	return text;
}

static int apply_with_link(size_t place, int k)
{
	char faults[32], moves[256], path[128];

	spare(place, path, sizeof(path));
	snprintf(moves, sizeof(moves), "%s:%s", path, pin(places[place].name));
	setenv("MIMCTL_MOVES", moves, 1);
	snprintf(faults, sizeof(faults), "*:%d:x", k);
	bench_write(TWO);
	return faulty(faults, "apply", "-f", bench.file);
}

/* With the link away: is what the status says so? */
static void is_true(int status, size_t place, int k, const char *before)
{
	char *now = scope_state();

	ck_assert_msg(is_documented(status), "%s at call %d: status %d\n%.1500s",
		      places[place].name, k, status, bench.err);
	if (status == 1 || status == 4 || status == 75 || status == 78)
		ck_assert_msg(strcmp(before, now) == 0,
			      "%s at call %d: status %d, but\n%.900s\nis\n%.900s\n%.900s",
			      places[place].name, k, status, before, now, bench.err);
	if (status == 0 && !places[place].brought_back) {
		int left = mimctl("plan", "-f", bench.file, "--detailed-exitcode");

		ck_assert_msg(left == 0, "%s at call %d is left (%d):\n%.1500s%.1500s",
			      places[place].name, k, left, bench.out, bench.err);
	}
	free(now);
}

/* Return: whether there was a @k-th call. */
static bool swap_at(size_t place, int k, const char *victim)
{
	char path[128], *before;
	bool struck;
	int status;

	make_links();
	before = scope_state();
	status = apply_with_link(place, k);
	spare(place, path, sizeof(path));
	struck = !is_link_for(place, path);
	is_unharmed(victim);
	drop_links();
	/* There is no folder to put the link in yet: it ends there and then. */
	if (status != 99)
		is_true(status, place, k, before);
	if (struck)
		bench_count("applies beside a hostile neighbour");
	free(before);
	apply_to_the_end(ONE);
	return struck || status == 99;
}

START_TEST(a_link_is_put_anywhere_at_any_call)
{
	int stride = bench_stride(61);
	char *victim;

	make_victim();
	ck_assert_int_eq(mkdir(pin("tc"), 0755), 0);
	apply_to_the_end(ONE);
	victim = describe_victim();
	for (size_t place = 0; place < N_PLACES; place++)
		for (int k = 1 + (int)place * 37 % stride; swap_at(place, k, victim);
		     k += stride)
			;
	free(victim);
}
END_TEST

/* In a folder that everybody may write to, names are anybody's until they are taken. */
static void squat(void)
{
	static const char *const names[] = {"t", "mimctl", "mimctl~", "spare"};
	static unsigned int seed = 1;
	const char *name = pin(names[(unsigned int)rand_r(&seed) % 4]);

	if (getuid() == 0 && (setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
		_exit(1);
	if (rand_r(&seed) % 2)
		(void)!symlink("victim", name);
	else
		(void)!mkdir(name, 0777);
	usleep((useconds_t)rand_r(&seed) % 20000);
	if (unlink(name) < 0)
		rmdir(name);
	usleep((useconds_t)rand_r(&seed) % 20000);
}

START_TEST(a_user_without_rights_squats_the_scopes_name)
{
	int runs = bench_is_long() ? 200 : 10;
	char *before;
	pid_t neighbour;

	/* So that he gets there. */
	ck_assert_int_eq(chmod(bench.folder, 0711), 0);
	ck_assert_int_eq(chmod(bench.bpffs, 01777), 0);
	make_victim();
	ck_assert_int_eq(mkdir(pin("tc"), 0755), 0);
	before = describe_victim();
	neighbour = start(squat);
	for (int i = 0; i < runs; i++) {
		struct stat st;

		bench_write(ONE);
		mimctl("apply", "-f", bench.file);
		ck_assert_msg(is_documented(bench.status), "status %d\n%.1500s",
			      bench.status, bench.err);
		/* What is said to be applied is, and is nobody else's to take away. */
		if (bench.status == 0) {
			ck_assert_int_eq(lstat(pin("t"), &st), 0);
			ck_assert(S_ISDIR(st.st_mode) && st.st_uid == 0);
			plan_is_empty();
			ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs),
					 0);
		}
		is_unharmed(before);
		bench_count("applies beside a hostile neighbour");
	}
	stop(neighbour);
	rmdir(pin("t"));
	unlink(pin("t"));
	apply_to_the_end(ONE);
	is_unharmed(before);
	free(before);
}
END_TEST

START_TEST(a_saved_plan_follows_no_link)
{
	char path[128], target[128], text[16] = "";
	struct stat st;
	FILE *file;

	ck_assert_int_eq(mkdir(pin("tc"), 0755), 0);
	bench_write(ONE);
	snprintf(path, sizeof(path), "%s/out/plan", bench.folder);
	snprintf(target, sizeof(target), "%s/out/victim", bench.folder);
	snprintf(text, sizeof(text), "%s", "");
	ck_assert_int_eq(run("/bin/mkdir", "-p", "out", NULL), 0);
	file = fopen(target, "w");
	ck_assert(file && fputs("mine", file) >= 0 && fclose(file) == 0);
	ck_assert_int_eq(symlink(target, path), 0);
	umask(0);
	ck_assert_int_eq(mimctl("plan", "-f", bench.file, "--out", path), 0);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_msg(S_ISREG(st.st_mode) && (st.st_mode & 07777) == 0600, "mode %o",
		      st.st_mode);
	file = fopen(target, "r");
	ck_assert(file && fgets(text, sizeof(text), file) && fclose(file) == 0);
	ck_assert_str_eq(text, "mine");
	/* Nothing else is left there, whether it could be written or not. */
	ck_assert_int_eq(run("/bin/ls", "out", NULL), 0);
	ck_assert_str_eq(bench.out, "plan\nvictim\n");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(mimctl("plan", "-f", bench.file, "--out", path), 1);
	ck_assert_int_eq(run("/bin/ls", "out", NULL), 0);
	ck_assert_str_eq(bench.out, "plan\nvictim\n");
	ck_assert_int_eq(run("/bin/rm", "-r", "out", NULL), 0);
}
END_TEST

#define BIT(capability) (1ULL << (capability))
#define FILES		(BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_DAC_OVERRIDE))
#define READ                                                                             \
	(FILES | BIT(CAP_SYS_ADMIN) | BIT(CAP_BPF) | BIT(CAP_PERFMON) |                  \
	 BIT(CAP_NET_ADMIN) | BIT(CAP_SYS_RESOURCE) | BIT(CAP_SYS_PTRACE))
#define WRITE (READ | BIT(CAP_FOWNER) | BIT(CAP_CHOWN))

/* Each reads its description, or asks the kernel, for the first time. */
static const struct {
	const char *words[8];
	unsigned long long may;
} commands[] = {
	{{"validate", "-f", "-"}, FILES},
	{{"check", "--object", "OBJECT", "-f", "-"}, FILES},
	{{"plan", "-f", "-"}, READ},
	{{"apply", "-f", "-"}, WRITE},
	{{"destroy", "-f", "-"}, WRITE},
	{{"show", "t", "--bpffs", "BPFFS"}, READ},
	{{"import", "t", "--bpffs", "BPFFS"}, READ},
	{{"doctor", "--bpffs", "BPFFS"}, READ},
	{{"destroy", "t", "--bpffs", "BPFFS"}, WRITE},
	{{"confirm", "t", "--bpffs", "BPFFS"}, WRITE},
	{{"rollback", "t", "--bpffs", "BPFFS"}, WRITE},
};

static unsigned long long field_of(pid_t child, const char *name, bool *ret_waits)
{
	unsigned long long value = ~0ULL;
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)child);
	file = fopen(path, "r");
	ck_assert(file != NULL);
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, "State:\tT", 8) == 0)
			*ret_waits = true;
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtoull(line + strlen(name), NULL, 16);
	}
	fclose(file);
	return value;
}

/* Is it in read(2) of the pipe that its description is to come from? */
static bool reads_input(pid_t child, int input)
{
	char path[64], line[64] = "";
	struct stat st, own;
	unsigned int fd;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)child);
	file = fopen(path, "r");
	if (file && !fgets(line, sizeof(line), file))
		line[0] = '\0';
	if (file)
		fclose(file);
	if (sscanf(line, "0 %x ", &fd) != 1)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/fd/%u", (int)child, fd);
	return stat(path, &st) == 0 && fstat(input, &own) == 0 &&
	       st.st_ino == own.st_ino && st.st_dev == own.st_dev;
}

static pid_t start_command(const char *const *words, int input)
{
	const char *argv[10] = {"mimctl"};
	pid_t child;

	for (int i = 0; i < 8 && words[i]; i++)
		argv[i + 1] = strcmp(words[i], "BPFFS") == 0 ? bench.bpffs
			      : strcmp(words[i], "OBJECT") == 0
				      ? bench_program("LOADER_OBJECT")
				      : words[i];
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		/* Without input it stops itself before its first call to the kernel. */
		setenv("MIMCTL_FAULTS", "*:1:s19", 1);
		dup2(input, STDIN_FILENO);
		execv(bench_program("MIMCTL_FAULTY"), (char **)argv);
		_exit(127);
	}
	return child;
}

static void check_capabilities(size_t i)
{
	unsigned long long effective, permitted;
	int ends[2];
	pid_t child;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	child = start_command(commands[i].words, ends[0]);
	for (bool waits = false; !waits; usleep(1000)) {
		int status;

		ck_assert_msg(waitpid(child, &status, WNOHANG) == 0, "%s: ended",
			      commands[i].words[0]);
		effective = field_of(child, "CapEff:", &waits);
		waits |= reads_input(child, ends[0]);
	}
	effective = field_of(child, "CapEff:", &(bool){false});
	permitted = field_of(child, "CapPrm:", &(bool){false});
	stop(child);
	close(ends[0]);
	close(ends[1]);
	ck_assert_msg((effective & ~commands[i].may) == 0 &&
			      (permitted & ~commands[i].may) == 0,
		      "%s has %llx, %llx; may have %llx", commands[i].words[0], effective,
		      permitted, (unsigned long long)commands[i].may);
	/* And what it needs it has, if root has it here. */
	ck_assert(effective & FILES);
}

START_TEST(capabilities_are_gone_before_anything_is_read)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		check_capabilities(i);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		links_come_and_go_while_mimctl_works,
		a_link_is_put_anywhere_at_any_call,
		a_user_without_rights_squats_the_scopes_name,
		a_saved_plan_follows_no_link,
		capabilities_are_gone_before_anything_is_read,
	};

	return bench_suite("neighbour", tests, sizeof(tests) / sizeof(tests[0]));
}
