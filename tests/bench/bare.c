// SPDX-License-Identifier: BSD-2-Clause
/*
 * What mimctl is measured against: the calls that no program can do without, on the same
 * file, and nothing else. No diagnostics, no plan, no undo, no scope, no templates; it
 * understands the files that tests/bench/run writes and no others.
 *
 *   bare text FILE          the events of the file
 *   bare apply FILE PIN     one creation a map, slots in bulk, one pin, one bulk read
 *   bare read FILE PIN      events, one bulk read: what any plan needs
 *   bare rebind FILE PIN    new maps into all slots, one bulk read
 *   bare destroy PIN        the pin goes
 *   bare drift PIN          not measured: one slot in a hundred gets another map
 *   bare load OBJECT PIN    libbpf loads an object whose outer map has .values
 *   bare count NAME         not measured: maps whose kernel name begins so
 *   bare settle NAME        not measured: waits until there are none
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <yaml.h>

/* Descriptors for all else. */
#define SPARE 64
/* Where "key: N" of a slot stands: root, bindings, binding, slots, slot. */
#define SLOT_DEPTH 5

struct description {
	enum bpf_map_type type;
	__u32 inner_entries;
	__u32 outer_entries;
	__u32 *keys;
	__u32 n;
};

static void fail(const char *what)
{
	fprintf(stderr, "bare: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void *room(size_t n, size_t size)
{
	void *items = calloc(n + 1, size);

	if (!items)
		fail("memory");
	return items;
}

static void take_number(struct description *d, const char *name, __u32 value, int depth)
{
	if (strcmp(name, "max_entries") == 0) {
		if (d->inner_entries == 0)
			d->inner_entries = value;
		else
			d->keys = room(d->outer_entries = value, sizeof(*d->keys));
	} else if (depth == SLOT_DEPTH && d->n < d->outer_entries) {
		d->keys[d->n++] = value;
	}
}

static void take_pair(struct description *d, const char *name, const char *value,
		      int depth)
{
	if (strcmp(value, "array_of_maps") == 0)
		d->type = BPF_MAP_TYPE_ARRAY_OF_MAPS;
	else if (strcmp(value, "hash_of_maps") == 0)
		d->type = BPF_MAP_TYPE_HASH_OF_MAPS;
	else if (*value >= '0' && *value <= '9')
		take_number(d, name, (__u32)strtoul(value, NULL, 10), depth);
}

static int deeper(yaml_event_type_t type)
{
	switch (type) {
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		return 1;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		return -1;
	default:
		return 0;
	}
}

/* Without a description the events are all there is to do. */
static void each_event(yaml_parser_t *parser, struct description *d)
{
	char name[32] = "";
	yaml_event_t event;
	int depth = 0;

	for (;;) {
		if (!yaml_parser_parse(parser, &event)) {
			fprintf(stderr, "bare: no YAML: %s\n", parser->problem);
			exit(1);
		}
		depth += deeper(event.type);
		if (d && event.type == YAML_SCALAR_EVENT) {
			const char *word = (const char *)event.data.scalar.value;

			take_pair(d, name, word, depth);
			strncpy(name, word, sizeof(name) - 1);
		}
		if (event.type == YAML_STREAM_END_EVENT)
			break;
		yaml_event_delete(&event);
	}
}

static char *read_file(const char *path, size_t *ret_n)
{
	FILE *file = fopen(path, "re");
	char *text;
	long n;

	if (!file || fseek(file, 0, SEEK_END) < 0 || (n = ftell(file)) < 0)
		fail(path);
	rewind(file);
	text = room((size_t)n, 1);
	if (fread(text, 1, (size_t)n, file) != (size_t)n)
		fail(path);
	fclose(file);
	*ret_n = (size_t)n;
	return text;
}

static void parse(const char *path, struct description *d)
{
	yaml_parser_t parser;
	size_t n;
	char *text = read_file(path, &n);

	if (!yaml_parser_initialize(&parser))
		fail("libyaml");
	yaml_parser_set_input_string(&parser, (unsigned char *)text, n);
	each_event(&parser, d);
	yaml_parser_delete(&parser);
	free(text);
}

static int create_inner(const struct description *d)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_NO_PREALLOC);
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "bench_bare", 4, 8, d->inner_entries,
				&opts);

	if (fd < 0)
		fail("create an inner map");
	return fd;
}

static int create_outer(const struct description *d)
{
	int template = create_inner(d), fd;
	LIBBPF_OPTS(bpf_map_create_opts, opts, .inner_map_fd = (__u32) template);

	fd = bpf_map_create(d->type, "bench_bare", 4, 4, d->outer_entries, &opts);
	if (fd < 0)
		fail("create the outer map");
	close(template);
	return fd;
}

static __u32 most_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		fail("RLIMIT_NOFILE");
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_max > 1U << 20 ? 1U << 20 : (__u32)limit.rlim_max - SPARE;
}

/* In one bulk call, unless there may not be so many descriptors. */
static void fill(int outer, const struct description *d)
{
	__u32 most = most_descriptors(), *fds;

	if (most > d->n)
		most = d->n;
	fds = room(most, sizeof(*fds));
	for (__u32 i = 0, n; i < d->n; i += n) {
		__u32 count;

		n = d->n - i < most ? d->n - i : most;
		for (__u32 j = 0; j < n; j++)
			fds[j] = (__u32)create_inner(d);
		count = n;
		if (bpf_map_update_batch(outer, d->keys + i, fds, &count, NULL) < 0)
			fail("bind");
		for (__u32 j = 0; j < n; j++)
			close((int)fds[j]);
	}
	free(fds);
}

static void read_back(int outer, const struct description *d)
{
	__u32 *keys = room(d->outer_entries, sizeof(*keys));
	__u32 *ids = room(d->outer_entries, sizeof(*ids));
	__u32 count = d->outer_entries, token;

	if (bpf_map_lookup_batch(outer, NULL, &token, keys, ids, &count, NULL) < 0 &&
	    errno != ENOENT)
		fail("read");
	if (count != d->n) {
		fprintf(stderr, "bare: %u slots of %u\n", count, d->n);
		exit(1);
	}
	free(keys);
	free(ids);
}

static int get(const char *pin)
{
	int fd = bpf_obj_get(pin);

	if (fd < 0)
		fail(pin);
	return fd;
}

static int text(char **args)
{
	parse(args[0], NULL);
	return 0;
}

static int apply(char **args)
{
	struct description d = {0};
	int outer;

	parse(args[0], &d);
	outer = create_outer(&d);
	fill(outer, &d);
	if (bpf_obj_pin(outer, args[1]) < 0)
		fail(args[1]);
	read_back(outer, &d);
	return 0;
}

static int read_slots(char **args)
{
	struct description d = {0};

	parse(args[0], &d);
	read_back(get(args[1]), &d);
	return 0;
}

static int rebind(char **args)
{
	struct description d = {0};
	int outer = get(args[1]);

	parse(args[0], &d);
	fill(outer, &d);
	read_back(outer, &d);
	return 0;
}

static int destroy(char **args)
{
	if (unlink(args[0]) < 0)
		fail(args[0]);
	return 0;
}

/* The maps that the slots get are called like nothing that is declared. */
static int drift(char **args)
{
	struct bpf_map_info info = {0};
	__u32 size = sizeof(info), n = 0, count;
	struct description d = {.inner_entries = 16};
	int outer = get(args[0]);
	__u32 *fds;

	if (bpf_obj_get_info_by_fd(outer, &info, &size) < 0)
		fail(args[0]);
	most_descriptors();
	d.keys = room(info.max_entries, sizeof(*d.keys));
	fds = room(info.max_entries, sizeof(*fds));
	for (__u32 i = 0; i < info.max_entries; i += 100) {
		d.keys[n] = i;
		fds[n++] = (__u32)create_inner(&d);
	}
	count = n;
	if (bpf_map_update_batch(outer, d.keys, fds, &count, NULL) < 0)
		fail("bind");
	return 0;
}

static int load(char **args)
{
	struct bpf_object *object = bpf_object__open(args[0]);
	struct bpf_map *outer;

	if (!object || bpf_object__load(object) < 0)
		fail(args[0]);
	outer = bpf_object__find_map_by_name(object, "outer");
	if (!outer || bpf_map__pin(outer, args[1]) < 0)
		fail(args[1]);
	return 0;
}

static unsigned int count_maps(const char *name)
{
	unsigned int n = 0;
	__u32 id = 0;

	while (bpf_map_get_next_id(id, &id) == 0) {
		struct bpf_map_info info = {0};
		__u32 size = sizeof(info);
		int fd = bpf_map_get_fd_by_id(id);

		if (fd < 0)
			continue;
		if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0 &&
		    strncmp(info.name, name, strlen(name)) == 0)
			n++;
		close(fd);
	}
	return n;
}

static int count(char **args)
{
	return printf("%u\n", count_maps(args[0])) < 0;
}

/* Maps are freed some time after nothing holds them, which is work as well. */
static int settle(char **args)
{
	for (int tries = 0; count_maps(args[0]) > 0; tries++) {
		if (tries == 600) {
			fprintf(stderr, "bare: maps called %s stay\n", args[0]);
			return 1;
		}
		usleep(100000);
	}
	return 0;
}

static const struct job {
	const char *name;
	int n_args;
	int (*run)(char **args);
} jobs[] = {
	{"text", 1, text},	 {"apply", 2, apply}, {"read", 2, read_slots},
	{"rebind", 2, rebind},	 {"load", 2, load},   {"drift", 1, drift},
	{"destroy", 1, destroy}, {"count", 1, count}, {"settle", 1, settle},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(jobs) / sizeof(*jobs); i++)
		if (strcmp(argv[1], jobs[i].name) == 0 && argc - 2 == jobs[i].n_args)
			return jobs[i].run(argv + 2);
	fprintf(stderr,
		"usage: bare text|apply|read|rebind|load|drift|destroy|count|settle "
		"ARGUMENT...\n");
	return 64;
}
