// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - The program of hostile_test, as an unprivileged user
 *
 * The launcher derives the user from the name of the test.
 */

#include "hostile_test.c"
