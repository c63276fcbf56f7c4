/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/json.h"
#include "command.h"
#include "render.h"
#include "session.h"
#include "status.h"

static struct json_object *result_json(const struct mim_diags *diags)
{
	struct json_object *root = mim_json_object();

	mim_json_put_number(root, "format_version", 1);
	mim_json_put_bool(root, "valid", diags->n_errors == 0);
	mim_json_put(root, "diagnostics", render_diags_json(diags));
	return root;
}

/* With -v: what was understood, for a person who wonders. */
static void print_understood(const struct mim_topology *want)
{
	size_t outer = 0, slots = 0;

	for (size_t i = 0; i < want->n_maps; i++) {
		outer += want->maps[i].outer != NULL;
		slots += want->maps[i].outer ? want->maps[i].outer->slots.n : 0;
	}
	printf("%s: valid: %zu outer maps, %zu inner maps, %zu slots, %zu pins\n",
	       want->scope.name, outer, want->n_maps - outer, slots, want->n_pins);
}

static int run(const struct options *options, struct mim_kernel *kernel)
{
	auto_session session;
	int r;

	session_init(&session, options, kernel);
	if (options->n_files == 0 || options->n_words)
		return options_usage_error("validate", "give the files to check with -f");
	r = session_load_offline(&session, true);
	if (!options->quiet &&
	    (options->output == OUTPUT_JSON || options->output == OUTPUT_YAML) &&
	    render_json(result_json(&session.diags), options->output, stdout) < 0)
		r = mim_out_of_memory(&session.diags);
	if (r < 0)
		return session_fail(&session, NULL);
	if (options->verbose && !options->quiet && options->output == OUTPUT_TEXT)
		print_understood(session.want);
	return session_warn(&session, STATUS_OK);
}

const struct command command_validate = {
	.name = "validate",
	.arguments = "-f PATH...",
	.summary = "check a description; needs no kernel and no privilege",
	.help = "Reports every mistake with its file, line and column. Prints nothing "
		"when all\n"
		"is well.\n"
		"\n"
		"example: mimctl validate -f edge-lb.yaml -f tenants/\n",
	.options = OPTIONS_RESULT | OPTION_BIT(OPTION_FILE) | OPTION_BIT(OPTION_BPFFS) |
		   OPTION_BIT(OPTION_VERBOSE),
	.run = run,
};
