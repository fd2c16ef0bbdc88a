// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - Telling what a program was refused
 *
 * The program chooses how often it is refused something, and how many different
 * things: what is kept of it here has a limit.
 */
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "run_explain.h"
#include "trace_events.h"
#include "trace_instance.h"

/* Different denials that are told of; others are counted. */
#define DENIALS_MAX 200
/* Between two looks, if no buffer fills. */
#define INTERVAL_MS 100

/**
 * struct denial - Something that was refused
 * @text: the call, and why
 * @times: how often
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

static void note(const char *text)
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
		events_denials(note);
}

void explain_end(FILE *out)
{
	unsigned long long lost;

	events_denials(note);
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
