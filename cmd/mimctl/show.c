/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "base/json.h"
#include "command.h"
#include "contents.h"
#include "render.h"
#include "status.h"
#include "target.h"

/* Entries of each map that are shown when nobody says how many. */
#define USUAL_LIMIT 10

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

/* What is to be shown, and with which types its entries are. */
struct showing {
	struct session *session;
	struct mim_topology *live;
	bool *selected;
	bool part;
	struct live_types types;
	/* for each map what the description says of it; NULL without one */
	struct mim_live_types *declared;
	struct mim_type *keys;
};

static void release(struct showing *showing)
{
	free(showing->declared);
	free(showing->keys);
	live_types_release(&showing->types);
	free(showing->selected);
	mim_topology_free(showing->live);
}

static bool is_data(const struct options *options)
{
	return options->output == OUTPUT_JSON || options->output == OUTPUT_YAML;
}

static uint32_t limit_of(const struct options *options)
{
	return options->limited ? options->limit : USUAL_LIMIT;
}

/* What was freed since the maps were listed is said to be gone. */
static int read_entries(struct showing *showing, uint32_t map, struct contents *contents)
{
	struct mim_kernel *kernel = showing->session->kernel;
	mim_auto_close int fd =
		mim_kernel_call(kernel, map_open, showing->live->maps[map].id);
	struct mim_map_info info;
	int r = fd < 0 ? fd : mim_kernel_call(kernel, map_info, fd, &info);

	if (r == -ENOMEM)
		return r;
	contents->gone = r == -ENOENT;
	contents->hidden = r < 0 && r != -ENOENT;
	contents->why = mim_errno_text(r);
	if (r < 0)
		return 0;
	return contents_read(kernel, fd, &info, &showing->live->host,
			     showing->declared ? &showing->declared[map] : NULL,
			     &showing->types, contents);
}

static int print_entries(void *data, uint32_t map, const char *indent, FILE *out)
{
	struct showing *showing = data;
	auto_contents contents = {0};
	int r = read_entries(showing, map, &contents);

	return r < 0 ? r
		     : contents_print(&contents, limit_of(showing->session->options),
				      indent, out);
}

/* The snapshot lists the selected maps in order: what is in them goes with them. */
static int add_entries(struct showing *showing, struct json_object *root)
{
	struct json_object *maps = NULL;
	size_t at = 0;
	int r = 0;

	json_object_object_get_ex(root, "maps", &maps);
	for (uint32_t i = 0; r == 0 && i < showing->live->n_maps; i++) {
		struct json_object *map;
		auto_contents contents = {0};

		if (!showing->selected[i])
			continue;
		map = json_object_array_get_idx(maps, at++);
		if (showing->live->maps[i].outer || showing->live->maps[i].hidden)
			continue;
		r = read_entries(showing, i, &contents);
		if (r < 0 || contents.hidden || contents.gone)
			continue;
		mim_json_put_number(map, "n_entries", contents.elements.n);
		mim_json_put(
			map, "entries",
			contents_json(&contents, limit_of(showing->session->options)));
	}
	return r;
}

static int print_data(struct showing *showing)
{
	const struct options *options = showing->session->options;
	struct json_object *root = mim_snapshot_json(showing->live, showing->selected);

	if (root && options->entries && add_entries(showing, root) < 0) {
		json_object_put(root);
		root = NULL;
	}
	return render_json(root, options->output, stdout);
}

static int print(struct showing *showing)
{
	const struct options *options = showing->session->options;
	const struct render_tree tree = {
		.live = showing->live,
		.selected = showing->selected,
		.keys = showing->keys,
		.part = showing->part,
		.verbose = options->verbose,
		.entries = options->entries ? print_entries : NULL,
		.data = showing,
	};

	if (options->quiet)
		return 0;
	switch (options->output) {
	case OUTPUT_TEXT:
		return render_tree(&tree, stdout);
	case OUTPUT_SUMMARY:
		print_summary(showing->live, showing->selected);
		return 0;
	case OUTPUT_JSON:
	case OUTPUT_YAML:
		return print_data(showing);
	}
	return 0;
}

/* Who holds what: for those who want to know it all. */
static int read_more(struct showing *showing)
{
	struct session *session = showing->session;
	int r = mim_live_read_processes(session->kernel, showing->live);

	if (r < 0 && r != -ENOMEM)
		return mim_error(&session->diags, MIM_NOWHERE, MIM_CODE_KERNEL, r,
				 "cannot look at processes: %s", mim_errno_text(r));
	if (r == 0)
		r = mim_live_read_rest(session->kernel, showing->live, &session->diags);
	if (r == -ENOMEM)
		return mim_out_of_memory(&session->diags);
	return r;
}

/* What is shown; a slot that was not read yet holds nothing. */
static int select_maps(struct showing *showing, const struct target *target)
{
	uint32_t map = MIM_NONE;
	int r;

	if (target->kind != TARGET_PIN && target->kind != TARGET_ID) {
		showing->selected = mim_topology_select(
			showing->live, is_data(showing->session->options));
		return showing->selected ? 0
					 : mim_out_of_memory(&showing->session->diags);
	}
	r = target_find(showing->session, target, showing->live, &map);
	if (r < 0)
		return r;
	showing->part = true;
	showing->selected = target_select(showing->live, map);
	return showing->selected ? 0 : mim_out_of_memory(&showing->session->diags);
}

/* What each declared map is among the live ones says how it is written. */
static int take_declared(struct showing *showing)
{
	const struct mim_topology *want = showing->session->want, *live = showing->live;
	const struct mim_plan_options options = {0};
	struct mim_diags unsaid = {0};
	struct mim_plan *plan = NULL;
	int r = mim_plan_compute(want, live, &options, &unsaid, &plan);

	mim_diags_release(&unsaid);
	showing->declared = calloc(live->n_maps + 1, sizeof(*showing->declared));
	showing->keys = calloc(live->n_maps + 1, sizeof(*showing->keys));
	if (r == 0 && (!showing->declared || !showing->keys))
		r = -ENOMEM;
	for (size_t i = 0; r == 0 && i < want->n_maps; i++) {
		const struct mim_map *map = &want->maps[i];
		uint32_t there = plan->match[i];

		if (there == MIM_NONE)
			continue;
		if (map->outer)
			showing->keys[there] = map->outer->key_type;
		else if (map->template != MIM_NONE)
			showing->declared[there] = (struct mim_live_types){
				want->templates[map->template].key_type,
				want->templates[map->template].value_type, NULL};
	}
	mim_plan_free(plan);
	/* Where bpffs is not there, no map is: there is nothing to say of any. */
	return r == -ENOMEM ? mim_out_of_memory(&showing->session->diags) : 0;
}

static int read_live(struct showing *showing, const struct target *target)
{
	struct session *session = showing->session;
	bool scope = target->kind == TARGET_SCOPE;
	const struct mim_topology *want = session->want;
	int r;

	if (want)
		r = mim_live_read(session->kernel, want->scope.name, want->scope.bpffs,
				  want, &session->diags, &showing->live);
	else
		r = mim_live_read(session->kernel, scope ? target->word : NULL,
				  target_bpffs(session), NULL, &session->diags,
				  &showing->live);
	/* A map that the description does not have has slots as well. */
	if (r == 0 && want && !scope)
		r = mim_live_read_rest(session->kernel, showing->live, &session->diags);
	return r;
}

static int check_scope(const struct showing *showing, const struct target *target)
{
	const struct mim_scope *scope = &showing->live->scope;

	return target->kind != TARGET_SCOPE || scope->exists
		       ? 0
		       : mim_scope_absent(target->word, scope->bpffs,
					  &showing->session->diags);
}

static int show(struct session *session, const struct target *target)
{
	mim_cleanup(release) struct showing showing = {
		.session = session,
		.types = {.kernel = session->kernel, .manner = MIM_BTF_SHOW},
	};
	bool data = is_data(session->options);
	int r = read_live(&showing, target);

	if (r == 0 && !data)
		r = check_scope(&showing, target);
	if (r == 0 && (session->options->verbose || data))
		r = read_more(&showing);
	if (r == 0)
		r = select_maps(&showing, target);
	if (r == 0 && session->want)
		r = take_declared(&showing);
	if (r == 0 && session->options->verbose && !data &&
	    mim_live_count_entries(session->kernel, showing.live, showing.selected) < 0)
		r = mim_out_of_memory(&session->diags);
	if (r == 0) {
		mim_live_read_templates(session->kernel, showing.live);
		r = print(&showing);
		if (r < 0)
			mim_out_of_memory(&session->diags);
	}
	/* What a plan for an absent scope starts from is told, too. */
	if (r == 0 && data)
		r = check_scope(&showing, target);
	return r < 0 ? session_fail(session, SESSION_READS)
		     : session_warn(session, STATUS_OK);
}

static int run(const struct options *options, struct mim_kernel *kernel)
{
	struct target target;
	auto_session session;
	int status;

	session_init(&session, options, kernel);
	if (options->n_words > 1)
		return options_usage_error("show", "give one NAME, PIN or ID, or none "
						   "for everything");
	if (options->limited && !options->entries)
		return options_usage_error("show", "--limit goes with --entries");
	if (options->entries && options->output == OUTPUT_SUMMARY)
		return options_usage_error("show", "a summary has no entries");
	if (options->n_files && session_load(&session) < 0)
		return session_fail(&session, SESSION_READS);
	status = target_parse("show",
			      options->n_words ? options->words[0]
			      : session.want   ? session.want->scope.name
					       : NULL,
			      target_bpffs(&session), &target);
	if (status)
		return status;
	if (session.want && target.kind == TARGET_SCOPE &&
	    strcmp(target.word, session.want->scope.name) != 0)
		return options_usage_error("show", "the description is of '%s', not '%s'",
					   session.want->scope.name, target.word);
	return show(&session, &target);
}

const struct command command_show = {
	.name = "show",
	.arguments = "[NAME|PIN|ID] [-f PATH...]",
	.summary = "what is in the kernel, as a tree",
	.help = "With the name of a scope: its maps, slots, pins and the programs that "
		"use them.\n"
		"With a PIN (it has a slash) or an ID: that map, and what is in its "
		"slots.\n"
		"Without: every outer map and every pinned map of the machine.\n"
		"--entries: the first entries of each inner map, by field where it has "
		"BTF, 10\n"
		"unless --limit says otherwise; -v: how many there are. With -f keys and "
		"entries\n"
		"are written as the description says, of its scope when no other is "
		"named.\n"
		"\n"
		"example: mimctl show edge-lb\n"
		"example: mimctl show /sys/fs/bpf/edge-lb/services --entries --limit 3\n"
		"example: mimctl show edge-lb -o json > live.json\n",
	.options = OPTIONS_RESULT | OPTION_BIT(OPTION_BPFFS) |
		   OPTION_BIT(OPTION_VERBOSE) | OPTION_BIT(OPTION_ENTRIES) |
		   OPTION_BIT(OPTION_LIMIT) | OPTION_BIT(OPTION_FILE),
	.privilege = PRIVILEGE_READ,
	.run = run,
};
