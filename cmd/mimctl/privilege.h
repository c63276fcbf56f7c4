/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIMCTL_PRIVILEGE_H
#define MIMCTL_PRIVILEGE_H

/** enum privilege - how far a command reaches */
enum privilege {
	PRIVILEGE_FILES, /* reads files, and asks the kernel nothing */
	PRIVILEGE_READ,	 /* reads the kernel */
	PRIVILEGE_WRITE, /* and changes it */
};

/**
 * privilege_drop() - give up for good every capability that the command cannot use
 *
 * Before anything is read that somebody else wrote. What is kept of them: to read files
 * whoever owns them; to read maps, programs, pins and processes; to create maps, also of
 * devices and against RLIMIT_MEMLOCK (before 5.11); and, to change the kernel, mode and
 * owner of pins. Programs that are started could not get any back.
 */
void privilege_drop(enum privilege privilege);

#endif
