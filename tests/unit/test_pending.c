/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * An apply was killed while it waited to be confirmed. Every call of mim_rollback() and
 * mim_confirm() fails, by itself and with all that come after it: then it has done what
 * it was asked for, or says why not, and the next one does it.
 */
#include <stdio.h>
#include "errors.h"
#include "scenes.h"
#include "trouble.h"
#include "unit.h"

struct answer {
	int r;
	char said[4096];
};

static void ask(struct stage *stage, bool back, struct answer *ret_answer)
{
	const struct mim_apply_options options = {0};
	struct mim_kernel *kernel = &stage->fake.kernel;
	const struct mim_scope *scope = &stage->after.want->scope;
	mim_cleanup(mim_diags_release) struct mim_diags diags = {0};

	ret_answer->r =
		back ? mim_rollback(kernel, scope->name, scope->bpffs, &options, &diags)
		     : mim_confirm(kernel, scope->name, scope->bpffs, &diags);
	*ret_answer->said = '\0';
	for (size_t i = 0, n = 0; i < diags.n && n < sizeof(ret_answer->said); i++)
		n += (size_t)snprintf(ret_answer->said + n, sizeof(ret_answer->said) - n,
				      "%s\n%s\n", diags.items[i].message,
				      diags.items[i].hint ? diags.items[i].hint : "");
}

/* How the kernel is to be; what a killed run leaves for the next one may be there yet. */
struct wanted {
	char *text;
	uint32_t next_id;
};

static void describe(struct stage *stage, struct wanted *ret_wanted)
{
	*ret_wanted = (struct wanted){fake_describe(&stage->fake), stage->fake.next_id};
}

/* What was parked for the way back, and only for that, has no path. */
static bool has_path(const char *line)
{
	return strncmp(line + 1, "map ", 4) != 0 && !strstr(line, "of (id ");
}

/* @when: of what unmounting did not fail for, nothing is mounted. */
static bool is_told(const char *line, const char *said, const char *when)
{
	char object[512], words[560];

	if (sscanf(line + 1, "%*s %511s", object) != 1)
		return false;
	snprintf(words, sizeof(words), "cannot put back %s:", object);
	if (strstr(said, words))
		return true;
	if (!strstr(when, "(unmount: ") && !strstr(when, " and all after"))
		return false;
	snprintf(words, sizeof(words), "bpffs stays mounted at %s:", object);
	return strstr(said, words) != NULL;
}

/*
 * Back is as before in all but what has been said to be left; what is kept keeps its
 * names and what they lead to.
 */
static void check_wanted(struct stage *stage, bool back, const struct wanted *wanted,
			 const char *said, const char *when)
{
	char *now = fake_describe(&stage->fake), *line;
	char *differences = stage_compare(wanted->text, now, wanted->next_id);

	for (char *rest = differences; (line = strsep(&rest, "\n"));)
		ck_assert_msg(!*line || (!back && !has_path(line)) ||
				      is_told(line, said, when),
			      "%s: is not so: %.1000s\n%s", when, line, said);
	free(differences);
	free(now);
}

static void ask_twice(struct stage *stage, struct trouble *trouble, bool back,
		      const struct wanted *wanted)
{
	struct mim_kernel *kernel = &stage->fake.kernel;
	struct answer first, then;
	char when[256];

	kernel->fault = trouble_strike;
	kernel->fault_data = trouble;
	ask(stage, back, &first);
	kernel->fault = NULL;
	snprintf(when, sizeof(when), "%s, call %lu of %s (%s: %s)%s: %d",
		 stage->scene->name, (unsigned long)trouble->first,
		 back ? "rollback" : "confirm", trouble->op ? trouble->op : "-",
		 mim_errno_text(trouble->error), trouble->onwards ? " and all after" : "",
		 first.r);
	ck_assert_msg(fake_count_open(&stage->fake) == 0, "%s: a map is open", when);
	if (first.r == 0)
		check_wanted(stage, back, wanted, first.said, when);
	else
		ck_assert_msg(*first.said, "%s: not a word", when);
	ck_assert_msg(first.r != -ENOENT, "%s: %s", when, first.said);
	/* When the scope itself is gone there is no way back left to try again. */
	ask(stage, back, &then);
	ck_assert_msg(then.r == 0 || then.r == -ENOENT, "%s (%s), then %d: %s", when,
		      first.said, then.r, then.said);
	ck_assert_msg(then.r == 0 || !strstr(first.said, "tries again"), "%s: %s", when,
		      first.said);
	check_wanted(stage, back, wanted, then.r == -ENOENT ? first.said : "", when);
	stage_converge(stage, when);
}

/* Return: the operation that failed, NULL when the call was not made. */
static const char *fail_with(struct stage *stage, uint64_t k, int which, bool onwards,
			     bool back)
{
	struct trouble trouble = {.first = k, .onwards = onwards, .which = which};
	struct wanted before, waits;
	size_t descriptors;

	stage_begin(stage);
	describe(stage, &before);
	descriptors = count_descriptors();
	if (stage_wait(stage)) {
		describe(stage, &waits);
		ask_twice(stage, &trouble, back, back ? &before : &waits);
		free(waits.text);
	}
	ck_assert_msg(count_descriptors() == descriptors, "%s, call %lu: descriptors",
		      stage->scene->name, (unsigned long)k);
	free(before.text);
	return trouble.op;
}

/* With every errno of the call, or one after the other from call to call. */
static bool fail_here(struct stage *stage, uint64_t k, bool onwards, bool back)
{
	const char *op =
		fail_with(stage, k, trouble_is_long() ? 0 : (int)k, onwards, back);
	int n = op && trouble_is_long() ? errors_count(op) : 0;

	for (int which = 1; which < n; which++)
		fail_with(stage, k, which, onwards, back);
	return op != NULL;
}

static void fail_everywhere(const struct scene *scene, bool onwards, bool back)
{
	uint64_t k = 1 + (uint64_t)(scene - scenes) % trouble_stride(), runs = 1;
	struct stage stage;

	/* To remove a scope leaves nothing to wait in. */
	if (scene->destroy)
		return;
	stage_init(&stage, scene);
	for (; fail_here(&stage, k, onwards, back); k += trouble_stride())
		runs++;
	printf("# %s, %s%s: %lu runs\n", scene->name, back ? "rollback" : "confirm",
	       onwards ? ", all fail from one on" : "", (unsigned long)runs);
	fflush(stdout);
	stage_release(&stage);
}

START_TEST(every_call_of_a_rollback_fails)
{
	fail_everywhere(&scenes[_i], false, true);
	fail_everywhere(&scenes[_i], true, true);
}
END_TEST

START_TEST(every_call_of_a_confirmation_fails)
{
	fail_everywhere(&scenes[_i], false, false);
	fail_everywhere(&scenes[_i], true, false);
}
END_TEST

int main(void)
{
	const struct unit_case cases[] = {
		{every_call_of_a_rollback_fails, (int)n_scenes},
		{every_call_of_a_confirmation_fails, (int)n_scenes},
	};

	/* However long it takes. */
	setenv("CK_DEFAULT_TIMEOUT", "36000", 1);
	return unit_run("pending", cases, MIM_ARRAY_SIZE(cases));
}
