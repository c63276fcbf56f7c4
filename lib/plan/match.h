/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_PLAN_MATCH_H
#define MIM_PLAN_MATCH_H

#include "base/table.h"
#include "plan/plan.h"

/**
 * struct mim_match - how declared maps find their live counterparts
 * @taken: live maps that a declared one has been found to be: no second one is
 * @pins: live pins by path
 */
struct mim_match {
	bool *taken;
	struct mim_table pins;
};

void mim_match_release(struct mim_match *match);

/**
 * mim_match_compute() - fill @plan->match and @plan->before
 *
 * Outer maps by their pins, first listed first. Inner maps by their pins, else by the
 * slots that they are bound to: the live map there is the declared one if its kernel name
 * and attributes are what is declared. What neither leads to is looked for by its kernel
 * name (mim_match_moved()). Nothing is matched by id.
 *
 * Return: 0 or -ENOMEM.
 */
int mim_match_compute(struct mim_match *match, struct mim_plan *plan);

/**
 * mim_match_moved() - find maps whose pins or slots are others now
 * @outer: outer maps, or else named inner ones
 *
 * By kernel name, among those that the scope pins and those in the slots of its outer
 * maps, if no two of them share it. One with other attributes is what is replaced.
 *
 * Return: 0 or -ENOMEM.
 */
int mim_match_moved(struct mim_match *match, struct mim_plan *plan, bool outer);

/** mim_match_is_same() - is a live map all that is declared, its slots and pins aside? */
bool mim_match_is_same(const struct mim_plan *plan, uint32_t want, uint32_t live);

/** mim_match_fields() - which attributes of a live map are not what is declared */
uint32_t mim_match_fields(const struct mim_plan *plan, uint32_t want, uint32_t live);

/**
 * mim_match_misfit() - why a live outer map would refuse an inner map
 * @inner: its shape, normalised
 * Return: attributes of the template that speak against it, as far as they are known.
 */
uint32_t mim_match_misfit(const struct mim_outer *live, const struct mim_shape *inner);

/** mim_match_template() - the same for an outer map's inner template, where it is known
 */
uint32_t mim_match_template(const struct mim_plan *plan, uint32_t want, uint32_t live);

#endif
