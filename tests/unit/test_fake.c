/* SPDX-License-Identifier: BSD-2-Clause */

/* The fake kernel does as the real one: tests/kernel/test_refusals.c has the same table.
 */
#include <fcntl.h>
#include "fake.h"
#include "refusals.h"
#include "unit.h"

START_TEST(the_fake_refuses_what_the_kernel_refuses)
{
	struct fake fake;

	fake_init(&fake);
	for (size_t i = 0; i < refusals_count(); i++) {
		const char *name;
		int expected, r;

		r = refusals_try(&fake.kernel, fake.bpffs[0], fake.folder, i, &name,
				 &expected);
		ck_assert_msg(r == expected, "%s: %d, not %d", name, r, expected);
	}
	fake_release(&fake);
}
END_TEST

START_TEST(a_map_lives_as_long_as_something_holds_it)
{
	const struct mim_shape table = {1, 4, 4, 8, 0, 0, 0},
			       outer = {12, 4, 4, 2, 0, 0, 0};
	struct fake fake;
	struct mim_kernel *kernel = &fake.kernel;
	uint32_t key = 0, value, id = 0, program;
	int inner, of, root;

	fake_init(&fake);
	inner = mim_kernel_call(kernel, map_create, &table, "in", -1, NULL);
	of = mim_kernel_call(kernel, map_create, &outer, "of", inner, NULL);
	ck_assert_int_ge(of, 0);
	value = (uint32_t)inner;
	ck_assert_int_eq(mim_kernel_call(kernel, map_update, of, &key, &value, 0), 0);
	close(inner);
	ck_assert_uint_eq(fake_count_maps(&fake), 2);
	ck_assert_int_eq(mim_kernel_call(kernel, map_lookup, of, &key, &id), 0);
	/* A pin in the place of the descriptor. */
	root = mim_kernel_call(kernel, open_path, fake.bpffs[0], O_DIRECTORY);
	ck_assert_int_eq(mim_kernel_call(kernel, pin, of, root, "of"), 0);
	close(of);
	ck_assert_uint_eq(fake_count_open(&fake), 0);
	ck_assert_uint_eq(fake_count_maps(&fake), 2);
	/* A program in the place of the pin. */
	program = fake_load_program(&fake, id + 1);
	ck_assert_uint_ne(program, 0);
	ck_assert_int_eq(mim_kernel_call(kernel, unlink, root, "of"), 0);
	ck_assert_uint_eq(fake_count_maps(&fake), 2);
	fake_unload_programs(&fake);
	ck_assert_uint_eq(fake_count_maps(&fake), 0);
	ck_assert_int_eq(mim_kernel_call(kernel, map_open, id), -ENOENT);
	close(root);
	fake_release(&fake);
}
END_TEST

UNIT_MAIN("fake", UNIT(the_fake_refuses_what_the_kernel_refuses),
	  UNIT(a_map_lives_as_long_as_something_holds_it))
