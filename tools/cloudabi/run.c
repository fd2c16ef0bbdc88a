// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - Run a CloudABI program with the resources that a configuration lists
 *
 *	cloudabi-run [OPTION...] PROGRAM <config.yaml
 *
 * See cloudabi-run(1) for its use.  The files, in the order in which a run uses them:
 *
 *   run_yaml	parses the configuration into a tree of nodes
 *   run_value	encodes the first document as argument data
 *   run_grant	opens the descriptors that tags ask for, with run_rights (sets of
 *		rights), run_socket (sockets) and run_cleanup (removal of paths)
 *   run_limits	sets the limits, with run_group (cgroup v2)
 *   run_calls	builds the seccomp filter
 *   run_start	forks and executes; reexec.c continues on the other side of execve()
 *   run_explain	prints the calls that the kernel refused
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __user
#define __user
#endif
#include <cloudabi/argdata.h>

#include "array_size.h"
#include "inherited.h"
#include "run_explain.h"
#include "run_cleanup.h"
#include "run_start.h"
#include "signals.h"

/* In ns.  PR_CLOUDABI_SET_CLOCK_PRECISION accepts at most this. */
#define DAY (24 * 3600 * 1000000000ull)

struct options {
	const char *config;
	const char *cgroup;
	bool dry_run;
	bool explain;
	bool detach;
};

static void print_message(const struct mark *at, const char *fmt, va_list ap)
{
	const int error = errno;

	fputs("cloudabi-run: ", stderr);
	if (at)
		fprintf(stderr, "%s:%zu:%zu: ", at->file, at->line, at->column);
	if (at && at->tag)
		fprintf(stderr, "!%s: ", at->tag);
	errno = error;
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void fail(const struct mark *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_message(at, fmt, ap);
	va_end(ap);
	exit(RUN_FAILED);
}

void fail_with(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_message(NULL, fmt, ap);
	va_end(ap);
	exit(status);
}

static const char help[] =
	"Usage: cloudabi-run [OPTION...] PROGRAM <config.yaml\n"
	"Runs a CloudABI program with what the configuration gives it, and nothing else.\n"
	"  -c, --config FILE  the configuration, instead of standard input\n"
	"  -n, --dry-run      print what would be given and start nothing\n"
	"  -e, --explain      print at the end which calls were refused\n"
	"  -w, --wait         wait for the program and end as it does (the default)\n"
	"  -d, --detach       return as soon as it runs\n"
	"      --cgroup DIR   make the control group in this one\n"
	"      --rights       list tags, presets and rights\n"
	"      --help, --version\n";

static void __attribute__((__noreturn__)) exit_usage(void)
{
	fputs(help, stderr);
	exit(RUN_USAGE);
}

static void __attribute__((__noreturn__)) print_help(void)
{
	fputs(help, stdout);
	exit(0);
}

static void __attribute__((__noreturn__)) print_rights(void)
{
	puts("tags and their keys:");
	grant_help(stdout);
	rights_help(stdout);
	exit(0);
}

static void __attribute__((__noreturn__)) print_version(void)
{
	printf("cloudabi-run of CloudABI for Linux, ABI version %d\n", CLOUDABI_VERSION);
	exit(0);
}

static const char *parse_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "explain", no_argument, NULL, 'e' },
		{ "wait", no_argument, NULL, 'w' },
		{ "detach", no_argument, NULL, 'd' },
		{ "cgroup", required_argument, NULL, 'C' },
		{ "rights", no_argument, NULL, 'R' },
		{ "help", no_argument, NULL, 'H' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "+c:newd", names, NULL)) != -1) {
		switch (c) {
		case 'c':
			options->config = optarg;
			break;
		case 'C':
			options->cgroup = optarg;
			break;
		case 'n':
			options->dry_run = true;
			break;
		case 'e':
			options->explain = true;
			break;
		case 'w':
		case 'd':
			options->detach = c == 'd';
			break;
		case 'R':
			print_rights();
		case 'H':
			print_help();
		case 'V':
			print_version();
		default:
			exit_usage();
		}
	}
	if (argc - optind != 1)
		exit_usage();
	/* The caller would no longer be there to read the output. */
	if (options->explain && options->detach)
		fail_with(RUN_USAGE, "--explain needs --wait");
	return argv[optind];
}

static void load_config(const struct options *options, struct config *config)
{
	const char *const name = options->config ?: "standard input";
	const int fd = options->config ? open(options->config, O_RDONLY | O_CLOEXEC) : 0;

	if (fd < 0)
		fail(NULL, "%s: %m", name);
	yaml_load(name, fd, config);
	if (fd)
		close(fd);
}

static void read_precision(struct start *start, const struct node *node)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = { { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 } };
	const char *const text = yaml_text(node, "clock_precision");
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(end, units[i].name) && *text >= '0' && *text <= '9' && !errno &&
		    number && number <= DAY / units[i].ns) {
			start->precision = number * units[i].ns;
			return;
		}
	fail(&node->at, "%s is no time from 1ns to a day, such as 1ms", text);
}

static void read_limits(struct start *start, const struct node *node)
{
	if (node->kind != NODE_MAP)
		fail(&node->at, "limits should be a map");
	for (size_t i = 0; i < node->n; i += 2) {
		const char *const key = node->items[i]->text;

		limits_set(&start->limits, &node->items[i + 1]->at, key,
			   yaml_text(node->items[i + 1], key));
	}
}

static void read_calls(struct start *start, const struct node *node)
{
	if (node->kind != NODE_SEQ)
		fail(&node->at, "calls should be a list");
	/* An empty list is a list: it allows proc_exit only. */
	start->calls.limited = true;
	for (size_t i = 0; i < node->n; i++)
		calls_add(&start->calls, &node->items[i]->at,
			  yaml_text(node->items[i], "a call"));
}

static void read_settings(struct start *start, const struct node *settings)
{
	static const struct {
		const char *key;
		void (*read)(struct start *start, const struct node *node);
	} readers[] = {
		{ "calls", read_calls }, { "clock_precision", read_precision },
		{ "limits", read_limits },
	};

	if (!settings)
		return;
	if (settings->kind != NODE_MAP || settings->is_grant)
		fail(&settings->at, "the second document should be a map");
	for (size_t i = 0; i < settings->n; i += 2) {
		size_t j = 0;

		while (j < ARRAY_SIZE(readers) && strcmp(readers[j].key, settings->items[i]->text))
			j++;
		if (j == ARRAY_SIZE(readers))
			fail(&settings->items[i]->at,
			     "nothing is set by %s; calls, clock_precision and limits are",
			     settings->items[i]->text);
		readers[j].read(start, settings->items[i + 1]);
	}
}

static void open_program(struct start *start)
{
	start->program = open(start->name, O_RDONLY | O_CLOEXEC);
	if (start->program < 0)
		fail_with(errno == ENOENT || errno == ENOTDIR ? RUN_NOT_FOUND : RUN_NO_EXEC,
			  "%s: %m", start->name);
	if (faccessat(start->program, "", X_OK, AT_EMPTY_PATH | AT_EACCESS))
		fail_with(RUN_NO_EXEC, "%s: %m", start->name);
}

/* Looks beside this executable and, as installed, in libexec.  Users do not call it by name. */
static void open_reexec(struct start *start)
{
	static const char *const dirs[] = { "", "../libexec/cloudabi/" };
	char self[PATH_MAX], path[PATH_MAX + 64];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len < 0)
		fail(NULL, "/proc/self/exe: %m");
	while (len && self[len - 1] != '/')
		len--;
	self[len] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, sizeof(path), "%s%scloudabi-reexec", self, dirs[i]);
		start->reexec = open(path, O_PATH | O_CLOEXEC);
		if (start->reexec >= 0)
			return;
	}
	fail(NULL, "cloudabi-reexec is neither in %s nor in %s%s", self, self, dirs[1]);
}

/* Prints what --dry-run promises: the argument data, descriptors, limits and calls. */
static void print_plan(const struct start *start)
{
	const struct cloudabi_argdata value = cloudabi_argdata_from(start->value.data,
								    start->value.len);
	const size_t len = cloudabi_argdata_print(value, NULL, 0);
	char *const text = malloc(len + 1);

	if (!text)
		fail(NULL, "%m");
	cloudabi_argdata_print(value, text, len + 1);
	printf("arguments:\n%s%s", text, len && text[len - 1] == '\n' ? "" : "\n");
	free(text);
	puts("descriptors:");
	grant_print(stdout, &start->grants);
	limits_print(&start->limits, stdout);
	calls_print(&start->calls, stdout);
	if (start->precision)
		printf("clock_precision: %lluns\n", (unsigned long long)start->precision);
}

/* The process that signals are forwarded to; 0 once it has ended. */
static pid_t signal_target;

static void forward_signal(int sig)
{
	const pid_t pid = __atomic_load_n(&signal_target, __ATOMIC_RELAXED);

	if (pid > 0)
		kill(pid, sig);
}

/* Forwards the usual termination signals to @pid; an ignored signal stays ignored. */
static void forward_signals(pid_t pid)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	struct sigaction action = { .sa_handler = forward_signal, .sa_flags = SA_RESTART };

	__atomic_store_n(&signal_target, pid, __ATOMIC_RELAXED);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		signals_handle(signals[i], &action);
}

/* Waits for the program, kills what it left behind and returns the exit status for a shell. */
static int wait_for(pid_t pid, bool explain)
{
	const int pidfd = explain ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	siginfo_t info;
	int status;

	if (explain && pidfd < 0)
		fail(NULL, "%m");
	if (explain)
		explain_wait(pidfd);
	/* WNOWAIT leaves a zombie: its pid cannot be reused while signals are forwarded. */
	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) && errno == EINTR)
		;
	__atomic_store_n(&signal_target, 0, __ATOMIC_RELAXED);
	limits_kill();
	if (waitpid(pid, &status, 0) != pid)
		fail(NULL, "%m");
	if (explain)
		explain_end(stderr);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/*
 * For --detach: forks.  The child continues, and gets the write end of a pipe to report
 * that the program runs.  The parent waits for that and exits: with 0, or with the
 * child's exit status if the child failed.
 */
static int detach(void)
{
	int running[2], status;
	pid_t pid;
	char c;

	if (pipe2(running, O_CLOEXEC))
		fail(NULL, "%m");
	pid = fork();
	if (pid < 0)
		fail(NULL, "%m");
	close(running[pid ? 1 : 0]);
	/* The paths created so far must outlive the parent: the child removes them. */
	cleanup_set_owner(pid ?: getpid());
	if (!pid) {
		setsid();
		return running[1];
	}
	if (read(running[0], &c, 1) == 1)
		exit(0);
	if (waitpid(pid, &status, 0) != pid)
		fail(NULL, "%m");
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : RUN_FAILED);
}

/*
 * Tells the parent that the program runs, and closes the standard descriptors: a
 * reader of a pipe that they lead to would wait for this process too.
 */
static void report_running(int running)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (write(running, "", 1) != 1 || null < 0)
		fail(NULL, "%m");
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	close(null);
	close(running);
}

static void close_grants(const struct grants *grants)
{
	for (size_t i = 0; i < grants->n; i++) {
		close(grants->list[i].fd);
		close(grants->list[i].helper_fd);
		close(grants->list[i].listener);
	}
}

static int run(struct start *start, const struct options *options)
{
	const int running = options->detach ? detach() : -1;
	pid_t pid;

	if (options->explain)
		explain_begin();
	pid = start_program(start, options->cgroup);
	forward_signals(pid);
	if (options->explain)
		explain_follow(pid);
	start_helpers(start);
	/* While this process has an end of a pipe open, its peer sees neither EOF nor EPIPE. */
	close_grants(&start->grants);
	start_exec(start, pid);
	cleanup_program_started();
	if (running >= 0)
		report_running(running);
	return wait_for(pid, options->explain);
}

/*
 * The order matters.  The first three functions record what this process inherited
 * (limits, open descriptors, ignored signals), so they run before anything is opened or
 * changed.  Errors in the configuration are found before the first fork().
 */
int main(int argc, char **argv)
{
	struct options options = { 0 };
	struct config config;
	struct start start = { 0 };

	limits_begin();
	inherited_begin();
	signals_begin();
	start.name = parse_options(argc, argv, &options);
	load_config(&options, &config);
	limits_default(&start.limits);
	read_settings(&start, config.settings);
	limits_clamp(&start.limits);
	start.value = value_make(config.value, &start.grants);
	start.die_with_parent = true;
	open_program(&start);
	if (options.dry_run) {
		print_plan(&start);
		return 0;
	}
	open_reexec(&start);
	return run(&start, &options);
}
