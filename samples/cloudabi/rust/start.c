// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Rust - From cloudabi_main() to the program
 *
 * The C runtime relocates the program and looks up the calls.  The environment is then passed as
 * separate arguments, so that Rust does not depend on the layout of struct cloudabi_start.
 */
#include <cloudabi.h>

/* Defined by the macro program!() of runtime/lib.rs. */
cloudabi_exitcode_t rust_main(const void *argdata, size_t argdata_len, size_t ncpus, size_t pagesz);

int cloudabi_main(const struct cloudabi_start *start)
{
	return (int)rust_main(start->argdata, start->argdata_len, start->ncpus, start->pagesz);
}

/* Compilers for Linux emit calls of this when they only need to know equality. */
int bcmp(const void *a, const void *b, size_t len);

int bcmp(const void *a, const void *b, size_t len)
{
	return memcmp(a, b, len);
}
