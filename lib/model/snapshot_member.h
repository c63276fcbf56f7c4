/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_MODEL_SNAPSHOT_MEMBER_H
#define MIM_MODEL_SNAPSHOT_MEMBER_H

#include "base/json.h"
#include "model/topology.h"

/**
 * struct mim_reader - a saved topology that is read
 * @path: of the file, for messages
 * @live: what is read goes here, texts into its arena
 * @result: 0 until the first member was wrong or memory ran out; both are reported
 *
 * Every member is looked at with suspicion, and the first wrong one is named. What was
 * wrong reads as NULL, 0, "" or false, so that only @result needs to be asked.
 */
struct mim_reader {
	const char *path;
	struct mim_topology *live;
	struct mim_diags *diags;
	int result;
};

/** mim_member_bad() - report a member, or what else is wrong, as @what */
void mim_member_bad(struct mim_reader *reader, const char *what);

/** mim_member_no_memory() - report that memory ran out */
void mim_member_no_memory(struct mim_reader *reader);

/** mim_member() - a member that must be there and of this type; belongs to @object */
struct json_object *mim_member(struct mim_reader *reader, struct json_object *object,
			       const char *key, enum json_type type);

/** mim_member_number() - from 0 to @most */
uint64_t mim_member_number(struct mim_reader *reader, struct json_object *object,
			   const char *key, uint64_t most);

/** mim_member_text() - in the arena; may be shown at a terminal, and has no NUL in it */
const char *mim_member_text(struct mim_reader *reader, struct json_object *object,
			    const char *key);

/** mim_member_copy() - the same of a text that was found already */
const char *mim_member_copy(struct mim_reader *reader, struct json_object *value,
			    const char *key);

bool mim_member_boolean(struct mim_reader *reader, struct json_object *object,
			const char *key);

/** mim_member_texts() - a list of texts */
void mim_member_texts(struct mim_reader *reader, struct json_object *object,
		      const char *key, struct mim_texts *texts);

/** mim_member_hex() - @n bytes; Return: false when @hex is not just that */
bool mim_member_hex(const char *hex, uint8_t *bytes, size_t n);

#endif
