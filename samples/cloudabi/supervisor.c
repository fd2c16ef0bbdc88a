// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * supervisor - Restart programs that fail
 *
 *	$ ./supervisor.cloudabi 2 5 3<crash.cloudabi
 *
 * Runs as many copies of the program of descriptor 3 as the first argument says (2), and
 * restarts a copy that fails, until there are as many failures as the second argument says (5).
 * A copy that exits with 0 is not restarted.
 *
 * A process is a descriptor.  The supervisor polls these descriptors to learn how its copies
 * end, and the copies are killed with it when the descriptors are closed.  There are no process
 * IDs that could be reused, and no zombies.
 */
#include <cloudabi.h>

#define ERR 2
#define PROGRAM 3
/* A copy gets standard input, output and error. */
#define GIVEN_FDS 3

#define MAX_WORKERS 64
#define MS 1000000ULL
#define SECOND (1000 * MS)
/* The delay before a restart: short at first, and doubled with each failure in a row. */
#define FIRST_DELAY (100 * MS)
#define MAX_DELAY (10 * SECOND)
/* A copy that has run this long starts again with the first delay. */
#define STABLE_TIME (5 * SECOND)

enum state {
	RUNNING,
	WAITING,
	DONE,
};

/**
 * struct worker - A copy of the program
 * @state: whether it runs, waits for a restart, or is done
 * @fd: descriptor of the process, if it runs
 * @time: monotonic time of its start or, if it waits, of its next start, in ns
 * @delay: the delay before its next restart, in ns
 */
struct worker {
	enum state state;
	cloudabi_fd_t fd;
	cloudabi_timestamp_t time;
	cloudabi_timestamp_t delay;
};

/**
 * struct crew - All copies
 * @n: number of copies
 * @failures: number of failures so far
 * @max_failures: number of failures at which the supervisor gives up
 * @workers: the copies
 */
struct crew {
	size_t n;
	size_t failures;
	size_t max_failures;
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

/* In the child: executes the program with the arguments "worker" and its number. */
__attribute__((__noreturn__)) static void run_program(size_t number)
{
	static const cloudabi_fd_t fds[GIVEN_FDS] = { 0, 1, 2 };
	char data[32];
	const size_t len = cloudabi_snprintf(data, sizeof(data), "worker%c%zu", '\0', number);

	complain("descriptor 3", cloudabi_sys_proc_exec(PROGRAM, data, len, fds, GIVEN_FDS));
	cloudabi_exit(CLOUDABI_EXIT_UNSTARTED);
}

/* Schedules the next start of a copy, and doubles its delay. */
static void delay_restart(struct worker *worker, cloudabi_timestamp_t time)
{
	worker->state = WAITING;
	worker->time = time + worker->delay;
	worker->delay = worker->delay * 2 < MAX_DELAY ? worker->delay * 2 : MAX_DELAY;
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
		delay_restart(worker, worker->time);
		return;
	}
	if (worker->fd == CLOUDABI_PROCESS_CHILD)
		run_program(number);
	worker->state = RUNNING;
}

static void print_end(size_t number, const cloudabi_event_t *event)
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
		print_end(number, event);
	if (!event->error && !event->proc_terminate.signal && !event->proc_terminate.exitcode) {
		worker->state = DONE;
		return;
	}
	crew->failures++;
	if (time - worker->time >= STABLE_TIME)
		worker->delay = FIRST_DELAY;
	delay_restart(worker, time);
}

/* Subscribes to the end of each running copy and to the start time of each waiting one. */
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
 * Restarts copies until all are done or too many have failed.  Copies that still run are killed
 * when this process exits, as their descriptors are closed.
 *
 * Return: the exit code.
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
		if (crew->failures >= crew->max_failures) {
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

/* Parses a number from 1 to @max.  Returns 0 for anything else. */
static size_t parse_number(const char *s, size_t max)
{
	size_t value = 0;

	do {
		if (*s < '0' || *s > '9' || value > max)
			return 0;
		value = value * 10 + (size_t)(*s - '0');
	} while (*++s);
	return value <= max ? value : 0;
}

static bool parse_arguments(const struct cloudabi_start *start, struct crew *crew)
{
	const char *argv[3];

	if (cloudabi_argdata_split(start->argdata, start->argdata_len, argv, 3) != 3)
		return false;
	crew->n = parse_number(argv[1], MAX_WORKERS);
	crew->max_failures = parse_number(argv[2], 1000000);
	return crew->n && crew->max_failures;
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
	/* All copies start immediately. */
	for (i = 0; i < crew.n; i++)
		crew.workers[i] = (struct worker){
			.state = WAITING, .time = time, .delay = FIRST_DELAY,
		};
	return supervise(&crew);
}
