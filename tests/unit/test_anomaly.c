/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Every call of every scene fails, with each errno that it can give: by itself, with all
 * that come after it, and with another one on the way back. Then everything is as before,
 * or it is said what is not; the next apply converges, and no descriptor is left open.
 */
#include <stdio.h>
#include "errors.h"
#include "scenes.h"
#include "trouble.h"
#include "unit.h"

static struct {
	unsigned long runs;
	unsigned long left;
} counts;

static bool is_gone(const char *differences, const char *id)
{
	char line[560];

	snprintf(line, sizeof(line), "-map %s ", id);
	return strstr(differences, line) != NULL;
}

/* Each line names a path, or the outer map of a slot; all of it must have been said. */
static void check_named(const char *differences, const char *said, const char *when)
{
	char line[1024], object[512];

	for (const char *at = differences; *at; at = strchr(at, '\n') + 1) {
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
		if (strstr(line, "/mimctl~/")) {
			ck_assert_msg(strstr(said, "a record is not") ||
					      strstr(said, "folder is left"),
				      "%s: %s not in\n%s", when, line, said);
			continue;
		}
		if (strstr(line, "/mimctl ")) {
			ck_assert_msg(strstr(said, "marker is not") ||
					      strstr(said, "folder is left"),
				      "%s: %s not in\n%s", when, line, said);
			continue;
		}
		/* It has gone with what held it. */
		if (sscanf(line + 1, "slot of (id %511[^)]", object) == 1 &&
		    is_gone(differences, object))
			continue;
		if (sscanf(line + 1, "slot of %511[^)]", object) != 1 &&
		    sscanf(line + 1, "%*s %511s", object) != 1)
			continue;
		/* What a map was comes back with whatever held it. */
		if (strncmp(line + 1, "map ", 4) == 0 ||
		    strncmp(line + 1, "entry ", 6) == 0)
			continue;
		ck_assert_msg(strstr(said, object), "%s: %s not named in\n%s\nof\n%s",
			      when, object, said, differences);
	}
}

/* But for the mount of bpffs that is said to be of use to somebody else. */
static bool is_same(const char *differences, const char *said)
{
	for (const char *at = differences; *at; at = strchr(at, '\n') + 1)
		if (strncmp(at + 1, "bpffs ", 6) != 0 ||
		    !strstr(said, "stays mounted at"))
			return false;
	return true;
}

static void check_law(const struct result *result, const char *differences,
		      const char *when)
{
	bool same = is_same(differences, result->said);

	switch (result->outcome) {
	case MIM_OUTCOME_SAME:
	case MIM_OUTCOME_DONE:
		break;
	case MIM_OUTCOME_LEFT:
		counts.left++;
		check_named(differences, result->said, when);
		break;
	case MIM_OUTCOME_FAILED:
	case MIM_OUTCOME_UNVERIFIED:
	case MIM_OUTCOME_REFUSED:
	case MIM_OUTCOME_INTERRUPTED:
	case MIM_OUTCOME_UNCONFIRMED:
		ck_assert_msg(same, "%s: outcome %d, but\n%s\nsaid:\n%s", when,
			      result->outcome, differences, result->said);
		ck_assert_msg(result->warned || result->out_of_memory, "%s: not a word",
			      when);
		break;
	}
}

/* Return: whether the call to fail was never made. */
static bool run(struct stage *stage, struct trouble *trouble)
{
	struct mim_kernel *kernel = &stage->fake.kernel;
	char *before, *now, *differences, when[160];
	size_t descriptors;
	struct result result;
	uint32_t next_id;

	stage_begin(stage);
	before = fake_describe(&stage->fake);
	next_id = stage->fake.next_id;
	descriptors = count_descriptors();
	kernel->fault = trouble_strike;
	kernel->fault_data = trouble;
	stage_apply(stage, &result);
	kernel->fault = NULL;
	snprintf(when, sizeof(when), "%s, call %lu (%s: %s)%s, %lu", stage->scene->name,
		 (unsigned long)trouble->first, trouble->op ? trouble->op : "-",
		 mim_errno_text(trouble->error), trouble->onwards ? " and all after" : "",
		 (unsigned long)trouble->second);
	ck_assert_msg(fake_count_open(&stage->fake) == 0, "%s: a map is open", when);
	now = fake_describe(&stage->fake);
	differences = stage_compare(before, now, next_id);
	check_law(&result, differences, when);
	if (stage_is_good(result.outcome) && !result.warned)
		stage_check_plan(stage, when);
	stage_converge(stage, when);
	ck_assert_msg(count_descriptors() == descriptors, "%s: descriptors", when);
	ck_assert_msg(fake_count_open(&stage->fake) == 0, "%s: a map is open", when);
	free(before);
	free(now);
	free(differences);
	result_release(&result);
	counts.runs++;
	return trouble->op == NULL;
}

/* Every errno of the call, or one after the other from call to call. */
static bool fail_here(struct stage *stage, uint64_t k, bool onwards, uint64_t second)
{
	struct trouble trouble = {k, onwards, second, trouble_is_long() ? 0 : (int)k,
				  0, NULL,    NULL,   0};
	bool untouched = run(stage, &trouble);
	int n = untouched || !trouble_is_long() ? 0 : errors_count(trouble.op);

	for (int which = 1; which < n; which++) {
		trouble = (struct trouble){k, onwards, second, which, 0, NULL, NULL, 0};
		run(stage, &trouble);
	}
	return untouched;
}

static void report(const struct scene *scene, const char *how)
{
	printf("# %s, %s: %lu runs, %lu of them left something\n", scene->name, how,
	       counts.runs, counts.left);
	fflush(stdout);
	counts.runs = counts.left = 0;
}

START_TEST(every_call_fails_once)
{
	struct stage stage;

	stage_init(&stage, &scenes[_i]);
	for (uint64_t k = 1 + (uint64_t)_i % trouble_stride();
	     !fail_here(&stage, k, false, 0); k += trouble_stride())
		;
	report(&scenes[_i], "one call fails");
	stage_release(&stage);
}
END_TEST

START_TEST(every_call_and_all_after_it_fail)
{
	struct stage stage;

	stage_init(&stage, &scenes[_i]);
	for (uint64_t k = 1 + (uint64_t)_i % trouble_stride();
	     !fail_here(&stage, k, true, 0); k += trouble_stride())
		;
	report(&scenes[_i], "all fail from one on");
	stage_release(&stage);
}
END_TEST

START_TEST(a_call_and_then_an_operation_fails)
{
	struct stage stage;

	stage_init(&stage, &scenes[_i]);
	for (uint64_t k = 1 + (uint64_t)_i % trouble_stride();
	     !fail_here(&stage, k, false, 1 + k * 7 % 23); k += trouble_stride())
		;
	report(&scenes[_i], "a call and then an operation");
	stage_release(&stage);
}
END_TEST

int main(void)
{
	const struct unit_case cases[] = {
		{every_call_fails_once, (int)n_scenes},
		{every_call_and_all_after_it_fail, (int)n_scenes},
		{a_call_and_then_an_operation_fails, (int)n_scenes},
	};

	/* However long it takes. */
	setenv("CK_DEFAULT_TIMEOUT", "36000", 1);
	return unit_run("anomaly", cases, MIM_ARRAY_SIZE(cases));
}
