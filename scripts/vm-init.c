// SPDX-License-Identifier: GPL-2.0
/*
 * vm-init - init of the virtual machine that scripts/vm boots
 *
 * If /command exists, runs it in a shell and reports its exit status to the
 * host.  Otherwise starts an interactive shell.  Both end in a reboot, at which
 * QEMU exits.
 *
 * The host reads three virtio ports (see open_port()): out and err carry the
 * output of the command, and result carries one line, the exit status.  A guest
 * that dies writes no result.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define KMEMLEAK "/sys/kernel/debug/kmemleak"
#define NOT_TRACED "/sys/kernel/tracing/set_event_notrace_pid"

/* QEMU exits when the guest reboots. */
static void shut_down(void)
{
	sync();
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

/* Prints to the kernel log, which the host shows if there is no result. */
static void complain(const char *fmt, ...)
{
	FILE *log = fopen("/dev/kmsg", "w");
	va_list ap;

	if (!log)
		return;
	va_start(ap, fmt);
	fputs("<3>vm-init: ", log);
	vfprintf(log, fmt, ap);
	va_end(ap);
	fclose(log);
}

static void die(const char *what)
{
	complain("%s: %s\n", what, strerror(errno));
	shut_down();
}

static void mount_all(void)
{
	static const struct {
		const char *type, *dir;
	} mounts[] = {
		{ "proc", "/proc" },
		{ "sysfs", "/sys" },
		{ "devtmpfs", "/dev" },
		{ "devpts", "/dev/pts" },
		{ "tmpfs", "/dev/shm" },
		{ "tmpfs", "/tmp" },
		{ "securityfs", "/sys/kernel/security" },
		{ "debugfs", "/sys/kernel/debug" },
		{ "tracefs", "/sys/kernel/tracing" },
		{ "cgroup2", "/sys/fs/cgroup" },
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		mkdir(mounts[i].dir, 0755);
		if (mount(mounts[i].type, mounts[i].dir, mounts[i].type, 0, NULL) &&
		    errno != EBUSY)
			complain("mount %s: %s\n", mounts[i].dir, strerror(errno));
	}
	chmod("/tmp", 01777);
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
}

/*
 * QEMU has a race when a guest processor patches code: it drops the translation
 * and then stores the new code.  Another processor that translates in between keeps
 * the old code.  On busy hosts this killed guests ("Oops: int3", a breakpoint that
 * had been removed) in the scheduler's tracepoints, which are patched whenever the
 * first trace of single processes starts or the last one ends.  Keep a trace of all
 * processes but kthreadd running, so that nothing patches the tracepoints later.
 */
static void keep_tracepoints(void)
{
	const int fd = open(NOT_TRACED, O_WRONLY | O_CLOEXEC);

	if (sysconf(_SC_NPROCESSORS_ONLN) > 1 && (fd < 0 || write(fd, "2", 1) != 1))
		complain("%s: %s\n", NOT_TRACED, strerror(errno));
	close(fd);
}

/* Brings an interface up.  With an address, it reaches that network, but has no route beyond. */
static void interface_up(const char *name, const char *address, const char *mask)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct ifreq ifr = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int failed = fd < 0;

	strcpy(ifr.ifr_name, name);
	if (address) {
		inet_pton(AF_INET, address, &in.sin_addr);
		memcpy(&ifr.ifr_addr, &in, sizeof(in));
		failed = failed || ioctl(fd, SIOCSIFADDR, &ifr);
		inet_pton(AF_INET, mask, &in.sin_addr);
		memcpy(&ifr.ifr_netmask, &in, sizeof(in));
		failed = failed || ioctl(fd, SIOCSIFNETMASK, &ifr);
	}
	ifr.ifr_flags = IFF_UP;
	if (failed || ioctl(fd, SIOCSIFFLAGS, &ifr))
		complain("%s: %s\n", name, strerror(errno));
	close(fd);
}

static void set_environment(void)
{
	clearenv();
	setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin", 1);
	setenv("HOME", "/root", 1);
	setenv("TERM", "linux", 1);
	setenv("PS1", "\\w # ", 1);
	sethostname("cloudabi", 8);
	mkdir("/root", 0700);
	chdir("/root");
}

/* Opens a virtio port.  scripts/vm assigns the numbers. */
static int open_port(int nr)
{
	char path[] = "/dev/vport0p?";
	int fd;

	path[sizeof(path) - 2] = '0' + nr;
	/* The port appears once the driver and QEMU have negotiated it. */
	for (int tries = 0; tries < 6000; tries++) {
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd >= 0)
			return fd;
		usleep(10000);
	}
	die(path);
	return -1;
}

static void write_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			die("port");
		}
		buf += n;
		len -= n;
	}
}

/* Copies what the pipe holds, at most 64 KiB.  Returns false at the end of the pipe. */
static bool relay(int from, int to)
{
	static char buf[65536];
	ssize_t n = read(from, buf, sizeof(buf));

	if (n > 0)
		write_all(to, buf, n);
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* The handler does nothing, but without a handler SIGCHLD does not interrupt ppoll(). */
static void on_child(int sig)
{
}

/*
 * Runs the command and copies its output to the ports.  Returns its exit status, or 128 plus
 * the signal that killed it.
 *
 * The command writes to pipes, not to the ports: ">/dev/stdout" of a shell opens the file
 * again, and a port can be opened only once.  The command is over when the shell exits,
 * even if background processes remain.
 */
static int run_command(const char *command)
{
	struct pollfd fds[2];
	int out[2], err[2], to[2] = { open_port(1), open_port(2) };
	sigset_t chld, before;
	int status;
	pid_t pid, dead;

	if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		die("pipe");
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &before);
	signal(SIGCHLD, on_child);

	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		signal(SIGCHLD, SIG_DFL);
		sigprocmask(SIG_SETMASK, &before, NULL);
		setsid();
		dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	close(out[1]);
	close(err[1]);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	fds[0] = (struct pollfd){ .fd = out[0], .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = err[0], .events = POLLIN };

	do {
		while ((dead = waitpid(-1, &status, WNOHANG)) > 0 && dead != pid)
			;
		if (dead != pid)
			ppoll(fds, 2, NULL, &before);
		for (int i = 0; i < 2; i++)
			if (fds[i].fd >= 0 && !relay(fds[i].fd, to[i]))
				fds[i].fd = -1;
	} while (dead != pid);

	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

/* On the debug kernel, copies kmemleak's report to the kernel log, which the host checks. */
static void report_leaks(void)
{
	char line[256];
	FILE *leaks;
	int fd = open(KMEMLEAK, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	/* kmemleak reports objects older than 5 s that are unchanged since the last scan. */
	write(fd, "scan", 4);
	sleep(6);
	write(fd, "scan", 4);
	close(fd);
	leaks = fopen(KMEMLEAK, "r");
	while (leaks && fgets(line, sizeof(line), leaks))
		complain("kmemleak: %s", line);
}

static char *read_command(void)
{
	static char command[1 << 17];
	int fd = open("/command", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	if (read(fd, command, sizeof(command) - 1) < 0)
		die("/command");
	close(fd);
	return command;
}

/* Runs an interactive shell on the console, as a session of its own, until it exits. */
static void run_shell(void)
{
	pid_t pid = fork();

	if (!pid) {
		setsid();
		close(0);
		close(1);
		close(2);
		if (open("/dev/hvc0", O_RDWR) || dup(0) != 1 || dup(0) != 2)
			die("/dev/hvc0");
		ioctl(0, TIOCSCTTY, 0);
		execl("/bin/sh", "-sh", NULL);
		_exit(127);
	}
	while (wait(NULL) != pid)
		;
}

int main(void)
{
	char *command, line[16];
	int status;

	if (getpid() != 1)
		return 1;
	mount_all();
	keep_tracepoints();
	interface_up("lo", NULL, NULL);
	/* QEMU has the interface only if ports are forwarded. */
	if (if_nametoindex("eth0"))
		interface_up("eth0", "10.0.2.15", "255.255.255.0");
	set_environment();

	command = read_command();
	if (!command) {
		run_shell();
		shut_down();
	}
	status = run_command(command);
	report_leaks();
	snprintf(line, sizeof(line), "%d\n", status);
	write_all(open_port(3), line, strlen(line));
	shut_down();
}
