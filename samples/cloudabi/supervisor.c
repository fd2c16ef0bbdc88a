// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * supervisor - Keep programs running
 *
 *	$ ./supervisor.cloudabi 2 5 3<crash.cloudabi
 *
 * Runs descriptor 3 as often as the first argument says (2), and each copy again
 * when it fails, until there were as many failures as the second says (5).  A
 * copy that ends with 0 has done its work.
 *
 * A process is a descriptor: this one can tell how those end, and they end with
 * it.  There is no number by which to miss or mistake one, and no zombie.
 */
#include <cloudabi.h>

#define ERR 2
#define PROGRAM 3
/* Input, output and errors are all that copies are given. */
#define GIVEN_FDS 3

#define MAX_WORKERS 64
#define MS 1000000ULL
#define SECOND (1000 * MS)
/* Who fails at once is started again at once, but not always. */
#define FIRST_DELAY (100 * MS)
#define LONGEST_DELAY (10 * SECOND)
/* Who has run that long did not fail at once. */
#define STEADY (5 * SECOND)

enum state {
	RUNNING,
	WAITING,
	DONE,
};

/**
 * struct worker - A copy of the program
 * @state: whether it runs, waits to be started, or has done its work
 * @fd: the process, if it runs
 * @time: when it was started, or is to be
 * @delay: how long it waits the next time
 */
struct worker {
	enum state state;
	cloudabi_fd_t fd;
	cloudabi_timestamp_t time;
	cloudabi_timestamp_t delay;
};

/**
 * struct crew - All copies
 * @n: how many
 * @failures: how often one has failed
 * @most_failures: how often one may
 * @workers: the copies
 */
struct crew {
	size_t n;
	size_t failures;
	size_t most_failures;
	struct worker workers[MAX_WORKERS];
};

static cloudabi_timestamp_t now(void)
{
	cloudabi_timestamp_t time = 0;

	cloudabi_sys_clock_time_get(CLOUDABI_CLOCK_MONOTONIC, MS, &time);
	return time;
}

static void complain(const char *what, cloudabi_errno_t error)
{
	cloudabi_dprintf(ERR, "supervisor: %s: %s (%s)\n", what, cloudabi_strerror(error),
			 cloudabi_errno_name(error));
}

/* In the new process.  Its strings are those that a shell would give it. */
__attribute__((__noreturn__)) static void run_program(size_t number)
{
	static const cloudabi_fd_t fds[GIVEN_FDS] = { 0, 1, 2 };
	char data[32];
	const size_t len = cloudabi_snprintf(data, sizeof(data), "worker%c%zu", '\0', number);

	complain("descriptor 3", cloudabi_sys_proc_exec(PROGRAM, data, len, fds, GIVEN_FDS));
	cloudabi_exit(CLOUDABI_EXIT_UNSTARTED);
}

/* Not before the next delay is over, which is longer each time. */
static void delay(struct worker *worker, cloudabi_timestamp_t time)
{
	worker->state = WAITING;
	worker->time = time + worker->delay;
	worker->delay = worker->delay * 2 < LONGEST_DELAY ? worker->delay * 2 : LONGEST_DELAY;
}

static void start(struct crew *crew, size_t number)
{
	struct worker *const worker = &crew->workers[number];
	cloudabi_errno_t error;
	cloudabi_tid_t tid;

	error = cloudabi_sys_proc_fork(&worker->fd, &tid);
	worker->time = now();
	if (error) {
		complain("proc_fork", error);
		crew->failures++;
		delay(worker, worker->time);
		return;
	}
	if (worker->fd == CLOUDABI_PROCESS_CHILD)
		run_program(number);
	worker->state = RUNNING;
}

static void tell_end(size_t number, const cloudabi_event_t *event)
{
	if (event->proc_terminate.signal)
		cloudabi_dprintf(ERR, "supervisor: worker %zu: killed by %s\n", number,
				 cloudabi_signal_name(event->proc_terminate.signal));
	else
		cloudabi_dprintf(ERR, "supervisor: worker %zu: exit code %u\n", number,
				 event->proc_terminate.exitcode);
}

static void handle_end(struct crew *crew, size_t number, const cloudabi_event_t *event)
{
	struct worker *const worker = &crew->workers[number];
	const cloudabi_timestamp_t time = now();

	cloudabi_sys_fd_close(worker->fd);
	if (event->error)
		complain("poll", event->error);
	else
		tell_end(number, event);
	if (!event->error && !event->proc_terminate.signal && !event->proc_terminate.exitcode) {
		worker->state = DONE;
		return;
	}
	crew->failures++;
	if (time - worker->time >= STEADY)
		worker->delay = FIRST_DELAY;
	delay(worker, time);
}

/* Waits for all that run to end, and for all that are delayed to be due. */
static size_t subscribe(const struct crew *crew, cloudabi_subscription_t *subs)
{
	size_t i, n = 0;

	for (i = 0; i < crew->n; i++) {
		const struct worker *const worker = &crew->workers[i];

		if (worker->state == RUNNING)
			subs[n++] = (cloudabi_subscription_t){
				.userdata = i,
				.type = CLOUDABI_EVENTTYPE_PROC_TERMINATE,
				.proc_terminate.fd = worker->fd,
			};
		else if (worker->state == WAITING)
			subs[n++] = (cloudabi_subscription_t){
				.userdata = i,
				.type = CLOUDABI_EVENTTYPE_CLOCK,
				.clock = {
					.clock_id = CLOUDABI_CLOCK_MONOTONIC,
					.timeout = worker->time,
					.flags = CLOUDABI_SUBSCRIPTION_CLOCK_ABSTIME,
				},
			};
	}
	return n;
}

/*
 * Return: the exit code.  Copies that still run then end when their descriptors
 * do, which is with this process.
 */
static int supervise(struct crew *crew)
{
	static cloudabi_subscription_t subs[MAX_WORKERS];
	static cloudabi_event_t events[MAX_WORKERS];

	for (;;) {
		const size_t n = subscribe(crew, subs);
		cloudabi_size_t nevents, i;
		cloudabi_errno_t error;

		if (!n)
			return 0;
		if (crew->failures >= crew->most_failures) {
			cloudabi_dprintf(ERR, "supervisor: %zu failures, giving up\n",
					 crew->failures);
			return 1;
		}
		error = cloudabi_sys_poll(subs, events, n, &nevents);
		if (error) {
			complain("poll", error);
			return 1;
		}
		for (i = 0; i < nevents; i++) {
			if (events[i].type == CLOUDABI_EVENTTYPE_CLOCK)
				start(crew, events[i].userdata);
			else
				handle_end(crew, events[i].userdata, &events[i]);
		}
	}
}

/* From 1 to @most, or 0. */
static size_t parse_number(const char *s, size_t most)
{
	size_t value = 0;

	do {
		if (*s < '0' || *s > '9' || value > most)
			return 0;
		value = value * 10 + (size_t)(*s - '0');
	} while (*++s);
	return value <= most ? value : 0;
}

static bool parse_arguments(const struct cloudabi_start *start, struct crew *crew)
{
	const char *argv[3];

	if (cloudabi_argdata_split(start->argdata, start->argdata_len, argv, 3) != 3)
		return false;
	crew->n = parse_number(argv[1], MAX_WORKERS);
	crew->most_failures = parse_number(argv[2], 1000000);
	return crew->n && crew->most_failures;
}

int cloudabi_main(const struct cloudabi_start *start)
{
	static struct crew crew;
	const cloudabi_timestamp_t time = now();
	size_t i;

	if (!parse_arguments(start, &crew)) {
		cloudabi_dprintf(ERR, "usage: supervisor.cloudabi WORKERS FAILURES 3<PROGRAM\n");
		return 2;
	}
	/* All are due at once. */
	for (i = 0; i < crew.n; i++)
		crew.workers[i] = (struct worker){
			.state = WAITING, .time = time, .delay = FIRST_DELAY,
		};
	return supervise(&crew);
}
