/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_MODEL_SNAPSHOT_WORDS_H
#define MIM_MODEL_SNAPSHOT_WORDS_H

/** version of the saved form; counted up when a reader of the old one would be misled */
#define MIM_SNAPSHOT_VERSION 1

/** words for enum mim_knowledge, shared by writing and reading */
extern const char *const mim_snapshot_knowledge[];

#endif
