// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Argument data in a Linux program with a C library
 */

#define ARGDATA_PART
#include "argdata_test.c"
#include "argdataprint_test.c"
#include "argdatawrite_test.c"

TEST_HARNESS_MAIN
