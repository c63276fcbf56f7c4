/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/json.h"
#include "command.h"
#include "render.h"
#include "status.h"

static const char *const verdicts[] = {[MIM_VERDICT_GOOD] = "ok",
				       [MIM_VERDICT_NOTE] = "note",
				       [MIM_VERDICT_BAD] = "bad"};

static bool all_works(const struct mim_checkup *checkup)
{
	for (size_t i = 0; i < checkup->n; i++)
		if (checkup->items[i].verdict == MIM_VERDICT_BAD)
			return false;
	return true;
}

static void print_text(const struct mim_checkup *checkup)
{
	for (size_t i = 0; i < checkup->n; i++)
		printf("  %-4s %-14s %s\n", verdicts[checkup->items[i].verdict],
		       checkup->items[i].name, checkup->items[i].text);
}

static struct json_object *checkup_json(const struct mim_checkup *checkup)
{
	struct json_object *root = mim_json_object();
	struct json_object *list = mim_json_array();

	for (size_t i = 0; i < checkup->n; i++) {
		struct json_object *item = mim_json_object();

		mim_json_put_text(item, "name", checkup->items[i].name);
		mim_json_put_text(item, "verdict", verdicts[checkup->items[i].verdict]);
		mim_json_put_text(item, "text", checkup->items[i].text);
		mim_json_add(list, item);
	}
	mim_json_put_number(root, "format_version", 1);
	mim_json_put_bool(root, "works", all_works(checkup));
	mim_json_put(root, "findings", list);
	return root;
}

static int run(const struct options *options, struct mim_kernel *kernel)
{
	mim_cleanup(mim_checkup_release) struct mim_checkup checkup = {0};
	bool works;

	if (options->n_words)
		return options_usage_error("doctor", "it takes no arguments");
	if (mim_doctor(kernel, options->bpffs ? options->bpffs : MIM_BPFFS_DEFAULT,
		       &checkup) < 0)
		return status_out_of_memory();
	works = all_works(&checkup);
	if (options->quiet)
		return works ? STATUS_OK : STATUS_UNAVAILABLE;
	if ((options->output == OUTPUT_JSON || options->output == OUTPUT_YAML) &&
	    render_json(checkup_json(&checkup), options->output, stdout) < 0)
		return status_out_of_memory();
	if (options->output == OUTPUT_TEXT)
		print_text(&checkup);
	if (options->output == OUTPUT_TEXT || options->output == OUTPUT_SUMMARY)
		puts(works ? "mimctl can do its work here." : "mimctl cannot work here.");
	return works ? STATUS_OK : STATUS_UNAVAILABLE;
}

const struct command command_doctor = {
	.name = "doctor",
	.arguments = "",
	.summary = "kernel, bpffs, capabilities: what will work here, what not",
	.help = "Tries what can be tried, on maps that nobody else sees. Exit status 69 "
		"when\n"
		"plan and apply cannot work.\n"
		"\n"
		"example: mimctl doctor\n",
	.options = OPTIONS_RESULT | OPTION_BIT(OPTION_BPFFS),
	.privilege = PRIVILEGE_READ,
	.run = run,
};
