/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - Formatted text
 *
 * The subset of printf() that is implemented: %s %c %d %i %u %x %o %p and %%, the lengths
 * hh h l ll z j t, the flags '-' and '0', a width, and a precision for %s.  Width and
 * precision may be '*'.  Any other conversion is copied as it stands, and its argument
 * is not consumed.
 *
 * There is no floating point and no wide character.  Compilers check the arguments.
 *
 * How it works: the public functions set up a sink, which is either a buffer that drops what
 * does not fit, or a buffer that is written to a descriptor whenever it is full.
 * cloudabi_sink_format() copies the format to the sink.  At each '%', it parses the
 * conversion (cloudabi_format_parse()) and puts the argument (cloudabi_format_put()).
 */
#ifndef _CLOUDABI_FORMAT_H
#define _CLOUDABI_FORMAT_H

#include "abi.h"
#include "calls.h"
#include "string.h"

/**
 * struct cloudabi_sink - A destination of formatted text
 * @buf: the buffer
 * @size: size of @buf in bytes
 * @used: number of bytes in @buf
 * @total: number of bytes put so far, including those that were dropped or written
 * @flush: whether a full @buf is written to @fd; otherwise further bytes are dropped
 * @fd: descriptor to write to
 * @error: errno of the first write that failed
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

/* Puts text in a field of @width bytes; a negative @width adjusts to the left. */
static inline void cloudabi_sink_text(struct cloudabi_sink *sink, const char *s, size_t len,
				      int width)
{
	const int size = len < INT32_MAX ? (int)len : INT32_MAX;

	cloudabi_sink_pad(sink, ' ', width - size);
	while (len--)
		cloudabi_sink_put(sink, *s++);
	cloudabi_sink_pad(sink, ' ', -width - size);
}

/*
 * Puts a number in a field.  @zero fills the field with zeroes between the sign and the
 * digits, unless @width adjusts to the left.
 */
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

/**
 * struct cloudabi_conversion - A conversion such as "%-08lx"
 * @width: width of the field; negative to adjust to the left
 * @precision: the most bytes of a string, or negative for all of it
 * @size: -2 for char, -1 for short, 0 for int, positive for types of 64 bits
 * @zero: whether a number is padded with zeroes
 */
struct cloudabi_conversion {
	int width;
	int precision;
	int size;
	bool zero;
};

/* A va_list that functions can share: its type may be an array, which decays. */
struct cloudabi_format_args {
	va_list ap;
};

/* Parses a number or "*" and returns what follows it. */
static inline const char *cloudabi_format_count(const char *fmt, struct cloudabi_format_args *args,
						int *count)
{
	*count = 0;
	if (*fmt == '*') {
		*count = va_arg(args->ap, int);
		fmt++;
	}
	for (; *fmt >= '0' && *fmt <= '9'; fmt++)
		*count = *count * 10 + *fmt - '0';
	return fmt;
}

/* Parses a conversion from behind its '%' and returns its last character. */
static inline const char *cloudabi_format_parse(const char *fmt, struct cloudabi_format_args *args,
						struct cloudabi_conversion *conv)
{
	bool left = false;

	*conv = (struct cloudabi_conversion){ .precision = -1 };
	for (; *fmt == '-' || *fmt == '0'; fmt++) {
		left |= *fmt == '-';
		conv->zero |= *fmt == '0';
	}
	fmt = cloudabi_format_count(fmt, args, &conv->width);
	if (left && conv->width > 0)
		conv->width = -conv->width;
	if (*fmt == '.')
		fmt = cloudabi_format_count(fmt + 1, args, &conv->precision);
	/* long, long long, size_t, intmax_t and ptrdiff_t have the same size. */
	for (; *fmt && strchr("hlzjt", *fmt); fmt++)
		conv->size += *fmt == 'h' ? -1 : 1;
	return fmt;
}

static inline void cloudabi_format_signed(struct cloudabi_sink *sink,
					  struct cloudabi_format_args *args,
					  const struct cloudabi_conversion *conv)
{
	int64_t number = conv->size > 0 ? va_arg(args->ap, long) : va_arg(args->ap, int);

	if (conv->size < 0)
		number = conv->size < -1 ? (signed char)number : (short)number;
	cloudabi_sink_number(sink, number < 0 ? -(uint64_t)number : (uint64_t)number, number < 0,
			     10, conv->width, conv->zero);
}

static inline void cloudabi_format_unsigned(struct cloudabi_sink *sink,
					    struct cloudabi_format_args *args,
					    const struct cloudabi_conversion *conv,
					    unsigned int base)
{
	uint64_t number = conv->size > 0 ? va_arg(args->ap, unsigned long) :
					   va_arg(args->ap, unsigned int);

	if (conv->size < 0)
		number = conv->size < -1 ? (unsigned char)number : (unsigned short)number;
	cloudabi_sink_number(sink, number, false, base, conv->width, conv->zero);
}

static inline void cloudabi_format_string(struct cloudabi_sink *sink, const char *s,
					  const struct cloudabi_conversion *conv)
{
	const size_t len = conv->precision < 0 ? strlen(s) : strnlen(s, (size_t)conv->precision);

	cloudabi_sink_text(sink, s, len, conv->width);
}

/* Puts the argument of a conversion.  Returns false if @type is no known conversion. */
static inline bool cloudabi_format_put(struct cloudabi_sink *sink, char type,
				       struct cloudabi_format_args *args,
				       const struct cloudabi_conversion *conv)
{
	switch (type) {
	case 'c':
		cloudabi_sink_text(sink, &(char){ (char)va_arg(args->ap, int) }, 1, conv->width);
		return true;
	case 's':
		cloudabi_format_string(sink, va_arg(args->ap, const char *), conv);
		return true;
	case 'd':
	case 'i':
		cloudabi_format_signed(sink, args, conv);
		return true;
	case 'o':
	case 'u':
	case 'x':
		cloudabi_format_unsigned(sink, args, conv, type == 'o' ? 8 : type == 'u' ? 10 : 16);
		return true;
	case 'p':
		cloudabi_sink_put(sink, '0');
		cloudabi_sink_put(sink, 'x');
		cloudabi_sink_number(sink, (uintptr_t)va_arg(args->ap, void *), false, 16, 0,
				     false);
		return true;
	case '%':
		cloudabi_sink_put(sink, '%');
		return true;
	default:
		return false;
	}
}

static inline void cloudabi_sink_format(struct cloudabi_sink *sink, const char *fmt, va_list ap)
{
	struct cloudabi_format_args args;

	va_copy(args.ap, ap);
	for (; *fmt; fmt++) {
		const char *const start = fmt;
		struct cloudabi_conversion conv;

		if (*fmt != '%') {
			cloudabi_sink_put(sink, *fmt);
			continue;
		}
		fmt = cloudabi_format_parse(fmt + 1, &args, &conv);
		if (cloudabi_format_put(sink, *fmt, &args, &conv))
			continue;
		/* An unknown conversion, or the end of the format within one. */
		cloudabi_sink_text(sink, start, (size_t)(fmt - start) + !!*fmt, 0);
		if (!*fmt)
			break;
	}
	va_end(args.ap);
}

/**
 * cloudabi_vsnprintf() - Format text into a buffer
 * @buf: the buffer; a NUL ends the text unless @size is zero
 * @size: size of @buf in bytes
 * @fmt: the format
 * @ap: the arguments; like vsnprintf(), this does not call va_end()
 *
 * Return: length of the whole text without its NUL; if it is @size or more, text is missing.
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
 * cloudabi_snprintf() - Format text into a buffer
 * @buf: the buffer; a NUL ends the text unless @size is zero
 * @size: size of @buf in bytes
 * @fmt: the format, with its arguments behind it
 *
 * Return: length of the whole text without its NUL; if it is @size or more, text is missing.
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
 * cloudabi_vdprintf() - Write formatted text to a descriptor
 * @fd: descriptor to write to
 * @fmt: the format
 * @ap: the arguments; like vdprintf(), this does not call va_end()
 *
 * Text of up to 512 bytes takes a single fd_write, unless that writes only a part.  After
 * an error, nothing more is written.
 *
 * Return: 0, or the errno of the first write that failed.
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
 * cloudabi_dprintf() - Write formatted text to a descriptor
 * @fd: descriptor to write to
 * @fmt: the format, with its arguments behind it
 *
 * See cloudabi_vdprintf().
 *
 * Return: 0, or the errno of the first write that failed.
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
