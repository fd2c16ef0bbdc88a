// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - --explain: which calls of the program the kernel refused
 *
 * A program can provoke any number of different refusals, so the memory for them has a limit.
 */
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "run_explain.h"
#include "trace_events.h"
#include "trace_instance.h"

/* Number of different refusals that are printed; the others are only counted. */
#define DENIALS_MAX 200
/* Interval of reading the trace buffers while none of them is half full. */
#define INTERVAL_MS 100

/**
 * struct denial - A kind of refusal
 * @text: the call and the reason
 * @times: how often it occurred
 */
struct denial {
	char *text;
	unsigned long long times;
};

static struct denial denials[DENIALS_MAX];
static size_t ndenials;
static unsigned long long total, others;

void explain_begin(void)
{
	instance_make("cloudabi-run", true);
}

void explain_follow(pid_t pid)
{
	instance_follow(pid);
	instance_start();
}

static void count_denial(const char *text)
{
	struct denial *denial = denials;

	total++;
	while (denial < denials + ndenials && strcmp(denial->text, text))
		denial++;
	if (denial == denials + DENIALS_MAX) {
		others++;
		return;
	}
	if (denial == denials + ndenials) {
		denial->text = strdup(text);
		if (!denial->text)
			fail(NULL, "%m");
		ndenials++;
	}
	denial->times++;
}

void explain_wait(int fd)
{
	while (!events_wait(fd, INTERVAL_MS))
		events_denials(count_denial);
}

void explain_end(FILE *out)
{
	unsigned long long lost;

	events_denials(count_denial);
	lost = events_lost();
	instance_unmake();
	for (size_t i = 0; i < ndenials; i++) {
		fprintf(out, "cloudabi-run: %s", denials[i].text);
		if (denials[i].times > 1)
			fprintf(out, " (%llu times)", denials[i].times);
		fputc('\n', out);
		free(denials[i].text);
	}
	ndenials = 0;
	if (others)
		fprintf(out, "cloudabi-run: and %llu more, of too many kinds\n", others);
	if (lost)
		fprintf(out, "cloudabi-run: and %llu more, too fast to be kept\n", lost);
	total += lost;
	if (!total)
		fputs("cloudabi-run: no call was refused\n", out);
	else
		fprintf(out, "cloudabi-run: %llu call%s refused\n", total,
			total == 1 ? " was" : "s were");
}
