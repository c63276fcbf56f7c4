/* SPDX-License-Identifier: BSD-2-Clause */

/* Where the iterator program cannot run: that is said, and nothing untrue is. */
#include <bpf/btf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include "harness.h"
#include "mim.h"

#define HEAD                                                                             \
	"version: 1\nname: t\nbpffs: %s\n"                                               \
	"templates: [{name: table, type: hash, key: u32, value: u32, max_entries: 8}]\n"
#define ONE                                                                              \
	HEAD "outer_maps: [{name: o, type: array_of_maps, max_entries: 4, template: "    \
	     "table}]\n"

#define NOTE "note: the iterator program does not run: "

static const char *const switched_off = "it is switched off by MIMCTL_NO_ITERATOR";

/* The reason and what is lost, once, where a person reads it and no program does. */
static void says(const char *reason)
{
	char note[256];

	snprintf(note, sizeof(note), NOTE "%s; " MIM_SIGHT_LOST "\n", reason);
	has(bench.err, note);
	lacks(strstr(bench.err, note) + strlen(note), NOTE);
	lacks(bench.out, "iterator");
}

START_TEST(with_v_every_command_that_reads_the_kernel_says_why)
{
	bench_write(ONE);
	apply();
	setenv("MIMCTL_NO_ITERATOR", "1", 1);
	ck_assert_int_eq(mimctl("plan", "-f", bench.file, "-v"), 0);
	says(switched_off);
	ck_assert_int_eq(mimctl("plan", "-f", bench.file, "-v", "-o", "json"), 0);
	says(switched_off);
	ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs, "-v"), 0);
	says(switched_off);
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "-v"), 0);
	says(switched_off);
	ck_assert_int_eq(mimctl("apply", "--dry-run", "-f", bench.file, "-v"), 0);
	says(switched_off);
	/* One that is refused as well. */
	bench_write("version: 1\nname: t\nbpffs: %s\n");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file, "-v"), 78);
	says(switched_off);
	ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs, "-v"), 0);
	says(switched_off);
}
END_TEST

START_TEST(without_v_or_need_nothing_is_said)
{
	bench_write(ONE);
	apply();
	/* It ran: there is nothing to say. */
	ck_assert_int_eq(mimctl("plan", "-f", bench.file, "-v"), 0);
	ck_assert_str_eq(bench.err, "");
	setenv("MIMCTL_NO_ITERATOR", "1", 1);
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 0);
	ck_assert_str_eq(bench.err, "");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file, "-v", "-q"), 0);
	ck_assert_str_eq(bench.err, "");
	ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs), 0);
	ck_assert_str_eq(bench.err, "");
	/* validate asks no kernel. */
	ck_assert_int_eq(mimctl("validate", "-f", bench.file, "-v"), 0);
	ck_assert_str_eq(bench.err, "");
}
END_TEST

/* What loading it gave; plan goes on without. */
START_TEST(each_reason_is_told)
{
	static const struct {
		const char *fault;
		const char *reason;
	} cases[] = {
		{"map_iterate:1+:95",
		 "it was not built in, for want of clang or bpftool"},
		{"map_iterate:1+:1",
		 "it needs CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN"},
		{"map_iterate:1+:13",
		 "it needs CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN"},
		{"map_iterate:1+:7", "Argument list too long"},
	};

	bench_write(ONE);
	apply();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(faulty(cases[i].fault, "plan", "-f", bench.file, "-v",
					"--detailed-exitcode"),
				 0);
		says(cases[i].reason);
		ck_assert_int_eq(faulty(cases[i].fault, "doctor", "--bpffs", bench.bpffs),
				 0);
		has(bench.out, cases[i].reason);
		has(bench.out, MIM_SIGHT_LOST);
	}
}
END_TEST

START_TEST(a_kernel_without_type_information_is_told)
{
	struct btf *btf;

	/* A mount of this test alone: the others see what they saw. */
	if (!bench_is_private || unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/sys/kernel/btf", "tmpfs", 0, NULL) < 0)
		return;
	/* libbpf looks in other places, too: debug packages have it. */
	btf = btf__load_vmlinux_btf();
	if (btf) {
		btf__free(btf);
		return;
	}
	bench_write(ONE);
	apply();
	ck_assert_int_eq(mimctl("plan", "-f", bench.file, "-v"), 0);
	says("the kernel has no type information in /sys/kernel/btf/vmlinux");
	ck_assert_int_eq(mimctl("doctor", "--bpffs", bench.bpffs), 0);
	has(bench.out, "note iterator       the kernel has no type information in ");
}
END_TEST

START_TEST(missing_capabilities_are_told)
{
	chmod(bench.folder, 0755);
	chmod(bench.bpffs, 0755);
	ck_assert_int_eq(run("/usr/bin/setpriv", "--reuid=65534", "--regid=65534",
			     "--clear-groups", "--bounding-set=-all", "--inh-caps=-all",
			     bench_program("MIMCTL"), "doctor", "--bpffs", bench.bpffs,
			     NULL),
			 69);
	has(bench.out, "note iterator       it needs CAP_BPF and CAP_PERFMON");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		with_v_every_command_that_reads_the_kernel_says_why,
		without_v_or_need_nothing_is_said,
		each_reason_is_told,
		a_kernel_without_type_information_is_told,
		missing_capabilities_are_told,
	};

	return bench_suite("iterator", tests, sizeof(tests) / sizeof(tests[0]));
}
