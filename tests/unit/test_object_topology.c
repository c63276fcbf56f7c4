/* SPDX-License-Identifier: BSD-2-Clause */
#include "object.h"

/* The whole of it in one text: templates, maps, slots, pins. */
static const char *describe(const struct mim_object_file *object,
			    const struct mim_topology *want)
{
	static char text[8192];
	FILE *out = fmemopen(text, sizeof(text), "w");
	char *sha1;

	for (size_t i = 0; i < want->n_templates; i++) {
		const struct mim_template *template = &want->templates[i];

		fprintf(out, "template %s %s %u\n", template->name,
			mim_kind_name(template->shape.type), template->shape.max_entries);
	}
	for (size_t i = 0; i < want->n_maps; i++) {
		const struct mim_map *map = &want->maps[i];
		uint32_t template = map->outer ? map->outer->template : map->template;

		fprintf(out, "%s %s (%s) %s %u of %s\n", map->outer ? "outer" : "inner",
			map->name, map->kernel_name, mim_kind_name(map->shape.type),
			map->shape.max_entries, want->templates[template].name);
		for (uint32_t s = 0; map->outer && s < map->outer->slots.n; s++) {
			char key[64];

			mim_value_print(map->outer->key_type, mim_slot_key(map, s), key,
					sizeof(key));
			fprintf(out, "  %s = %s\n", key,
				want->maps[map->outer->slots.inner[s]].name);
		}
	}
	for (size_t i = 0; i < want->n_pins; i++)
		fprintf(out, "pin %s %s\n", want->maps[want->pins[i].map].name,
			want->pins[i].path);
	fclose(out);
	/* The digest of an object is another with each compiler. */
	sha1 = strstr(text, object->sha1);
	while (sha1) {
		memcpy(sha1, "SHA1", 4);
		memmove(sha1 + 4, sha1 + 40, strlen(sha1 + 40) + 1);
		sha1 = strstr(text, object->sha1);
	}
	return text;
}

static const char *say(const struct mim_diags *diags, const char *object)
{
	static char text[8192];
	size_t used = 0, prefix = strlen(object) + 2;

	text[0] = '\0';
	for (size_t i = 0; i < diags->n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s\n",
					 diags->items[i].message + prefix);
	return text;
}

static const struct {
	const char *object;
	int error;
	const char *says;
	const char *wanted;
} objects[] = {
	{"outer", 0,
	 "map 'dynamic' is left out: the object does not say what its slots take\n",
	 "template services.inner hash 8\n"
	 "template routes.inner array 32\n"
	 "outer services (services) hash_of_maps 16 of services.inner\n"
	 "  2 = mail\n"
	 "  7 = web\n"
	 "  9 = web\n"
	 "outer tenants (tenants) array_of_maps 4 of services.inner\n"
	 "  0 = big\n"
	 "  3 = web\n"
	 "outer routes (routes) array_of_maps 2 of routes.inner\n"
	 "inner mail (mail) hash 8 of services.inner\n"
	 "inner web (web) hash 8 of services.inner\n"
	 "inner big (big) hash 500 of services.inner\n"
	 "pin services /b/services\n"},
	{"iproute2", 0,
	 "map 'elsewhere' is pinned where /etc/iproute2/bpf_pinning says: that pin is "
	 "left out\n",
	 "template inner array 16\n"
	 "template own hash 4\n"
	 "outer outer (outer) array_of_maps 4 of inner\n"
	 "  0 = other\n"
	 "  2 = inner\n"
	 "outer by_hash (by_hash) hash_of_maps 4 of inner\n"
	 "  00 00 00 00 = other\n"
	 "  02 00 00 00 = inner\n"
	 "inner inner (inner) array 16 of inner\n"
	 "inner other (other) array 16 of inner\n"
	 "inner own (own) hash 4 of own\n"
	 "pin outer /b/tc/globals/outer\n"
	 "pin by_hash /b/tc/SHA1/by_hash\n"
	 "pin own /b/tc/SHA1/own\n"},
	{"kinds", 0, "",
	 "template by_name hash 3\n"
	 "inner by_name (by_name) hash 3 of by_name\n"
	 "pin by_name /b/by_name\n"},
	{"plain4", -EINVAL, "no maps of maps, and no pins\n", ""},
	{"plain5", -EINVAL,
	 "map 'second' is left out: the object does not say what its slots take\n"
	 "no maps of maps, and no pins\n",
	 ""},
	{"import_wide_key", -EINVAL,
	 "map 'outer': keys of 8 bytes, and its slots are given by index\n", ""},
	{"import_narrow_key", -EINVAL, "map 'outer': two slots have one key of 1 bytes\n",
	 ""},
	{"import_too_many", -EINVAL, "map 'outer': 2 slots are filled, and it has 1\n",
	 ""},
	{"import_misfit", -EINVAL,
	 "map 'other' is in a slot of 'outer', which does not take it: another "
	 "value_size\n",
	 ""},
	/* libbpf takes the first two bytes of an int that is 80. */
	{"import_network_key", 0, "",
	 "template outer.inner hash 8\n"
	 "outer outer (outer) hash_of_maps 8 of outer.inner\n"
	 "  20480 = web\n"
	 "inner web (web) hash 8 of outer.inner\n"},
	{"import_left_out", 0,
	 "map 'mimctl' is left out: its name is mimctl's own\n"
	 "map 'a_name_of_more_than_sixty_three_characters_is_taken_by_compilers_only' is "
	 "left out: no pin can have its name\n"
	 "map 'sized_by_the_loader' is left out: max_entries is left to the loader\n"
	 "map 'wide_index' is left out: key_size of array_of_maps must be 4, not 8\n"
	 "map 'of_programs' is left out: its type cannot be that of an inner map\n"
	 "map 'calls' is left out: its type cannot be that of an inner map\n"
	 "map 'from_the_future' is left out: mimctl does not know its type\n"
	 "map 'no_flags' is left out: lpm_trie needs flags [no_prealloc]\n",
	 "template outer.inner hash 8\n"
	 "outer outer (outer) hash_of_maps 4 of outer.inner\n"},
	/* The kernel would call all three services_of_the. */
	{"import_names", 0, "",
	 "template services_of_the_third.inner hash 8\n"
	 "template a_name_of_sixty_characters_to_which_nothing_can_be_added_any array 4\n"
	 "outer services_of_the_third (services_of_the) hash_of_maps 4 of "
	 "services_of_the_third.inner\n"
	 "  1 = services_of_the_first\n"
	 "  2 = services_of_the_second\n"
	 "outer a_name_of_sixty_characters_to_which_nothing_can_be_added_any "
	 "(a_name_of_sixty) array_of_maps 4 of "
	 "a_name_of_sixty_characters_to_which_nothing_can_be_added_any\n"
	 "inner services_of_the_first (services_2fd762) hash 8 of "
	 "services_of_the_third.inner\n"
	 "inner services_of_the_second (services_221018) hash 8 of "
	 "services_of_the_third.inner\n"},
	/* Arrays of other sizes and other ways of writing need templates of their own. */
	{"import_templates", 0, "",
	 "template outer.inner hash 8\n"
	 "template eight array 8\n"
	 "template nine array 9\n"
	 "template written_in_another_way hash 9\n"
	 "outer outer (outer) hash_of_maps 4 of outer.inner\n"
	 "  3 = web\n"
	 "inner web (web) hash 8 of outer.inner\n"
	 "inner eight (eight) array 8 of eight\n"
	 "inner nine_not (nine_not) array 8 of eight\n"
	 "inner nine (nine) array 9 of nine\n"
	 "inner written_in_another_way (written_in_anot) hash 9 of "
	 "written_in_another_way\n"
	 "pin eight /b/eight\n"
	 "pin nine_not /b/nine_not\n"
	 "pin nine /b/nine\n"
	 "pin written_in_another_way /b/written_in_another_way\n"},
};

START_TEST(an_object_becomes_what_its_loader_would_make)
{
	struct mim_diags diags = {0};
	mim_auto_object struct mim_object_file *object = NULL;
	mim_auto_topology struct mim_topology *want = NULL;
	const char *path = unit_object_path(objects[_i].object);
	int r;

	ck_assert_int_eq(mim_object_load(path, MIM_NOWHERE, &diags, &object), 0);
	r = mim_object_topology(object, "lb", "/b", &diags, &want);
	ck_assert_str_eq(say(&diags, path), objects[_i].says);
	ck_assert_int_eq(r, objects[_i].error);
	ck_assert_str_eq(want ? describe(object, want) : "", objects[_i].wanted);
	mim_diags_release(&diags);
}
END_TEST

UNIT_MAIN("object_topology",
	  UNIT_EACH(an_object_becomes_what_its_loader_would_make, objects))
