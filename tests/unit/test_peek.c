/* SPDX-License-Identifier: BSD-2-Clause */

/* Of which scope a long description is, told from its first words. */
#include "unit.h"

#include <stdio.h>
#include "config/config.h"

#define LONG 200000
#define REST "templates: [{name: k, type: hash, key: u32, value: u32, max_entries: 1}]\n"

struct told {
	char name[64];
	char bpffs[64];
	int times;
};

static void ahead(void *data, const char *name, const char *bpffs)
{
	struct told *told = data;

	told->times++;
	snprintf(told->name, sizeof(told->name), "%s", name);
	snprintf(told->bpffs, sizeof(told->bpffs), "%s", bpffs);
}

/* @text with a comment of @padding bytes behind it */
static struct told peek(const char *text, const char *bpffs, size_t padding)
{
	struct told told = {0};
	const struct mim_config_look look = {.data = &told, .ahead = ahead};
	struct mim_config config;
	struct mim_diags diags = {0};
	size_t length = strlen(text);
	char *long_text = malloc(length + padding);
	const struct mim_config_text file = {"f.yaml", long_text, length + padding};

	ck_assert_ptr_nonnull(long_text);
	memcpy(long_text, text, length);
	memset(long_text + length, '#', padding);
	mim_config_load_texts(&file, 1, bpffs, &look, &config, &diags);
	mim_diags_release(&diags);
	mim_config_release(&config);
	free(long_text);
	return told;
}

static const struct {
	const char *text, *bpffs, *name, *place;
} cases[] = {
	{"version: 1\nname: a\n" REST, NULL, "a", "/sys/fs/bpf"},
	{"name: a\nbpffs: /x\nversion: 1\n" REST, NULL, "a", "/x"},
	{"name: a\nbpffs: /x\n" REST, "/y", "a", "/y"},
	{"# words\n---\n\"name\": 'a'\n" REST, NULL, "a", "/sys/fs/bpf"},
	{"name: a b\n" REST, NULL, NULL, NULL},
	{"name: ../a\n" REST, NULL, NULL, NULL},
	{"name: a\nbpffs: here\n" REST, NULL, NULL, NULL},
	/* What is there twice is a mistake, which is told elsewhere. */
	{"name: a\nname: b\n" REST, NULL, "a", "/sys/fs/bpf"},
	{"name: a\n" REST "bpffs: /late\n", NULL, "a", "/sys/fs/bpf"},
	{"name: a\nbroken: [\n", NULL, "a", "/sys/fs/bpf"},
	{REST "name: a\n", NULL, NULL, NULL},
	{"- name: a\n", NULL, NULL, NULL},
	{"name: [a]\n", NULL, NULL, NULL},
	{"[name]: a\n", NULL, NULL, NULL},
	{"name: *a\n", NULL, NULL, NULL},
	{"\x01", NULL, NULL, NULL},
	{"", NULL, NULL, NULL},
};

START_TEST(the_scope_is_told_from_the_first_words)
{
	struct told told = peek(cases[_i].text, cases[_i].bpffs, LONG);

	ck_assert_int_eq(told.times, cases[_i].name != NULL);
	if (cases[_i].name) {
		ck_assert_str_eq(told.name, cases[_i].name);
		ck_assert_str_eq(told.bpffs, cases[_i].place);
	}
}
END_TEST

START_TEST(a_short_description_is_read_at_once)
{
	ck_assert_int_eq(peek("version: 1\nname: a\n" REST, NULL, 1000).times, 0);
}
END_TEST

UNIT_MAIN("peek", UNIT_EACH(the_scope_is_told_from_the_first_words, cases),
	  UNIT(a_short_description_is_read_at_once))
