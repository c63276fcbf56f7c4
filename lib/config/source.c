/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "base/pages.h"

void mim_source_release(struct mim_source *source)
{
	if (source->has_tree)
		yaml_document_delete(&source->tree);
	mim_arena_release(&source->arena);
	mim_lines_release(&source->lines);
	free(source->text);
	free(source->name);
	*source = (struct mim_source){0};
}

int mim_source_no_room(const struct mim_source *source, struct mim_diags *diags)
{
	int r = mim_no_room(diags, &source->arena, MIM_NOWHERE, source->name);

	/* Known without its tree, which takes more. */
	if (r != -ENOMEM)
		mim_here(diags, (struct mim_place){.file = source->name});
	return r;
}

static int refuse(struct mim_source *source, struct mim_diags *diags, int r,
		  const char *why)
{
	struct mim_spot spot =
		MIM_SPOT(((struct mim_origin){.file = source->index}), NULL);

	return mim_error(diags, spot, MIM_CODE_FILE, r, "cannot read %s: %s",
			 source->name, why);
}

static int open_source(struct mim_source *source, const char *path, size_t *ret_room,
		       struct mim_diags *diags)
{
	mim_auto_close int fd = -1;
	struct stat st;

	/* O_NONBLOCK: a FIFO that nobody writes to must not hang an unattended run. */
	if (strcmp(path, "-") == 0)
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return refuse(source, diags, -errno, mim_errno_text(errno));
	if (S_ISDIR(st.st_mode))
		return refuse(source, diags, -EISDIR, "it is a folder");
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode) && strcmp(path, "-") != 0)
		return refuse(source, diags, -EINVAL,
			      "it is no regular file and no pipe");
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > MIM_SOURCE_MOST)
		return refuse(source, diags, -EFBIG, "it is larger than 80 MiB");
	if (strcmp(path, "-") != 0)
		fcntl(fd, F_SETFL, 0);
	snprintf(source->identity, sizeof(source->identity), "%ju:%ju",
		 (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	/* What is known to come is not made room for again and again. */
	*ret_room = S_ISREG(st.st_mode) ? (size_t)st.st_size + 1 : 0;
	return TAKE_FD(fd);
}

int mim_source_read(struct mim_source *source, const char *path, struct mim_diags *diags)
{
	mim_auto_close int fd = -1;
	size_t capacity = 64 * 1024, room = 0;

	source->arena.limit = MIM_RAW_MOST;
	source->name = strdup(strcmp(path, "-") == 0 ? "<stdin>" : path);
	if (!source->name)
		return mim_out_of_memory(diags);
	fd = open_source(source, path, &room, diags);
	if (fd < 0)
		return fd;
	if (room > capacity)
		capacity = room;
	source->text = malloc(capacity + 1);
	if (!source->text)
		return mim_out_of_memory(diags);
	mim_pages_expect(source->text, room);
	for (;;) {
		ssize_t n = read(fd, source->text + source->length,
				 capacity - source->length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return refuse(source, diags, -errno, mim_errno_text(errno));
		if (n == 0)
			break;
		source->length += (size_t)n;
		if (source->length > MIM_SOURCE_MOST)
			return refuse(source, diags, -EFBIG, "it is larger than 80 MiB");
		if (source->length == capacity) {
			char *more = realloc(source->text, capacity * 2 + 1);

			if (!more)
				return mim_out_of_memory(diags);
			source->text = more;
			capacity *= 2;
		}
	}
	source->text[source->length] = '\0';
	return 0;
}

int mim_source_copy(struct mim_source *source, const char *name, const char *text,
		    size_t length, struct mim_diags *diags)
{
	source->arena.limit = MIM_RAW_MOST;
	source->name = strdup(name);
	source->text = malloc(length + 1);
	if (!source->name || !source->text)
		return mim_out_of_memory(diags);
	if (length > MIM_SOURCE_MOST)
		return refuse(source, diags, -EFBIG, "it is larger than 80 MiB");
	memcpy(source->text, text, length);
	source->text[length] = '\0';
	source->length = length;
	return 0;
}

const char *mim_source_line(struct mim_source *source, size_t line, size_t *ret_length)
{
	return mim_lines_find(&source->lines, source->text, source->length, line,
			      ret_length, &source->out_of_memory);
}
