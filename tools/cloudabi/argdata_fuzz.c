// SPDX-License-Identifier: GPL-2.0
/*
 * argdata_fuzz - Fuzzer of the argument data headers, for libFuzzer
 *
 * Each input is used twice: as an encoded value, on which all functions for reading are called
 * (argdata_exercise.h of the selftests), and as a script of calls that encode a value.
 * scripts/fuzz builds and runs this.
 */

#include <stdio.h>
#include <stdlib.h>

#include "../testing/selftests/cloudabi/argdata_exercise.h"

static void abort_if_broken(const char *broken)
{
	if (!broken)
		return;
	fprintf(stderr, "argdata_fuzz: does not hold: %s\n", broken);
	abort();
}

/**
 * struct script - The unused part of an input
 * @next: the next byte
 * @left: number of bytes from there to the end
 */
struct script {
	const uint8_t *next;
	size_t left;
};

/* Takes up to @max bytes of the script as a number; zero at its end. */
static uint64_t take(struct script *script, size_t max)
{
	uint64_t number = 0;

	for (; max-- && script->left; script->left--)
		number = number << 8 | *script->next++;
	return number;
}

/* Takes up to 255 bytes of the script; the first byte is their number. */
static struct cloudabi_argdata take_bytes(struct script *script)
{
	const size_t wanted = take(script, 1);
	const size_t len = wanted < script->left ? wanted : script->left;
	const struct cloudabi_argdata bytes = cloudabi_argdata_from(script->next, len);

	script->next += len;
	script->left -= len;
	return bytes;
}

/* Takes a call from the script and makes it. */
static void take_call(struct cloudabi_argdata_writer *w, struct script *script)
{
	static const cloudabi_fd_t some_fds[] = { 7, 1, 3, 7 };
	struct cloudabi_argdata bytes;
	uint64_t number;
	double real;

	switch (take(script, 1) % 14) {
	case 0:
		cloudabi_argdata_put_null(w);
		break;
	case 1:
		bytes = take_bytes(script);
		cloudabi_argdata_put_binary(w, bytes.data, bytes.len);
		break;
	case 2:
		cloudabi_argdata_put_bool(w, take(script, 1) & 1);
		break;
	case 3:
		cloudabi_argdata_put_fd(w, (cloudabi_fd_t)take(script, 1));
		break;
	case 4:
		number = take(script, sizeof(number));
		memcpy(&real, &number, sizeof(real));
		cloudabi_argdata_put_float(w, real);
		break;
	case 5:
		cloudabi_argdata_put_int(w, (int64_t)take(script, 8));
		break;
	case 6:
		cloudabi_argdata_put_uint(w, take(script, 8));
		break;
	case 7:
		bytes = take_bytes(script);
		cloudabi_argdata_put_text(w, (const char *)bytes.data, bytes.len);
		break;
	case 8:
		number = take(script, 8);
		cloudabi_argdata_put_time(w, (int64_t)number, (uint32_t)take(script, 4));
		break;
	case 9:
		cloudabi_argdata_put_timestamp(w, take(script, 8));
		break;
	case 10:
		bytes = take_bytes(script);
		cloudabi_argdata_put_value(w, bytes, some_fds, 4);
		break;
	case 11:
		cloudabi_argdata_open(w, CLOUDABI_ARGDATA_MAP);
		break;
	case 12:
		cloudabi_argdata_open(w, CLOUDABI_ARGDATA_SEQ);
		break;
	case 13:
		cloudabi_argdata_close(w);
		break;
	}
}

/* Encodes into a buffer and measures at the same time: both must give the same size. */
static const char *run_script(const uint8_t *data, size_t size)
{
	static uint8_t buf[EXERCISE_SIZE / 2];
	cloudabi_fd_t fds[256];
	struct cloudabi_argdata_writer w, measure;
	struct script script = { data, size }, again = script;
	cloudabi_errno_t error;

	cloudabi_argdata_write(&w, buf, sizeof(buf), fds, 256);
	cloudabi_argdata_write(&measure, NULL, 0, NULL, 0);
	while (script.left && !w.error) {
		take_call(&w, &script);
		take_call(&measure, &again);
		EXERCISE_MUST(measure.error == w.error && measure.used == w.used);
	}
	while (w.depth && !w.error) {
		cloudabi_argdata_close(&w);
		cloudabi_argdata_close(&measure);
	}
	EXERCISE_MUST(measure.error == w.error && measure.used == w.used);
	EXERCISE_MUST(w.used_fds <= measure.used_fds);
	error = cloudabi_argdata_finish(&w);
	if (error)
		return NULL;
	EXERCISE_MUST(!cloudabi_argdata_check(cloudabi_argdata_from(buf, w.used),
					      (cloudabi_fd_t)w.used_fds));
	return exercise_argdata(buf, w.used);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	abort_if_broken(exercise_argdata(data, size));
	abort_if_broken(run_script(data, size));
	return 0;
}
