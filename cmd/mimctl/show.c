/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "command.h"
#include "render.h"
#include "session.h"
#include "status.h"

static void print_summary(const struct mim_topology *live, const bool *selected)
{
	uint32_t outer = 0, inner = 0, slots = 0;

	for (size_t i = 0; i < live->n_maps; i++) {
		if (!selected[i])
			continue;
		outer += live->maps[i].outer != NULL;
		inner += live->maps[i].outer == NULL;
		slots += live->maps[i].outer ? live->maps[i].outer->slots.n : 0;
	}
	printf("%u outer maps, %u inner maps, %u slots\n", outer, inner, slots);
}

static int print(const struct options *options, const struct mim_topology *live)
{
	mim_auto_free bool *selected = mim_topology_select(
		live, options->output == OUTPUT_JSON || options->output == OUTPUT_YAML);

	if (!selected)
		return status_out_of_memory();
	switch (options->output) {
	case OUTPUT_TEXT:
		render_tree(live, selected, options->verbose, stdout);
		break;
	case OUTPUT_SUMMARY:
		print_summary(live, selected);
		break;
	case OUTPUT_JSON:
	case OUTPUT_YAML:
		if (render_json(mim_snapshot_json(live, selected), options->output,
				stdout) < 0)
			return status_out_of_memory();
		break;
	}
	return STATUS_OK;
}

static int run(const struct options *options, struct mim_kernel *kernel)
{
	mim_auto_topology struct mim_topology *live = NULL;
	auto_session session;
	const char *name = options->n_words ? options->words[0] : NULL;
	int r;

	session_init(&session, options, kernel);
	if (options->n_words > 1)
		return options_usage_error("show",
					   "give one NAME, or none for everything");
	if (name && (!mim_name_valid(name) || strchr(name, '.')))
		return options_usage_error("show", "'%s' is no name of a scope", name);
	if (mim_live_read(kernel, name,
			  options->bpffs ? options->bpffs : MIM_BPFFS_DEFAULT, NULL,
			  &session.diags, &live) < 0)
		return session_fail(&session, NULL);
	if (options->verbose || options->output == OUTPUT_JSON ||
	    options->output == OUTPUT_YAML) {
		r = mim_live_read_processes(kernel, live);
		if (r == -ENOMEM)
			mim_out_of_memory(&session.diags);
		else if (r < 0)
			mim_error(&session.diags, MIM_NOWHERE, MIM_CODE_KERNEL, r,
				  "cannot look at processes: %s", mim_errno_text(r));
		if (r < 0 || mim_live_read_rest(kernel, live, &session.diags) < 0)
			return session_fail(&session, NULL);
	}
	mim_live_read_templates(kernel, live);
	/* As JSON an absent scope is an answer: what a plan for it starts from. */
	if (name && !live->scope.exists &&
	    (options->output == OUTPUT_TEXT || options->output == OUTPUT_SUMMARY)) {
		mim_error(&session.diags, MIM_NOWHERE, MIM_CODE_NONE, -ENOENT,
			  "there is no scope '%s' in %s", name, live->scope.bpffs);
		return session_fail(&session, NULL);
	}
	return session_warn(&session, print(options, live));
}

const struct command command_show = {
	.name = "show",
	.arguments = "[NAME]",
	.summary = "what is in the kernel, as a tree",
	.help = "With the name of a scope: its maps, slots, pins and the programs that "
		"use them.\n"
		"Without: every outer map and every pinned map of the machine.\n"
		"\n"
		"example: mimctl show edge-lb\n"
		"example: mimctl show edge-lb -o json > live.json\n",
	.options = OPTIONS_RESULT | OPTION_BIT(OPTION_BPFFS) | OPTION_BIT(OPTION_VERBOSE),
	.privilege = PRIVILEGE_READ,
	.run = run,
};
