/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/schema.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include "base/num.h"
#include "base/str.h"
#include "config/raw.h"
#include "model/kind.h"
#include "model/name.h"

#define ROOT	MIM_IN(MIM_SECTION_ROOT)
#define TYPE	MIM_IN(MIM_SECTION_TYPE)
#define FIELD	MIM_IN(MIM_SECTION_FIELD)
#define TEMPL	MIM_IN(MIM_SECTION_TEMPLATE)
#define OUTER	MIM_IN(MIM_SECTION_OUTER)
#define INNER	MIM_IN(MIM_SECTION_INNER)
#define BINDING MIM_IN(MIM_SECTION_BINDING)
#define SLOT	MIM_IN(MIM_SECTION_SLOT)
#define PIN	MIM_IN(MIM_SECTION_PIN)
#define FROM	MIM_IN(MIM_SECTION_FROM)
#define ENTRY	MIM_IN(MIM_SECTION_ENTRY)

static const char *inner_type(size_t i)
{
	size_t n;
	const struct mim_kind *kinds = mim_kinds(&n);

	return i < n ? kinds[i].name : NULL;
}

static const char *flag_word(size_t i)
{
	size_t n;
	const struct mim_flag *flags = mim_flags(&n);

	return i < n ? flags[i].name : NULL;
}

static const char *outer_type(size_t i)
{
	static const char *const types[] = {"array_of_maps", "hash_of_maps", NULL};

	return types[i];
}

static const char *unlisted_word(size_t i)
{
	static const char *const words[] = {"remove", "keep", NULL};

	return words[i];
}

static const char *replace_word(size_t i)
{
	static const char *const words[] = {"discard", "copy", NULL};

	return words[i];
}

static const char *contents_word(size_t i)
{
	static const char *const words[] = {"seed", "exact", NULL};

	return words[i];
}

static const char *update_word(size_t i)
{
	static const char *const words[] = {"swap", "in_place", NULL};

	return words[i];
}

/* Of a key or a value in an entry. */
#define STRUCT_WRITTEN                                                                   \
	"in quotes: \"field=value field=value\" for a struct, \"[1,2]\" for an array"

#define WORD(key_, in_, required_, struct_, member_, word_, help_, ...)                  \
	{                                                                                \
		.key = key_, .in = in_, .required = required_, .form = MIM_FORM_WORD,    \
		.word = word_, .offset = offsetof(struct struct_, member_),              \
		.help = help_, __VA_ARGS__                                               \
	}
#define LIST(key_, of_, struct_, member_, help_)                                         \
	{                                                                                \
		.key = key_, .in = ROOT, .form = MIM_FORM_LIST, .of = of_,               \
		.offset = offsetof(struct struct_, member_),                             \
		.count_offset = offsetof(struct struct_, n_##member_), .help = help_     \
	}
#define RANGE(least_, most_) .least = least_, .most = most_
#define ANY_SIZE	     RANGE(0, UINT32_MAX)

static const struct mim_row rows[] = {
	WORD("version", ROOT, ROOT, mim_raw, version, MIM_WORD_INTEGER,
	     "Version of the language; stands in every file.", RANGE(1, 1)),
	WORD("name", ROOT, 0, mim_raw, name, MIM_WORD_NAME,
	     "The scope: pins live in <bpffs>/<name>, which mimctl owns."),
	WORD("bpffs", ROOT, 0, mim_raw, bpffs, MIM_WORD_ABSOLUTE,
	     "Where bpffs is mounted; /sys/fs/bpf when absent."),
	LIST("types", MIM_SECTION_TYPE, mim_raw, types,
	     "Names for struct keys and values."),
	LIST("templates", MIM_SECTION_TEMPLATE, mim_raw, templates,
	     "Shapes of inner maps."),
	LIST("outer_maps", MIM_SECTION_OUTER, mim_raw, outer_maps,
	     "Maps whose slots hold inner maps."),
	LIST("inner_maps", MIM_SECTION_INNER, mim_raw, inner_maps,
	     "Inner maps with a name of their own."),
	LIST("bindings", MIM_SECTION_BINDING, mim_raw, bindings,
	     "Which inner map each slot of an outer map holds."),
	LIST("pins", MIM_SECTION_PIN, mim_raw, pins, "Where maps are pinned in bpffs."),

	WORD("name", TYPE, TYPE, mim_raw_type, name, MIM_WORD_NAME,
	     "Unique among types, and none of the built-in ones."),
	{.key = "fields",
	 .in = TYPE,
	 .required = TYPE,
	 .form = MIM_FORM_LIST,
	 .of = MIM_SECTION_FIELD,
	 .offset = offsetof(struct mim_raw_type, fields),
	 .count_offset = offsetof(struct mim_raw_type, n_fields),
	 .help = "Its fields, laid out as C lays them out, padding zeroed."},
	WORD("packed", TYPE, 0, mim_raw_type, packed, MIM_WORD_BOOLEAN,
	     "true: no padding."),
	WORD("name", FIELD, FIELD, mim_raw_field, name, MIM_WORD_FIELD,
	     "Unique in its type; a C identifier."),
	WORD("type", FIELD, FIELD, mim_raw_field, type, MIM_WORD_TYPE,
	     "A built-in type, one of types, or struct:NAME of an object; with [N] "
	     "behind it, an "
	     "array of N."),

	WORD("name", TEMPL | OUTER | INNER, TEMPL | OUTER | INNER, mim_raw_map, name,
	     MIM_WORD_NAME,
	     "Unique among inner and outer maps together, and among templates."),
	{.key = "from",
	 .in = TEMPL | OUTER | INNER,
	 .form = MIM_FORM_MAPPING,
	 .of = MIM_SECTION_FROM,
	 .offset = offsetof(struct mim_raw_map, from),
	 .help = "Where the shape is said already, instead of type, sizes, max_entries, "
		 "flags. An outer map has its template from there too."},
	WORD("type", TEMPL, 0, mim_raw_map, type, MIM_WORD_CHOICE,
	     "The kernel's map type in lower case, as bpftool prints it.",
	     .choice = inner_type),
	WORD("external", OUTER | INNER, 0, mim_raw_map, external, MIM_WORD_ABSOLUTE,
	     "Pin of a map that somebody else made: never created, replaced or removed."),
	WORD("type", OUTER, 0, mim_raw_map, type, MIM_WORD_CHOICE,
	     "array_of_maps or hash_of_maps.", .choice = outer_type),
	WORD("key", TEMPL | OUTER, 0, mim_raw_map, key, MIM_WORD_TYPE,
	     "Type of the key; array types have u32 by default. struct:NAME is a struct "
	     "of the "
	     "object that the map, or another, is from."),
	WORD("value", TEMPL, 0, mim_raw_map, value, MIM_WORD_TYPE, "Type of the value."),
	WORD("key_size", TEMPL | OUTER, 0, mim_raw_map, key_size, MIM_WORD_INTEGER,
	     "Bytes of the key, instead of its type.", ANY_SIZE),
	WORD("value_size", TEMPL, 0, mim_raw_map, value_size, MIM_WORD_INTEGER,
	     "Bytes of the value, instead of its type.", ANY_SIZE),
	WORD("max_entries", TEMPL | OUTER | INNER, 0, mim_raw_map, max_entries,
	     MIM_WORD_INTEGER,
	     "Entries; bytes for ring buffers. An inner map may differ from its template "
	     "where the kernel lets it.",
	     ANY_SIZE),
	{.key = "flags",
	 .in = TEMPL | OUTER,
	 .form = MIM_FORM_WORDS,
	 .word = MIM_WORD_CHOICE,
	 .offset = offsetof(struct mim_raw_map, flags),
	 .count_offset = offsetof(struct mim_raw_map, n_flags),
	 .choice = flag_word,
	 .help = "Creation flags: the kernel's names in lower case without BPF_F_."},
	WORD("numa_node", TEMPL | OUTER | INNER, 0, mim_raw_map, numa_node,
	     MIM_WORD_INTEGER, "NUMA node that the map's memory comes from.",
	     RANGE(0, INT32_MAX)),
	WORD("map_extra", TEMPL, 0, mim_raw_map, map_extra, MIM_WORD_INTEGER,
	     "bloom_filter: hash functions; arena: user address.", RANGE(0, UINT64_MAX)),
	WORD("kernel_name", OUTER | INNER, 0, mim_raw_map, kernel_name, MIM_WORD_KERNEL,
	     "Name in the kernel instead of the one derived from name."),
	WORD("template", OUTER | INNER, 0, mim_raw_map, template, MIM_WORD_NAME,
	     "Outer map: the shape of what its slots take; inner map: its own shape."),
	WORD("protect", OUTER, 0, mim_raw_map, protect, MIM_WORD_BOOLEAN,
	     "true: apply never replaces or removes it, until a file says false."),
	WORD("unlisted", OUTER, 0, mim_raw_map, unlisted, MIM_WORD_CHOICE,
	     "Slots that no file lists: remove (default), or keep as somebody else's.",
	     .choice = unlisted_word),
	WORD("on_replace", TEMPL | INNER, 0, mim_raw_map, on_replace, MIM_WORD_CHOICE,
	     "What becomes of its entries when a new map takes its place: discard "
	     "(default), or copy.",
	     .choice = replace_word),

	{.key = "entries",
	 .in = INNER,
	 .form = MIM_FORM_LIST,
	 .of = MIM_SECTION_ENTRY,
	 .offset = offsetof(struct mim_raw_map, entries),
	 .count_offset = offsetof(struct mim_raw_map, n_entries),
	 .help = "What is in it.",
	 .written = "a list of {key: ..., value: ...}; entries_from names a CSV file"},
	WORD("entries_from", INNER, 0, mim_raw_map, entries_from, MIM_WORD_TEXT,
	     "Instead: a CSV file, relative to this one, whose first row names its "
	     "columns: key, value or fields of theirs."),
	WORD("contents", INNER, 0, mim_raw_map, contents, MIM_WORD_CHOICE,
	     "seed (default): its entries are written when the map is made, and are then "
	     "the programs' to change; exact: they are kept as they are here.",
	     .choice = contents_word),
	WORD("update", INNER, 0, mim_raw_map, update, MIM_WORD_CHOICE,
	     "How exact contents change: swap, a new map in the slots that hold it "
	     "(default where it is only bound), or in_place, entry by entry (default "
	     "where "
	     "it is pinned, or a program uses it directly).",
	     .choice = update_word),

	WORD("key", ENTRY, 0, mim_raw_entry, key, MIM_WORD_KEY,
	     "Key, written as the template's key type; queue, stack and bloom_filter "
	     "have "
	     "none.",
	     .written = STRUCT_WRITTEN),
	WORD("value", ENTRY, ENTRY, mim_raw_entry, value, MIM_WORD_KEY,
	     "Value, written as the template's value type; of a per-CPU map for all "
	     "CPUs.",
	     .written = STRUCT_WRITTEN),

	WORD("outer", BINDING, BINDING, mim_raw_binding, outer, MIM_WORD_NAME,
	     "The outer map."),
	{.key = "slots",
	 .in = BINDING,
	 .required = BINDING,
	 .form = MIM_FORM_LIST,
	 .of = MIM_SECTION_SLOT,
	 .offset = offsetof(struct mim_raw_binding, slots),
	 .count_offset = offsetof(struct mim_raw_binding, n_slots),
	 .help = "Its slots."},
	WORD("key", SLOT, 0, mim_raw_slot, key, MIM_WORD_KEY,
	     "Key of one slot, written as the outer map's key type."),
	WORD("keys", SLOT, 0, mim_raw_slot, keys, MIM_WORD_KEY,
	     "First and last key of a run of slots, as in 0-31."),
	WORD("inner", SLOT, 0, mim_raw_slot, inner, MIM_WORD_NAME,
	     "The inner map; absent: a map of its own for every key, from the template."),

	WORD("map", PIN, PIN, mim_raw_pin, map, MIM_WORD_NAME, "Inner or outer map."),
	WORD("path", PIN, PIN, mim_raw_pin, path, MIM_WORD_TEXT,
	     "Relative: inside the scope; absolute: one more place, for sharing."),
	WORD("mode", PIN, 0, mim_raw_pin, mode, MIM_WORD_MODE,
	     "Permission bits in octal; 0600 when the kernel makes the pin."),
	WORD("group", PIN, 0, mim_raw_pin, group, MIM_WORD_TEXT,
	     "Group, name or number."),

	WORD("object", FROM, 0, mim_raw_from, object, MIM_WORD_TEXT,
	     "Object file of a BPF program; relative to the file that names it."),
	WORD("map", FROM, 0, mim_raw_from, map, MIM_WORD_TEXT,
	     "Map that the object defines; NAME.inner: what the slots of NAME take."),
	WORD("pinned", FROM, 0, mim_raw_from, pinned, MIM_WORD_ABSOLUTE,
	     "Instead: pin of a map that is there; of an outer map: what its slots take. "
	     "For templates."),
};

_Static_assert(MIM_ARRAY_SIZE(rows) <= MIM_SCHEMA_MOST_ROWS, "MIM_SCHEMA_MOST_ROWS");

const struct mim_row *mim_schema_rows(size_t *ret_n)
{
	*ret_n = MIM_ARRAY_SIZE(rows);
	return rows;
}

const struct mim_row *mim_schema_row(enum mim_section section, const char *key)
{
	for (size_t i = 0; i < MIM_ARRAY_SIZE(rows); i++)
		if ((rows[i].in & MIM_IN(section)) && strcmp(rows[i].key, key) == 0)
			return &rows[i];
	return NULL;
}

const struct mim_row *mim_schema_list(enum mim_section section,
				      enum mim_section *ret_parent)
{
	const struct mim_row *row = rows;

	while (row->form != MIM_FORM_LIST || row->of != section)
		row++;
	*ret_parent = MIM_SECTION_ROOT;
	while (row->in != MIM_IN(*ret_parent))
		++*ret_parent;
	return row;
}

size_t mim_section_size(enum mim_section section)
{
	switch (section) {
	case MIM_SECTION_ROOT:
		return sizeof(struct mim_raw);
	case MIM_SECTION_TYPE:
		return sizeof(struct mim_raw_type);
	case MIM_SECTION_FIELD:
		return sizeof(struct mim_raw_field);
	case MIM_SECTION_TEMPLATE:
	case MIM_SECTION_OUTER:
	case MIM_SECTION_INNER:
		return sizeof(struct mim_raw_map);
	case MIM_SECTION_BINDING:
		return sizeof(struct mim_raw_binding);
	case MIM_SECTION_SLOT:
		return sizeof(struct mim_raw_slot);
	case MIM_SECTION_PIN:
		return sizeof(struct mim_raw_pin);
	case MIM_SECTION_FROM:
		return sizeof(struct mim_raw_from);
	case MIM_SECTION_ENTRY:
		return sizeof(struct mim_raw_entry);
	case MIM_SECTION_COUNT:
		break;
	}
	return 0;
}

const char *mim_section_noun(enum mim_section section)
{
	static const char *const nouns[MIM_SECTION_COUNT] = {
		[MIM_SECTION_ROOT] = "the configuration",
		[MIM_SECTION_TYPE] = "a type",
		[MIM_SECTION_FIELD] = "a field",
		[MIM_SECTION_TEMPLATE] = "a template",
		[MIM_SECTION_OUTER] = "an outer map",
		[MIM_SECTION_INNER] = "an inner map",
		[MIM_SECTION_BINDING] = "a binding",
		[MIM_SECTION_SLOT] = "a slot",
		[MIM_SECTION_PIN] = "a pin",
		[MIM_SECTION_FROM] = "'from'",
		[MIM_SECTION_ENTRY] = "an entry",
	};

	return nouns[section];
}

static bool wrong(char *why, const char *format, ...) MIM_PRINTF(2, 3);

static bool wrong(char *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, MIM_WORD_WHY, format, args);
	va_end(args);
	return true;
}

/* A word as the language has it: the kernel's own is longer, and in capitals. */
static const char *plain_word(const char *word, char *plain, size_t size)
{
	static const char *const prefixes[] = {"bpf_map_type_", "bpf_f_"};
	size_t length = strlen(word);

	if (length >= size)
		return word;
	for (size_t i = 0; i <= length; i++)
		plain[i] = (char)(word[i] >= 'A' && word[i] <= 'Z' ? word[i] - 'A' + 'a'
								   : word[i]);
	for (size_t i = 0; i < MIM_ARRAY_SIZE(prefixes); i++)
		if (mim_str_starts(plain, prefixes[i]))
			return plain + strlen(prefixes[i]);
	return plain;
}

static bool choice_problem(const struct mim_row *row, const char *word, char *why,
			   const char **ret_closest)
{
	char plain[64];
	struct mim_str_closest closest = {.word = plain_word(word, plain, sizeof(plain))};
	const char *choice;

	for (size_t i = 0; (choice = row->choice(i)); i++) {
		if (strcmp(choice, word) == 0)
			return false;
		mim_str_consider(&closest, choice);
	}
	*ret_closest = closest.best;
	return wrong(why, "unknown %s '%.64s'",
		     row->form == MIM_FORM_WORDS ? "flag" : row->key, word);
}

static bool is_negative(const char *word)
{
	uint64_t value;

	return *word == '-' && mim_num_u64(word + 1, UINT64_MAX, &value) != -EINVAL;
}

static bool integer_problem(const struct mim_row *row, const char *word, char *why)
{
	uint64_t value = 0;
	int r = is_negative(word) ? -ERANGE : mim_num_u64(word, row->most, &value);

	if (r == -EINVAL)
		return wrong(why, "%s '%.64s' is no integer (decimal or 0x hex)",
			     row->key, word);
	if (r == -ERANGE || value < row->least) {
		if (row->least == row->most)
			return wrong(why, "%s must be %" PRIu64 ", not %.64s", row->key,
				     row->least, word);
		return wrong(why, "%s must be %" PRIu64 " to %" PRIu64 ", not %.64s",
			     row->key, row->least, row->most, word);
	}
	return false;
}

static bool mode_problem(const char *word, char *why)
{
	size_t length = strlen(word);

	if (length >= 3 && length <= 4 && strspn(word, "01234567") == length &&
	    (length == 3 || word[0] == '0'))
		return false;
	return wrong(
		why,
		"mode '%.64s' is not octal, from 000 to 777, as in \"640\" or \"0640\"",
		word);
}

/* What is read back from bpffs is left out when it is not printable. */
static bool text_problem(const struct mim_row *row, const char *word, char *why)
{
	return !mim_str_is_printable(word) &&
	       wrong(why, "%s holds a character that is not printable", row->key);
}

bool mim_schema_word_problem(const struct mim_row *row, const char *word, char *why,
			     const char **ret_closest)
{
	*ret_closest = NULL;
	if (!*word)
		return wrong(why, "%s is empty", row->key);
	switch (row->word) {
	case MIM_WORD_KEY:
	case MIM_WORD_TYPE:
		return false;
	case MIM_WORD_TEXT:
		return text_problem(row, word, why);
	case MIM_WORD_NAME:
		return !mim_name_valid(word) &&
		       wrong(why, "'%.70s' is no name: [A-Za-z_][A-Za-z0-9_.-]{0,62}",
			     word);
	case MIM_WORD_INTEGER:
		return integer_problem(row, word, why);
	case MIM_WORD_BOOLEAN:
		return strcmp(word, "true") != 0 && strcmp(word, "false") != 0 &&
		       wrong(why, "%s must be true or false, not '%.64s'", row->key,
			     word);
	case MIM_WORD_CHOICE:
		return choice_problem(row, word, why, ret_closest);
	case MIM_WORD_FIELD:
		return !mim_name_field_valid(word) &&
		       wrong(why, "'%.70s' is no field name: [A-Za-z_][A-Za-z0-9_]{0,62}",
			     word);
	case MIM_WORD_KERNEL:
		return !mim_name_kernel_valid(word) &&
		       wrong(why, "'%.64s' is no kernel name: 1 to 15 of [A-Za-z0-9_.]",
			     word);
	case MIM_WORD_MODE:
		return mode_problem(word, why);
	case MIM_WORD_ABSOLUTE:
		return (word[0] != '/' &&
			wrong(why, "%s must be an absolute path", row->key)) ||
		       text_problem(row, word, why);
	}
	return false;
}
