/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_BASE_CLEANUP_H
#define MIM_BASE_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/**
 * DOC: release of what a function holds
 *
 * Every resource of a function carries its cleanup attribute and is initialised where it
 * is declared. TAKE_PTR() and TAKE_FD() hand a resource over to the caller.
 */

#define MIM_PUBLIC	    __attribute__((visibility("default")))
#define MIM_PRINTF(fmt, at) __attribute__((format(printf, fmt, at)))
#define MIM_ARRAY_SIZE(a)   (sizeof(a) / sizeof((a)[0]))

#define mim_cleanup(func) __attribute__((cleanup(func)))
#define mim_auto_free	  mim_cleanup(mim_free_at)
#define mim_auto_close	  mim_cleanup(mim_close_at)
#define mim_auto_fclose	  mim_cleanup(mim_fclose_at)
#define mim_auto_closedir mim_cleanup(mim_closedir_at)

#define TAKE_PTR(ptr)                                                                    \
	({                                                                               \
		__auto_type taken_ = (ptr);                                              \
		(ptr) = NULL;                                                            \
		taken_;                                                                  \
	})

#define TAKE_FD(fd)                                                                      \
	({                                                                               \
		int taken_ = (fd);                                                       \
		(fd) = -1;                                                               \
		taken_;                                                                  \
	})

static inline void mim_free_at(void *ptr)
{
	free(*(void **)ptr);
}

static inline void mim_close_at(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void mim_fclose_at(FILE **file)
{
	if (*file)
		fclose(*file);
}

static inline void mim_closedir_at(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

#endif
