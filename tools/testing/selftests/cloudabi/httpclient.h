/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - A simple client of web servers
 */
#ifndef SELFTESTS_CLOUDABI_HTTPCLIENT_H
#define SELFTESTS_CLOUDABI_HTTPCLIENT_H

#include "httpserver.h"

#define RESPONSE_MAX (1 << 20)

/**
 * struct response - A response
 * @status: its status, or 0 if it is not a response
 * @head: its status line and header
 * @body: its decoded body, followed by a NUL
 * @len: length of @body
 * @used: number of bytes it takes on the connection
 * @extra: number of bytes read past its end, which are discarded
 */
struct response {
	int status;
	char head[8192];
	char *body;
	size_t len;
	size_t used;
	size_t extra;
};

static inline int connect_to(unsigned int port)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((in_port_t)port),
	};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!connect(fd, (const struct sockaddr *)&address, sizeof(address)))
		return fd;
	close(fd);
	return -1;
}

static inline bool send_text(int fd, const char *text)
{
	const size_t len = strlen(text);

	return send(fd, text, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* Reads bytes before a time-out; returns 0 at the end of the stream, or -1. */
static inline ssize_t receive(int fd, void *buf, size_t len)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	if (poll(&pfd, 1, PATIENCE_MS) != 1)
		return -1;
	return read(fd, buf, len);
}

/* The value of a field, valid until the next call; an empty string if it is missing. */
static inline const char *field_of(const struct response *response, const char *name)
{
	static char value[512];
	const size_t len = strlen(name);
	const char *line = response->head;

	while ((line = strchr(line, '\n'))) {
		line++;
		if (!strncmp(line, name, len) && !strncmp(line + len, ": ", 2)) {
			snprintf(value, sizeof(value), "%.*s",
				 (int)strcspn(line + len + 2, "\r"), line + len + 2);
			return value;
		}
	}
	return "";
}

/* Removes the chunk headers of a body; returns false if it is incomplete. */
static inline bool join_chunks(struct response *response, char *text, const char *end)
{
	char *to = text, *from = text;

	for (;;) {
		char *line;
		const size_t len = strtoul(from, &line, 16);

		if (line == from || end - line < 2 || strncmp(line, "\r\n", 2) ||
		    (size_t)(end - line) < len + 4)
			return false;
		from = line + 2;
		memmove(to, from, len);
		to += len;
		from += len;
		if (strncmp(from, "\r\n", 2))
			return false;
		from += 2;
		if (!len)
			break;
	}
	response->used = (size_t)(from - text);
	response->len = (size_t)(to - text);
	return true;
}

/*
 * Parses a response of which @len bytes have arrived; returns false if it is
 * incomplete.
 */
static inline bool parse_response(struct response *response, char *text, size_t len, bool head,
				bool ended)
{
	char *const end = memmem(text, len, "\r\n\r\n", 4);
	const size_t head_len = end ? (size_t)(end - text) + 4 : 0;
	const char *length;

	response->status = 0;
	if (!end || head_len >= sizeof(response->head) || strncmp(text, "HTTP/1.1 ", 9))
		return false;
	memcpy(response->head, text, head_len);
	response->head[head_len] = '\0';
	response->body = text + head_len;
	length = field_of(response, "Content-Length");
	if (head || !strncmp(text + 9, "304", 3)) {
		response->len = 0;
		response->used = 0;
	} else if (*length) {
		response->len = strtoul(length, NULL, 10);
		response->used = response->len;
		if (len - head_len < response->len)
			return false;
	} else if (*field_of(response, "Transfer-Encoding")) {
		if (!join_chunks(response, response->body, text + len))
			return false;
	} else {
		response->len = len - head_len;
		response->used = response->len;
		if (!ended)
			return false;
	}
	response->used += head_len;
	response->status = atoi(text + 9);
	return true;
}

/**
 * receive_response() - Read a response
 * @fd: the connection
 * @head: whether the response has no body
 * @response: set to the response, valid until the next call
 *
 * Return: its status, or 0 if no response arrived.
 */
static inline int receive_response(int fd, bool head, struct response *response)
{
	static char buf[RESPONSE_MAX], copy[RESPONSE_MAX];
	size_t len = 0;
	ssize_t n;

	do {
		n = receive(fd, buf + len, sizeof(buf) - 1 - len);
		if (n > 0)
			len += (size_t)n;
		memcpy(copy, buf, len);
		copy[len] = '\0';
		if (parse_response(response, copy, len, head, n <= 0)) {
			response->body[response->len] = '\0';
			response->extra = len - response->used;
			return response->status;
		}
	} while (n > 0);
	response->status = 0;
	response->len = 0;
	response->body = "";
	return 0;
}

/* Sends a request on a new connection. */
static inline int ask(const struct webserver *server, const char *request,
		      struct response *response)
{
	const int fd = connect_to(server->port);
	int status = 0;

	if (fd >= 0 && send_text(fd, request))
		status = receive_response(fd, !strncmp(request, "HEAD", 4), response);
	close(fd);
	return status;
}

/* Sends a GET for a path with additional fields; stores the response in @response. */
static inline int get(const struct webserver *server, const char *path, const char *fields,
		      struct response *response)
{
	char request[8192];

	snprintf(request, sizeof(request),
		 "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n", path, fields);
	return ask(server, request, response);
}

#endif /* SELFTESTS_CLOUDABI_HTTPCLIENT_H */
