/* SPDX-License-Identifier: BSD-2-Clause */

/* Any bytes as a table of entries, for maps of several types and keys. */
#include <string.h>
#include "fuzz.h"

#define PINNED(name) "{map: " name ", path: " name "}"

static const char description[] =
	"version: 1\nname: lb\n"
	"types:\n"
	"  - {name: vip, fields: [{name: address, type: ipv6}, {name: port, type: "
	"be16}]}\n"
	"  - {name: value, fields: [{name: port, type: u8}, {name: zone, type: "
	"'char[4]'}, "
	"{name: list, type: 's16[2]'}]}\n"
	"templates:\n"
	"  - {name: plain, type: hash, key: u16, value: u8, max_entries: 64}\n"
	"  - {name: typed, type: lru_hash, key: vip, value: value, max_entries: 64}\n"
	"  - {name: trie, type: lpm_trie, key_size: 8, value: 'bytes[3]', max_entries: "
	"64, "
	"flags: [no_prealloc]}\n"
	"  - {name: list, type: percpu_array, value: s8, max_entries: 64}\n"
	"  - {name: bag, type: stack, value: mac, max_entries: 64}\n"
	"inner_maps:\n"
	"  - {name: plain, template: plain, entries_from: t.csv, contents: exact}\n"
	"  - {name: typed, template: typed, entries_from: t.csv, contents: exact}\n"
	"  - {name: trie, template: trie, entries_from: t.csv, contents: exact}\n"
	"  - {name: list, template: list, entries_from: t.csv, contents: exact}\n"
	"  - {name: bag, template: bag, entries_from: t.csv}\n"
	"pins: [" PINNED("plain") ", " PINNED("typed") ", " PINNED("trie") ", " PINNED(
		"list") ", " PINNED("bag") "]\n";

static const char *const names[] = {"plain", "typed", "trie", "list", "bag"};

/* What was read can be told, in the order of its keys, each once. */
static void check_map(const struct mim_topology *want, const struct mim_map *map)
{
	const struct mim_elements *elements = map->elements;
	const struct mim_template *template = &want->templates[map->template];

	fuzz_law(elements->n <= map->shape.max_entries);
	for (uint32_t i = 0; i < elements->n; i++) {
		char text[256];

		mim_value_print(template->value_type, mim_element_value(elements, i),
				text, sizeof(text));
		if (elements->key_size == 0)
			continue;
		mim_value_print(template->key_type, mim_element_key(elements, i), text,
				sizeof(text));
		fuzz_law(i == 0 ||
			 memcmp(mim_element_key(elements, i - 1),
				mim_element_key(elements, i), elements->key_size) != 0);
		fuzz_law(mim_elements_find(elements, mim_element_key(elements, i)) == i);
	}
}

/* One of the maps at a time: what is no table for one may be one for another. */
static void read_as(const char *name, const uint8_t *data, size_t size)
{
	char text[sizeof(description)];
	struct mim_config_text texts[] = {
		{"a.yaml", text, sizeof(description) - 1},
		{"t.csv", (const char *)data, size, true},
	};
	struct mim_config config;
	struct mim_diags diags = {0};
	int r;

	memcpy(text, description, sizeof(description));
	for (size_t i = 0; i < MIM_ARRAY_SIZE(names); i++) {
		char line[96], *at;

		snprintf(line, sizeof(line), "{name: %s, template: %s, entries_from",
			 names[i], names[i]);
		at = strstr(text, line);
		/* Another map has none: the rest of its line becomes a comment. */
		if (strcmp(names[i], name) != 0 && at)
			memcpy(strstr(at, ", entries_from"), "} #", 3);
	}
	r = mim_config_load_texts(texts, 2, NULL, NULL, &config, &diags);
	fuzz_diags(&diags, r);
	for (size_t i = 0; r == 0 && i < config.want->n_maps; i++)
		if (config.want->maps[i].elements)
			check_map(config.want, &config.want->maps[i]);
	mim_diags_release(&diags);
	mim_config_release(&config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (fuzz_is_large(data, size))
		return 0;
	for (size_t i = 0; i < MIM_ARRAY_SIZE(names); i++)
		read_as(names[i], data, size);
	return 0;
}
