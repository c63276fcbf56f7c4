/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIMCTL_SESSION_H
#define MIMCTL_SESSION_H

#include "mim.h"
#include "options.h"
#include "plan_file.h"
#include "progress.h"

/**
 * struct session - what a command works with, released in the right order
 * @want: what is declared; of @config, or @nothing
 * @nothing: the empty topology of mimctl destroy NAME
 * @reads_scope: set before loading by who reads all of the scope then: it may begin early
 * @saved: the plan of mimctl apply PLANFILE; empty without one
 */
struct session {
	const struct options *options;
	struct mim_kernel *kernel;
	struct mim_diags diags;
	struct mim_config config;
	struct mim_topology *nothing;
	bool reads_scope;
	struct plan_file saved;
	const struct mim_topology *want;
	struct progress progress;
};

/** session_init() - nothing loaded yet */
void session_init(struct session *session, const struct options *options,
		  struct mim_kernel *kernel);
void session_release(struct session *session);

#define auto_session mim_cleanup(session_release) struct session

/**
 * session_load() - read the description that -f names
 *
 * What a template has from a pin is asked of the kernel, or of the snapshot that --live
 * names. Return: 0 or a negative errno.
 */
int session_load(struct session *session);

/** session_load_saved() - read a saved plan and the description in it; Return: the same
 */
int session_load_saved(struct session *session, const char *path);

/**
 * session_load_offline() - the same without asking anyone
 * @warn: say at each pin what is not checked
 */
int session_load_offline(struct session *session, bool warn);

/** session_config() - the description, or NULL when nothing is declared */
struct mim_config *session_config(struct session *session);

/** session_plan_options() - what the options let pass */
struct mim_plan_options session_plan_options(const struct session *session);

/** of a command that changes nothing, whatever happens */
#define SESSION_READS ""

/**
 * session_fail() - print what went wrong, and the count
 * @changed: words on what was changed, NULL when nothing was, or SESSION_READS
 * Return: the exit status.
 */
int session_fail(struct session *session, const char *changed);

/** session_fail_unplanned() - the same where the result would have been a plan */
int session_fail_unplanned(struct session *session);

/** session_locate() - places for all diagnostics */
void session_locate(struct session *session);

/**
 * session_warn() - print the warnings of a run that went well; with -v what it missed
 * @status: what the run ends with
 * Return: @status; another one when memory ran out after all.
 */
int session_warn(struct session *session, int status);

#endif
