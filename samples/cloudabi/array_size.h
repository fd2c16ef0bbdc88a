/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * ARRAY_SIZE() - Number of elements of an array
 *
 * The guard is for tests, which get the macro from kselftest.h as well.
 */
#ifndef SAMPLES_ARRAY_SIZE_H
#define SAMPLES_ARRAY_SIZE_H

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif

#endif /* SAMPLES_ARRAY_SIZE_H */
