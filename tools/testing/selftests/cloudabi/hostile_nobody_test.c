// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - The program of hostile_test, as a user who is nobody
 *
 * Who that is, the launcher takes from the name.
 */

#include "hostile_test.c"
