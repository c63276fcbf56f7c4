/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Every allocation fails: by itself, and with all that come after it. Then it is said
 * that memory ran out and nothing is changed, or the result is what it is otherwise;
 * nothing is lost, and the next run does what is asked for.
 *
 * MIMCTL_STRIDE=N takes every N-th allocation; MIMCTL_LONG=1 takes all.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include "alloc.h"
#include "command.h"
#include "scenes.h"
#include "unit.h"

/* What is printed twice is to be the same, however long the first took. */
time_t time(time_t *ret_time)
{
	if (ret_time)
		*ret_time = 1700000000;
	return 1700000000;
}

static bool is_long(void)
{
	const char *text = getenv("MIMCTL_LONG");

	return text && *text;
}

static uint64_t stride(uint64_t usual)
{
	const char *text = getenv("MIMCTL_STRIDE");
	uint64_t n = text ? (uint64_t)atoi(text) : 1;

	return is_long() ? 1 : n > usual ? n : usual;
}

static void check_law(const struct result *result, const char *before, const char *now,
		      uint32_t next_id, const char *when)
{
	char *differences = stage_compare(before, now, next_id);

	if (!stage_is_good(result->outcome)) {
		ck_assert_msg(*differences == '\0', "%s: outcome %d, but\n%s\n%s", when,
			      result->outcome, differences, result->said);
		ck_assert_msg(result->warned || result->out_of_memory, "%s: not a word",
			      when);
	}
	free(differences);
}

/* Return: whether the run went through without the failure. */
static bool apply_once(struct stage *stage, uint64_t k, bool onwards)
{
	char *before, *now, when[96];
	struct result result;
	size_t descriptors, live;
	uint32_t next_id;
	uint64_t made;

	stage_begin(stage);
	before = fake_describe(&stage->fake);
	next_id = stage->fake.next_id;
	descriptors = count_descriptors();
	live = alloc_live();
	snprintf(when, sizeof(when), "%s, allocation %lu%s", stage->scene->name,
		 (unsigned long)k, onwards ? " and all after" : "");
	alloc_begin(k, onwards);
	stage_apply(stage, &result);
	made = alloc_end();
	if (alloc_live() != live)
		alloc_forgive();
	ck_assert_msg(!k || alloc_live() == live, "%s: %zu blocks are lost", when,
		      alloc_live() - live);
	ck_assert_msg(count_descriptors() == descriptors, "%s: descriptors", when);
	ck_assert_msg(fake_count_open(&stage->fake) == 0, "%s: a map is open", when);
	now = fake_describe(&stage->fake);
	check_law(&result, before, now, next_id, when);
	if (stage_is_good(result.outcome))
		stage_check_plan(stage, when);
	result_release(&result);
	stage_apply(stage, &result);
	ck_assert_msg(stage_is_good(result.outcome), "%s: then outcome %d: %s", when,
		      result.outcome, result.said);
	stage_check_done(stage, when);
	result_release(&result);
	free(before);
	free(now);
	return made < k;
}

static void apply_all(const struct scene *scene, bool onwards, uint64_t usual, int i)
{
	struct stage stage;
	unsigned long runs = 0;
	uint64_t k;

	stage_init(&stage, scene);
	/* What libraries keep for good is made now. */
	apply_once(&stage, 0, false);
	for (k = 1 + (uint64_t)i * 7 % stride(usual); !apply_once(&stage, k, onwards);
	     k += stride(usual))
		runs++;
	ck_assert_uint_gt(runs, 0);
	printf("# %s: %lu of %lu allocations failed%s\n", scene->name, runs,
	       (unsigned long)k, onwards ? ", with all after" : "");
	fflush(stdout);
	stage_release(&stage);
}

START_TEST(every_allocation_of_an_apply_fails_once)
{
	apply_all(&scenes[_i], false, 17, _i);
}
END_TEST

START_TEST(memory_runs_out_in_an_apply)
{
	apply_all(&scenes[_i], true, 41, _i);
}
END_TEST

/* What a command prints goes here. */
struct printed {
	int fds[2];
	char *text[2];
	int status;
};

static char *read_back(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = fake_need(calloc(1, (size_t)size + 1));

	ck_assert(pread(fd, text, (size_t)size, 0) == size);
	close(fd);
	return text;
}

/* Return: allocations made. */
static uint64_t run_command(struct fake *fake, const char *const *words, uint64_t k,
			    bool onwards, struct printed *output)
{
	char *argv[16] = {(char *)"mimctl"};
	int saved[2] = {dup(1), dup(2)}, argc = 1;
	struct mim_kernel kernel = fake->kernel;
	uint64_t made;

	while (words[argc - 1]) {
		argv[argc] = (char *)words[argc - 1];
		argc++;
	}
	for (int i = 0; i < 2; i++) {
		output->fds[i] = memfd_create("output", MFD_CLOEXEC);
		dup2(output->fds[i], i + 1);
	}
	alloc_begin(k, onwards);
	output->status = mimctl_main(argc, argv, &kernel);
	made = alloc_end();
	fflush(stdout);
	clearerr(stdout);
	for (int i = 0; i < 2; i++) {
		dup2(saved[i], i + 1);
		close(saved[i]);
		output->text[i] = read_back(output->fds[i]);
	}
	return made;
}

static void printed_release(struct printed *output)
{
	free(output->text[0]);
	free(output->text[1]);
}

/* Files that the commands read, in the folder of the fake. */
struct files {
	char yaml[FAKE_PATH];
	char plan[FAKE_PATH];
	char snapshot[FAKE_PATH];
	char object[FAKE_PATH];
	char object_yaml[FAKE_PATH];
};

#define MOST_WORDS 8

/* In these, the names of struct files stand for the files. */
static const struct {
	const char *words[MOST_WORDS];
	bool changes;
} commands[] = {
	{{"validate", "-f", "YAML"}, false},
	{{"validate", "-f", "YAML", "-o", "json"}, false},
	{{"plan", "-f", "YAML"}, false},
	{{"plan", "-f", "YAML", "-o", "json"}, false},
	{{"plan", "-f", "YAML", "-v", "-o", "yaml"}, false},
	{{"plan", "-f", "YAML", "--out", "PLAN"}, false},
	{{"plan", "-f", "YAML", "--live", "SNAPSHOT"}, false},
	{{"show", "t", "--bpffs", "BPFFS"}, false},
	{{"show", "t", "--bpffs", "BPFFS", "-o", "json"}, false},
	{{"import", "t", "--bpffs", "BPFFS"}, false},
	{{"import", "--object", "OBJECT"}, false},
	{{"check", "--object", "OBJECT", "-f", "OBJECT_YAML"}, false},
	{{"apply", "-f", "YAML", "-o", "json"}, true},
	{{"apply", "PLAN"}, true},
	{{"destroy", "t", "--bpffs", "BPFFS"}, true},
};

static const char *stand_in(const struct stage *stage, const struct files *files,
			    const char *word)
{
	const struct {
		const char *word, *means;
	} all[] = {
		{"YAML", files->yaml},		 {"PLAN", files->plan},
		{"SNAPSHOT", files->snapshot},	 {"OBJECT", files->object},
		{"BPFFS", stage->fake.bpffs[0]}, {"OBJECT_YAML", files->object_yaml},
	};

	for (size_t i = 0; word && i < MIM_ARRAY_SIZE(all); i++)
		if (strcmp(all[i].word, word) == 0)
			return all[i].means;
	return word;
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fake_need(fopen(path, "we"));

	fputs(text, file);
	fclose(file);
}

/* The plan and the snapshot are of what is there before. */
static void make_files(struct stage *stage, struct files *files)
{
	const char *folder = stage->fake.folder, *objects = getenv("UNIT_OBJECTS");
	struct mim_config_text after = mim_config_text(&stage->after, 0);
	struct printed output;

	snprintf(files->yaml, FAKE_PATH, "%s/after.yaml", folder);
	snprintf(files->plan, FAKE_PATH, "%s/plan.json", folder);
	snprintf(files->snapshot, FAKE_PATH, "%s/live.json", folder);
	snprintf(files->object_yaml, FAKE_PATH, "%s/object.yaml", folder);
	snprintf(files->object, FAKE_PATH, "%s/outer.bpf.o", objects ? objects : "");
	write_text(files->yaml, after.text);
	stage_begin(stage);
	run_command(&stage->fake,
		    (const char *const[]){"plan", "-f", files->yaml, "--out", files->plan,
					  "--allow-orphans", NULL},
		    0, false, &output);
	ck_assert_msg(output.status == 0, "plan --out: %s", output.text[1]);
	printed_release(&output);
	run_command(&stage->fake,
		    (const char *const[]){"show", "t", "--bpffs", stage->fake.bpffs[0],
					  "-o", "json", NULL},
		    0, false, &output);
	ck_assert_msg(output.status == 0, "show: %s", output.text[1]);
	write_text(files->snapshot, output.text[0]);
	printed_release(&output);
	run_command(&stage->fake,
		    (const char *const[]){"import", "--object", files->object, NULL}, 0,
		    false, &output);
	ck_assert_msg(output.status == 0, "import: %s", output.text[1]);
	write_text(files->object_yaml, output.text[0]);
	printed_release(&output);
}

static void check_command(struct stage *stage, const struct printed *expected,
			  const struct printed *output, const char *before,
			  uint32_t next_id, bool changes, const char *when)
{
	char *now = fake_describe(&stage->fake), *differences;

	differences = stage_compare(before, now, next_id);
	if (changes &&
	    strstr(output->text[1], "applied, but the result cannot be told")) {
		ck_assert_int_eq(output->status, 3);
	} else if (output->status != expected->status) {
		ck_assert_msg(*output->text[1], "%s: not a word", when);
		ck_assert_msg(*differences == '\0', "%s: status %d, but\n%s", when,
			      output->status, differences);
	} else if (!changes) {
		ck_assert_msg(strcmp(output->text[0], expected->text[0]) == 0,
			      "%s: status %d, but\n%.1000s\n--- and not\n%.1000s", when,
			      output->status, output->text[0], expected->text[0]);
		ck_assert_msg(*differences == '\0', "%s: there is\n%s", when,
			      differences);
	}
	free(differences);
	free(now);
}

/* Return: whether it went through without the failure. */
static bool command_once(struct stage *stage, const char *const *words, bool changes,
			 uint64_t k, bool onwards, const struct printed *expected,
			 struct printed *ret_output)
{
	char *before, when[96];
	size_t descriptors, live;
	uint32_t next_id;
	uint64_t made;

	stage_begin(stage);
	before = fake_describe(&stage->fake);
	next_id = stage->fake.next_id;
	descriptors = count_descriptors();
	live = alloc_live();
	snprintf(when, sizeof(when), "mimctl %s %s, allocation %lu%s", words[0], words[1],
		 (unsigned long)k, onwards ? " and all after" : "");
	made = run_command(&stage->fake, words, k, onwards, ret_output);
	if (alloc_live() != live)
		alloc_forgive();
	if (expected) {
		ck_assert_msg(alloc_live() == live, "%s: %zu blocks are lost", when,
			      alloc_live() - live);
		ck_assert_msg(count_descriptors() == descriptors, "%s: descriptors",
			      when);
		check_command(stage, expected, ret_output, before, next_id, changes,
			      when);
	}
	free(before);
	return made < k;
}

static void command_all(size_t i, bool onwards, uint64_t usual)
{
	const char *words[MOST_WORDS + 1] = {NULL};
	struct printed expected, output;
	unsigned long runs = 0;
	struct stage stage;
	struct files files;
	uint64_t k = 1 + i * 5 % stride(usual);
	bool through;

	stage_init(&stage, scene_of("named"));
	make_files(&stage, &files);
	for (size_t w = 0; w < MOST_WORDS; w++)
		words[w] = stand_in(&stage, &files, commands[i].words[w]);
	/* Twice: what libraries keep for good is made the first time. */
	command_once(&stage, words, commands[i].changes, 0, false, NULL, &expected);
	printed_release(&expected);
	command_once(&stage, words, commands[i].changes, 0, false, NULL, &expected);
	do {
		through = command_once(&stage, words, commands[i].changes, k, onwards,
				       &expected, &output);
		printed_release(&output);
		k += stride(usual);
	} while (!through && ++runs);
	printf("# mimctl %s: status %d, %lu of %lu allocations failed%s\n", words[0],
	       expected.status, runs, (unsigned long)k,
	       onwards ? ", with all after" : "");
	fflush(stdout);
	printed_release(&expected);
	stage_release(&stage);
}

START_TEST(every_allocation_of_a_command_fails_once)
{
	command_all((size_t)_i, false, 13);
}
END_TEST

START_TEST(memory_runs_out_in_a_command)
{
	command_all((size_t)_i, true, 31);
}
END_TEST

int main(void)
{
	const struct unit_case cases[] = {
		{every_allocation_of_an_apply_fails_once, (int)n_scenes},
		{memory_runs_out_in_an_apply, (int)n_scenes},
		UNIT_EACH(every_allocation_of_a_command_fails_once, commands),
		UNIT_EACH(memory_runs_out_in_a_command, commands),
	};

	/* However long it takes. */
	setenv("CK_DEFAULT_TIMEOUT", "36000", 1);
	return unit_run("alloc", cases, MIM_ARRAY_SIZE(cases));
}
