/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * One outer map of mimctl's under three programs: one that bpftool has loaded, one out of
 * a libbpf skeleton and one that tc has loaded in a network namespace; tc and cgroup
 * programs together. Packets tell that all of them use it, and that a slot that is given
 * another map is so for all of them.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "harness.h"
#include "share_egress.skel.h"

enum { BY_TC, BY_SKELETON, BY_BPFTOOL, LOADERS };

static const char *object_path(const char *who)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/share_%s.bpf.o", bench_program("OBJECTS"), who);
	return path;
}

static void declare(const char *inner)
{
	char yaml[4096];

	snprintf(yaml, sizeof(yaml),
		 "version: 1\nname: t\nbpffs: %s\n"
		 "outer_maps: [{name: services, from: {object: %s, map: services}}]\n"
		 "inner_maps: [{name: %s, from: {object: %s, map: services.inner}}]\n"
		 "bindings: [{outer: services, slots: [{key: 80, inner: %s}]}]\n"
		 "pins:\n"
		 "  - {map: services, path: services}\n"
		 "  - {map: services, path: %s}\n"
		 "  - {map: %s, path: %s}\n",
		 bench.bpffs, object_path("tc"), inner, object_path("tc"), inner,
		 pin("tc/globals/services"), inner, inner);
	bench_write(yaml);
	apply();
}

/* A network of our own, with nothing but a loopback that is up. */
static void enter_network(void)
{
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	ck_assert_msg(run("/bin/ip", "link", "set", "lo", "up", NULL) == 0, "%s",
		      bench.err);
}

/* A cgroup of our own, with this process in it. */
static char *enter_cgroup(void)
{
	static char path[160];
	char procs[256];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup", bench.folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(mount("cgroup2", path, "cgroup2", 0, NULL), 0);
	snprintf(path, sizeof(path), "%s/cgroup/mimctl-test-%d", bench.folder, getpid());
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
	fd = open(procs, O_WRONLY);
	ck_assert_int_eq(write(fd, "0", 1), 1);
	close(fd);
	return path;
}

static void leave_cgroup(const char *path)
{
	char top[160], procs[256];
	int fd;

	snprintf(top, sizeof(top), "%s/cgroup", bench.folder);
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", top);
	fd = open(procs, O_WRONLY);
	ck_assert_int_eq(write(fd, "0", 1), 1);
	close(fd);
	ck_assert_int_eq(rmdir(path), 0);
	umount2(top, MNT_DETACH);
	ck_assert_int_eq(rmdir(top), 0);
}

/* A packet to ourselves: out of the cgroup, in by the loopback, and into the cgroup. */
static void send_packet(void)
{
	struct sockaddr_in here = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(here);
	int to = socket(AF_INET, SOCK_DGRAM, 0), from = socket(AF_INET, SOCK_DGRAM, 0);
	char byte = 0;

	ck_assert_int_eq(bind(to, (struct sockaddr *)&here, size), 0);
	ck_assert_int_eq(getsockname(to, (struct sockaddr *)&here, &size), 0);
	ck_assert_int_eq(sendto(from, "x", 1, 0, (struct sockaddr *)&here, size), 1);
	ck_assert_int_eq(recv(to, &byte, 1, 0), 1);
	close(from);
	close(to);
}

/* What each program has counted in the map for port 80, as mimctl tells it. */
static void read_counts(int64_t *counts)
{
	struct json_object *root, *entries;

	memset(counts, 0, LOADERS * sizeof(*counts));
	ck_assert_msg(mimctl("get", "t/services", "80", "-o", "json", "--bpffs",
			     bench.bpffs) == 0,
		      "%s", bench.err);
	root = json_tokener_parse(bench.out);
	entries = json_object_object_get(root, "entries");
	for (size_t i = 0; i < json_object_array_length(entries); i++) {
		struct json_object *entry = json_object_array_get_idx(entries, i);
		int key = json_object_get_int(json_object_object_get(entry, "key"));

		ck_assert_int_lt(key, LOADERS);
		counts[key] =
			json_object_get_int64(json_object_object_get(entry, "value"));
	}
	json_object_put(root);
}

/* The map that a program uses, by its id. */
static bool uses(const char *program, int64_t id)
{
	struct json_object *list, *name, *maps;
	bool found = false;

	bpftool("-j", "prog", "list");
	list = json_tokener_parse(bench.out);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *one = json_object_array_get_idx(list, i);

		if (!json_object_object_get_ex(one, "name", &name) ||
		    strcmp(json_object_get_string(name), program) != 0 ||
		    !json_object_object_get_ex(one, "map_ids", &maps))
			continue;
		for (size_t m = 0; m < json_object_array_length(maps); m++)
			found |= json_object_get_int64(
					 json_object_array_get_idx(maps, m)) == id;
	}
	json_object_put(list);
	return found;
}

static void load_with_tc(void)
{
	ck_assert_msg(run("/usr/sbin/tc", "qdisc", "add", "dev", "lo", "clsact", NULL) ==
			      0,
		      "%s", bench.err);
	setenv("TC_BPF_MNT", bench.bpffs, 1);
	ck_assert_msg(run("/usr/sbin/tc", "filter", "add", "dev", "lo", "ingress", "bpf",
			  "da", "obj", object_path("tc"), "sec", "tc", NULL) == 0,
		      "%s", bench.err);
}

static void load_with_bpftool(const char *cgroup)
{
	bpftool("prog", "load", object_path("ingress"), pin("program"), "map", "name",
		"services", "pinned", pin("t/services"));
	bpftool("cgroup", "attach", cgroup, "ingress", "pinned", pin("program"));
}

static struct share_egress *load_skeleton(const char *cgroup)
{
	struct share_egress *skeleton = share_egress__open();
	int fd = open(cgroup, O_RDONLY | O_DIRECTORY);

	ck_assert(skeleton != NULL);
	ck_assert_int_eq(
		bpf_map__set_pin_path(skeleton->maps.services, pin("t/services")), 0);
	ck_assert_int_eq(share_egress__load(skeleton), 0);
	skeleton->links.share_egress =
		bpf_program__attach_cgroup(skeleton->progs.share_egress, fd);
	ck_assert(skeleton->links.share_egress != NULL);
	close(fd);
	return skeleton;
}

START_TEST(three_loaders_share_one_outer_map)
{
	/* Not in the initramfs of other kernels. */
	bool with_tc = access("/usr/sbin/tc", X_OK) == 0;
	int64_t id, before[LOADERS], after[LOADERS];
	struct share_egress *skeleton;
	char *cgroup;

	if (access("/bin/ip", X_OK) < 0)
		return;
	declare("first");
	id = map_number("t/services", "id");
	enter_network();
	cgroup = enter_cgroup();
	if (with_tc)
		load_with_tc();
	load_with_bpftool(cgroup);
	skeleton = load_skeleton(cgroup);
	ck_assert(!with_tc || uses("share_tc", id));
	ck_assert(uses("share_egress", id));
	ck_assert(uses("share_ingress", id));
	read_counts(before);
	send_packet();
	read_counts(after);
	for (int i = with_tc ? BY_TC : BY_SKELETON; i < LOADERS; i++)
		ck_assert_int_eq(after[i], before[i] + 1);
	/* Another map for the port, for all of them at once. */
	declare("second");
	ck_assert_int_eq(map_number("t/services", "id"), id);
	read_counts(before);
	for (int i = 0; i < LOADERS; i++)
		ck_assert_int_eq(before[i], 0);
	send_packet();
	read_counts(after);
	for (int i = with_tc ? BY_TC : BY_SKELETON; i < LOADERS; i++)
		ck_assert_int_eq(after[i], 1);
	share_egress__destroy(skeleton);
	bpftool("cgroup", "detach", cgroup, "ingress", "pinned", pin("program"));
	leave_cgroup(cgroup);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {three_loaders_share_one_outer_map};

	return bench_suite("share", tests, sizeof(tests) / sizeof(tests[0]));
}
