/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - A running web server
 *
 * Starts samples/cloudabi/httpd.c as a launcher would: cloudabi-accept listens on
 * a port of the loopback interface. The program gets a directory, a stream of
 * connections and a log. A map in its argument data names them.
 */
#ifndef SELFTESTS_CLOUDABI_HTTPSERVER_H
#define SELFTESTS_CLOUDABI_HTTPSERVER_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../cloudabi/include/cloudabi/argdata.h"

/* Longer than any event that is expected to happen. */
#define PATIENCE_MS 60000

#define MOST_FDS 8
#define MOST_STRINGS 512

/**
 * struct launch - Arguments of a new program
 * @writer: writer of its argument data
 * @data: buffer of its argument data
 * @fds: descriptors, which it gets as 0, 1 and so on
 */
struct launch {
	struct cloudabi_argdata_writer writer;
	uint8_t data[512];
	cloudabi_fd_t fds[MOST_FDS];
};

/**
 * struct webserver - A running server
 * @accept: the process that listens
 * @httpd: the process that serves requests
 * @port: the port of @accept
 * @log: read end of the log
 */
struct webserver {
	pid_t accept;
	pid_t httpd;
	unsigned int port;
	int log;
};

/* The path of a program in the directory of this program. */
static inline const char *program_path(const char *name)
{
	static char path[PATH_MAX];
	const ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 64);
	char *const slash = len > 0 ? memrchr(path, '/', (size_t)len) : NULL;

	strcpy(slash ? slash + 1 : path, name);
	return path;
}

static inline void launch_begin(struct launch *launch)
{
	cloudabi_argdata_write(&launch->writer, launch->data, sizeof(launch->data) - 1,
			       launch->fds, MOST_FDS);
	cloudabi_argdata_open(&launch->writer, CLOUDABI_ARGDATA_MAP);
}

static inline void launch_fd(struct launch *launch, const char *key, int fd)
{
	cloudabi_argdata_put_str(&launch->writer, key);
	cloudabi_argdata_put_fd(&launch->writer, (cloudabi_fd_t)fd);
}

static inline void launch_str(struct launch *launch, const char *key, const char *value)
{
	cloudabi_argdata_put_str(&launch->writer, key);
	cloudabi_argdata_put_str(&launch->writer, value);
}

static inline void launch_int(struct launch *launch, const char *key, int value)
{
	cloudabi_argdata_put_str(&launch->writer, key);
	cloudabi_argdata_put_int(&launch->writer, value);
}

/* In the child: gives the descriptors the numbers used in the argument data. */
static inline void launch_fds(const struct launch *launch)
{
	int fds[MOST_FDS];
	size_t i;

	for (i = 0; i < launch->writer.used_fds; i++)
		fds[i] = fcntl((int)launch->fds[i], F_DUPFD_CLOEXEC, 100);
	for (i = 0; i < launch->writer.used_fds; i++)
		dup2(fds[i], (int)i);
}

/*
 * Starts the program with the value that was written. execve() takes strings and
 * joins them with NUL bytes, so the data is split at each NUL.
 */
static inline pid_t launch_end(struct launch *launch, const char *program)
{
	char *strings[MOST_STRINGS + 1];
	const char *const data = (const char *)launch->data;
	size_t n = 0, i;
	pid_t pid;

	if (launch->writer.depth)
		cloudabi_argdata_close(&launch->writer);
	if (cloudabi_argdata_finish(&launch->writer))
		return -1;
	launch->data[launch->writer.used] = '\0';
	for (i = 0; i <= launch->writer.used && n < MOST_STRINGS; i += strlen(data + i) + 1)
		strings[n++] = (char *)data + i;
	strings[n] = NULL;

	pid = fork();
	if (!pid) {
		const char *const path = program_path(program);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		launch_fds(launch);
		execv(path, strings);
		_exit(99);
	}
	return pid;
}

/* Listens on a port and sends connections to a stream; returns -1 if it fails. */
static inline pid_t start_accept(int stream, unsigned int *port)
{
	char line[128] = "";
	const char *colon;
	int errors[2];
	ssize_t len;
	pid_t pid;

	if (pipe2(errors, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		const char *const path = program_path("cloudabi-accept");

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(stream, 0);
		dup2(errors[1], 2);
		execl(path, path, "127.0.0.1:0", NULL);
		_exit(99);
	}
	close(errors[1]);
	len = read(errors[0], line, sizeof(line) - 1);
	colon = len > 0 ? strrchr(line, ':') : NULL;
	*port = colon ? (unsigned int)atoi(colon + 1) : 0;
	close(errors[0]);
	return pid;
}

/* Starts a server of a directory; it waits @timeout seconds for clients. */
static inline bool webserver_start(struct webserver *server, const char *dir, int timeout)
{
	const int root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct launch launch;
	int stream[2], log[2];

	if (root < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stream) ||
	    pipe2(log, O_CLOEXEC))
		return false;
	launch_begin(&launch);
	launch_fd(&launch, "root", root);
	launch_fd(&launch, "connections", stream[0]);
	launch_fd(&launch, "log", log[1]);
	launch_str(&launch, "name", "selftest");
	launch_int(&launch, "timeout", timeout);
	server->httpd = launch_end(&launch, "httpd.cloudabi");
	server->accept = start_accept(stream[1], &server->port);
	server->log = log[0];
	close(root);
	close(stream[0]);
	close(stream[1]);
	close(log[1]);
	return server->httpd > 0 && server->port;
}

/*
 * Waits for a process; returns its exit status, or 1000 plus the signal that killed
 * it.
 */
static inline int status_of(pid_t pid)
{
	int status = -1;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static inline void webserver_stop(struct webserver *server)
{
	const pid_t pids[] = { server->accept, server->httpd };
	size_t i;

	for (i = 0; i < 2; i++) {
		if (pids[i] <= 0)
			continue;
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	if (server->log > 0)
		close(server->log);
}

/* Asks the server to finish its requests and exit; returns its exit status. */
static inline int webserver_end(struct webserver *server)
{
	int status;

	kill(server->accept, SIGTERM);
	status_of(server->accept);
	server->accept = 0;
	status = status_of(server->httpd);
	server->httpd = 0;
	return status;
}

#endif /* SELFTESTS_CLOUDABI_HTTPSERVER_H */
