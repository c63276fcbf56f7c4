/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <string.h>
#include "command.h"
#include "import_live.h"
#include "render.h"
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

static int print(struct session *session, const struct mim_topology *want)
{
	const struct options *options = session->options;

	if (render_json(render_config_json(want),
			options->output == OUTPUT_JSON ? OUTPUT_JSON : OUTPUT_YAML,
			stdout) < 0) {
		mim_out_of_memory(&session->diags);
		return session_fail(session, SESSION_READS);
	}
	return session_warn(session, STATUS_OK);
}

static int import_object(struct session *session)
{
	const struct options *options = session->options;
	mim_auto_object struct mim_object_file *object = NULL;
	mim_auto_topology struct mim_topology *want = NULL;
	char name[MIM_NAME_MOST + 1];

	privilege_drop(PRIVILEGE_FILES);
	if (options->n_words &&
	    (!mim_name_valid(options->words[0]) || strchr(options->words[0], '.')))
		return options_usage_error("import", "'%s' is no name of a scope",
					   options->words[0]);
	if (mim_object_load(options->object, MIM_NOWHERE, &session->diags, &object) < 0)
		return session_fail(session, SESSION_READS);
	if (options->n_words)
		snprintf(name, sizeof(name), "%s", options->words[0]);
	else
		scope_name(object, name);
	if (mim_object_topology(object, name, target_bpffs(session), &session->diags,
				&want) < 0)
		return session_fail(session, SESSION_READS);
	mim_describe_types(want, &session->diags);
	return print(session, want);
}

static int import_kernel(struct session *session)
{
	const struct options *options = session->options;
	auto_import_live import = {0};
	struct target target;
	int status =
		target_parse("import", options->words[0], target_bpffs(session), &target);

	if (status)
		return status;
	if (import_live(session, &target, &import) < 0)
		return session_fail(session, SESSION_READS);
	return print(session, import.want);
}

static int run(const struct options *options, struct mim_kernel *kernel)
{
	auto_session session;

	session_init(&session, options, kernel);
	if (!options->object && options->n_words == 0)
		return options_usage_error("import",
					   "give a scope, a pin, a map id, or an object "
					   "with --object");
	if (options->n_words > 1)
		return options_usage_error("import", "%s",
					   options->object ? "give one NAME, or none"
							   : "give one of them");
	return options->object ? import_object(&session) : import_kernel(&session);
}

const struct command command_import = {
	.name = "import",
	.arguments = "NAME|PIN|ID|--object FILE",
	.summary = "the description of what is there",
	.help = "NAME: a scope, as it is: a plan for what is printed finds nothing to "
		"do.\n"
		"\n"
		"PIN or ID: a map that a loader made, and what is in its slots, as a new "
		"scope\n"
		"would take it over: pins stay where they are, and plan asks for "
		"--adopt. PIN has\n"
		"a slash; without one in front it lies in bpffs. A map of a scope is "
		"described\n"
		"with the whole scope. What another scope has pinned is external.\n"
		"\n"
		"What only files know is not in it: unlisted, on_replace, entries, and "
		"slots of\n"
		"outer maps that are somebody else's.\n"
		"\n"
		"--object FILE [NAME]: what the loader of a BPF program makes by itself: "
		"templates,\n"
		"outer maps, slots and pins. NAME is the scope, called after the file "
		"when "
		"absent.\n"
		"Needs no kernel and no privilege.\n"
		"\n"
		"example: mimctl import edge-lb > edge-lb.yaml\n"
		"example: mimctl import /sys/fs/bpf/tc/globals/services > services.yaml\n"
		"         mimctl apply -f services.yaml --adopt\n"
		"example: mimctl import --object lb.bpf.o > lb.yaml\n"
		"         mimctl apply -f lb.yaml\n",
	.options = OPTIONS_DATA | OPTION_BIT(OPTION_OBJECT) | OPTION_BIT(OPTION_BPFFS) |
		   OPTION_BIT(OPTION_VERBOSE),
	.privilege = PRIVILEGE_READ,
	.run = run,
};
