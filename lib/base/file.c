/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

int mim_file_read(const char *path, size_t most, char **ret_text, size_t *ret_length)
{
	/* O_NONBLOCK: a FIFO that nobody writes to must not hang an unattended run. */
	mim_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	mim_auto_free char *text = NULL;
	size_t length = 0, size;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if ((uint64_t)st.st_size > most)
		return -EFBIG;
	size = (size_t)st.st_size;
	text = malloc(size + 1);
	if (!text)
		return -ENOMEM;
	while ((n = read(fd, text + length, size - length)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		length += (size_t)n;
	}
	text[length] = '\0';
	*ret_length = length;
	*ret_text = TAKE_PTR(text);
	return 0;
}
