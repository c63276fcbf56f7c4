/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_APPLY_JOURNAL_H
#define MIM_APPLY_JOURNAL_H

#include "apply/site.h"
#include "base/arena.h"
#include "kernel/slots.h"

/**
 * DOC: the way back
 *
 * Before a step is taken that others see, what takes it back stands in the journal, and
 * every map that this needs is held: by a descriptor, by a pin in the state folder, or in
 * a slot of a map that parks it. So going back allocates nothing and asks nothing of the
 * plan. Where an apply waits for its confirmation the journal lies in the kernel as well,
 * and the way back is open when the process is gone.
 */

/** enum mim_undo_op - what takes a step back */
enum mim_undo_op {
	MIM_UNDO_UNMOUNT,	/* bpffs at @path */
	MIM_UNDO_REMOVE_SCOPE,	/* the folder that was new */
	MIM_UNDO_UNMARK,	/* the marker of a folder that was there */
	MIM_UNDO_SLOTS,		/* of outer map @id, called @path: what @keys held */
	MIM_UNDO_REMOVE_FOLDER, /* @path */
	MIM_UNDO_MAKE_FOLDER,	/* @path with @access */
	MIM_UNDO_UNPIN,		/* @path, which was free */
	MIM_UNDO_PIN,		/* what is kept under @text goes to @path */
	MIM_UNDO_ACCESS,	/* @path gets @access back */
	MIM_UNDO_RECORD,  /* @path is the record's name, @text what it said, or "" */
	MIM_UNDO_MARKER,  /* @text was its target */
	MIM_UNDO_ENTRIES, /* of map @id, called @path: what was under @keys */
};

/**
 * struct mim_undo - how one step is taken back
 * @done: the step was begun, and may have been taken in part
 * @skipped: there was nothing to do, and so there is nothing to take back
 * @failed: it could not be taken back
 * @again: somebody who was killed may have taken it back already
 * @tried: it could not be taken back at once, but maybe in part
 * @replace: MIM_UNDO_PIN: something else is at @path now
 * @id: MIM_UNDO_SLOTS: of the outer map; MIM_UNDO_PIN: of the map that is kept;
 *	MIM_UNDO_ACCESS: of the map at @path
 * @placed: MIM_UNDO_UNPIN and MIM_UNDO_PIN: id of the map that the step put at @path
 * @n: slots; @keys: their keys; @ids: of the maps they held, 0 for none
 * @there: MIM_UNDO_ENTRIES: so many of @keys come first and had @values, of @value_size
 *	bytes each; the others were not there
 */
struct mim_undo {
	enum mim_undo_op op;
	bool done;
	bool skipped;
	bool failed;
	bool again;
	bool tried;
	bool replace;
	const char *path;
	const char *text;
	struct mim_access access;
	uint32_t id;
	uint32_t placed;
	uint32_t key_size;
	uint32_t n;
	uint8_t *keys;
	uint32_t *ids;
	uint32_t there;
	uint32_t value_size;
	uint8_t *values;
};

/** struct mim_journal - in the order of the steps; all its texts are in @arena */
struct mim_journal {
	struct mim_arena arena;
	struct mim_undo *items;
	size_t n;
};

void mim_journal_release(struct mim_journal *journal);

/** mim_journal_add() - Return: a new entry, valid until the next one; NULL: no memory */
struct mim_undo *mim_journal_add(struct mim_journal *journal);

/**
 * mim_journal_undo() - take back all that is done, the last step first
 * @room: for the longest key in it
 *
 * Goes on after an error, and reports each thing that could not be put back.
 *
 * Return: 0 or the last error.
 */
int mim_journal_undo(struct mim_journal *journal, struct mim_site *site,
		     const struct mim_slot_room *room);

/**
 * mim_journal_save() - pin a copy of it in the state folder
 *
 * Its bytes are the values of an array map. Who loads it takes every step for done that
 * is not skipped: that is so once the apply waits. What was taken back before by somebody
 * who was killed at it is no error.
 *
 * Return: 0, -ENOMEM, or what creating, filling and pinning a map give.
 */
int mim_journal_save(const struct mim_journal *journal, struct mim_site *site);

/**
 * mim_journal_skip() - tell in that copy which steps there was nothing to do for
 *
 * To be called when all steps are taken. Return: 0, -ENOMEM, or what filling a map gives.
 */
int mim_journal_skip(struct mim_journal *journal, struct mim_site *site);

/**
 * mim_journal_load() - what mim_journal_save() pinned
 * Return: 0; -ENOENT when there is none; -EINVAL when it cannot be understood; -ENOMEM.
 */
int mim_journal_load(struct mim_journal *journal, struct mim_site *site);

/** name of the journal in the state folder */
#define MIM_JOURNAL_NAME "journal"

#endif
