/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <string.h>
#include "command.h"
#include "render.h"
#include "session.h"
#include "status.h"

#define CLEAR_OF_MAPS "-maps"

/*
 * The scope is called after the object: "lb" for bin/lb.bpf.o. It is a folder in bpffs:
 * loaders pin maps beside it under their names, and iproute2 in tc.
 */
static void scope_name(const struct mim_object_file *object, char *name)
{
	const char *slash = strrchr(object->name, '/');
	const char *base = slash ? slash + 1 : object->name;
	size_t length = strcspn(base, "."), most = MIM_NAME_MOST - strlen(CLEAR_OF_MAPS);

	snprintf(name, MIM_NAME_MOST + 1, "%.*s", (int)(length < most ? length : most),
		 base);
	for (char *c = name; *c; c++)
		if (!(isascii(*c) && (isalnum(*c) || *c == '-')) ||
		    (c == name && !isalpha(*c)))
			*c = '_';
	if (!*name || mim_object_find(object, name) || strcmp(name, "tc") == 0)
		strcat(name, *name ? CLEAR_OF_MAPS : "maps");
}

static int print(struct session *session, const struct mim_object_file *object)
{
	const struct options *options = session->options;
	mim_auto_topology struct mim_topology *want = NULL;
	char name[MIM_NAME_MOST + 1];

	if (options->n_words)
		snprintf(name, sizeof(name), "%s", options->words[0]);
	else
		scope_name(object, name);
	if (mim_object_topology(object, name,
				options->bpffs ? options->bpffs : MIM_BPFFS_DEFAULT,
				&session->diags, &want) < 0)
		return session_fail(session, NULL);
	if (render_json(render_config_json(want),
			options->output == OUTPUT_JSON ? OUTPUT_JSON : OUTPUT_YAML,
			stdout) < 0) {
		mim_out_of_memory(&session->diags);
		return session_fail(session, NULL);
	}
	return session_warn(session, STATUS_OK);
}

static int run(const struct options *options, struct mim_kernel *kernel)
{
	mim_auto_object struct mim_object_file *object = NULL;
	auto_session session;

	session_init(&session, options, kernel);
	if (!options->object)
		return options_usage_error("import", "give the object with --object");
	if (options->n_words > 1)
		return options_usage_error("import", "give one NAME, or none");
	if (options->n_words &&
	    (!mim_name_valid(options->words[0]) || strchr(options->words[0], '.')))
		return options_usage_error("import", "'%s' is no name of a scope",
					   options->words[0]);
	if (options->output == OUTPUT_SUMMARY)
		return options_usage_error("import", "a description is yaml or json");
	if (mim_object_load(options->object, MIM_NOWHERE, &session.diags, &object) < 0)
		return session_fail(&session, NULL);
	return print(&session, object);
}

const struct command command_import = {
	.name = "import",
	.arguments = "--object FILE [NAME]",
	.summary = "the description that an object file stands for",
	.help = "Prints templates, outer maps, the maps in their slots, and pins, as "
		"the\n"
		"loader of the BPF program would make them by itself. NAME is the scope; "
		"it is\n"
		"called after the file when absent. Needs no kernel and no privilege.\n"
		"\n"
		"example: mimctl import --object lb.bpf.o > lb.yaml\n"
		"         mimctl apply -f lb.yaml\n",
	.options = OPTIONS_RESULT | OPTION_BIT(OPTION_OBJECT) | OPTION_BIT(OPTION_BPFFS),
	.privilege = PRIVILEGE_FILES,
	.run = run,
};
