/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/peek.h"

#include <string.h>
#include "config/source.h"
#include "model/name.h"
#include "model/scope.h"

/* Parsing less takes as long as starting a thread, give or take a millisecond. */
#define LONG_DESCRIPTION ((size_t)128 << 10)

struct first_words {
	char *name;
	char *bpffs;
};

static void release(struct first_words *words)
{
	free(words->name);
	free(words->bpffs);
}

/* The next event, when it is of @type. */
static bool next(yaml_parser_t *parser, yaml_event_type_t type, yaml_event_t *ret_event)
{
	if (!yaml_parser_parse(parser, ret_event))
		return false;
	if (ret_event->type == type)
		return true;
	yaml_event_delete(ret_event);
	return false;
}

static bool skip(yaml_parser_t *parser, yaml_event_type_t type)
{
	yaml_event_t event;

	if (!next(parser, type, &event))
		return false;
	yaml_event_delete(&event);
	return true;
}

static void take_word(struct first_words *words, const yaml_event_t *key,
		      const yaml_event_t *value)
{
	const char *word = (const char *)key->data.scalar.value;
	char **place = strcmp(word, "name") == 0    ? &words->name
		       : strcmp(word, "bpffs") == 0 ? &words->bpffs
						    : NULL;

	if (place && !*place)
		*place = strdup((const char *)value->data.scalar.value);
}

/* Pairs of words at the top of a mapping, until one is of something else. */
static void take_words(yaml_parser_t *parser, struct first_words *words)
{
	yaml_event_t key, value;

	if (!skip(parser, YAML_STREAM_START_EVENT) ||
	    !skip(parser, YAML_DOCUMENT_START_EVENT) ||
	    !skip(parser, YAML_MAPPING_START_EVENT))
		return;
	while (next(parser, YAML_SCALAR_EVENT, &key)) {
		if (!next(parser, YAML_SCALAR_EVENT, &value)) {
			yaml_event_delete(&key);
			return;
		}
		take_word(words, &key, &value);
		yaml_event_delete(&key);
		yaml_event_delete(&value);
	}
}

static void read_words(const struct mim_source *source, struct first_words *words)
{
	yaml_parser_t parser;

	if (!yaml_parser_initialize(&parser))
		return;
	yaml_parser_set_input_string(&parser, (const unsigned char *)source->text,
				     source->length);
	take_words(&parser, words);
	yaml_parser_delete(&parser);
}

void mim_peek(const struct mim_config *config, const char *bpffs,
	      const struct mim_config_look *look)
{
	mim_cleanup(release) struct first_words words = {0};
	size_t length = 0;

	for (size_t i = 0; i < config->n_sources; i++)
		length += config->sources[i].length;
	if (length < LONG_DESCRIPTION)
		return;
	for (size_t i = 0; i < config->n_sources; i++)
		if (config->sources[i].text)
			read_words(&config->sources[i], &words);
	if (!bpffs)
		bpffs = words.bpffs ? words.bpffs : MIM_BPFFS_DEFAULT;
	if (words.name && mim_name_valid(words.name) && *bpffs == '/')
		look->ahead(look->data, words.name, bpffs);
}
