/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_PLAN_PLAN_H
#define MIM_PLAN_PLAN_H

#include "base/diag.h"
#include "model/holders.h"
#include "model/topology.h"

/** enum mim_action - what happens to an object */
enum mim_action {
	MIM_KEEP,    /* nothing */
	MIM_CREATE,  /* + will exist */
	MIM_CHANGE,  /* ~ changes in place */
	MIM_REPLACE, /* +/- a new one takes its place */
	MIM_REMOVE,  /* - will be gone */
	MIM_ADOPT,   /* = somebody else's until now */
};

enum mim_subject {
	MIM_ON_BPFFS,
	MIM_ON_SCOPE,
	MIM_ON_OUTER,
	MIM_ON_INNER,
	MIM_ON_SLOT,
	MIM_ON_PIN,
};

/* Beside the bits of enum mim_field, in mim_change.fields. */
#define MIM_FIELD_KERNEL_NAME MIM_FIELD_BIT(MIM_FIELD_COUNT)
#define MIM_FIELD_MODE	      MIM_FIELD_BIT(MIM_FIELD_COUNT + 1)
#define MIM_FIELD_GROUP	      MIM_FIELD_BIT(MIM_FIELD_COUNT + 2)
#define MIM_FIELD_TARGET      MIM_FIELD_BIT(MIM_FIELD_COUNT + 3)
#define MIM_FIELD_TEMPLATE    MIM_FIELD_BIT(MIM_FIELD_COUNT + 4)
#define MIM_FIELD_ENTRIES     MIM_FIELD_BIT(MIM_FIELD_COUNT + 5)

/**
 * struct mim_change - one object of the plan
 * @want: index in the declared topology's maps or pins, or of the slot in its outer map;
 *	MIM_NONE when it is not declared
 * @live: the same in the live topology
 * @owner: slots and pins: index of the change of the map they belong to
 * @fields: which attributes differ, for MIM_CHANGE and MIM_REPLACE
 * @template_fields: outer maps: which attributes of the template differ
 *
 * Changes of one map follow each other: the map, its pins, its slots.
 */
struct mim_change {
	enum mim_action action;
	enum mim_subject subject;
	uint32_t want;
	uint32_t live;
	uint32_t owner;
	uint32_t fields;
	uint32_t template_fields;
};

/**
 * enum mim_step_op - what apply does; in the order of a plan
 *
 * All up to MIM_STEP_FILL is prepare: nobody can see it, and an error ends with closing
 * descriptors.
 */
enum mim_step_op {
	MIM_STEP_MOUNT,	      /* bpffs */
	MIM_STEP_SCOPE,	      /* the folder, with its marker */
	MIM_STEP_MARK,	      /* a marker into a folder that is there */
	MIM_STEP_SWEEP,	      /* @path: a leftover of an interrupted apply */
	MIM_STEP_CREATE,      /* @map */
	MIM_STEP_SEED,	      /* into @map, new: what is declared to be in it */
	MIM_STEP_COPY,	      /* into @map, new: what is in @live_map */
	MIM_STEP_FILL,	      /* @map, new: slots @first.. of the writes */
	MIM_STEP_REMEMBER,    /* record about @path */
	MIM_STEP_REFILL,      /* refill @first: entries of @map, as @live_map is there */
	MIM_STEP_CLEAR,	      /* @map: slots to empty before others find room */
	MIM_STEP_BIND,	      /* @map: slots */
	MIM_STEP_FOLDER,      /* @path */
	MIM_STEP_PIN,	      /* @pin of @map, whatever is there now */
	MIM_STEP_ACCESS,      /* @pin: mode and group */
	MIM_STEP_COPY_AGAIN,  /* what has changed since step @first, a MIM_STEP_COPY */
	MIM_STEP_CARRY_AGAIN, /* slots of @live_map that have changed since it was read */
	MIM_STEP_UNBIND,      /* @map: slots to empty */
	MIM_STEP_UNPIN,	      /* @live_pin */
	MIM_STEP_REMOVE_FOLDER, /* @path */
	MIM_STEP_FORGET,	/* record about @path */
	MIM_STEP_FINISH,	/* the marker says what was applied */
	MIM_STEP_REMOVE_SCOPE,
};

/**
 * struct mim_step - one step; fields that it does not use are MIM_NONE or NULL
 * @map: declared map
 * @live_map: its live counterpart
 * @first, @n: its part of mim_plan.writes
 * @pin: declared pin
 * @live_pin: live pin
 * @record: which record, for MIM_STEP_REMEMBER and MIM_STEP_FORGET
 * @text: what it says; NULL when that is told by the id of a map that is still to come
 */
struct mim_step {
	enum mim_step_op op;
	uint32_t map;
	uint32_t live_map;
	uint32_t first;
	uint32_t n;
	uint32_t pin;
	uint32_t live_pin;
	enum mim_record record;
	const char *path;
	const char *text;
};

/**
 * struct mim_write - a slot that is to be written or emptied
 * @want: slot of the declared outer map; MIM_NONE when it is to be emptied, or when it is
 *	carried over from the outer map that is being replaced
 * @live: slot of the live outer map, or MIM_NONE
 */
struct mim_write {
	uint32_t want;
	uint32_t live;
};

/**
 * struct mim_refill - what is in a live map, and is to be what is declared
 * @map: declared map
 * @live_map: the live one that it is, or whose place it takes
 * @first, @n: its part of mim_plan.edits, in the order of the keys
 * @added, @changed, @removed: how many of them are what
 * @in_place: they change in the live map; else a new map takes its place
 */
struct mim_refill {
	uint32_t map;
	uint32_t live_map;
	uint32_t first;
	uint32_t n;
	uint32_t added;
	uint32_t changed;
	uint32_t removed;
	bool in_place;
};

/**
 * struct mim_edit - an entry that changes
 * @want: index in the declared map's elements; MIM_NONE when it is to go
 * @live: the same in the live map's; MIM_NONE when it is new
 */
struct mim_edit {
	uint32_t want;
	uint32_t live;
};

/**
 * struct mim_summary - what the last line of a plan counts
 * @inner_refill: of @inner_change, those for which a new map is made and filled
 * @entry_create, @entry_change, @entry_remove: in maps whose contents are kept exact
 * @entries_lost: entries of inner maps that are replaced or freed and not copied
 */
struct mim_summary {
	uint32_t outer_create;
	uint32_t outer_change;
	uint32_t outer_replace;
	uint32_t outer_remove;
	uint32_t inner_create;
	uint32_t inner_change;
	uint32_t inner_refill;
	uint32_t inner_replace;
	uint32_t inner_remove;
	uint32_t slot_create;
	uint32_t slot_change;
	uint32_t slot_remove;
	uint32_t pin_create;
	uint32_t pin_change;
	uint32_t pin_remove;
	uint32_t unchanged;
	uint64_t entry_create;
	uint64_t entry_change;
	uint64_t entry_remove;
	uint64_t entries_lost;
};

/**
 * struct mim_plan_options - what the guards let pass
 * @destroy: take away the scope itself too; nothing is declared on purpose
 * @prune_limited: refuse more than @prune_limit removals, or per cent of what is there
 */
struct mim_plan_options {
	bool destroy;
	bool allow_empty;
	bool allow_orphans;
	bool adopt;
	bool prune_limited;
	bool prune_percent;
	uint32_t prune_limit;
};

/**
 * struct mim_plan - how the kernel becomes what is declared
 * @want, @live: borrowed
 * @match: for each declared map the live map that it is, or MIM_NONE
 * @before: for each declared map the live map that it replaces, or MIM_NONE
 * @filled: for each declared map: it is a slot's own and made when a new outer map is
 *	filled, not by a step of its own
 * @copied: for each live map: its entries go to the map that replaces it
 * @freed: for each live map: nothing will hold it any more
 * @declared: for each live map: it is what a declared one is
 * @stays: for each live map the outer maps that hold it now; @slots of them are counted
 *	down by the slots that the plan takes away
 * @lost_pins: for each live pin: it will be gone, or hold another map
 * @slots_unread: the slots of some outer maps that are not the scope's were not asked for
 * @refills: maps with exact contents that are not what is declared, by @map
 * @edits: the entries that they differ in
 * @adopt: what is in a folder without a marker counts as ours
 * @changed: there is something to do
 * @refused: a guard speaks against it
 */
struct mim_plan {
	struct mim_arena arena;
	const struct mim_topology *want;
	const struct mim_topology *live;
	uint32_t *match;
	uint32_t *before;
	bool *filled;
	bool *copied;
	bool *freed;
	bool *declared;
	struct mim_holders stays;
	bool *lost_pins;
	bool slots_unread;
	struct mim_change *changes;
	size_t n_changes;
	struct mim_write *writes;
	size_t n_writes;
	struct mim_step *steps;
	size_t n_steps;
	struct mim_refill *refills;
	size_t n_refills;
	struct mim_edit *edits;
	size_t n_edits;
	struct mim_summary summary;
	bool adopt;
	bool changed;
	bool refused;
};

/**
 * mim_plan_compute() - compare two topologies and say what is to be done
 * @want: what is declared
 * @live: what is there
 * @diags: guards that refuse; the plan is complete all the same
 * @ret_plan: released by mim_plan_free(); borrows from both topologies
 *
 * Pure: the same input gives the same plan.
 *
 * Return: 0, also when a guard refuses; -ENOMEM; -ENODEV when bpffs is not mounted and
 * mounting it is not mimctl's to do.
 */
MIM_PUBLIC int mim_plan_compute(const struct mim_topology *want,
				const struct mim_topology *live,
				const struct mim_plan_options *options,
				struct mim_diags *diags, struct mim_plan **ret_plan);

/**
 * mim_plan_judge() - what is lost by a plan, who goes on with it, and what speaks against
 * it
 *
 * Again, once more is known of the live maps than when the plan was made: who uses them,
 * how many entries they have, what is in the slots of outer maps that are not the
 * scope's.
 *
 * Return: 0, also when a guard refuses; -ENOMEM.
 */
int mim_plan_judge(struct mim_plan *plan, const struct mim_plan_options *options,
		   struct mim_diags *diags);

MIM_PUBLIC void mim_plan_free(struct mim_plan *plan);

static inline void mim_plan_free_at(struct mim_plan **plan)
{
	mim_plan_free(*plan);
}

#define mim_auto_plan mim_cleanup(mim_plan_free_at)

/** mim_plan_refill() - of a declared map; Return: NULL when there is none */
MIM_PUBLIC const struct mim_refill *mim_plan_refill(const struct mim_plan *plan,
						    uint32_t want);

/**
 * mim_plan_unknown() - live maps of which the plan should know what is in them
 * Return: a flag for each live map, heap; NULL when out of memory.
 */
MIM_PUBLIC bool *mim_plan_unknown(const struct mim_plan *plan);

/** mim_plan_seeds() - are its declared entries written into a map that is made? */
MIM_PUBLIC bool mim_plan_seeds(const struct mim_plan *plan, uint32_t want);

/**
 * mim_plan_has_contents() - is something known to be in live maps?
 * @live: indices of @n live maps
 */
MIM_PUBLIC bool mim_plan_has_contents(const struct mim_plan *plan, const uint32_t *live,
				      size_t n);

/**
 * mim_plan_contents() - "its 7 entries are lost", or go to the new map
 * @live: @n live maps with contents that are replaced or freed, and either all copied or
 *	none
 */
MIM_PUBLIC void mim_plan_contents(const struct mim_plan *plan, const uint32_t *live,
				  size_t n, FILE *out);

/**
 * mim_plan_unread() - live maps whose entries the plan should know the number of
 * Return: a flag for each live map, heap; NULL when out of memory.
 */
bool *mim_plan_unread(const struct mim_plan *plan);

/** mim_plan_removals() - objects that the plan takes away, replaced ones included */
MIM_PUBLIC uint32_t mim_plan_removals(const struct mim_plan *plan);

/**
 * mim_plan_reason() - why, in a few words: "max_entries 1024 -> 4096 cannot change ..."
 * @out: gets the words; nothing when the action says it all
 */
MIM_PUBLIC void mim_plan_reason(const struct mim_plan *plan,
				const struct mim_change *change, FILE *out);

/**
 * mim_plan_consequence() - the @i-th thing that follows from a change
 * Return: true when there is one; its words went to @out.
 */
MIM_PUBLIC bool mim_plan_consequence(const struct mim_plan *plan,
				     const struct mim_change *change, size_t i,
				     FILE *out);

/**
 * mim_plan_stays() - why a live map outlives the plan, in a few words
 * @map: its index
 *
 * The @i-th of the programs, processes, pins and outer maps that go on holding it.
 *
 * Return: true when there is one; its words went to @out.
 */
MIM_PUBLIC bool mim_plan_stays(const struct mim_plan *plan, uint32_t map, size_t i,
			       FILE *out);

/**
 * mim_plan_is_freed() - "is freed: nothing else holds it", as far as that is known
 * @n: of so many maps
 */
MIM_PUBLIC const char *mim_plan_is_freed(const struct mim_plan *plan, size_t n);

/** mim_plan_origin() - which words of the configuration ask for a change */
MIM_PUBLIC struct mim_spot mim_plan_origin(const struct mim_plan *plan,
					   const struct mim_change *change);

#endif
