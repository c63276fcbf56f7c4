/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_BASE_DIAG_H
#define MIM_BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"

/**
 * enum mim_code - what kind of mistake a diagnostic reports
 *
 * Written as MIM and three digits. A number never changes its meaning and is never given
 * to another mistake.
 */
enum mim_code {
	MIM_CODE_NONE = 0,

	/* the text */
	MIM_CODE_FILE = 1,	   /* cannot be read, is no regular file, is too large */
	MIM_CODE_YAML = 2,	   /* no UTF-8, no YAML, more than one document */
	MIM_CODE_LIMIT = 3,	   /* deeper or more aliased than the limits */
	MIM_CODE_CSV = 4,	   /* no CSV, or none of the columns that are needed */
	MIM_CODE_UNKNOWN_KEY = 10, /* a YAML key that the language does not have */
	MIM_CODE_MISSING_KEY = 11, /* a YAML key that must be there */
	MIM_CODE_DUPLICATE_KEY = 12,   /* a YAML key twice in one mapping */
	MIM_CODE_WRONG_KIND = 13,      /* a list where a word is meant, and the like */
	MIM_CODE_BAD_VALUE = 14,       /* no integer, out of range, none of the words */
	MIM_CODE_CONFLICTING_KEY = 15, /* two keys of which only one can be given */

	/* names */
	MIM_CODE_BAD_NAME = 20,	      /* characters or length */
	MIM_CODE_UNKNOWN_NAME = 21,   /* refers to nothing declared */
	MIM_CODE_DUPLICATE_NAME = 22, /* declared twice */
	MIM_CODE_KERNEL_NAME =
		23,		/* two maps with one kernel name, or not a kernel name */
	MIM_CODE_DISAGREE = 24, /* files that disagree about version, name or bpffs */
	MIM_CODE_TYPE_NESTING = 25, /* a type in itself, or too many levels of them */

	/* maps */
	MIM_CODE_BAD_TYPE = 30,	   /* no such map type, or not usable in this place */
	MIM_CODE_BAD_FLAG = 31,	   /* no such flag, or refused by the map type */
	MIM_CODE_BAD_SIZE = 32,	   /* key_size, value_size: refused by the map type */
	MIM_CODE_BAD_ENTRIES = 33, /* max_entries: refused or rounded by the kernel */
	MIM_CODE_TEMPLATE_MISFIT =
		34,	       /* an inner map that the outer map's template refuses */
	MIM_CODE_UNHELD = 35,  /* an inner map that nothing holds */
	MIM_CODE_BAD_KEY = 40, /* a slot key that does not fit its type */
	MIM_CODE_DUPLICATE_SLOT = 41,
	MIM_CODE_SLOT_RANGE = 42, /* an index past max_entries */
	MIM_CODE_TOO_MANY_SLOTS = 43,
	MIM_CODE_BAD_ENTRY = 44, /* a key or value that does not fit its type or map */
	MIM_CODE_DUPLICATE_ENTRY = 45,
	MIM_CODE_ENTRY_RANGE = 46, /* an index past max_entries */
	MIM_CODE_TOO_MANY_ENTRIES = 47,
	MIM_CODE_NO_ENTRIES = 48, /* a map type whose contents cannot be declared so */
	MIM_CODE_BAD_PIN = 50,	  /* a path that bpffs or mimctl does not take */
	MIM_CODE_PIN_TAKEN = 51,  /* two pins at one path, or one below another */
	MIM_CODE_OBJECT = 55,	  /* no BPF object, or a map in it that cannot be read */

	/* the kernel */
	MIM_CODE_KERNEL = 60, /* a kernel call failed */
	MIM_CODE_BPFFS = 61,  /* not mounted, no bpffs */
	MIM_CODE_CAPABILITY = 62,
	MIM_CODE_CHANGED = 63, /* the kernel changed while it was read */
	MIM_CODE_LOCKED = 64,
	MIM_CODE_VERIFY = 65,
	MIM_CODE_UNDO = 66,
	MIM_CODE_UNSUPPORTED = 67, /* this kernel lacks it */
	MIM_CODE_INTERRUPTED = 68,
	MIM_CODE_MEMORY = 69,
	MIM_CODE_EXTERNAL =
		70, /* somebody else's map: not there, or not what is needed */

	/* guards */
	MIM_CODE_GUARD_EMPTY = 80,
	MIM_CODE_GUARD_FOREIGN = 81,
	MIM_CODE_GUARD_PROTECT = 82,
	MIM_CODE_GUARD_IN_USE = 83,
	MIM_CODE_GUARD_PRUNE = 84,
	MIM_CODE_GUARD_OUTSIDE = 85,
	MIM_CODE_GUARD_FROZEN = 86,
	MIM_CODE_GUARD_CONTENTS = 87,

	/* saved topologies */
	MIM_CODE_SNAPSHOT = 90,
};

enum mim_severity { MIM_ERROR, MIM_WARNING, MIM_NOTE };

/**
 * struct mim_origin - which words of the configuration something comes from
 * @file: index of the file, counted from 1; 0 for nowhere
 * @section: enum mim_section of the configuration
 * @item: index in the section's list
 * @part: index in the item's own list (the slots of a binding), the section of the item
 *	(the "from" of a map), or MIM_WHOLE
 *
 * Twelve bytes for each declared object. Line and column are found from it only when a
 * diagnostic or a JSON plan wants them (see mim_config_locate()).
 */
struct mim_origin {
	uint16_t file;
	uint16_t section;
	uint32_t item;
	uint32_t part;
};

#define MIM_WHOLE UINT32_MAX

/**
 * struct mim_place - a stretch of one line in a file
 * @file: name as given by the user; NULL when there is no place
 * @line, @column: counted from 1; columns in characters
 * @length: characters of the stretch, at least 1 when @line is set
 * @text: the line itself without its end
 */
struct mim_place {
	const char *file;
	uint32_t line;
	uint32_t column;
	uint32_t length;
	const char *text;
};

/**
 * struct mim_spot - an origin, and the key inside it that is meant
 * @origin: the object
 * @key: YAML key whose value is meant; NULL for the object as a whole. Static storage.
 * @element: index in the list that @key holds, or MIM_WHOLE
 * @from, @length: bytes of the value that are meant; all of it when @length is 0
 */
struct mim_spot {
	struct mim_origin origin;
	const char *key;
	uint32_t element;
	size_t from;
	size_t length;
};

#define MIM_SPOT(origin_, key_) ((struct mim_spot){(origin_), (key_), MIM_WHOLE})
#define MIM_NOWHERE		((struct mim_spot){.element = MIM_WHOLE})

struct mim_related {
	struct mim_spot spot;
	struct mim_place place;
	const char *message;
};

/**
 * struct mim_diag - one message to a person
 * @error: the negative errno behind it, 0 when there is none
 * @hint: what to do about it, or NULL
 * @related: the other places ("first declared here")
 */
struct mim_diag {
	enum mim_severity severity;
	enum mim_code code;
	int error;
	struct mim_spot spot;
	struct mim_place place;
	const char *message;
	const char *hint;
	struct mim_related *related;
	size_t n_related;
};

/**
 * struct mim_diags - everything one run has to say
 * @n_errors: diagnostics of severity MIM_ERROR, dropped ones and @out_of_memory included
 * @n_dropped: diagnostics beyond MIM_DIAGS_MOST, counted and not kept
 * @out_of_memory: memory ran out, for what was to be done or for what was to be said
 *
 * All text lives in the list's own arena. That memory ran out is an error without an item
 * of its own, which can be said when nothing can be allocated any more.
 */
struct mim_diags {
	struct mim_diag *items;
	size_t n;
	size_t n_errors;
	size_t n_dropped;
	bool out_of_memory;
	struct mim_arena arena;
};

#define MIM_DIAGS_MOST 1000

MIM_PUBLIC void mim_diags_release(struct mim_diags *diags);

/**
 * mim_error() - add an error
 * @r: negative errno that the caller returns
 * @format: lower case, subject first, no full stop
 *
 * Return: @r, so that "return mim_error(...)" reads well.
 */
int mim_error(struct mim_diags *diags, struct mim_spot spot, enum mim_code code, int r,
	      const char *format, ...) MIM_PRINTF(5, 6);

/** mim_warning() - the same for what does not stop the run */
void mim_warning(struct mim_diags *diags, struct mim_spot spot, enum mim_code code,
		 const char *format, ...) MIM_PRINTF(4, 5);

/** mim_hint() - say what to do about the newest diagnostic; replaces an earlier hint */
void mim_hint(struct mim_diags *diags, const char *format, ...) MIM_PRINTF(2, 3);

/** mim_part() - the newest diagnostic means @length bytes of its value, after @from */
void mim_part(struct mim_diags *diags, size_t from, size_t length);

/** mim_note() - another place that belongs to the newest diagnostic */
void mim_note(struct mim_diags *diags, struct mim_spot spot, const char *format, ...)
	MIM_PRINTF(3, 4);

/**
 * mim_here() - the place of what was said last, known at once instead of by its spot
 * @place: its texts are borrowed for as long as the list lives
 */
void mim_here(struct mim_diags *diags, struct mim_place place);

/** mim_out_of_memory() - the one way to say so, which cannot fail; Return: -ENOMEM */
int mim_out_of_memory(struct mim_diags *diags);

/**
 * mim_no_room() - an arena gave no memory: there is none, or it has reached its limit
 * @spot, @name: of what it belongs to
 *
 * Return: -ENOMEM; -EINVAL with a diagnostic when the limit was the reason.
 */
int mim_no_room(struct mim_diags *diags, const struct mim_arena *arena,
		struct mim_spot spot, const char *name);

/** mim_errno_text() - words for an errno, including 524, which libc cannot name */
MIM_PUBLIC const char *mim_errno_text(int error);

#endif
