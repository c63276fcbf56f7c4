/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_BASE_JSON_H
#define MIM_BASE_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "base/cleanup.h"

/**
 * DOC: building JSON while memory runs out
 *
 * json-c 0.16 gives NULL for a value that it cannot allocate, which is also its null,
 * ends the process when something is put into a NULL object, and cuts its text short when
 * that cannot grow. So values are built by these functions: they let go of what has no
 * place, and mark what lacks a part. Whether anything is missing is asked once, by
 * mim_json_is_whole() or mim_json_print().
 *
 * Bytes that are no UTF-8 become U+FFFD: JSON and YAML are always text.
 */

/** mim_json_object(), mim_json_array() - empty ones; Return: NULL when out of memory */
struct json_object *mim_json_object(void);
struct json_object *mim_json_array(void);

/** mim_json_text() - @text must not be NULL; Return: NULL when out of memory */
struct json_object *mim_json_text(const char *text);

/**
 * mim_json_put() - give an object a member
 * @object: NULL when it could not be made
 * @value: belongs to the object from now on; NULL when it could not be made
 *
 * Return: true when it is there, false when @value was released.
 */
bool mim_json_put(struct json_object *object, const char *key, struct json_object *value);

/** mim_json_put_text() - the same with a text; null when @text is NULL */
void mim_json_put_text(struct json_object *object, const char *key, const char *text);
void mim_json_put_number(struct json_object *object, const char *key, uint64_t number);
void mim_json_put_bool(struct json_object *object, const char *key, bool value);
void mim_json_put_null(struct json_object *object, const char *key);

/** mim_json_put_list() - the same with an array, which is left out when it is empty */
void mim_json_put_list(struct json_object *object, const char *key,
		       struct json_object *array);

/** mim_json_add() - append to an array; both as in mim_json_put() */
bool mim_json_add(struct json_object *array, struct json_object *value);
void mim_json_add_text(struct json_object *array, const char *text);
void mim_json_add_number(struct json_object *array, uint64_t number);

/** mim_json_is_whole() - is all there that was put into it, and itself? */
bool mim_json_is_whole(struct json_object *value);

/**
 * mim_json_print() - as json-c prints it with JSON_C_TO_STRING_PRETTY, and an end of line
 *
 * What would harm a terminal is escaped: DEL, the 8-bit control characters, line and
 * paragraph separators. Needs no memory.
 *
 * Return: 0; -ENOMEM, with nothing printed, when something is missing.
 */
int mim_json_print(struct json_object *value, FILE *out);

/** how deep arrays and objects may lie in each other */
#define MIM_JSON_DEPTH 32

/**
 * mim_json_read() - a JSON value out of a text that somebody else wrote
 * @text: @length bytes and a NUL
 * @ret_line: where the text is wrong, counted from 1; set on -EINVAL
 *
 * RFC 8259 and nothing beyond it; a key twice in an object is wrong as well. Numbers that
 * are no integers of 64 bits become doubles. json-c's own reader loses parts of texts, or
 * ends the process, when memory runs out.
 *
 * Return: 0; -EINVAL; -ENOMEM.
 */
int mim_json_read(const char *text, size_t length, struct json_object **ret_value,
		  size_t *ret_line);

/** enough for any number, boolean or null as text */
#define MIM_JSON_SCALAR 32

/** mim_json_scalar() - a value that is no text and no container; Return: @text */
const char *mim_json_scalar(struct json_object *value, char *text);

static inline void mim_json_release_at(struct json_object **value)
{
	json_object_put(*value);
}

#define mim_auto_json mim_cleanup(mim_json_release_at)

#endif
