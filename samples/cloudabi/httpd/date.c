// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Dates of HTTP; times are seconds since 1970, UTC
 *
 * The current format is written; the two obsolete ones are parsed as well.
 */
#include "date.h"

#define DAY 86400U
#define FIRST_YEAR 1970U
#define LAST_YEAR 9999U

static const char day_names[] = "SunMonTueWedThuFriSat";
static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

struct date {
	unsigned int year;
	/* from 0 */
	unsigned int month;
	unsigned int day;
	unsigned int hour;
	unsigned int minute;
	unsigned int second;
};

static bool is_leap(unsigned int year)
{
	return !(year % 4) && (year % 100 || !(year % 400));
}

static unsigned int days_of_year(unsigned int year)
{
	return 365 + is_leap(year);
}

static unsigned int days_of_month(unsigned int year, unsigned int month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month] + (month == 1 && is_leap(year));
}

/* Returns the number of days between 0001-01-01 and the first of January of a year. */
static unsigned int days_before(unsigned int year)
{
	const unsigned int y = year - 1;

	return 365 * y + y / 4 - y / 100 + y / 400;
}

static uint64_t time_of(const struct date *date)
{
	uint64_t days = days_before(date->year) - days_before(FIRST_YEAR) + date->day - 1;
	unsigned int month;

	for (month = 0; month < date->month; month++)
		days += days_of_month(date->year, month);
	return days * DAY + date->hour * 3600 + date->minute * 60 + date->second;
}

static struct date date_of(uint64_t time)
{
	const unsigned int second = time % DAY;
	uint64_t days = time / DAY;
	struct date date = {
		.hour = second / 3600,
		.minute = second / 60 % 60,
		.second = second % 60,
	};

	/* A lower bound, as no year has more than 366 days. */
	date.year = FIRST_YEAR + days / 366;
	days -= days_before(date.year) - days_before(FIRST_YEAR);
	for (; days >= days_of_year(date.year); date.year++)
		days -= days_of_year(date.year);
	for (; days >= days_of_month(date.year, date.month); date.month++)
		days -= days_of_month(date.year, date.month);
	date.day = days + 1;
	return date;
}

/* Limits a time to the last second of the year 9999. */
static uint64_t clamp(uint64_t time)
{
	const struct date last = { LAST_YEAR, 11, 31, 23, 59, 59 };
	const uint64_t max = time_of(&last);

	return time < max ? time : max;
}

static void write_clock(struct text *text, const struct date *date)
{
	text_number(text, date->hour, 10, 2);
	text_str(text, ":");
	text_number(text, date->minute, 10, 2);
	text_str(text, ":");
	text_number(text, date->second, 10, 2);
}

/* Writes "Sun, 06 Nov 1994 08:49:37 GMT". */
void date_write(struct text *text, uint64_t time)
{
	const struct date date = date_of(clamp(time));

	/* 1970-01-01 was a Thursday. */
	text_put(text, (struct span){ day_names + (clamp(time) / DAY + 4) % 7 * 3, 3 });
	text_str(text, ", ");
	text_number(text, date.day, 10, 2);
	text_str(text, " ");
	text_put(text, (struct span){ month_names + date.month * 3, 3 });
	text_str(text, " ");
	text_number(text, date.year, 10, 4);
	text_str(text, " ");
	write_clock(text, &date);
	text_str(text, " GMT");
}

/* Writes "1994-11-06 08:49", for people. */
void date_write_short(struct text *text, uint64_t time)
{
	const struct date date = date_of(clamp(time));

	text_number(text, date.year, 10, 4);
	text_str(text, "-");
	text_number(text, date.month + 1, 10, 2);
	text_str(text, "-");
	text_number(text, date.day, 10, 2);
	text_str(text, " ");
	text_number(text, date.hour, 10, 2);
	text_str(text, ":");
	text_number(text, date.minute, 10, 2);
}

/* Takes exactly @digits digits; the first one may be a blank if @blank. */
static bool take_number(struct span *s, unsigned int digits, bool blank, unsigned int *value)
{
	unsigned int i;

	*value = 0;
	if (s->len < digits)
		return false;
	for (i = 0; i < digits; i++) {
		const char c = s->p[i];

		if (blank && !i && c == ' ')
			continue;
		if (!is_digit(c))
			return false;
		*value = *value * 10 + (unsigned int)(c - '0');
	}
	s->p += digits;
	s->len -= digits;
	return true;
}

static bool take(struct span *s, const char *what)
{
	const size_t len = strlen(what);

	if (s->len < len || memcmp(s->p, what, len))
		return false;
	s->p += len;
	s->len -= len;
	return true;
}

static bool take_month(struct span *s, unsigned int *month)
{
	for (*month = 0; *month < 12; ++*month)
		if (s->len >= 3 && !memcmp(s->p, month_names + *month * 3, 3)) {
			s->p += 3;
			s->len -= 3;
			return true;
		}
	return false;
}

static bool take_clock(struct span *s, struct date *date)
{
	return take_number(s, 2, false, &date->hour) && take(s, ":") &&
	       take_number(s, 2, false, &date->minute) && take(s, ":") &&
	       take_number(s, 2, false, &date->second);
}

/* Skips the name of the day, short or long: it is redundant. */
static void skip_day_name(struct span *s)
{
	while (s->len && lower(*s->p) >= 'a' && lower(*s->p) <= 'z') {
		s->p++;
		s->len--;
	}
}

static bool take_imf(struct span s, struct date *date)
{
	return take_number(&s, 2, false, &date->day) && take(&s, " ") &&
	       take_month(&s, &date->month) && take(&s, " ") &&
	       take_number(&s, 4, false, &date->year) && take(&s, " ") &&
	       take_clock(&s, date) && take(&s, " GMT") && !s.len;
}

/* A year of two digits is at most 50 years in the future. */
static bool take_rfc850(struct span s, uint64_t now, struct date *date)
{
	const unsigned int this_year = date_of(clamp(now)).year;

	if (!take_number(&s, 2, false, &date->day) || !take(&s, "-") ||
	    !take_month(&s, &date->month) || !take(&s, "-") ||
	    !take_number(&s, 2, false, &date->year) || !take(&s, " ") ||
	    !take_clock(&s, date) || !take(&s, " GMT") || s.len)
		return false;
	date->year += this_year / 100 * 100;
	if (date->year > this_year + 50)
		date->year -= 100;
	return true;
}

static bool take_asctime(struct span s, struct date *date)
{
	return take_month(&s, &date->month) && take(&s, " ") &&
	       take_number(&s, 2, true, &date->day) && take(&s, " ") &&
	       take_clock(&s, date) && take(&s, " ") &&
	       take_number(&s, 4, false, &date->year) && !s.len;
}

static bool is_date(const struct date *date)
{
	/* 60 is a leap second, which counts as the following second. */
	return date->year >= FIRST_YEAR && date->day >= 1 &&
	       date->day <= days_of_month(date->year, date->month) && date->hour < 24 &&
	       date->minute < 60 && date->second <= 60;
}

/**
 * date_read() - Parse a date
 * @s: the date in any of the three formats
 * @now: the current time, for years of two digits
 * @time: set to the date
 *
 * Return: true if it is a date, not before 1970.
 */
bool date_read(struct span s, uint64_t now, uint64_t *time)
{
	struct date date = { 0 };
	bool read;

	skip_day_name(&s);
	if (take(&s, ", "))
		read = take_imf(s, &date) || take_rfc850(s, now, &date);
	else
		read = take(&s, " ") && take_asctime(s, &date);
	if (!read || !is_date(&date))
		return false;
	*time = time_of(&date);
	return true;
}
