/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/print_lock.h"

pthread_mutex_t mim_print_lock = PTHREAD_MUTEX_INITIALIZER;
