/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - Formatted text
 *
 * Understands %s %c %d %i %u %x %o %p and %%, the lengths hh h l ll z j t, the
 * flags '-' and '0', a width, and a precision for %s; the last two may be '*'.
 * Any other conversion is copied as it stands.
 */
#ifndef _CLOUDABI_FORMAT_H
#define _CLOUDABI_FORMAT_H

#include "abi.h"
#include "calls.h"
#include "string.h"

/**
 * struct cloudabi_sink - Where formatted text goes
 * @buf: room for it
 * @size: size of @buf
 * @used: bytes in @buf
 * @total: bytes there were so far
 * @flush: whether a full @buf is written to @fd; it drops the rest if not
 * @fd: a descriptor
 * @error: of the first write that failed
 */
struct cloudabi_sink {
	char *buf;
	size_t size;
	size_t used;
	size_t total;
	bool flush;
	cloudabi_fd_t fd;
	cloudabi_errno_t error;
};

static inline void cloudabi_sink_flush(struct cloudabi_sink *sink)
{
	if (!sink->error)
		sink->error = cloudabi_write_all(sink->fd, sink->buf, sink->used);
	sink->used = 0;
}

static inline void cloudabi_sink_put(struct cloudabi_sink *sink, char c)
{
	if (sink->flush && sink->used == sink->size)
		cloudabi_sink_flush(sink);
	if (sink->used < sink->size)
		sink->buf[sink->used++] = c;
	sink->total++;
}

static inline void cloudabi_sink_pad(struct cloudabi_sink *sink, char c, int count)
{
	while (count-- > 0)
		cloudabi_sink_put(sink, c);
}

/* Text in a field: @width < 0 adjusts to the left. */
static inline void cloudabi_sink_text(struct cloudabi_sink *sink, const char *s, size_t len,
				      int width)
{
	const int size = len < INT32_MAX ? (int)len : INT32_MAX;

	cloudabi_sink_pad(sink, ' ', width - size);
	while (len--)
		cloudabi_sink_put(sink, *s++);
	cloudabi_sink_pad(sink, ' ', -width - size);
}

static inline void cloudabi_sink_number(struct cloudabi_sink *sink, uint64_t value, bool negative,
					unsigned int base, int width, bool zero)
{
	char digits[24];
	size_t i = sizeof(digits);

	do {
		digits[--i] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (zero && width > 0) {
		if (negative)
			cloudabi_sink_put(sink, '-');
		cloudabi_sink_pad(sink, '0', width - negative - (int)(sizeof(digits) - i));
		width = 0;
	} else if (negative) {
		digits[--i] = '-';
	}
	cloudabi_sink_text(sink, digits + i, sizeof(digits) - i, width);
}

static inline void cloudabi_sink_format(struct cloudabi_sink *sink, const char *fmt, va_list ap)
{
	for (; *fmt; fmt++) {
		const char *const start = fmt;
		bool left = false, zero = false, has_precision = false;
		int width = 0, precision = 0, length = 0;
		uint64_t value;

		if (*fmt != '%') {
			cloudabi_sink_put(sink, *fmt);
			continue;
		}
		for (fmt++; *fmt == '-' || *fmt == '0'; fmt++) {
			left |= *fmt == '-';
			zero |= *fmt == '0';
		}
		if (*fmt == '*') {
			width = va_arg(ap, int);
			fmt++;
		}
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + *fmt - '0';
		if (left && width > 0)
			width = -width;
		if (*fmt == '.') {
			has_precision = true;
			if (*++fmt == '*') {
				precision = va_arg(ap, int);
				has_precision = precision >= 0;
				fmt++;
			}
			for (; *fmt >= '0' && *fmt <= '9'; fmt++)
				precision = precision * 10 + *fmt - '0';
		}
		/* long, long long, size_t, intmax_t and ptrdiff_t are one size. */
		for (; *fmt && strchr("hlzjt", *fmt); fmt++)
			length += *fmt == 'h' ? -1 : 1;

		switch (*fmt) {
		case 'c':
			cloudabi_sink_text(sink, &(char){ (char)va_arg(ap, int) }, 1, width);
			break;
		case 's': {
			const char *const s = va_arg(ap, const char *);

			cloudabi_sink_text(sink, s,
					   has_precision ? strnlen(s, precision) : strlen(s),
					   width);
			break;
		}
		case 'd':
		case 'i': {
			int64_t number = length > 0 ? va_arg(ap, long) : va_arg(ap, int);

			if (length < 0)
				number = length < -1 ? (signed char)number : (short)number;
			value = number < 0 ? -(uint64_t)number : (uint64_t)number;
			cloudabi_sink_number(sink, value, number < 0, 10, width, zero);
			break;
		}
		case 'o':
		case 'u':
		case 'x':
			value = length > 0 ? va_arg(ap, unsigned long) : va_arg(ap, unsigned int);
			if (length < 0)
				value = length < -1 ? (unsigned char)value : (unsigned short)value;
			cloudabi_sink_number(sink, value, false,
					     *fmt == 'o' ? 8 : *fmt == 'u' ? 10 : 16, width, zero);
			break;
		case 'p':
			cloudabi_sink_put(sink, '0');
			cloudabi_sink_put(sink, 'x');
			cloudabi_sink_number(sink, (uintptr_t)va_arg(ap, void *), false, 16, 0,
					     false);
			break;
		case '%':
			cloudabi_sink_put(sink, '%');
			break;
		default:
			cloudabi_sink_text(sink, start, (size_t)(fmt - start) + !!*fmt, 0);
			if (!*fmt)
				return;
		}
	}
}

/**
 * cloudabi_vsnprintf - Format text into a buffer
 * @buf: the buffer; it gets a NUL unless it is empty
 * @size: its size
 * @fmt: the format
 * @ap: what to put in it
 *
 * Return: the length of the whole text, which may be more than fits.
 */
static inline size_t cloudabi_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct cloudabi_sink sink = { .buf = buf, .size = size ? size - 1 : 0 };

	cloudabi_sink_format(&sink, fmt, ap);
	if (size)
		buf[sink.used] = '\0';
	return sink.total;
}

/**
 * cloudabi_snprintf - Format text into a buffer
 * @buf: the buffer; it gets a NUL unless it is empty
 * @size: its size
 * @fmt: the format
 *
 * Return: the length of the whole text, which may be more than fits.
 */
__attribute__((__format__(__printf__, 3, 4)))
static inline size_t cloudabi_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	len = cloudabi_vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return len;
}

/**
 * cloudabi_vdprintf - Write formatted text to a descriptor
 * @fd: the descriptor
 * @fmt: the format
 * @ap: what to put in it
 *
 * Text of up to 512 bytes is one call of fd_write, unless that writes in part.
 */
static inline cloudabi_errno_t cloudabi_vdprintf(cloudabi_fd_t fd, const char *fmt, va_list ap)
{
	char buf[512];
	struct cloudabi_sink sink = {
		.buf = buf, .size = sizeof(buf), .flush = true, .fd = fd,
	};

	cloudabi_sink_format(&sink, fmt, ap);
	cloudabi_sink_flush(&sink);
	return sink.error;
}

/**
 * cloudabi_dprintf - Write formatted text to a descriptor
 * @fd: the descriptor
 * @fmt: the format
 *
 * Text of up to 512 bytes is one call of fd_write, unless that writes in part.
 */
__attribute__((__format__(__printf__, 2, 3)))
static inline cloudabi_errno_t cloudabi_dprintf(cloudabi_fd_t fd, const char *fmt, ...)
{
	cloudabi_errno_t error;
	va_list ap;

	va_start(ap, fmt);
	error = cloudabi_vdprintf(fd, fmt, ap);
	va_end(ap);
	return error;
}

#endif /* _CLOUDABI_FORMAT_H */
