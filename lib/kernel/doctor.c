/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/doctor.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include "base/array.h"
#include "base/diag.h"
#include "kernel/bpffs.h"
#include "kernel/sight.h"

/* Numbers of linux/capability.h. */
#define BIT_SYS_ADMIN 21
#define BIT_NET_ADMIN 12
#define BIT_PERFMON   38
#define BIT_BPF	      39

struct version {
	unsigned int major;
	unsigned int minor;
	unsigned int patch;
};

struct examine {
	struct mim_kernel *kernel;
	struct mim_checkup *checkup;
	struct version version;
	bool out_of_memory;
};

void mim_checkup_release(struct mim_checkup *checkup)
{
	free(checkup->items);
	mim_arena_release(&checkup->arena);
	*checkup = (struct mim_checkup){0};
}

static void find(struct examine *examine, const char *name, enum mim_verdict verdict,
		 const char *format, ...) MIM_PRINTF(4, 5);

static void find(struct examine *examine, const char *name, enum mim_verdict verdict,
		 const char *format, ...)
{
	struct mim_checkup *checkup = examine->checkup;
	struct mim_finding *finding = mim_array_add(checkup->items, checkup->n);
	va_list args;

	va_start(args, format);
	if (finding)
		*finding = (struct mim_finding){
			name, verdict, mim_arena_vprintf(&checkup->arena, format, args)};
	va_end(args);
	examine->out_of_memory |= !finding || !finding->text;
}

static bool is_at_least(const struct version *version, unsigned int major,
			unsigned int minor, unsigned int patch)
{
	if (version->major != major)
		return version->major > major;
	if (version->minor != minor)
		return version->minor > minor;
	return version->patch >= patch;
}

static void look_at_version(struct examine *examine)
{
	struct version *version = &examine->version;
	struct utsname name;

	if (uname(&name) < 0 || sscanf(name.release, "%u.%u.%u", &version->major,
				       &version->minor, &version->patch) < 2) {
		find(examine, "kernel", MIM_VERDICT_NOTE, "version unknown");
		return;
	}
	if (is_at_least(version, 5, 10, 0))
		find(examine, "kernel", MIM_VERDICT_GOOD, "Linux %s", name.release);
	else
		find(examine, "kernel", MIM_VERDICT_NOTE,
		     "Linux %s is older than 5.10, the oldest that mimctl is tested on",
		     name.release);
}

/* A fix reaches each stable line in a release of its own. */
static bool has_swap_fix(const struct version *version)
{
	static const struct version fixed[] = {
		{5, 10, 214}, {5, 15, 153}, {6, 1, 75}, {6, 6, 14}, {6, 7, 2}};

	for (size_t i = 0; i < MIM_ARRAY_SIZE(fixed); i++)
		if (version->major == fixed[i].major && version->minor == fixed[i].minor)
			return version->patch >= fixed[i].patch;
	return is_at_least(version, 6, 8, 0);
}

static void look_at_faults(struct examine *examine)
{
	const struct version *version = &examine->version;

	if (is_at_least(version, 6, 16, 0))
		find(examine, "hash_of_maps", MIM_VERDICT_GOOD,
		     "replacing what a slot holds is atomic for readers (since 6.16)");
	else
		find(examine, "hash_of_maps", MIM_VERDICT_NOTE,
		     "a reader can miss a slot of a hash_of_maps for a moment while it "
		     "is "
		     "replaced (atomic from 6.16; array_of_maps always is)");
	if (!has_swap_fix(version))
		find(examine, "swap-fault", MIM_VERDICT_NOTE,
		     "CVE-2023-52447: swapping a slot under a running program can use "
		     "freed "
		     "memory; fixed in 5.10.214, 5.15.153, 6.1.75, 6.6.14, 6.7.2");
	if (!is_at_least(version, 5, 9, 0))
		find(examine, "leak-fault", MIM_VERDICT_NOTE,
		     "replacing slots of a hash_of_maps leaks inner maps before 5.9");
}

static uint64_t effective_capabilities(void)
{
	mim_auto_fclose FILE *file = fopen("/proc/self/status", "re");
	unsigned long long set = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "CapEff: %llx", &set) == 1)
			break;
	return set;
}

static void look_at_capabilities(struct examine *examine)
{
	static const struct {
		unsigned int bit;
		const char *name;
		const char *without;
	} wanted[] = {
		{BIT_SYS_ADMIN, "CAP_SYS_ADMIN",
		 "map ids cannot be read, which plan, apply and show need"},
		{BIT_BPF, "CAP_BPF", "maps cannot be created"},
		{BIT_PERFMON, "CAP_PERFMON", "the iterator cannot be loaded"},
		{BIT_NET_ADMIN, "CAP_NET_ADMIN",
		 "maps of devices, CPUs and sockets cannot be created"},
	};
	uint64_t set = effective_capabilities();
	bool all = set & (1ULL << BIT_SYS_ADMIN);

	for (size_t i = 0; i < MIM_ARRAY_SIZE(wanted); i++) {
		/* CAP_SYS_ADMIN stands in for the ones that were split off it in 5.8. */
		bool has = (set & (1ULL << wanted[i].bit)) ||
			   (all && wanted[i].bit != BIT_NET_ADMIN);

		find(examine, wanted[i].name,
		     has      ? MIM_VERDICT_GOOD
		     : i == 0 ? MIM_VERDICT_BAD
			      : MIM_VERDICT_NOTE,
		     "%s%s", has ? "there" : "missing: ", has ? "" : wanted[i].without);
	}
}

static void look_at_bpffs(struct examine *examine, const char *bpffs)
{
	mim_auto_close int root = mim_bpffs_open(examine->kernel, bpffs);

	if (root >= 0)
		find(examine, "bpffs", MIM_VERDICT_GOOD, "mounted at %s", bpffs);
	else if (strcmp(bpffs, "/sys/fs/bpf") == 0)
		find(examine, "bpffs", MIM_VERDICT_NOTE,
		     "not mounted at %s; apply mounts it", bpffs);
	else
		find(examine, "bpffs", MIM_VERDICT_BAD,
		     "not mounted: mount -t bpf bpf %s", bpffs);
}

static int pass_over(void *context, const struct mim_map_record *record)
{
	(void)context;
	(void)record;
	return 0;
}

static void look_at_iterator(struct examine *examine)
{
	char reason[MIM_SIGHT_TEXT];

	find(examine, "btf",
	     access("/sys/kernel/btf/vmlinux", R_OK) == 0 ? MIM_VERDICT_GOOD
							  : MIM_VERDICT_NOTE,
	     access("/sys/kernel/btf/vmlinux", R_OK) == 0
		     ? "the kernel has type information"
		     : "the kernel has no type information: no iterator");
	if (mim_sight_read(examine->kernel, pass_over, NULL) == 0)
		find(examine, "iterator", MIM_VERDICT_GOOD,
		     "runs: templates of outer maps are known, of empty ones too");
	else
		find(examine, "iterator", MIM_VERDICT_NOTE, "%s; %s",
		     mim_sight_reason(examine->kernel, reason), MIM_SIGHT_LOST);
}

static void look_at_batch(struct examine *examine, int outer, int inner)
{
	uint32_t keys[2] = {0, 1}, count = 2;
	uint32_t fds[2] = {(uint32_t)inner, (uint32_t)inner};
	int r = mim_kernel_call(examine->kernel, map_update_batch, outer, keys, fds,
				&count);

	if (r == 0 && is_at_least(&examine->version, 6, 12, 0))
		find(examine, "batch", MIM_VERDICT_GOOD,
		     "many slots are written in one call, with one grace period");
	else if (r == 0)
		find(examine, "batch", MIM_VERDICT_NOTE,
		     "many slots are written in one call, but each waits for a grace "
		     "period "
		     "(one wait for all is known of 6.12 and later)");
	else
		find(examine, "batch", MIM_VERDICT_NOTE,
		     "no batch calls on maps of maps (%s): each slot is a call that "
		     "waits for "
		     "a grace period",
		     mim_errno_text(r));
}

static void look_at_maps(struct examine *examine)
{
	const struct mim_shape array = {BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0, 0, 0};
	const struct mim_shape of_maps = {BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 2, 0, 0, 0};
	mim_auto_close int inner = -1, outer = -1;

	inner = mim_kernel_call(examine->kernel, map_create, &array, "mimctl_doctor", -1,
				NULL);
	outer = inner < 0 ? inner
			  : mim_kernel_call(examine->kernel, map_create, &of_maps,
					    "mimctl_doctor", inner, NULL);
	if (outer < 0) {
		find(examine, "maps-of-maps", MIM_VERDICT_BAD, "cannot be created: %s",
		     mim_errno_text(outer));
		return;
	}
	find(examine, "maps-of-maps", MIM_VERDICT_GOOD, "can be created");
	look_at_batch(examine, outer, inner);
}

static const char *limit_text(rlim_t limit, char *text, size_t size)
{
	if (limit == RLIM_INFINITY)
		snprintf(text, size, "unlimited");
	else
		snprintf(text, size, "%llu", (unsigned long long)limit);
	return text;
}

static void look_at_limits(struct examine *examine)
{
	struct rlimit files = {0}, memory = {0};
	char hard[24], locked[24];

	getrlimit(RLIMIT_NOFILE, &files);
	getrlimit(RLIMIT_MEMLOCK, &memory);
	find(examine, "open-files", MIM_VERDICT_GOOD,
	     "hard limit %s: more maps than that are made piece by piece",
	     limit_text(files.rlim_max, hard, sizeof(hard)));
	if (!is_at_least(&examine->version, 5, 11, 0))
		find(examine, "locked-memory",
		     memory.rlim_cur == RLIM_INFINITY ? MIM_VERDICT_GOOD
						      : MIM_VERDICT_NOTE,
		     "limit %s: maps count against it before 5.11",
		     limit_text(memory.rlim_cur, locked, sizeof(locked)));
}

int mim_doctor(struct mim_kernel *kernel, const char *bpffs, struct mim_checkup *checkup)
{
	struct examine examine = {.kernel = kernel, .checkup = checkup};

	look_at_version(&examine);
	look_at_capabilities(&examine);
	look_at_bpffs(&examine, bpffs);
	look_at_maps(&examine);
	look_at_iterator(&examine);
	look_at_faults(&examine);
	look_at_limits(&examine);
	return examine.out_of_memory ? -ENOMEM : 0;
}
