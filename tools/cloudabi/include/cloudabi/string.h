/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - Memory and strings
 *
 * These functions have the names and the behaviour of the C standard's <string.h>.
 *
 * Compilers emit calls of memcpy(), memmove(), memset() and memcmp() even for freestanding
 * programs, so these four are symbols that the linker finds.  The empty asm in their
 * loops keeps the compiler from recognising the loop and replacing it by a call of the
 * function itself.
 */
#ifndef _CLOUDABI_STRING_H
#define _CLOUDABI_STRING_H

#include "abi.h"

void *memcpy(void *dst, const void *src, size_t len);
void *memmove(void *dst, const void *src, size_t len);
void *memset(void *dst, int c, size_t len);
int memcmp(const void *a, const void *b, size_t len);

CLOUDABI_ONE __attribute__((__used__)) void *memcpy(void *dst, const void *src, size_t len)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	while (len--) {
		__asm__ volatile("");
		*d++ = *s++;
	}
	return dst;
}

CLOUDABI_ONE __attribute__((__used__)) void *memmove(void *dst, const void *src, size_t len)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	if ((uintptr_t)d - (uintptr_t)s >= len)
		return memcpy(dst, src, len);
	while (len--) {
		__asm__ volatile("");
		d[len] = s[len];
	}
	return dst;
}

CLOUDABI_ONE __attribute__((__used__)) void *memset(void *dst, int c, size_t len)
{
	unsigned char *d = dst;

	while (len--) {
		__asm__ volatile("");
		*d++ = (unsigned char)c;
	}
	return dst;
}

CLOUDABI_ONE __attribute__((__used__)) int memcmp(const void *a, const void *b, size_t len)
{
	const unsigned char *x = a;
	const unsigned char *y = b;

	for (; len; len--, x++, y++) {
		__asm__ volatile("");
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}

static inline void *memchr(const void *mem, int c, size_t len)
{
	const unsigned char *p = mem;

	for (; len; len--, p++)
		if (*p == (unsigned char)c)
			return (void *)(uintptr_t)p;
	return NULL;
}

static inline size_t strlen(const char *s)
{
	size_t len = 0;

	while (s[len]) {
		__asm__ volatile("");
		len++;
	}
	return len;
}

static inline size_t strnlen(const char *s, size_t max)
{
	size_t len = 0;

	while (len < max && s[len])
		len++;
	return len;
}

static inline int strncmp(const char *a, const char *b, size_t len)
{
	for (; len; len--, a++, b++)
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	return 0;
}

static inline int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

static inline char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)(uintptr_t)s;
}

static inline char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	do {
		if (*s == (char)c)
			last = s;
	} while (*s++);
	return (char *)(uintptr_t)last;
}

#endif /* _CLOUDABI_STRING_H */
