/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "plan_file.h"

/* Enough for an address and two values, each of which may be cut. */
#define WHY 768

static struct json_object *array(struct json_object *root, const char *key)
{
	return plan_file_member(root, key, json_type_array);
}

/* Who else uses a map, and where a line stands, may change without changing the plan. */
static void strip(struct json_object *root)
{
	struct json_object *changes = array(root, "changes");
	size_t n = changes ? json_object_array_length(changes) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *change = json_object_array_get_idx(changes, i);

		if (!json_object_is_type(change, json_type_object))
			continue;
		json_object_object_del(change, "consequences");
		json_object_object_del(change, "source");
	}
}

static bool same(struct json_object *a, struct json_object *b, const char *key,
		 enum json_type type)
{
	struct json_object *x = plan_file_member(a, key, type);
	struct json_object *y = plan_file_member(b, key, type);

	return x && y && json_object_equal(x, y);
}

/* "" where the file has none. */
static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value = plan_file_member(object, key, json_type_string);

	return value ? json_object_get_string(value) : "";
}

static const char *shown(struct json_object *value)
{
	const char *text = json_object_to_json_string_ext(
		value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	return !value ? "nothing" : text ? text : "?";
}

/* The first of two lists' items that are not the same; NULL is past the end of one. */
static bool first_difference(struct json_object *a, struct json_object *b,
			     struct json_object **ret_x, struct json_object **ret_y)
{
	size_t n = a ? json_object_array_length(a) : 0;
	size_t m = b ? json_object_array_length(b) : 0;

	for (size_t i = 0; i < n || i < m; i++) {
		*ret_x = i < n ? json_object_array_get_idx(a, i) : NULL;
		*ret_y = i < m ? json_object_array_get_idx(b, i) : NULL;
		if (!json_object_equal(*ret_x, *ret_y))
			return true;
	}
	return false;
}

static bool lists(struct json_object *changes, const char *address)
{
	size_t n = changes ? json_object_array_length(changes) : 0;

	for (size_t i = 0; i < n; i++)
		if (strcmp(text_of(json_object_array_get_idx(changes, i), "address"),
			   address) == 0)
			return true;
	return false;
}

/* One side of a change, of which one member is another at least. */
static bool tell_side(const char *address, struct json_object *was,
		      struct json_object *is, char *why)
{
	if (!was || !is) {
		snprintf(why, WHY, "'%.300s' was%s there, and is%s there now", address,
			 was ? "" : " not", is ? "" : " not");
		return true;
	}
	json_object_object_foreach(is, key, value)
	{
		struct json_object *old = NULL;

		json_object_object_get_ex(was, key, &old);
		if (json_object_equal(old, value))
			continue;
		snprintf(why, WHY, "'%.300s' has another %s: it was %.150s and is %.150s",
			 address, key, shown(old), shown(value));
		return true;
	}
	return false;
}

/* Two changes of the same object. */
static void tell_change(const char *address, struct json_object *was,
			struct json_object *is, char *why)
{
	static const char *const sides[] = {"before", "live", "after"};
	struct json_object *x = NULL, *y = NULL;

	for (size_t i = 0; i < MIM_ARRAY_SIZE(sides); i++) {
		x = plan_file_member(was, sides[i], json_type_object);
		y = plan_file_member(is, sides[i], json_type_object);
		if (!json_object_equal(x, y) && tell_side(address, x, y, why))
			return;
	}
	x = plan_file_member(was, "entries", json_type_object);
	y = plan_file_member(is, "entries", json_type_object);
	if (!json_object_equal(x, y))
		snprintf(why, WHY, "'%.300s' has other entries", address);
	else
		snprintf(why, WHY, "'%.300s' would be changed in another way", address);
}

static bool tell_changes(struct json_object *saved, struct json_object *now, char *why)
{
	struct json_object *was, *is;
	const char *old, *new;

	if (!first_difference(array(saved, "changes"), array(now, "changes"), &was, &is))
		return false;
	old = text_of(was, "address");
	new = text_of(is, "address");
	if (strcmp(old, new) == 0)
		tell_change(old, was, is, why);
	else if (!is || !lists(array(now, "changes"), old))
		snprintf(why, WHY, "'%.300s' needs no change any more", old);
	else
		snprintf(why, WHY, "'%.300s' would be changed as well", new);
	return true;
}

/* A map that was made anew under its old name. */
static bool tell_maps(struct json_object *saved, struct json_object *now, char *why)
{
	struct json_object *was, *is, *x = NULL, *y = NULL;

	if (!first_difference(array(saved, "maps"), array(now, "maps"), &was, &is) ||
	    !same(was, is, "name", json_type_string))
		return false;
	x = plan_file_member(was, "id", json_type_int);
	y = plan_file_member(is, "id", json_type_int);
	snprintf(why, WHY, "map '%.300s' is another: it was id %.20s and is id %.20s",
		 text_of(is, "name"), shown(x), shown(y));
	return true;
}

static const char *why_stale(struct json_object *saved, struct json_object *now,
			     char *why)
{
	struct json_object *on =
		plan_file_member(saved, "preconditions", json_type_object);
	struct json_object *is = plan_file_member(now, "preconditions", json_type_object);
	struct json_object *x = plan_file_member(saved, "scope", json_type_object);
	struct json_object *y = plan_file_member(now, "scope", json_type_object);

	if (!*text_of(on, "boot_id") || !*text_of(is, "boot_id"))
		return "whether the machine was started again since cannot be seen "
		       "(/proc/sys/kernel/random/boot_id)";
	if (!same(on, is, "boot_id", json_type_string))
		return "the machine was started again since";
	if (!json_object_equal(x, y))
		snprintf(why, WHY, "it is for %.300s, not for %.300s",
			 text_of(x, "folder"), text_of(y, "folder"));
	else if (plan_file_flag(saved, "changed") && !plan_file_flag(now, "changed"))
		return "all that it would do is done already";
	else if (!tell_maps(on, is, why) && !tell_changes(saved, now, why))
		return "what would be done now is not what it says";
	return why;
}

/* Ids begin anew with the machine: without this they say nothing. */
static const char *plan_boot(struct json_object *plan)
{
	return text_of(plan_file_member(plan, "preconditions", json_type_object),
		       "boot_id");
}

int plan_file_check(const struct plan_file *file, const struct render_plan *render,
		    struct mim_diags *diags)
{
	mim_auto_json struct json_object *now = NULL;
	struct render_plan plain = *render;
	char why[WHY];

	plain.verbose = false;
	now = render_plan_json(&plain);
	if (!mim_json_is_whole(now))
		return mim_out_of_memory(diags);
	strip(now);
	strip(file->root);
	if (*plan_boot(now) && same(file->root, now, "preconditions", json_type_object) &&
	    same(file->root, now, "changes", json_type_array) &&
	    same(file->root, now, "steps", json_type_array) &&
	    same(file->root, now, "scope", json_type_object))
		return 0;
	mim_error(diags, MIM_NOWHERE, MIM_CODE_CHANGED, -EAGAIN,
		  "the saved plan is stale: %s", why_stale(file->root, now, why));
	mim_hint(diags, "plan again, and have that reviewed");
	return -EAGAIN;
}
