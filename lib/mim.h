/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_H
#define MIM_H

/**
 * DOC: libmim, maps of maps as a declared hierarchy
 *
 * A description (mim_config_load()), the kernel (mim_live_read()) and a saved snapshot
 * (mim_snapshot_read()) all become a struct mim_topology. mim_plan_compute() compares two
 * of them; mim_apply() makes the kernel the declared one. Functions return 0 or a
 * negative errno and put their words into a struct mim_diags; the library prints nothing.
 */

#include "apply/apply.h"
#include "base/diag.h"
#include "base/file.h"
#include "config/config.h"
#include "config/describe.h"
#include "config/schema.h"
#include "kernel/ahead.h"
#include "kernel/bpffs.h"
#include "kernel/btf.h"
#include "kernel/create.h"
#include "kernel/doctor.h"
#include "kernel/kernel.h"
#include "kernel/live.h"
#include "kernel/sight.h"
#include "kernel/slots.h"
#include "model/elements.h"
#include "model/holders.h"
#include "model/kind.h"
#include "model/name.h"
#include "model/runner.h"
#include "model/scope.h"
#include "model/shape.h"
#include "model/snapshot.h"
#include "model/topology.h"
#include "object/check.h"
#include "object/object.h"
#include "object/types.h"
#include "plan/plan.h"
#include "types/value.h"

#endif
