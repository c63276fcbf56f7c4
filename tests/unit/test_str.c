/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/str.h"
#include "unit.h"

static const struct {
	const char *text;
	const char *prefix;
	bool starts;
} prefixes[] = {
	{"/sys/fs/bpf", "/sys", true},
	{"/sys", "/sys", true},
	{"/sy", "/sys", false},
	{"", "", true},
	{"a", "", true},
	{"", "a", false},
	{"ab", "b", false},
};

START_TEST(a_prefix_is_compared_up_to_its_end)
{
	ck_assert_int_eq(mim_str_starts(prefixes[_i].text, prefixes[_i].prefix),
			 prefixes[_i].starts);
}
END_TEST

/* Published vectors of 64-bit FNV-1a: kernel names depend on them for ever. */
static const struct {
	const char *text;
	uint64_t hash;
} hashes[] = {
	{"", 0xcbf29ce484222325u},
	{"a", 0xaf63dc4c8601ec8cu},
	{"foobar", 0x85944171f73967e8u},
};

START_TEST(hash_is_fnv_1a)
{
	ck_assert_uint_eq(mim_str_hash(hashes[_i].text, strlen(hashes[_i].text)),
			  hashes[_i].hash);
}
END_TEST

START_TEST(each_bit_of_a_text_is_in_its_digest)
{
	char text[] = "of a length that eight does not divide";
	size_t length = sizeof(text) - 1;
	uint64_t whole = mim_str_digest(text, length);

	ck_assert_uint_ne(mim_str_digest(text, length - 1), whole);
	for (size_t bit = 0; bit < length * 8; bit++) {
		text[bit / 8] ^= (char)(1 << bit % 8);
		ck_assert_uint_ne(mim_str_digest(text, length), whole);
		text[bit / 8] ^= (char)(1 << bit % 8);
	}
	ck_assert_uint_eq(mim_str_digest(text, length), whole);
}
END_TEST

static const struct {
	const char *word;
	const char *candidates[5];
	const char *best;
} closest_cases[] = {
	{"servces", {"tenants", "services", "routes"}, "services"},
	{"sevrices", {"tenants", "services"}, "services"}, /* swapped neighbours */
	{"tenant-v2", {"tenant-v1", "web"}, "tenant-v1"},
	{"tenant-v2", {"tenant-v10", "tenant-v1"}, "tenant-v1"},
	{"web", {"big", "acl"}, NULL},
	{"completely", {"different"}, NULL},
	{"", {"abc"}, NULL},
	{"ipv5", {"ipv4", "ipv6"}, "ipv4"}, /* the first of two as close */
	{"same", {"same"}, "same"},
	{"name", {NULL}, NULL},
};

START_TEST(a_misspelt_word_finds_the_one_that_was_meant)
{
	struct mim_str_closest closest = {.word = closest_cases[_i].word};

	for (const char *const *c = closest_cases[_i].candidates; *c; c++)
		mim_str_consider(&closest, *c);
	ck_assert_pstr_eq(closest.best, closest_cases[_i].best);
}
END_TEST

START_TEST(words_of_any_length_are_considered_safely)
{
	char word[200], candidate[200];

	for (size_t length = 0; length < sizeof(word); length++) {
		struct mim_str_closest closest = {.word = word};

		memset(word, 'a', length);
		memset(candidate, 'a', length);
		word[length] = candidate[length] = '\0';
		mim_str_consider(&closest, candidate);
		/* Up to the longest name there is always an answer. */
		if (length <= 63)
			ck_assert_pstr_eq(closest.best, candidate);
	}
}
END_TEST

static const struct {
	const char *text;
	const char *shown;
	size_t size;
} shows[] = {
	{"", "", 64},
	{"lb_main", "lb_main", 64},
	{"a b\xe2\x82\xac", "a b\xe2\x82\xac", 64},
	{"y\xff\033[31m\n", "y\\xff\\x1b[31m\\x0a", 64},
	/* cut before what has no room, never in the middle of it */
	{"\xff\xff\xff", "\\xff", 9},
	{"abc", "", 5},
};

START_TEST(a_hostile_text_is_shown_not_printed)
{
	char shown[64];

	ck_assert_str_eq(mim_str_show(shows[_i].text, shown, shows[_i].size),
			 shows[_i].shown);
	ck_assert(mim_str_is_printable(shown));
}
END_TEST

UNIT_MAIN("str", UNIT_EACH(a_hostile_text_is_shown_not_printed, shows),
	  UNIT_EACH(a_prefix_is_compared_up_to_its_end, prefixes),
	  UNIT_EACH(hash_is_fnv_1a, hashes), UNIT(each_bit_of_a_text_is_in_its_digest),
	  UNIT_EACH(a_misspelt_word_finds_the_one_that_was_meant, closest_cases),
	  UNIT(words_of_any_length_are_considered_safely))
