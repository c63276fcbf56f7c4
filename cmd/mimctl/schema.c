/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "command.h"
#include "status.h"

static int run(const struct options *options, struct mim_kernel *kernel)
{
	(void)kernel;
	if (options->n_words > 1 ||
	    (options->n_words && strcmp(options->words[0], "config") != 0))
		return options_usage_error("schema", "there is a schema of: config");
	return mim_schema_json(stdout) < 0 ? status_out_of_memory() : STATUS_OK;
}

const struct command command_schema = {
	.name = "schema",
	.arguments = "[config]",
	.summary = "the JSON Schema of the description",
	.help = "For editors and for checks that run without mimctl.\n"
		"\n"
		"example: mimctl schema config > mimctl-config-v1.schema.json\n",
	.options = OPTIONS_COMMON,
	.run = run,
};
