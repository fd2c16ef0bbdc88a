/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - A FUSE file system that the test serves
 *
 * Its root contains a regular file under any name except "new". Operations on it
 * succeed and are counted.
 */
#ifndef SELFTESTS_CLOUDABI_FUSE_H
#define SELFTESTS_CLOUDABI_FUSE_H

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define FUSE_FILE 2
#define FUSE_DIR 3

struct fuse {
	int fd;
	pthread_t thread;
	/* Number of requests by opcode. */
	atomic_int told[64];
};

static inline struct fuse_attr fuse_attr_of(uint64_t node)
{
	return (struct fuse_attr){
		.ino = node, .nlink = 1,
		.mode = node == FUSE_FILE ? S_IFREG | 0600 : S_IFDIR | 0700,
	};
}

static inline size_t fuse_entry(void *out, uint64_t node)
{
	*(struct fuse_entry_out *)out = (struct fuse_entry_out){
		.nodeid = node, .attr = fuse_attr_of(node),
	};
	return sizeof(struct fuse_entry_out);
}

/* Answers a request: returns the length of the data at @out, or a negative errno. */
static inline ssize_t fuse_answer(const struct fuse_in_header *in, void *out)
{
	switch (in->opcode) {
	case FUSE_INIT:
		*(struct fuse_init_out *)out = (struct fuse_init_out){
			.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION,
			.max_write = 4096,
		};
		return sizeof(struct fuse_init_out);
	case FUSE_LOOKUP:
		return strcmp((const char *)(in + 1), "new") ? (ssize_t)fuse_entry(out, FUSE_FILE) :
							       -ENOENT;
	case FUSE_MKDIR:
		return fuse_entry(out, FUSE_DIR);
	case FUSE_GETATTR:
	case FUSE_SETATTR:
		*(struct fuse_attr_out *)out = (struct fuse_attr_out){
			.attr = fuse_attr_of(in->nodeid),
		};
		return sizeof(struct fuse_attr_out);
	case FUSE_UNLINK:
		return 0;
	default:
		return -ENOSYS;
	}
}

/* Serves until the file system is unmounted. */
static inline void *fuse_serve(void *arg)
{
	static uint64_t request[(FUSE_MIN_READ_BUFFER + 4096) / sizeof(uint64_t)];
	static struct {
		struct fuse_out_header header;
		char body[256];
	} reply;
	const struct fuse_in_header *const in = (const void *)request;
	struct fuse *const fuse = arg;
	ssize_t len;

	while (read(fuse->fd, request, sizeof(request)) > 0) {
		if (in->opcode < sizeof(fuse->told) / sizeof(*fuse->told))
			atomic_fetch_add(&fuse->told[in->opcode], 1);
		/* These requests have no reply. */
		if (in->opcode == FUSE_FORGET || in->opcode == FUSE_BATCH_FORGET ||
		    in->opcode == FUSE_INTERRUPT)
			continue;
		len = fuse_answer(in, reply.body);
		reply.header = (struct fuse_out_header){
			.len = sizeof(reply.header) + (len > 0 ? len : 0),
			.error = len < 0 ? len : 0,
			.unique = in->unique,
		};
		if (write(fuse->fd, &reply, reply.header.len) < 0)
			break;
	}
	return NULL;
}

/* Mounts the file system; returns 0 or -1. */
static inline int fuse_mount(struct fuse *fuse, const char *top)
{
	char options[64];

	memset(fuse, 0, sizeof(*fuse));
	fuse->fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fuse->fd);
	if (fuse->fd < 0 || mount("fuse", top, "fuse", 0, options))
		return -1;
	errno = pthread_create(&fuse->thread, NULL, fuse_serve, fuse);
	return errno ? -1 : 0;
}

/* Joins the server after the file system is unmounted and closed. */
static inline void fuse_stop(struct fuse *fuse)
{
	pthread_join(fuse->thread, NULL);
	close(fuse->fd);
}

#endif /* SELFTESTS_CLOUDABI_FUSE_H */
