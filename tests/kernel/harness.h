/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_KERNEL_HARNESS_H
#define TESTS_KERNEL_HARNESS_H

#include <check.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * DOC: tests on the real kernel
 *
 * Every test has a folder of its own with a private bpffs mounted in it, and a file that
 * holds its description. mimctl and bpftool are run as programs. MIMCTL, MIMCTL_FAULTY
 * and BPFTOOL name them.
 */

/**
 * struct bench - the place one test works in; set up before and torn down after it
 * @other: where bench_mount_other() mounts another bpffs
 */
struct bench {
	char folder[64];
	char bpffs[80];
	char other[80];
	char file[96];
	char *out;
	char *err;
	int status;
};

extern struct bench bench;

/** bench_is_private - what the tests mount or unmount, nobody else sees */
extern bool bench_is_private;

/** bench_suite() - run tests, each on its own bench; Return: exit status for main() */
int bench_suite(const char *name, const TTest *const *tests, size_t n);

/**
 * bench_count() - one more of what a loop tries; the sum is told as a comment in the end
 * @what: "runs killed", say: the same in all of a program
 */
void bench_count(const char *what);

/** bench_is_counted() - were there at least so many by now, in all tests of the program?
 */
bool bench_is_counted(unsigned int least);

/**
 * bench_write() - the description of this test
 * @yaml: %s in it becomes the bpffs, %o the other bpffs, %p the number of this process
 */
void bench_write(const char *yaml);

/** bench_mount_other() - a second bpffs, in which pins outside the scope can lie */
void bench_mount_other(void);

/** bench_is_long() - is everything to be run in full? MIMCTL_LONG says so */
bool bench_is_long(void);

/**
 * bench_stride() - in a loop over every call of a run, how far it is to the next
 * @usual: what it is in the short form
 *
 * MIMCTL_FAULT_STRIDE asks for more where every run takes seconds.
 */
int bench_stride(int usual);

/** run() - a program with its arguments, NULL at the end; output into bench.out, .err */
int run(const char *program, ...);

/** mimctl() - run mimctl; Return: its exit status */
#define mimctl(...) run(bench_program("MIMCTL"), __VA_ARGS__, NULL)

/** is_documented() - is it an exit status of an apply or destroy that nothing stopped? */
bool is_documented(int status);

/** faulty() - mimctl with failures injected: see faulty.c */
#define faulty(faults, ...)                                                              \
	(setenv("MIMCTL_FAULTS", faults, 1),                                             \
	 run(bench_program("MIMCTL_FAULTY"), __VA_ARGS__, NULL))

/**
 * bench_command() - what happens where a rule of faulty() says "c"
 * @words: for a shell; each B in it becomes bpftool, each P the bpffs
 */
void bench_command(const char *words);

/** bpftool() - run bpftool and insist that it succeeds */
#define bpftool(...) ck_assert_int_eq(run(bench_program("BPFTOOL"), __VA_ARGS__, NULL), 0)

const char *bench_program(const char *variable);

/** pin() - absolute path of something in the bench's bpffs; up to four at a time */
const char *pin(const char *name);

/** is_there() - is something, and be it a broken link, at pin(@name)? */
bool is_there(const char *name);

/** end_of() - wait for a child; Return: its exit status, or 256 and the signal */
int end_of(pid_t child);

/** apply() - apply the bench's file and insist on success and on an empty plan after it
 */
void apply(void);

/** plan_is_empty() - insist that plan finds nothing to do */
void plan_is_empty(void);

/** show_json() - bpftool -j map show pinned NAME; Return: owned by the caller */
struct json_object *show_json(const char *name);

/** map_number() - a number that bpftool tells of the map pinned at NAME */
int64_t map_number(const char *name, const char *key);

/** map_text() - a text that bpftool tells of it; lives until the next call */
const char *map_text(const char *name, const char *key);

/** slot_id() - id of the map in a slot, as bpftool dumps it; 0 for none. @key in host
 * order */
uint32_t slot_id(const char *name, uint64_t key);

/** map_is_gone() - insist that an id ends within seconds: maps are freed in the
 * background */
void map_is_gone(int64_t id);

/**
 * load_user() - a loaded program that uses the map pinned at NAME, and does nothing else
 * Return: its descriptor; the program goes with it.
 */
int load_user(const char *name);

/** signal_holder() - send a signal to who has signed in the state folder of a scope
 * @name: "t/mimctl~/holder", say
 * Return: false when nobody has.
 */
bool signal_holder(const char *name, int number);

/** has() - insist that a text holds another */
#define has(text, part)                                                                  \
	ck_assert_msg(strstr(text, part) != NULL, "no \"%s\" in:\n%.3000s", part, text)

/** lacks() - insist that it does not */
#define lacks(text, part)                                                                \
	ck_assert_msg(strstr(text, part) == NULL, "\"%s\" in:\n%.3000s", part, text)

#endif
