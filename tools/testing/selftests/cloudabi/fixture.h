/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Environment that the launcher gives to a test program
 *
 * Both sides include this file: the launcher opens the descriptors listed here,
 * and the program finds them under these numbers.
 */
#ifndef SELFTESTS_CLOUDABI_FIXTURE_H
#define SELFTESTS_CLOUDABI_FIXTURE_H

#include <linux/cloudabi.h>

#define R(name) CLOUDABI_RIGHT_##name

/* The maximum rights of a descriptor, by file type. */
#define REGULAR_BASE 0x11c3801ffULL
#define DIRECTORY_BASE 0x13eff698ULL
#define DIRECTORY_INHERITING 0x11ffff7ffULL
#define SHARED_MEMORY_BASE 0xc180042ULL
#define SOCKET_BASE 0x801008004aULL
#define SOCKET_INHERITING 0x815ffff7ffULL
#define TERMINAL_BASE 0x1008004aULL

/* Rights that need a descriptor opened for reading or for writing. */
#define REGULAR_READ (R(FD_READ) | R(MEM_MAP) | R(MEM_MAP_EXEC))
#define REGULAR_WRITE (R(FD_WRITE) | R(FILE_ALLOCATE) | R(FILE_STAT_FPUT_SIZE))

/* Rights that need an open directory; a path descriptor (O_PATH) is not enough. */
#define DIRECTORY_OPEN                                                                    \
	(R(FD_STAT_PUT_FLAGS) | R(FD_SYNC) | R(FILE_ADVISE) | R(FILE_READDIR) |           \
	 R(FILE_STAT_FPUT_TIMES) | R(POLL_FD_READWRITE))

/* Devices have the rights of files, but cannot be allocated or executed. */
#define DEVICE_BASE (REGULAR_BASE & ~(R(FILE_ALLOCATE) | R(PROC_EXEC)))

/*
 * ROW(fd, NAME, file type, base, inheriting, flags): the descriptors.
 */
#define FIXTURE_ROWS(ROW)                                                                 \
	ROW(3, DIR, DIRECTORY, DIRECTORY_BASE, DIRECTORY_INHERITING, 0)                   \
	ROW(4, PIPE_READ, SOCKET_STREAM,                                                  \
	    SOCKET_BASE & ~R(FD_WRITE), SOCKET_INHERITING, 0)                             \
	ROW(5, PIPE_WRITE, SOCKET_STREAM,                                                 \
	    SOCKET_BASE & ~R(FD_READ), SOCKET_INHERITING, 0)                              \
	ROW(6, FILE, REGULAR_FILE, REGULAR_BASE, 0, 0)                                    \
	ROW(7, FILE_RDONLY, REGULAR_FILE, REGULAR_BASE & ~REGULAR_WRITE, 0, 0)            \
	ROW(8, FILE_WRONLY, REGULAR_FILE, REGULAR_BASE & ~REGULAR_READ, 0, 0)             \
	ROW(9, FILE_PATH, REGULAR_FILE, R(FILE_STAT_FGET) | R(PROC_EXEC), 0, 0)           \
	ROW(10, DIR_PATH, DIRECTORY,                                                      \
	    DIRECTORY_BASE & ~DIRECTORY_OPEN, DIRECTORY_INHERITING, 0)                    \
	ROW(11, STREAM, SOCKET_STREAM, SOCKET_BASE, SOCKET_INHERITING, 0)                 \
	ROW(12, STREAM_PEER, SOCKET_STREAM, SOCKET_BASE, SOCKET_INHERITING, 0)            \
	ROW(13, DGRAM, SOCKET_DGRAM, SOCKET_BASE, SOCKET_INHERITING, 0)                   \
	ROW(14, DGRAM_PEER, SOCKET_DGRAM, SOCKET_BASE, SOCKET_INHERITING, 0)              \
	ROW(15, SEQPACKET, UNKNOWN, 0, 0, 0)                                              \
	ROW(16, TTY, CHARACTER_DEVICE, TERMINAL_BASE, 0, 0)                               \
	ROW(17, NULL_DEVICE, CHARACTER_DEVICE, DEVICE_BASE, 0, 0)                         \
	ROW(18, ZERO_DEVICE, CHARACTER_DEVICE, DEVICE_BASE & ~REGULAR_WRITE, 0, 0)        \
	ROW(19, EPOLL, UNKNOWN, 0, 0, 0)                                                  \
	ROW(20, EVENT, UNKNOWN, 0, 0, 0)                                                  \
	ROW(21, TIMER, UNKNOWN, 0, 0, 0)                                                  \
	ROW(22, SIGNAL, UNKNOWN, 0, 0, 0)                                                 \
	ROW(23, PID, UNKNOWN, 0, 0, 0)                                                    \
	ROW(24, IO_URING, UNKNOWN, 0, 0, 0)                                               \
	ROW(25, BPF, UNKNOWN, 0, 0, 0)                                                    \
	ROW(26, PERF, UNKNOWN, 0, 0, 0)                                                   \
	ROW(27, NETLINK, UNKNOWN, 0, 0, 0)                                                \
	ROW(28, MEMFD, SHARED_MEMORY, SHARED_MEMORY_BASE, 0, 0)                           \
	ROW(29, FIFO, SOCKET_STREAM, SOCKET_BASE, SOCKET_INHERITING, 0)                   \
	ROW(30, APPEND, REGULAR_FILE, REGULAR_BASE & ~REGULAR_READ, 0,                    \
	    CLOUDABI_FDFLAG_APPEND)                                                       \
	ROW(31, SYNC, REGULAR_FILE, REGULAR_BASE, 0, CLOUDABI_FDFLAG_SYNC)                \
	ROW(32, DSYNC, REGULAR_FILE, REGULAR_BASE, 0, CLOUDABI_FDFLAG_DSYNC)              \
	ROW(33, NONBLOCK, SOCKET_STREAM,                                                  \
	    SOCKET_BASE & ~R(FD_WRITE), SOCKET_INHERITING, CLOUDABI_FDFLAG_NONBLOCK)      \
	ROW(34, PROC, DIRECTORY, DIRECTORY_BASE, DIRECTORY_INHERITING, 0)                 \
	ROW(35, BROKEN_PIPE, SOCKET_STREAM,                                               \
	    SOCKET_BASE & ~R(FD_READ), SOCKET_INHERITING, 0)                              \
	ROW(36, BLOCK, BLOCK_DEVICE, DEVICE_BASE & ~REGULAR_WRITE, 0, 0)                  \
	ROW(37, INOTIFY, UNKNOWN, 0, 0, 0)                                                \
	ROW(38, USERFAULT, UNKNOWN, 0, 0, 0)                                              \
	ROW(39, SECRET, UNKNOWN, 0, 0, 0)                                                 \
	ROW(40, IMAGE, REGULAR_FILE, REGULAR_BASE & ~REGULAR_WRITE, 0, 0)                 \
	ROW(41, NAMESPACE, UNKNOWN, 0, 0, 0)                                              \
	ROW(42, UNCONNECTED, SOCKET_STREAM, SOCKET_BASE, SOCKET_INHERITING, 0)            \
	ROW(43, LISTENING, SOCKET_STREAM, SOCKET_BASE, SOCKET_INHERITING, 0)              \
	ROW(44, INET, SOCKET_STREAM, SOCKET_BASE, SOCKET_INHERITING, 0)                   \
	ROW(45, INET_PEER, SOCKET_STREAM, SOCKET_BASE, SOCKET_INHERITING, 0)              \
	ROW(46, DGRAM_ALONE, SOCKET_DGRAM, SOCKET_BASE, SOCKET_INHERITING, 0)             \
	ROW(500, FAR, REGULAR_FILE, REGULAR_BASE & ~REGULAR_WRITE, 0, 0)

enum fixture_fd {
#define FIXTURE_FD(fd, name, ...) FIXTURE_##name = (fd),
	FIXTURE_ROWS(FIXTURE_FD)
#undef FIXTURE_FD
};

/* Was opened with O_CLOEXEC before exec. */
#define FIXTURE_CLOSED 501
/* Never a descriptor. */
#define FIXTURE_NONE 99

/* In precision_test only, all times are multiples of this; in ns. */
#define FIXTURE_PRECISION 7000003ULL

/*
 * The directory "root". Its parent directory also contains a file "outside" and a
 * block device "loop".
 *
 *   file           FIXTURE_TEXT
 *   empty          nothing
 *   readonly       mode 0444
 *   secret         mode 0000
 *   program        mode 0755
 *   dir/file       FIXTURE_TEXT
 *   dir/dir/file   FIXTURE_TEXT
 *   dir/up         -> ../file
 *   dir/dir/upup   -> ../../file
 *   dir/out        -> ../../outside
 *   blank/         empty
 *   many/          FIXTURE_MANY files, named by fixture_name()
 *   fifo, socket, null (a device), block (another)
 *   fifo_closed    a FIFO that no process has open
 *   foreign        owned by another user, mode 0666
 *   foreign_readonly  owned by another user, mode 0444
 *   foreign_dir/   owned by another user, mode 0755
 *   foreign_dir/file  FIXTURE_TEXT
 *   old            accessed and changed before 1970
 *   mount/         a tmpfs of FIXTURE_MOUNT_SIZE bytes
 *   mount/file     FIXTURE_TEXT
 *   mount/future   accessed and changed after the last timestamp
 *   bound/         dir, mounted a second time
 *   link           -> file
 *   link_slash     -> dir/
 *   link_dir       -> dir
 *   link_dot       -> .
 *   link_dangling  -> nothing
 *   link_loop      -> link_loop
 *   link_inside    -> dir/../file
 *   link_outside   -> ../outside
 *   link_back      -> ../root/file
 *   link_up        -> ..
 *   link_absolute  -> /.../outside
 *   link_absolute_inside -> /.../root/file
 *   link_root      -> /
 *   chain1 ... chain41   -> file, chain1, ..., chain40
 */
#define FIXTURE_TEXT "0123456789abcdef"
#define FIXTURE_TEXT_LEN 16
#define FIXTURE_MANY 500
#define FIXTURE_MOUNT_SIZE 1048576
/* RLIMIT_FSIZE of the programs that the launcher's table names. */
#define FIXTURE_FSIZE (1ULL << 40)
#define FIXTURE_OUTSIDE "nobody beneath root may read this\n"
/* The value of an environment variable when hostile programs start. */
#define FIXTURE_ENVIRONMENT "for the launcher alone"

/* Writes the name of the i-th file in many/; returns its length. */
static inline int fixture_name(char name[256], int i)
{
	const int len = 4 + i * 7 % 60;

	for (int j = 0; j < len; j++)
		name[j] = 'a' + (i + j) % 26;
	name[0] = '0' + i / 100;
	name[1] = '0' + i / 10 % 10;
	name[2] = '0' + i % 10;
	name[len] = '\0';
	return len;
}

#endif /* SELFTESTS_CLOUDABI_FIXTURE_H */
