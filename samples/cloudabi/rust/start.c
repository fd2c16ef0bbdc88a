// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Rust - From cloudabi_main() to the program
 *
 * The runtime of C relocates the program and finds the calls; what is told to the
 * program then is passed value by value, so that Rust need not know its structure.
 */
#include <cloudabi.h>

/* Defined by program!() of runtime.rs. */
cloudabi_exitcode_t rust_main(const void *argdata, size_t argdata_len, size_t ncpus, size_t pagesz);

int cloudabi_main(const struct cloudabi_start *start)
{
	return (int)rust_main(start->argdata, start->argdata_len, start->ncpus, start->pagesz);
}

/* Compilers for Linux call this where only equality matters. */
int bcmp(const void *a, const void *b, size_t len);

int bcmp(const void *a, const void *b, size_t len)
{
	return memcmp(a, b, len);
}
