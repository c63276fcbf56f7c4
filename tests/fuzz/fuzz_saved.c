/* SPDX-License-Identifier: BSD-2-Clause */

/* Any bytes as a saved plan, as apply PLANFILE reads it. */
#include <string.h>
#include "fuzz.h"
#include "plan_file.h"

static bool is_large(const struct plan_file *file)
{
	for (size_t i = 0; i < file->n_texts; i++)
		if (fuzz_is_large((const uint8_t *)file->texts[i].text,
				  file->texts[i].length))
			return true;
	return false;
}

/* What is in it is a description like any other: planned, and compared with the file. */
static void use(const struct plan_file *file, struct mim_diags *diags)
{
	struct mim_config config;
	struct mim_topology *empty;
	struct mim_plan *plan;
	int r = mim_config_load_texts(file->texts, file->n_texts, file->bpffs, NULL,
				      &config, diags);

	fuzz_diags(diags, r);
	if (r == 0) {
		empty = mim_topology_empty(config.want->scope.name,
					   config.want->scope.bpffs);
		fuzz_law(empty != NULL);
		empty->scope.mounted = true;
		plan = fuzz_plan(&config, config.want, empty, &file->guards);
		if (plan) {
			const struct render_plan render = {&config, plan, diags, false,
							   false};

			r = plan_file_check(file, &render, diags);
			fuzz_law(r == 0 || diags->n_errors);
		}
		mim_plan_free(plan);
		mim_topology_free(empty);
	}
	mim_diags_release(diags);
	mim_config_release(&config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mim_diags diags = {0};
	struct plan_file file;
	char *text = malloc(size + 1);
	int r;

	fuzz_law(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	r = plan_file_parse("saved.plan", text, size, &file, &diags);
	if (r == 0 && !is_large(&file))
		use(&file, &diags);
	else
		fuzz_diags(&diags, r);
	mim_diags_release(&diags);
	plan_file_release(&file);
	free(text);
	return 0;
}
