/* SPDX-License-Identifier: BSD-2-Clause */
#include "harness.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_ARGUMENTS 32

struct bench bench;
bool bench_is_private;

/* Tests run in processes of their own. */
static struct count {
	const char *what;
	unsigned int n;
} * count;

static void check(bool good, const char *what)
{
	if (!good)
		ck_abort_msg("%s: %s", what, strerror(errno));
}

static void set_up(void)
{
	snprintf(bench.folder, sizeof(bench.folder), "/tmp/mimctl-test-XXXXXX");
	check(mkdtemp(bench.folder) != NULL, "mkdtemp");
	snprintf(bench.bpffs, sizeof(bench.bpffs), "%s/bpf", bench.folder);
	snprintf(bench.other, sizeof(bench.other), "%s/other", bench.folder);
	snprintf(bench.file, sizeof(bench.file), "%s/test.yaml", bench.folder);
	check(mkdir(bench.bpffs, 0700) == 0, "mkdir");
	check(mount("bpf", bench.bpffs, "bpf", 0, NULL) == 0, "mount bpffs");
}

static void tear_down(void)
{
	free(bench.out);
	free(bench.err);
	umount2(bench.bpffs, MNT_DETACH);
	rmdir(bench.bpffs);
	umount2(bench.other, MNT_DETACH);
	rmdir(bench.other);
	unlink(bench.file);
	rmdir(bench.folder);
	memset(&bench, 0, sizeof(bench));
}

void bench_count(const char *what)
{
	count->what = what;
	__atomic_add_fetch(&count->n, 1, __ATOMIC_RELAXED);
}

bool bench_is_counted(unsigned int least)
{
	return __atomic_load_n(&count->n, __ATOMIC_RELAXED) >= least;
}

void bench_mount_other(void)
{
	check(mkdir(bench.other, 0700) == 0, "mkdir");
	check(mount("bpf", bench.other, "bpf", 0, NULL) == 0, "mount another bpffs");
}

bool bench_is_long(void)
{
	const char *text = getenv("MIMCTL_LONG");

	return text && *text;
}

int bench_stride(int usual)
{
	const char *text = getenv("MIMCTL_FAULT_STRIDE");
	int asked = text ? atoi(text) : 1;

	return bench_is_long() ? 1 : asked > usual ? asked : usual;
}

static bool may_bpf(void)
{
	uint32_t id = 0;

	return bpf_map_get_next_id(0, &id) == 0 || errno == ENOENT;
}

int bench_suite(const char *name, const TTest *const *tests, size_t n)
{
	Suite *suite = suite_create(name);
	SRunner *runner;
	int failed;

	if (!may_bpf()) {
		printf("1..0 # SKIP bpf() is not allowed here: %s\n", strerror(errno));
		return getenv("CI") ? 1 : 0;
	}
	/*
	 * Mounts of the tests are seen by nobody else and vanish with the process. In a
	 * chroot whose root is no mount point they may be seen; the tests unmount them.
	 */
	if (unshare(CLONE_NEWNS) < 0) {
		perror("mount namespace of our own");
		return 1;
	}
	bench_is_private = mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	/* Under nohup, or behind "&", these are ignored, and so they would be by mimctl.
	 */
	signal(SIGHUP, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (count == MAP_FAILED) {
		perror("memory to count in");
		return 1;
	}
	for (size_t i = 0; i < n; i++) {
		TCase *tcase = tcase_create(tests[i]->name);

		tcase_add_checked_fixture(tcase, set_up, tear_down);
		tcase_set_timeout(tcase, bench_is_long() ? 7200 : 300);
		tcase_add_test(tcase, tests[i]);
		suite_add_tcase(suite, tcase);
	}
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	if (count->n)
		printf("# %s: %u %s\n", name, count->n, count->what);
	return failed != 0;
}

/* Return: whether the two characters stand for something. */
static bool put_word(const char *at, FILE *file)
{
	if (strncmp(at, "%s", 2) == 0)
		fputs(bench.bpffs, file);
	else if (strncmp(at, "%o", 2) == 0)
		fputs(bench.other, file);
	else if (strncmp(at, "%p", 2) == 0)
		fprintf(file, "%d", getpid());
	else
		return false;
	return true;
}

void bench_write(const char *yaml)
{
	FILE *file = fopen(bench.file, "w");

	check(file != NULL, "write description");
	for (; *yaml; yaml++) {
		if (put_word(yaml, file))
			yaml++;
		else
			fputc(*yaml, file);
	}
	fclose(file);
}

const char *bench_program(const char *variable)
{
	const char *program = getenv(variable);

	ck_assert_msg(program != NULL, "set %s to the program", variable);
	return program;
}

static char *read_all(int fd)
{
	size_t used = 0, capacity = 65536;
	char *text = malloc(capacity);
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, text + used, capacity - used - 1)) > 0) {
		used += (size_t)n;
		if (capacity - used < 2)
			text = realloc(text, capacity *= 2);
	}
	text[used] = '\0';
	close(fd);
	return text;
}

int run(const char *program, ...)
{
	char *arguments[MOST_ARGUMENTS] = {(char *)program};
	int out = memfd_create("out", MFD_CLOEXEC),
	    err = memfd_create("err", MFD_CLOEXEC);
	int status, n = 1;
	va_list args;
	pid_t child;

	va_start(args, program);
	while ((arguments[n] = va_arg(args, char *)))
		ck_assert_int_lt(++n, MOST_ARGUMENTS);
	va_end(args);
	child = fork();
	check(child >= 0, "fork");
	if (child == 0) {
		if (chdir(bench.folder) < 0)
			_exit(127);
		dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		dup2(err, STDERR_FILENO);
		execv(program, arguments);
		_exit(127);
	}
	while (waitpid(child, &status, 0) < 0)
		check(errno == EINTR, "waitpid");
	free(bench.out);
	free(bench.err);
	bench.out = read_all(out);
	bench.err = read_all(err);
	bench.status = WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
	return bench.status;
}

bool is_documented(int status)
{
	static const int all[] = {0, 1, 3, 4, 69, 75, 77, 78};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (status == all[i])
			return true;
	return false;
}

const char *pin(const char *name)
{
	static char paths[4][512];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", bench.bpffs, name);
	return path;
}

void bench_command(const char *words)
{
	char command[4096];
	size_t used = 0;

	for (; *words && used < sizeof(command) - 512; words++) {
		const char *more = *words == 'B'   ? bench_program("BPFTOOL")
				   : *words == 'P' ? bench.bpffs
						   : NULL;

		if (more)
			used += (size_t)snprintf(command + used, 512, "%s", more);
		else
			command[used++] = *words;
	}
	command[used] = '\0';
	setenv("MIMCTL_COMMAND", command, 1);
}

bool is_there(const char *name)
{
	return faccessat(AT_FDCWD, pin(name), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int end_of(pid_t child)
{
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

void plan_is_empty(void)
{
	int status = mimctl("plan", "-f", bench.file, "--detailed-exitcode");

	ck_assert_msg(status == 0, "plan is not empty (%d):\n%.1500s%.1500s", status,
		      bench.out, bench.err);
}

void apply(void)
{
	int status = mimctl("apply", "-f", bench.file);

	ck_assert_msg(status == 0, "apply failed (%d):\n%s%s", status, bench.out,
		      bench.err);
	plan_is_empty();
}

struct json_object *show_json(const char *name)
{
	struct json_object *object;

	bpftool("-j", "map", "show", "pinned", pin(name));
	object = json_tokener_parse(bench.out);
	ck_assert_msg(object != NULL, "no JSON: %s", bench.out);
	return object;
}

int64_t map_number(const char *name, const char *key)
{
	struct json_object *object = show_json(name), *value = NULL;
	int64_t number;

	ck_assert_msg(json_object_object_get_ex(object, key, &value), "no %s in %s", key,
		      bench.out);
	number = json_object_get_int64(value);
	json_object_put(object);
	return number;
}

const char *map_text(const char *name, const char *key)
{
	static char text[128];
	struct json_object *object = show_json(name), *value = NULL;

	ck_assert_msg(json_object_object_get_ex(object, key, &value), "no %s in %s", key,
		      bench.out);
	snprintf(text, sizeof(text), "%s", json_object_get_string(value));
	json_object_put(object);
	return text;
}

static uint64_t bytes_as_number(struct json_object *bytes)
{
	uint64_t number = 0;

	for (size_t i = json_object_array_length(bytes); i-- > 0;)
		number = number << 8 |
			 strtoul(json_object_get_string(
					 json_object_array_get_idx(bytes, i)),
				 NULL, 16);
	return number;
}

uint32_t slot_id(const char *name, uint64_t key)
{
	struct json_object *list, *member, *inner;
	uint32_t id = 0;

	bpftool("-j", "map", "dump", "pinned", pin(name));
	list = json_tokener_parse(bench.out);
	ck_assert_msg(json_object_is_type(list, json_type_array), "no JSON list: %s",
		      bench.out);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *slot = json_object_array_get_idx(list, i);

		if (json_object_object_get_ex(slot, "key", &member) &&
		    bytes_as_number(member) == key &&
		    json_object_object_get_ex(slot, "value", &inner))
			id = (uint32_t)bytes_as_number(inner);
	}
	json_object_put(list);
	return id;
}

void map_is_gone(int64_t id)
{
	for (int tries = 0; tries < 500; tries++) {
		int fd = bpf_map_get_fd_by_id((uint32_t)id);

		if (fd < 0)
			return;
		close(fd);
		usleep(10000);
	}
	ck_abort_msg("map id %ld is still there", (long)id);
}

int load_user(const char *name)
{
	int map = bpf_obj_get(pin(name)), program;
	/* r1 = map; r0 = 0; exit */
	struct bpf_insn code[] = {
		{.code = BPF_LD | BPF_DW | BPF_IMM,
		 .dst_reg = BPF_REG_1,
		 .src_reg = BPF_PSEUDO_MAP_FD,
		 .imm = map},
		{0},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};

	check(map >= 0, "open pin");
	program = bpf_prog_load(BPF_PROG_TYPE_XDP, "lb_main", "GPL", code, 4, NULL);
	check(program >= 0, "load program");
	close(map);
	return program;
}

bool signal_holder(const char *name, int number)
{
	char target[512];
	unsigned int pid;
	ssize_t n = readlink(pin(name), target, sizeof(target) - 1);

	if (n < 0)
		return false;
	target[n] = '\0';
	ck_assert_int_eq(sscanf(target, "pid=%u ", &pid), 1);
	/* 0 and -1 would be many others. */
	ck_assert_int_gt((pid_t)pid, 1);
	return kill((pid_t)pid, number) == 0;
}
