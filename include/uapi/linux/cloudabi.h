/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * CloudABI - Types, constants and structures of the ABI
 *
 * Calls, errnos, rights, file types and signals come from the table in
 * cloudabi_calls.h.  This header defines the rest.  Structures have the layout
 * of 64-bit processes.
 */
#ifndef _UAPI_LINUX_CLOUDABI_H
#define _UAPI_LINUX_CLOUDABI_H

#include <linux/cloudabi_calls.h>
#include <linux/types.h>

/*
 * Version of the ABI in this header: increases when calls, rights or fields are
 * added.  Programs may test it at compile time.  At run time, a call that the
 * kernel lacks is missing from the symbols of the vDSO.
 */
#define CLOUDABI_VERSION 1

/* Value of EI_OSABI in an executable's ELF header. */
#define CLOUDABI_ELFOSABI 17

/*
 * Architecture value that seccomp filters, audit and ptrace see: AUDIT_ARCH_*
 * of the machine, with the ELF OS ABI in bits that no machine uses.
 */
#define CLOUDABI_AUDIT_ARCH(arch) ((arch) | (CLOUDABI_ELFOSABI << 16))

/* Scalar types */

typedef __u8 cloudabi_advice_t;
typedef __u32 cloudabi_auxtype_t;
typedef __u32 cloudabi_clockid_t;
typedef __u32 cloudabi_condvar_t;
typedef __u64 cloudabi_device_t;
typedef __u64 cloudabi_dircookie_t;
typedef __u16 cloudabi_errno_t;
typedef __u16 cloudabi_eventrwflags_t;
typedef __u8 cloudabi_eventtype_t;
typedef __u32 cloudabi_exitcode_t;
typedef __u32 cloudabi_fd_t;
typedef __u16 cloudabi_fdflags_t;
typedef __u16 cloudabi_fdsflags_t;
typedef __s64 cloudabi_filedelta_t;
typedef __u64 cloudabi_filesize_t;
typedef __u8 cloudabi_filetype_t;
typedef __u16 cloudabi_fsflags_t;
typedef __u64 cloudabi_inode_t;
typedef __u32 cloudabi_linkcount_t;
typedef __u32 cloudabi_lock_t;
typedef __u32 cloudabi_lookupflags_t;
typedef __u8 cloudabi_mflags_t;
typedef __u8 cloudabi_mprot_t;
typedef __u8 cloudabi_msflags_t;
typedef __u32 cloudabi_nthreads_t;
typedef __u16 cloudabi_oflags_t;
typedef __u16 cloudabi_riflags_t;
typedef __u64 cloudabi_rights_t;
typedef __u16 cloudabi_roflags_t;
typedef __u8 cloudabi_scope_t;
typedef __u8 cloudabi_sdflags_t;
typedef __u16 cloudabi_siflags_t;
typedef __u8 cloudabi_signal_t;
typedef __kernel_size_t cloudabi_size_t;
typedef __u16 cloudabi_subclockflags_t;
typedef __u16 cloudabi_subrwflags_t;
typedef __u32 cloudabi_tid_t;
typedef __u64 cloudabi_timestamp_t;
typedef __u8 cloudabi_ulflags_t;
typedef __u64 cloudabi_userdata_t;
typedef __u8 cloudabi_whence_t;

/*
 * Limits of the table.  They precede everything that is generated from it, so
 * that the first error names the row and the limit.
 */

#ifndef __cplusplus
#define CLOUDABI_ASSERT _Static_assert
#else
#define CLOUDABI_ASSERT static_assert
#endif

#define CLOUDABI_ASSERT_CALL(nr, name, nargs, args, nrets, rets)                                   \
	CLOUDABI_ASSERT(sizeof(#name) <= CLOUDABI_CALL_NAME_SIZE,                                  \
			"call " #name ": name exceeds CLOUDABI_CALL_NAME_SIZE");                   \
	CLOUDABI_ASSERT((nargs) <= CLOUDABI_CALL_ARGS_MAX,                                         \
			"call " #name ": more than CLOUDABI_CALL_ARGS_MAX arguments");             \
	CLOUDABI_ASSERT((nrets) <= CLOUDABI_CALL_RETS_MAX,                                         \
			"call " #name ": more than CLOUDABI_CALL_RETS_MAX results");
CLOUDABI_CALLS(CLOUDABI_ASSERT_CALL)
#undef CLOUDABI_ASSERT_CALL

#define CLOUDABI_ASSERT_REQUIRED(call, arg, when, n, rights)                                       \
	CLOUDABI_ASSERT((n) >= 1 && (n) <= CLOUDABI_CALL_RIGHTS_MAX,                               \
			"rights of " #call ", " #arg ", " #when                                    \
			": not 1 to CLOUDABI_CALL_RIGHTS_MAX");
CLOUDABI_REQUIRED_RIGHTS(CLOUDABI_ASSERT_REQUIRED)
#undef CLOUDABI_ASSERT_REQUIRED

#define CLOUDABI_ASSERT_RIGHT(bit, name)                                                           \
	CLOUDABI_ASSERT((bit) >= 0 && (bit) <= CLOUDABI_RIGHT_BIT_MAX,                             \
			"right " #name ": bit exceeds CLOUDABI_RIGHT_BIT_MAX");
CLOUDABI_RIGHTS(CLOUDABI_ASSERT_RIGHT)
#undef CLOUDABI_ASSERT_RIGHT

/* Enumerations generated from the table */

enum cloudabi_call {
#define CLOUDABI_CALL_NR(nr, name, ...) CLOUDABI_NR_##name = nr,
	CLOUDABI_CALLS(CLOUDABI_CALL_NR)
#undef CLOUDABI_CALL_NR
	CLOUDABI_NR_CALLS
};

/* The number of a call is an index of tables.  The LSM keeps 8 bits of it. */
#define CLOUDABI_COUNT(...) + 1
CLOUDABI_ASSERT(0 CLOUDABI_CALLS(CLOUDABI_COUNT) == CLOUDABI_NR_CALLS,
		"calls: numbers do not ascend from 0 without gaps");
CLOUDABI_ASSERT(CLOUDABI_NR_CALLS <= 256, "calls: a number exceeds 8 bits");

enum cloudabi_errno {
	CLOUDABI_ESUCCESS = 0,
#define CLOUDABI_ERRNO_VALUE(value, name, ...) CLOUDABI_E##name = value,
	CLOUDABI_ERRNOS(CLOUDABI_ERRNO_VALUE)
#undef CLOUDABI_ERRNO_VALUE
	CLOUDABI_NR_ERRNOS
};

CLOUDABI_ASSERT(1 CLOUDABI_ERRNOS(CLOUDABI_COUNT) == CLOUDABI_NR_ERRNOS,
		"errnos: values do not ascend from 1 without gaps");

enum cloudabi_filetype {
#define CLOUDABI_FILETYPE_VALUE(value, name) CLOUDABI_FILETYPE_##name = value,
	CLOUDABI_FILETYPES(CLOUDABI_FILETYPE_VALUE)
#undef CLOUDABI_FILETYPE_VALUE
};

enum cloudabi_signal {
#define CLOUDABI_SIGNAL_VALUE(value, name, ...) CLOUDABI_SIG##name = value,
	CLOUDABI_SIGNALS(CLOUDABI_SIGNAL_VALUE)
#undef CLOUDABI_SIGNAL_VALUE
	CLOUDABI_NR_SIGNALS
};

CLOUDABI_ASSERT(1 CLOUDABI_SIGNALS(CLOUDABI_COUNT) == CLOUDABI_NR_SIGNALS,
		"signals: values do not ascend from 1 without gaps");
#undef CLOUDABI_COUNT

#define CLOUDABI_RIGHT_VALUE(bit, name) CLOUDABI_RIGHT_##name = 1ULL << (bit),
__extension__ enum cloudabi_right {
	CLOUDABI_RIGHTS(CLOUDABI_RIGHT_VALUE)
#undef CLOUDABI_RIGHT_VALUE
#define CLOUDABI_RIGHT_OR(bit, name) CLOUDABI_RIGHT_##name |
	/* All rights that are defined */
	CLOUDABI_RIGHTS_ALL = CLOUDABI_RIGHTS(CLOUDABI_RIGHT_OR) 0ULL
#undef CLOUDABI_RIGHT_OR
};

/* CLOUDABI_REQUIRED(call, argument, when): the rights in a row, as a mask. */
#define CLOUDABI_REQUIRED_MASK1(a) CLOUDABI_RIGHT_##a
#define CLOUDABI_REQUIRED_MASK2(a, b) (CLOUDABI_RIGHT_##a | CLOUDABI_RIGHT_##b)
#define CLOUDABI_REQUIRED_VALUE(call, arg, when, n, rights) \
	CLOUDABI_REQUIRED_##call##_##arg##_##when = CLOUDABI_REQUIRED_MASK##n rights,
#define CLOUDABI_REQUIRED(call, arg, when) CLOUDABI_REQUIRED_##call##_##arg##_##when
__extension__ enum cloudabi_required {
	CLOUDABI_REQUIRED_RIGHTS(CLOUDABI_REQUIRED_VALUE)
};

/* Constants */

/* advice: expected use of a region of a file or of memory */
#define CLOUDABI_ADVICE_DONTNEED 1
#define CLOUDABI_ADVICE_NOREUSE 2
#define CLOUDABI_ADVICE_NORMAL 3
#define CLOUDABI_ADVICE_RANDOM 4
#define CLOUDABI_ADVICE_SEQUENTIAL 5
#define CLOUDABI_ADVICE_WILLNEED 6

/* auxtype: keys of the auxiliary vector */
#define CLOUDABI_AT_NULL 0
#define CLOUDABI_AT_PHDR 3
#define CLOUDABI_AT_PHNUM 4
#define CLOUDABI_AT_PAGESZ 6
#define CLOUDABI_AT_BASE 7
#define CLOUDABI_AT_ARGDATA 256
#define CLOUDABI_AT_ARGDATALEN 257
#define CLOUDABI_AT_CANARY 258
#define CLOUDABI_AT_CANARYLEN 259
#define CLOUDABI_AT_NCPUS 260
#define CLOUDABI_AT_TID 261
#define CLOUDABI_AT_SYSINFO_EHDR 262
#define CLOUDABI_AT_PID 263

/* clockid */
#define CLOUDABI_CLOCK_MONOTONIC 1
#define CLOUDABI_CLOCK_PROCESS_CPUTIME_ID 2
#define CLOUDABI_CLOCK_REALTIME 3
#define CLOUDABI_CLOCK_THREAD_CPUTIME_ID 4

/* condvar: value of the word without waiters */
#define CLOUDABI_CONDVAR_HAS_NO_WAITERS 0

/* dircookie: position of the first entry */
#define CLOUDABI_DIRCOOKIE_START 0

/* eventrwflags */
#define CLOUDABI_EVENT_FD_READWRITE_HANGUP 0x01

/* eventtype */
#define CLOUDABI_EVENTTYPE_CLOCK 1
#define CLOUDABI_EVENTTYPE_CONDVAR 2
#define CLOUDABI_EVENTTYPE_FD_READ 3
#define CLOUDABI_EVENTTYPE_FD_WRITE 4
#define CLOUDABI_EVENTTYPE_LOCK_RDLOCK 5
#define CLOUDABI_EVENTTYPE_LOCK_WRLOCK 6
#define CLOUDABI_EVENTTYPE_PROC_TERMINATE 7

/* fd: numbers that are not descriptors */
#define CLOUDABI_PROCESS_CHILD 0xffffffffU
#define CLOUDABI_MAP_ANON_FD 0xffffffffU

/* fdflags */
#define CLOUDABI_FDFLAG_APPEND 0x01
#define CLOUDABI_FDFLAG_DSYNC 0x02
#define CLOUDABI_FDFLAG_NONBLOCK 0x04
#define CLOUDABI_FDFLAG_RSYNC 0x08
#define CLOUDABI_FDFLAG_SYNC 0x10

/* fdsflags: attributes that fd_stat_put() changes */
#define CLOUDABI_FDSTAT_FLAGS 0x01
#define CLOUDABI_FDSTAT_RIGHTS 0x02

/* fsflags: attributes that file_stat_put() and file_stat_fput() change */
#define CLOUDABI_FILESTAT_ATIM 0x01
#define CLOUDABI_FILESTAT_ATIM_NOW 0x02
#define CLOUDABI_FILESTAT_MTIM 0x04
#define CLOUDABI_FILESTAT_MTIM_NOW 0x08
#define CLOUDABI_FILESTAT_SIZE 0x10

/* lock: states of the word, and its flag bits */
#define CLOUDABI_LOCK_UNLOCKED 0
#define CLOUDABI_LOCK_WRLOCKED 0x40000000U
#define CLOUDABI_LOCK_KERNEL_MANAGED 0x80000000U
#define CLOUDABI_LOCK_BOGUS 0x80000000U

/* lookupflags */
#define CLOUDABI_LOOKUP_SYMLINK_FOLLOW 1

/* mflags */
#define CLOUDABI_MAP_ANON 0x01
#define CLOUDABI_MAP_FIXED 0x02
#define CLOUDABI_MAP_PRIVATE 0x04
#define CLOUDABI_MAP_SHARED 0x08

/* mprot */
#define CLOUDABI_PROT_EXEC 0x01
#define CLOUDABI_PROT_WRITE 0x02
#define CLOUDABI_PROT_READ 0x04

/* msflags */
#define CLOUDABI_MS_ASYNC 0x01
#define CLOUDABI_MS_INVALIDATE 0x02
#define CLOUDABI_MS_SYNC 0x04

/* oflags */
#define CLOUDABI_O_CREAT 0x01
#define CLOUDABI_O_DIRECTORY 0x02
#define CLOUDABI_O_EXCL 0x04
#define CLOUDABI_O_TRUNC 0x08

/* riflags and roflags */
#define CLOUDABI_SOCK_RECV_PEEK 0x04
#define CLOUDABI_SOCK_RECV_WAITALL 0x10
#define CLOUDABI_SOCK_RECV_FDS_TRUNCATED 0x01
#define CLOUDABI_SOCK_RECV_DATA_TRUNCATED 0x08

/* scope */
#define CLOUDABI_SCOPE_PRIVATE 0x04
#define CLOUDABI_SCOPE_SHARED 0x08

/* sdflags */
#define CLOUDABI_SHUT_RD 0x01
#define CLOUDABI_SHUT_WR 0x02

/* subclockflags and subrwflags */
#define CLOUDABI_SUBSCRIPTION_CLOCK_ABSTIME 0x01
#define CLOUDABI_SUBSCRIPTION_FD_READWRITE_POLL 0x01

/* ulflags */
#define CLOUDABI_UNLINK_REMOVEDIR 0x01

/* whence */
#define CLOUDABI_WHENCE_CUR 1
#define CLOUDABI_WHENCE_END 2
#define CLOUDABI_WHENCE_SET 3

/* Structures */

typedef struct {
	cloudabi_auxtype_t a_type;
	union {
		cloudabi_size_t a_val;
		void __user *a_ptr;
	};
} cloudabi_auxv_t;

typedef struct {
	const void __user *buf;
	cloudabi_size_t buf_len;
} cloudabi_ciovec_t;

typedef struct {
	void __user *buf;
	cloudabi_size_t buf_len;
} cloudabi_iovec_t;

typedef struct {
	cloudabi_dircookie_t d_next;
	cloudabi_inode_t d_ino;
	__u32 d_namlen;
	cloudabi_filetype_t d_type;
} cloudabi_dirent_t;

typedef struct {
	cloudabi_userdata_t userdata;
	cloudabi_errno_t error;
	cloudabi_eventtype_t type;
	union {
		struct {
			cloudabi_filesize_t nbytes;
			char unused[4];
			cloudabi_eventrwflags_t flags;
		} fd_readwrite;
		struct {
			char unused[4];
			cloudabi_signal_t signal;
			cloudabi_exitcode_t exitcode;
		} proc_terminate;
	};
} cloudabi_event_t;

typedef struct {
	cloudabi_filetype_t fs_filetype;
	cloudabi_fdflags_t fs_flags;
	cloudabi_rights_t fs_rights_base;
	cloudabi_rights_t fs_rights_inheriting;
} cloudabi_fdstat_t;

typedef struct {
	cloudabi_device_t st_dev;
	cloudabi_inode_t st_ino;
	cloudabi_filetype_t st_filetype;
	cloudabi_linkcount_t st_nlink;
	cloudabi_filesize_t st_size;
	cloudabi_timestamp_t st_atim;
	cloudabi_timestamp_t st_mtim;
	cloudabi_timestamp_t st_ctim;
} cloudabi_filestat_t;

/* Passed by value, in one register. */
typedef struct {
	cloudabi_fd_t fd;
	cloudabi_lookupflags_t flags;
} cloudabi_lookup_t;

typedef struct {
	const cloudabi_iovec_t __user *ri_data;
	cloudabi_size_t ri_data_len;
	cloudabi_fd_t __user *ri_fds;
	cloudabi_size_t ri_fds_len;
	cloudabi_riflags_t ri_flags;
} cloudabi_recv_in_t;

typedef struct {
	cloudabi_size_t ro_datalen;
	cloudabi_size_t ro_fdslen;
	char ro_unused[40];
	cloudabi_roflags_t ro_flags;
} cloudabi_recv_out_t;

typedef struct {
	const cloudabi_ciovec_t __user *si_data;
	cloudabi_size_t si_data_len;
	const cloudabi_fd_t __user *si_fds;
	cloudabi_size_t si_fds_len;
	cloudabi_siflags_t si_flags;
} cloudabi_send_in_t;

typedef struct {
	cloudabi_size_t so_datalen;
} cloudabi_send_out_t;

typedef struct {
	cloudabi_userdata_t userdata;
	__u16 unused;
	cloudabi_eventtype_t type;
	union {
		struct {
			cloudabi_userdata_t identifier;
			cloudabi_clockid_t clock_id;
			cloudabi_timestamp_t timeout;
			cloudabi_timestamp_t precision;
			cloudabi_subclockflags_t flags;
		} clock;
		struct {
			cloudabi_condvar_t __user *condvar;
			cloudabi_lock_t __user *lock;
			cloudabi_scope_t condvar_scope;
			cloudabi_scope_t lock_scope;
		} condvar;
		struct {
			cloudabi_fd_t fd;
			cloudabi_subrwflags_t flags;
		} fd_readwrite;
		struct {
			cloudabi_lock_t __user *lock;
			cloudabi_scope_t lock_scope;
		} lock;
		struct {
			cloudabi_fd_t fd;
		} proc_terminate;
	};
} cloudabi_subscription_t;

typedef struct {
	void __user *parent;
} cloudabi_tcb_t;

typedef void cloudabi_threadentry_t(cloudabi_tid_t tid, void *aux);
typedef void cloudabi_processentry_t(const cloudabi_auxv_t *auxv);

typedef struct {
	cloudabi_threadentry_t *entry_point;
	void __user *stack;
	cloudabi_size_t stack_len;
	void __user *argument;
} cloudabi_threadattr_t;

/* Layouts: STRUCT(name, size) and FIELD(struct, field, offset). */

#define CLOUDABI_LAYOUTS(STRUCT, FIELD)                                                            \
	STRUCT(auxv, 16)                                                                           \
	FIELD(auxv, a_type, 0)                                                                     \
	FIELD(auxv, a_val, 8)                                                                      \
	FIELD(auxv, a_ptr, 8)                                                                      \
	STRUCT(ciovec, 16)                                                                         \
	FIELD(ciovec, buf, 0)                                                                      \
	FIELD(ciovec, buf_len, 8)                                                                  \
	STRUCT(iovec, 16)                                                                          \
	FIELD(iovec, buf, 0)                                                                       \
	FIELD(iovec, buf_len, 8)                                                                   \
	STRUCT(dirent, 24)                                                                         \
	FIELD(dirent, d_next, 0)                                                                   \
	FIELD(dirent, d_ino, 8)                                                                    \
	FIELD(dirent, d_namlen, 16)                                                                \
	FIELD(dirent, d_type, 20)                                                                  \
	STRUCT(event, 32)                                                                          \
	FIELD(event, userdata, 0)                                                                  \
	FIELD(event, error, 8)                                                                     \
	FIELD(event, type, 10)                                                                     \
	FIELD(event, fd_readwrite.nbytes, 16)                                                      \
	FIELD(event, fd_readwrite.unused, 24)                                                      \
	FIELD(event, fd_readwrite.flags, 28)                                                       \
	FIELD(event, proc_terminate.unused, 16)                                                    \
	FIELD(event, proc_terminate.signal, 20)                                                    \
	FIELD(event, proc_terminate.exitcode, 24)                                                  \
	STRUCT(fdstat, 24)                                                                         \
	FIELD(fdstat, fs_filetype, 0)                                                              \
	FIELD(fdstat, fs_flags, 2)                                                                 \
	FIELD(fdstat, fs_rights_base, 8)                                                           \
	FIELD(fdstat, fs_rights_inheriting, 16)                                                    \
	STRUCT(filestat, 56)                                                                       \
	FIELD(filestat, st_dev, 0)                                                                 \
	FIELD(filestat, st_ino, 8)                                                                 \
	FIELD(filestat, st_filetype, 16)                                                           \
	FIELD(filestat, st_nlink, 20)                                                              \
	FIELD(filestat, st_size, 24)                                                               \
	FIELD(filestat, st_atim, 32)                                                               \
	FIELD(filestat, st_mtim, 40)                                                               \
	FIELD(filestat, st_ctim, 48)                                                               \
	STRUCT(lookup, 8)                                                                          \
	FIELD(lookup, fd, 0)                                                                       \
	FIELD(lookup, flags, 4)                                                                    \
	STRUCT(recv_in, 40)                                                                        \
	FIELD(recv_in, ri_data, 0)                                                                 \
	FIELD(recv_in, ri_data_len, 8)                                                             \
	FIELD(recv_in, ri_fds, 16)                                                                 \
	FIELD(recv_in, ri_fds_len, 24)                                                             \
	FIELD(recv_in, ri_flags, 32)                                                               \
	STRUCT(recv_out, 64)                                                                       \
	FIELD(recv_out, ro_datalen, 0)                                                             \
	FIELD(recv_out, ro_fdslen, 8)                                                              \
	FIELD(recv_out, ro_unused, 16)                                                             \
	FIELD(recv_out, ro_flags, 56)                                                              \
	STRUCT(send_in, 40)                                                                        \
	FIELD(send_in, si_data, 0)                                                                 \
	FIELD(send_in, si_data_len, 8)                                                             \
	FIELD(send_in, si_fds, 16)                                                                 \
	FIELD(send_in, si_fds_len, 24)                                                             \
	FIELD(send_in, si_flags, 32)                                                               \
	STRUCT(send_out, 8)                                                                        \
	FIELD(send_out, so_datalen, 0)                                                             \
	STRUCT(subscription, 56)                                                                   \
	FIELD(subscription, userdata, 0)                                                           \
	FIELD(subscription, unused, 8)                                                             \
	FIELD(subscription, type, 10)                                                              \
	FIELD(subscription, clock.identifier, 16)                                                  \
	FIELD(subscription, clock.clock_id, 24)                                                    \
	FIELD(subscription, clock.timeout, 32)                                                     \
	FIELD(subscription, clock.precision, 40)                                                   \
	FIELD(subscription, clock.flags, 48)                                                       \
	FIELD(subscription, condvar.condvar, 16)                                                   \
	FIELD(subscription, condvar.lock, 24)                                                      \
	FIELD(subscription, condvar.condvar_scope, 32)                                             \
	FIELD(subscription, condvar.lock_scope, 33)                                                \
	FIELD(subscription, fd_readwrite.fd, 16)                                                   \
	FIELD(subscription, fd_readwrite.flags, 20)                                                \
	FIELD(subscription, lock.lock, 16)                                                         \
	FIELD(subscription, lock.lock_scope, 24)                                                   \
	FIELD(subscription, proc_terminate.fd, 16)                                                 \
	STRUCT(tcb, 8)                                                                             \
	FIELD(tcb, parent, 0)                                                                      \
	STRUCT(threadattr, 32)                                                                     \
	FIELD(threadattr, entry_point, 0)                                                          \
	FIELD(threadattr, stack, 8)                                                                \
	FIELD(threadattr, stack_len, 16)                                                           \
	FIELD(threadattr, argument, 24)

#ifdef __LP64__
#define CLOUDABI_ASSERT_SIZE(name, size) \
	CLOUDABI_ASSERT(sizeof(cloudabi_##name##_t) == (size), #name ": size");
#define CLOUDABI_ASSERT_OFFSET(name, field, offset)                                                \
	CLOUDABI_ASSERT(__builtin_offsetof(cloudabi_##name##_t, field) == (offset),                \
			#name "." #field ": offset");
CLOUDABI_LAYOUTS(CLOUDABI_ASSERT_SIZE, CLOUDABI_ASSERT_OFFSET)
#undef CLOUDABI_ASSERT_OFFSET
#undef CLOUDABI_ASSERT_SIZE
#endif
#undef CLOUDABI_ASSERT

#endif /* _UAPI_LINUX_CLOUDABI_H */
