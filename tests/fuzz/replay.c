/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A fuzz target without libFuzzer: runs it on every file of the folders that are given,
 * and speaks TAP. What a file breaks ends the program, which is a failed test.
 */
#include <dirent.h>
#include <string.h>
#include "fuzz.h"

static int n_inputs;

static void run_file(const char *folder, const char *name)
{
	char path[4096];
	uint8_t *data = NULL;
	size_t size = 0;
	FILE *file, *copy;
	int c;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "re");
	copy = open_memstream((char **)&data, &size);
	fuzz_law(file && copy);
	while ((c = fgetc(file)) != EOF)
		fputc(c, copy);
	fclose(file);
	fclose(copy);
	printf("# %s\n", name);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, size);
	printf("ok %d - %s\n", ++n_inputs, name);
	free(data);
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct dirent **entries = NULL;
		int n = scandir(argv[i], &entries, is_input, alphasort);

		for (int j = 0; j < n; j++) {
			run_file(argv[i], entries[j]->d_name);
			free(entries[j]);
		}
		free(entries);
	}
	printf("1..%d\n", n_inputs);
	return n_inputs == 0;
}
