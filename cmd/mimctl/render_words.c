/* SPDX-License-Identifier: BSD-2-Clause */
#include "render.h"

bool render_words_open(struct render_words *words)
{
	*words = (struct render_words){0};
	words->out = open_memstream(&words->text, &words->length);
	return words->out != NULL;
}

char *render_words_close(struct render_words *words)
{
	bool failed = ferror(words->out);

	failed |= fclose(words->out) != 0;
	if (!failed)
		return words->text;
	free(words->text);
	return NULL;
}

char *render_reason(const struct mim_plan *plan, const struct mim_change *change)
{
	struct render_words words;

	if (!render_words_open(&words))
		return NULL;
	mim_plan_reason(plan, change, words.out);
	return render_words_close(&words);
}

char *render_consequence(const struct mim_plan *plan, const struct mim_change *change,
			 size_t i)
{
	struct render_words words;

	if (!render_words_open(&words))
		return NULL;
	mim_plan_consequence(plan, change, i, words.out);
	return render_words_close(&words);
}
