// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - The descriptors that a program is given
 *
 * grant_open() looks the tag up in a table, checks the node against the table's entry,
 * reads the attribute "rights", and calls the function of the tag, which opens the file.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef __user
#define __user
#endif
#include <linux/cloudabi.h>

#include "array_size.h"
#include "inherited.h"
#include "run_grant.h"
#include "run_limits.h"
#include "reexec.h"
#include "run_cleanup.h"
#include "run_socket.h"

/* Rights that need a file to be open for writing. */
#define WRITE_RIGHTS (CLOUDABI_RIGHT_FD_WRITE | CLOUDABI_RIGHT_FILE_ALLOCATE | \
		      CLOUDABI_RIGHT_FILE_STAT_FPUT_SIZE)
/*
 * Rights that a file with "append: true" can have.  A program that could seek, write by
 * position, map the file or clear the flag could write elsewhere than at the end.  FD_SEEK
 * covers fd_pread as well, so reading by position is not possible either.
 */
#define APPEND_RIGHTS (CLOUDABI_RIGHT_FD_DATASYNC | CLOUDABI_RIGHT_FD_READ | \
		       CLOUDABI_RIGHT_FD_SYNC | CLOUDABI_RIGHT_FD_TELL | \
		       CLOUDABI_RIGHT_FD_WRITE | CLOUDABI_RIGHT_FILE_ADVISE | \
		       CLOUDABI_RIGHT_FILE_STAT_FGET | CLOUDABI_RIGHT_FILE_STAT_FPUT_TIMES | \
		       CLOUDABI_RIGHT_POLL_FD_READWRITE)

static void __attribute__((__format__(__printf__, 2, 3)))
set_description(struct grant *grant, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&grant->description, fmt, ap) < 0)
		fail(&grant->at, "%m");
	va_end(ap);
}

/*
 * Returns the attribute @key of a grant, or NULL.  A scalar such as "!file /etc" is short
 * for a map with only the @first attribute.
 */
static const struct node *find_attribute(const struct node *node, const char *key, bool first)
{
	if (node->kind == NODE_MAP)
		return yaml_find(node, key);
	return first ? node : NULL;
}

/* Returns the text of an attribute of a map, or NULL. */
static const char *get_text(const struct node *node, const char *key)
{
	const struct node *const value = yaml_find(node, key);

	return value ? yaml_text(value, key) : NULL;
}

/* Returns the text of the attribute that a scalar stands for; it must be there. */
static const char *get_main_text(const struct node *node, const char *key)
{
	const struct node *const value = find_attribute(node, key, true);

	if (!value)
		fail(&node->at, "%s is missing", key);
	/* The short form: the scalar itself has the CloudABI tag, which yaml_text() refuses. */
	if (value == node) {
		if (!node->len || strlen(node->text) != node->len)
			fail(&node->at, "%s should be a scalar", key);
		return node->text;
	}
	return yaml_text(value, key);
}

static bool get_bool(const struct node *node, const char *key)
{
	const char *const text = node->kind == NODE_MAP ? get_text(node, key) : NULL;

	if (text && strcmp(text, "true") && strcmp(text, "false"))
		fail(&node->at, "%s should be true or false", key);
	return text && !strcmp(text, "true");
}

/* Opens without blocking: opening a FIFO would wait for its peer otherwise. */
static int open_nonblock(const char *path, int flags)
{
	const int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
	const int status = fd < 0 ? 0 : fcntl(fd, F_GETFL);

	if (fd >= 0 && !(flags & O_DIRECTORY))
		fcntl(fd, F_SETFL, status & ~O_NONBLOCK);
	return fd;
}

/*
 * Status flags belong to the open file, which this descriptor shares with others.  So the
 * program may change them only if the configuration asks for that right by name or by "all".
 */
static void drop_flags_right(struct grant *grant)
{
	grant->rights.base &= ~CLOUDABI_RIGHT_FD_STAT_PUT_FLAGS | grant->rights.requested;
}

static void open_fd(struct grant *grant, const struct node *node)
{
	static const char *const names[] = { "stdin", "stdout", "stderr" };
	const char *const name = get_main_text(node, "fd");
	char *end;
	long fd = -1;

	for (long i = 0; i < 3; i++)
		if (!strcmp(name, names[i]))
			fd = i;
	if (fd < 0) {
		errno = 0;
		fd = strtol(name, &end, 10);
		if (*end || errno || fd < 0 || fd > 1 << 30 || *name == '+')
			fail(&grant->at, "%s is neither a number nor stdin, stdout or stderr",
			     name);
	}
	if (inherited((int)fd))
		grant->fd = fcntl((int)fd, F_DUPFD_CLOEXEC, 3);
	if (grant->fd < 0)
		fail(&grant->at, "%s: %m", name);
	drop_flags_right(grant);
	set_description(grant, "descriptor %s of cloudabi-run", name);
}

/*
 * Opens a file, and creates it if it does not exist.  O_EXCL tells whether it did; a new
 * file is removed again if the program does not start.  A dangling symlink exists.
 */
static int create_file(const struct mark *at, const char *path, int flags)
{
	int fd = open_nonblock(path, flags | O_CREAT | O_EXCL);

	if (fd >= 0)
		cleanup_path(at, path, true);
	else if (errno == EEXIST)
		fd = open_nonblock(path, flags);
	return fd;
}

static void restrict_to_append(struct grant *grant)
{
	const uint64_t required = grant->rights.base_required | grant->rights.either_required;

	if (required & ~APPEND_RIGHTS) {
		fputs("cloudabi-run: a file that is only appended to can't have ", stderr);
		rights_print(stderr, required & ~APPEND_RIGHTS);
		fputc('\n', stderr);
		fail(&grant->at, "%s", strerror(EPERM));
	}
	grant->rights.base &= APPEND_RIGHTS;
}

static void open_path(struct grant *grant, const char *path, const struct node *node)
{
	const bool create = get_bool(node, "create"), append = get_bool(node, "append");
	bool writing;
	int flags = O_RDONLY;

	if (append)
		restrict_to_append(grant);
	writing = find_attribute(node, "rights", false) && grant->rights.base & WRITE_RIGHTS;
	if ((create || append) && !writing)
		fail(&grant->at, "to create or to append needs a right to write");
	if (writing)
		flags = grant->rights.base & CLOUDABI_RIGHT_FD_READ ? O_RDWR : O_WRONLY;
	if (append)
		flags |= O_APPEND;
	grant->fd = create ? create_file(&grant->at, path, flags) : open_nonblock(path, flags);
	/* A directory cannot be appended to. */
	if (grant->fd < 0 && errno == EISDIR && !append)
		grant->fd = open_nonblock(path, O_RDONLY | O_DIRECTORY);
	if (grant->fd < 0)
		fail(&grant->at, "%s: %m", path);
}

static void open_file(struct grant *grant, const struct node *node)
{
	const char *const path = get_main_text(node, "path");
	struct stat st;

	open_path(grant, path, node);
	if (fstat(grant->fd, &st))
		fail(&grant->at, "%s: %m", path);
	set_description(grant, "%s %s", S_ISDIR(st.st_mode) ? "directory" : "file", path);
}

static void open_directory(struct grant *grant, const struct node *node)
{
	const char *const path = get_main_text(node, "path");

	grant->fd = open_nonblock(path, O_RDONLY | O_DIRECTORY);
	if (grant->fd < 0)
		fail(&grant->at, "%s: %m", path);
	set_description(grant, "directory %s", path);
}

static void open_executable(struct grant *grant, const struct node *node)
{
	const char *const path = get_main_text(node, "path");

	grant->fd = open_nonblock(path, O_RDONLY);
	if (grant->fd < 0 || faccessat(grant->fd, "", X_OK, AT_EMPTY_PATH | AT_EACCESS))
		fail(&grant->at, "%s: %m", path);
	set_description(grant, "executable %s", path);
}

/* Pipes by name; an end is -1 once a grant has taken it. */
static struct pipe {
	struct pipe *next;
	const char *name;
	int ends[2];
	struct mark at;
} *pipes;

/* Returns the pipe of a name; creates it if this is the first end. */
static struct pipe *find_pipe(const char *name, const struct mark *at)
{
	struct pipe *pipe = pipes;

	while (pipe && strcmp(pipe->name, name))
		pipe = pipe->next;
	if (pipe)
		return pipe;
	pipe = malloc(sizeof(*pipe));
	if (!pipe || pipe2(pipe->ends, O_CLOEXEC))
		fail(at, "%s: %m", name);
	pipe->name = name;
	pipe->at = *at;
	pipe->next = pipes;
	pipes = pipe;
	return pipe;
}

static void open_pipe(struct grant *grant, const struct node *node)
{
	const char *const from = get_text(node, "read"), *const to = get_text(node, "write");
	const char *const name = from ?: to;
	struct pipe *pipe;

	if (!from == !to)
		fail(&grant->at, "one of read and write should name the pipe");
	pipe = find_pipe(name, &grant->at);
	grant->fd = pipe->ends[!from];
	if (grant->fd < 0)
		fail(&grant->at, "pipe %s has this end already; an alias (*) would be the same one",
		     name);
	pipe->ends[!from] = -1;
	set_description(grant, "pipe %s, to %s", name, from ? "read" : "write");
}

static void open_shared_memory(struct grant *grant, const struct node *node)
{
	const char *const text = get_main_text(node, "size");
	uint64_t size;

	if (!limits_size(text, &size) || size > INT64_MAX)
		fail(&grant->at, "%s is no size", text);
	grant->fd = memfd_create("cloudabi", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
	if (grant->fd < 0 || ftruncate(grant->fd, (off_t)size))
		fail(&grant->at, "%s: %m", text);
	set_description(grant, "shared memory of %s", text);
}

static int socket_type(const struct node *node)
{
	static const struct {
		const char *name;
		int type;
	} types[] = {
		{ "stream", SOCK_STREAM }, { "datagram", SOCK_DGRAM },
		{ "seqpacket", SOCK_SEQPACKET },
	};
	const char *const name = get_text(node, "type") ?: "stream";

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(name, types[i].name))
			return types[i].type;
	fail(&node->at, "%s is no type of sockets; stream, datagram and seqpacket are", name);
}

/*
 * Replaces a listening socket by a local stream: the ABI has no call to accept, so a
 * helper process (handover.c) accepts connections and sends them through the stream.
 * Any other socket is granted as it is.
 */
static void use_helper(struct grant *grant, int listener)
{
	int ends[2], listens = 0;
	socklen_t len = sizeof(listens);

	grant->fd = listener;
	if (getsockopt(listener, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) || !listens)
		return;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		fail(&grant->at, "%m");
	grant->listener = listener;
	grant->fd = ends[0];
	grant->helper_fd = ends[1];
}

static void open_socket(struct grant *grant, const struct node *node)
{
	const char *const to = get_text(node, "connect"), *const from = get_text(node, "listen");
	const char *const inherited = get_text(node, "activation");

	if (!!to + !!from + !!inherited != 1)
		fail(&grant->at, "one of connect, listen and activation should be there");
	if (to) {
		grant->fd = socket_connect(&grant->at, to, socket_type(node));
		set_description(grant, "socket connected to %s", to);
	} else if (from) {
		use_helper(grant, socket_listen(&grant->at, from, socket_type(node)));
		set_description(grant, grant->helper_fd < 0 ? "socket bound to %s" :
				"connections to %s", from);
	} else {
		const int type = get_text(node, "type") ? socket_type(node) : 0;

		use_helper(grant, socket_activation(&grant->at, inherited, type));
		if (grant->helper_fd < 0)
			drop_flags_right(grant);
		set_description(grant, grant->helper_fd < 0 ? "socket %s of the service manager" :
				"connections to socket %s of the service manager", inherited);
	}
}

/**
 * struct tag - What a tag stands for
 * @name: name of the tag, without "!"
 * @attributes: its attributes besides "rights"; a scalar stands for the first one
 * @map: whether the node must be a map, as no attribute is the main one
 * @preset: rights of a grant without the attribute "rights"
 * @open: opens the descriptor, sets @fd and @description of the grant
 */
struct tag {
	const char *name;
	const char *attributes[5];
	bool map;
	const char *preset;
	void (*open)(struct grant *grant, const struct node *node);
};

static const struct tag tags[] = {
	{ "directory", { "path" }, false, "all", open_directory },
	{ "executable", { "path" }, false, "execute", open_executable },
	{ "fd", { "fd" }, false, "all", open_fd },
	{ "file", { "path", "create", "append" }, false, "all", open_file },
	{ "pipe", { "read", "write" }, true, "all", open_pipe },
	{ "shared_memory", { "size" }, false, "all", open_shared_memory },
	{ "socket", { "connect", "listen", "activation", "type" }, true, "all", open_socket },
};

static const struct tag *find_tag(const struct node *node)
{
	for (size_t i = 0; i < ARRAY_SIZE(tags); i++)
		if (!strcmp(node->at.tag, tags[i].name))
			return &tags[i];
	fail(&node->at, "unknown tag");
}

static bool has_attribute(const struct tag *tag, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(tag->attributes); i++)
		if (tag->attributes[i] && !strcmp(tag->attributes[i], name))
			return true;
	return !strcmp(name, "rights");
}

static void check_node(const struct tag *tag, const struct node *node)
{
	if (node->kind == NODE_SEQ || (node->kind == NODE_SCALAR && tag->map))
		fail(&node->at, "should be a map%s", tag->map ? "" : " or a scalar");
	for (size_t i = 0; node->kind == NODE_MAP && i < node->n; i += 2)
		if (!has_attribute(tag, node->items[i]->text))
			fail(&node->items[i]->at, "!%s has no %s", tag->name,
			     node->items[i]->text);
}

static struct grant *add_grant(struct grants *grants, const struct mark *at)
{
	if (grants->n == REEXEC_MAX_FDS)
		fail(at, "more than %d descriptors", REEXEC_MAX_FDS);
	if (!grants->list)
		grants->list = calloc(REEXEC_MAX_FDS, sizeof(*grants->list));
	if (!grants->list)
		fail(at, "%m");
	grants->list[grants->n] = (struct grant){
		.fd = -1, .at = *at, .listener = -1, .helper_fd = -1,
	};
	return &grants->list[grants->n++];
}

size_t grant_open(struct grants *grants, struct node *node)
{
	const struct tag *tag;
	struct grant *grant;

	if (node->grant >= 0)
		return (size_t)node->grant;
	tag = find_tag(node);
	check_node(tag, node);
	grant = add_grant(grants, &node->at);
	grant->rights = rights_read(find_attribute(node, "rights", false), tag->preset);
	tag->open(grant, node);
	node->grant = (int)(grants->n - 1);
	return grants->n - 1;
}

void grant_check(void)
{
	for (const struct pipe *pipe = pipes; pipe; pipe = pipe->next)
		if (pipe->ends[0] >= 0 || pipe->ends[1] >= 0)
			fail(&pipe->at, "the other end of pipe %s is not used", pipe->name);
}

void grant_print(FILE *out, const struct grants *grants)
{
	for (size_t i = 0; i < grants->n; i++) {
		const struct grant *const grant = &grants->list[i];

		fprintf(out, "  %zu: %s\n     may ", i, grant->description);
		rights_print(out, grant->rights.base);
		fputs(", inherited ", out);
		rights_print(out, grant->rights.inheriting);
		fputc('\n', out);
	}
}

void grant_help(FILE *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
		fprintf(out, "  !%s:", tags[i].name);
		for (size_t j = 0; j < ARRAY_SIZE(tags[i].attributes) && tags[i].attributes[j]; j++)
			fprintf(out, " %s,", tags[i].attributes[j]);
		fputs(" rights\n", out);
	}
}
