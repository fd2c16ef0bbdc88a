/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * CloudABI - Table of calls, rights, file types, signals and errnos
 *
 * The preprocessor generates the repetitive parts of an implementation from the
 * lists in this file: enumerations, handler prototypes, dispatch, vDSO and user
 * stubs, errno and signal maps, rights checks, trace names, the rights matrix
 * test and the documentation.  A list takes the name of a macro and applies it
 * to each of its rows.
 *
 * To add a call, append a row with the next number.  Compiler and linker then
 * report the other definitions that the call needs: its handler and its entry
 * in kernel/cloudabi/audit.c.  linux/cloudabi.h asserts that the rows observe
 * the limits below.
 *
 * The file contains only macros, so preprocessed sources of any language can
 * include it.
 */
#ifndef _UAPI_LINUX_CLOUDABI_CALLS_H
#define _UAPI_LINUX_CLOUDABI_CALLS_H

/*
 * Limits of a row.
 *
 * CLOUDABI_CALL_NAME_SIZE	bytes of a call's name in the name table that
 *				user space searches, with the NUL
 * CLOUDABI_CALL_ARGS_MAX	argument registers; the longest CLOUDABI_MAP
 * CLOUDABI_CALL_RETS_MAX	result registers
 * CLOUDABI_CALL_RIGHTS_MAX	rights in a row of required rights; the longest
 *				CLOUDABI_REQUIRED_MASK
 * CLOUDABI_RIGHT_BIT_MAX	the kernel uses bit 63 of a rights mask itself
 */
#define CLOUDABI_CALL_NAME_SIZE 16
#define CLOUDABI_CALL_ARGS_MAX 6
#define CLOUDABI_CALL_RETS_MAX 2
#define CLOUDABI_CALL_RIGHTS_MAX 2
#define CLOUDABI_RIGHT_BIT_MAX 62

/*
 * Lists of (type, name) pairs.
 *
 * CLOUDABI_MAP(n, m, list) applies m(index, type, name) to the n pairs of a
 * parenthesised list, with commas between the results.
 */
#define CLOUDABI_MAP0(m, ...)
#define CLOUDABI_MAP1(m, t0, a0) m(0, t0, a0)
#define CLOUDABI_MAP2(m, t0, a0, t1, a1) m(0, t0, a0), m(1, t1, a1)
#define CLOUDABI_MAP3(m, t0, a0, t1, a1, t2, a2) m(0, t0, a0), m(1, t1, a1), m(2, t2, a2)
#define CLOUDABI_MAP4(m, t0, a0, t1, a1, t2, a2, t3, a3) \
	m(0, t0, a0), m(1, t1, a1), m(2, t2, a2), m(3, t3, a3)
#define CLOUDABI_MAP5(m, t0, a0, t1, a1, t2, a2, t3, a3, t4, a4) \
	m(0, t0, a0), m(1, t1, a1), m(2, t2, a2), m(3, t3, a3), m(4, t4, a4)
#define CLOUDABI_MAP6(m, t0, a0, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5) \
	m(0, t0, a0), m(1, t1, a1), m(2, t2, a2), m(3, t3, a3), m(4, t4, a4), m(5, t5, a5)
#define CLOUDABI_UNWRAP(...) __VA_ARGS__
#define CLOUDABI_MAP_(n, m, ...) CLOUDABI_MAP##n(m, __VA_ARGS__)
#define CLOUDABI_MAP__(n, m, ...) CLOUDABI_MAP_(n, m, __VA_ARGS__)
#define CLOUDABI_MAP(n, m, list) CLOUDABI_MAP__(n, m, CLOUDABI_UNWRAP list)

/*
 * CLOUDABI_JOIN(nargs, nrets, none) separates the arguments of a call from its
 * results.  It expands to a comma if the call has both, to @none if it has
 * neither, and otherwise to nothing.  The letters mean: Z zero, S some.
 */
#define CLOUDABI_SOME0 Z
#define CLOUDABI_SOME1 S
#define CLOUDABI_SOME2 S
#define CLOUDABI_SOME3 S
#define CLOUDABI_SOME4 S
#define CLOUDABI_SOME5 S
#define CLOUDABI_SOME6 S
#define CLOUDABI_JOIN_ZZ(none) none
#define CLOUDABI_JOIN_ZS(none)
#define CLOUDABI_JOIN_SZ(none)
#define CLOUDABI_JOIN_SS(none) ,
#define CLOUDABI_JOIN__(a, r, none) CLOUDABI_JOIN_##a##r(none)
#define CLOUDABI_JOIN_(a, r, none) CLOUDABI_JOIN__(a, r, none)
#define CLOUDABI_JOIN(nargs, nrets, none) \
	CLOUDABI_JOIN_(CLOUDABI_SOME##nargs, CLOUDABI_SOME##nrets, none)

/* Parameters of the C function for a call: arguments, pointers to results. */
#define CLOUDABI_PARAM_ARG(i, t, a) t a
#define CLOUDABI_PARAM_RET(i, t, a) t *a
#define CLOUDABI_PARAMS(nargs, args, nrets, rets)                                                  \
	CLOUDABI_MAP(nargs, CLOUDABI_PARAM_ARG, args)                                              \
	CLOUDABI_JOIN(nargs, nrets, void)                                                          \
	CLOUDABI_MAP(nrets, CLOUDABI_PARAM_RET, rets)

/*
 * CALL(nr, name, nargs, (type, arg, ...), nrets, (type, ret, ...))
 *
 * Arguments are in the order of the argument registers, results in the order of
 * the result registers.
 */
#define CLOUDABI_CALLS(CALL)                                                                       \
	CALL(0, clock_res_get, 1, (cloudabi_clockid_t, clock_id),                                  \
	     1, (cloudabi_timestamp_t, resolution))                                                \
	CALL(1, clock_time_get, 2,                                                                 \
	     (cloudabi_clockid_t, clock_id, cloudabi_timestamp_t, precision),                      \
	     1, (cloudabi_timestamp_t, time))                                                      \
	CALL(2, condvar_signal, 3,                                                                 \
	     (cloudabi_condvar_t __user *, condvar, cloudabi_scope_t, scope,                       \
	      cloudabi_nthreads_t, nwaiters), 0, ())                                               \
	CALL(3, fd_close, 1, (cloudabi_fd_t, fd), 0, ())                                           \
	CALL(4, fd_create1, 1, (cloudabi_filetype_t, type), 1, (cloudabi_fd_t, fd))                \
	CALL(5, fd_create2, 1, (cloudabi_filetype_t, type),                                        \
	     2, (cloudabi_fd_t, fd1, cloudabi_fd_t, fd2))                                          \
	CALL(6, fd_datasync, 1, (cloudabi_fd_t, fd), 0, ())                                        \
	CALL(7, fd_dup, 1, (cloudabi_fd_t, from), 1, (cloudabi_fd_t, fd))                          \
	CALL(8, fd_pread, 4,                                                                       \
	     (cloudabi_fd_t, fd, const cloudabi_iovec_t __user *, iovs,                            \
	      cloudabi_size_t, iovs_len, cloudabi_filesize_t, offset),                             \
	     1, (cloudabi_size_t, nread))                                                          \
	CALL(9, fd_pwrite, 4,                                                                      \
	     (cloudabi_fd_t, fd, const cloudabi_ciovec_t __user *, iovs,                           \
	      cloudabi_size_t, iovs_len, cloudabi_filesize_t, offset),                             \
	     1, (cloudabi_size_t, nwritten))                                                       \
	CALL(10, fd_read, 3,                                                                       \
	     (cloudabi_fd_t, fd, const cloudabi_iovec_t __user *, iovs,                            \
	      cloudabi_size_t, iovs_len),                                                          \
	     1, (cloudabi_size_t, nread))                                                          \
	CALL(11, fd_replace, 2, (cloudabi_fd_t, from, cloudabi_fd_t, to), 0, ())                   \
	CALL(12, fd_seek, 3,                                                                       \
	     (cloudabi_fd_t, fd, cloudabi_filedelta_t, offset, cloudabi_whence_t, whence),         \
	     1, (cloudabi_filesize_t, newoffset))                                                  \
	CALL(13, fd_stat_get, 2, (cloudabi_fd_t, fd, cloudabi_fdstat_t __user *, buf), 0, ())      \
	CALL(14, fd_stat_put, 3,                                                                   \
	     (cloudabi_fd_t, fd, const cloudabi_fdstat_t __user *, buf,                            \
	      cloudabi_fdsflags_t, flags), 0, ())                                                  \
	CALL(15, fd_sync, 1, (cloudabi_fd_t, fd), 0, ())                                           \
	CALL(16, fd_write, 3,                                                                      \
	     (cloudabi_fd_t, fd, const cloudabi_ciovec_t __user *, iovs,                           \
	      cloudabi_size_t, iovs_len),                                                          \
	     1, (cloudabi_size_t, nwritten))                                                       \
	CALL(17, file_advise, 4,                                                                   \
	     (cloudabi_fd_t, fd, cloudabi_filesize_t, offset, cloudabi_filesize_t, len,            \
	      cloudabi_advice_t, advice), 0, ())                                                   \
	CALL(18, file_allocate, 3,                                                                 \
	     (cloudabi_fd_t, fd, cloudabi_filesize_t, offset, cloudabi_filesize_t, len), 0, ())    \
	CALL(19, file_create, 4,                                                                   \
	     (cloudabi_fd_t, fd, const char __user *, path, cloudabi_size_t, path_len,             \
	      cloudabi_filetype_t, type), 0, ())                                                   \
	CALL(20, file_link, 6,                                                                     \
	     (cloudabi_lookup_t, fd1, const char __user *, path1, cloudabi_size_t, path1_len,      \
	      cloudabi_fd_t, fd2, const char __user *, path2, cloudabi_size_t, path2_len), 0, ())  \
	CALL(21, file_open, 5,                                                                     \
	     (cloudabi_lookup_t, dirfd, const char __user *, path, cloudabi_size_t, path_len,      \
	      cloudabi_oflags_t, oflags, const cloudabi_fdstat_t __user *, fds),                   \
	     1, (cloudabi_fd_t, fd))                                                               \
	CALL(22, file_readdir, 4,                                                                  \
	     (cloudabi_fd_t, fd, void __user *, buf, cloudabi_size_t, buf_len,                     \
	      cloudabi_dircookie_t, cookie),                                                       \
	     1, (cloudabi_size_t, bufused))                                                        \
	CALL(23, file_readlink, 5,                                                                 \
	     (cloudabi_fd_t, fd, const char __user *, path, cloudabi_size_t, path_len,             \
	      char __user *, buf, cloudabi_size_t, buf_len),                                       \
	     1, (cloudabi_size_t, bufused))                                                        \
	CALL(24, file_rename, 6,                                                                   \
	     (cloudabi_fd_t, fd1, const char __user *, path1, cloudabi_size_t, path1_len,          \
	      cloudabi_fd_t, fd2, const char __user *, path2, cloudabi_size_t, path2_len), 0, ())  \
	CALL(25, file_stat_fget, 2, (cloudabi_fd_t, fd, cloudabi_filestat_t __user *, buf), 0, ()) \
	CALL(26, file_stat_fput, 3,                                                                \
	     (cloudabi_fd_t, fd, const cloudabi_filestat_t __user *, buf,                          \
	      cloudabi_fsflags_t, flags), 0, ())                                                   \
	CALL(27, file_stat_get, 4,                                                                 \
	     (cloudabi_lookup_t, fd, const char __user *, path, cloudabi_size_t, path_len,         \
	      cloudabi_filestat_t __user *, buf), 0, ())                                           \
	CALL(28, file_stat_put, 5,                                                                 \
	     (cloudabi_lookup_t, fd, const char __user *, path, cloudabi_size_t, path_len,         \
	      const cloudabi_filestat_t __user *, buf, cloudabi_fsflags_t, flags), 0, ())          \
	CALL(29, file_symlink, 5,                                                                  \
	     (const char __user *, path1, cloudabi_size_t, path1_len, cloudabi_fd_t, fd,           \
	      const char __user *, path2, cloudabi_size_t, path2_len), 0, ())                      \
	CALL(30, file_unlink, 4,                                                                   \
	     (cloudabi_fd_t, fd, const char __user *, path, cloudabi_size_t, path_len,             \
	      cloudabi_ulflags_t, flags), 0, ())                                                   \
	CALL(31, lock_unlock, 2,                                                                   \
	     (cloudabi_lock_t __user *, lock, cloudabi_scope_t, scope), 0, ())                     \
	CALL(32, mem_advise, 3,                                                                    \
	     (void __user *, mapping, cloudabi_size_t, mapping_len,                                \
	      cloudabi_advice_t, advice), 0, ())                                                   \
	CALL(33, mem_map, 6,                                                                       \
	     (void __user *, addr, cloudabi_size_t, len, cloudabi_mprot_t, prot,                   \
	      cloudabi_mflags_t, flags, cloudabi_fd_t, fd, cloudabi_filesize_t, off),              \
	     1, (void __user *, mem))                                                              \
	CALL(34, mem_protect, 3,                                                                   \
	     (void __user *, mapping, cloudabi_size_t, mapping_len, cloudabi_mprot_t, prot),       \
	     0, ())                                                                                \
	CALL(35, mem_sync, 3,                                                                      \
	     (void __user *, mapping, cloudabi_size_t, mapping_len, cloudabi_msflags_t, flags),    \
	     0, ())                                                                                \
	CALL(36, mem_unmap, 2,                                                                     \
	     (void __user *, mapping, cloudabi_size_t, mapping_len), 0, ())                        \
	CALL(37, poll, 3,                                                                          \
	     (const cloudabi_subscription_t __user *, in, cloudabi_event_t __user *, out,          \
	      cloudabi_size_t, nsubscriptions),                                                    \
	     1, (cloudabi_size_t, nevents))                                                        \
	CALL(38, proc_exec, 5,                                                                     \
	     (cloudabi_fd_t, fd, const void __user *, data, cloudabi_size_t, data_len,             \
	      const cloudabi_fd_t __user *, fds, cloudabi_size_t, fds_len), 0, ())                 \
	CALL(39, proc_exit, 1, (cloudabi_exitcode_t, rval), 0, ())                                 \
	CALL(40, proc_fork, 0, (), 2, (cloudabi_fd_t, fd, cloudabi_tid_t, tid))                    \
	CALL(41, proc_raise, 1, (cloudabi_signal_t, sig), 0, ())                                   \
	CALL(42, random_get, 2, (void __user *, buf, cloudabi_size_t, buf_len), 0, ())             \
	CALL(43, sock_recv, 3,                                                                     \
	     (cloudabi_fd_t, sock, const cloudabi_recv_in_t __user *, in,                          \
	      cloudabi_recv_out_t __user *, out), 0, ())                                           \
	CALL(44, sock_send, 3,                                                                     \
	     (cloudabi_fd_t, sock, const cloudabi_send_in_t __user *, in,                          \
	      cloudabi_send_out_t __user *, out), 0, ())                                           \
	CALL(45, sock_shutdown, 2, (cloudabi_fd_t, sock, cloudabi_sdflags_t, how), 0, ())          \
	CALL(46, thread_create, 1, (cloudabi_threadattr_t __user *, attr),                         \
	     1, (cloudabi_tid_t, tid))                                                             \
	CALL(47, thread_exit, 2,                                                                   \
	     (cloudabi_lock_t __user *, lock, cloudabi_scope_t, scope), 0, ())                     \
	CALL(48, thread_yield, 0, (), 0, ())

/*
 * RIGHT(bit, NAME): an operation that a descriptor permits.
 */
#define CLOUDABI_RIGHTS(RIGHT)                                                                     \
	RIGHT(0, FD_DATASYNC)                                                                      \
	RIGHT(1, FD_READ)                                                                          \
	RIGHT(2, FD_SEEK)                                                                          \
	RIGHT(3, FD_STAT_PUT_FLAGS)                                                                \
	RIGHT(4, FD_SYNC)                                                                          \
	RIGHT(5, FD_TELL)                                                                          \
	RIGHT(6, FD_WRITE)                                                                         \
	RIGHT(7, FILE_ADVISE)                                                                      \
	RIGHT(8, FILE_ALLOCATE)                                                                    \
	RIGHT(9, FILE_CREATE_DIRECTORY)                                                            \
	RIGHT(10, FILE_CREATE_FILE)                                                                \
	RIGHT(12, FILE_LINK_SOURCE)                                                                \
	RIGHT(13, FILE_LINK_TARGET)                                                                \
	RIGHT(14, FILE_OPEN)                                                                       \
	RIGHT(15, FILE_READDIR)                                                                    \
	RIGHT(16, FILE_READLINK)                                                                   \
	RIGHT(17, FILE_RENAME_SOURCE)                                                              \
	RIGHT(18, FILE_RENAME_TARGET)                                                              \
	RIGHT(19, FILE_STAT_FGET)                                                                  \
	RIGHT(20, FILE_STAT_FPUT_SIZE)                                                             \
	RIGHT(21, FILE_STAT_FPUT_TIMES)                                                            \
	RIGHT(22, FILE_STAT_GET)                                                                   \
	RIGHT(23, FILE_STAT_PUT_TIMES)                                                             \
	RIGHT(24, FILE_SYMLINK)                                                                    \
	RIGHT(25, FILE_UNLINK)                                                                     \
	RIGHT(26, MEM_MAP)                                                                         \
	RIGHT(27, MEM_MAP_EXEC)                                                                    \
	RIGHT(28, POLL_FD_READWRITE)                                                               \
	RIGHT(30, POLL_PROC_TERMINATE)                                                             \
	RIGHT(32, PROC_EXEC)                                                                       \
	RIGHT(39, SOCK_SHUTDOWN)

/*
 * NEED(call, argument, when, n, (right, ...)): n rights that a call requires of
 * the descriptor in one of its arguments, always or under the named condition.
 * They are base rights.  In rows whose condition starts with "inh_" they are
 * inheriting rights.
 */
#define CLOUDABI_REQUIRED_RIGHTS(NEED)                                                            \
	NEED(fd_datasync, fd, always, 1, (FD_DATASYNC))                                            \
	NEED(fd_pread, fd, always, 2, (FD_READ, FD_SEEK))                                          \
	NEED(fd_pwrite, fd, always, 2, (FD_WRITE, FD_SEEK))                                        \
	NEED(fd_read, fd, always, 1, (FD_READ))                                                    \
	NEED(fd_seek, fd, move, 1, (FD_SEEK))                                                      \
	NEED(fd_seek, fd, tell, 1, (FD_TELL))                                                      \
	NEED(fd_stat_put, fd, flags, 1, (FD_STAT_PUT_FLAGS))                                       \
	NEED(fd_stat_put, fd, dsync, 1, (FD_DATASYNC))                                             \
	NEED(fd_stat_put, fd, sync, 1, (FD_SYNC))                                                  \
	NEED(fd_stat_put, fd, overwrite, 2, (FD_WRITE, FD_SEEK))                                   \
	NEED(fd_sync, fd, always, 1, (FD_SYNC))                                                    \
	NEED(fd_write, fd, always, 1, (FD_WRITE))                                                  \
	NEED(file_advise, fd, always, 1, (FILE_ADVISE))                                            \
	NEED(file_allocate, fd, always, 1, (FILE_ALLOCATE))                                        \
	NEED(file_create, fd, directory, 1, (FILE_CREATE_DIRECTORY))                               \
	NEED(file_link, fd1, always, 1, (FILE_LINK_SOURCE))                                        \
	NEED(file_link, fd2, always, 1, (FILE_LINK_TARGET))                                        \
	NEED(file_open, dirfd, always, 1, (FILE_OPEN))                                             \
	NEED(file_open, dirfd, creat, 1, (FILE_CREATE_FILE))                                       \
	NEED(file_open, dirfd, inh_trunc, 1, (FILE_STAT_FPUT_SIZE))                                \
	NEED(file_open, dirfd, inh_dsync, 1, (FD_DATASYNC))                                        \
	NEED(file_open, dirfd, inh_sync, 1, (FD_SYNC))                                             \
	NEED(file_open, dirfd, inh_overwrite, 1, (FD_SEEK))                                        \
	NEED(file_readdir, fd, always, 1, (FILE_READDIR))                                          \
	NEED(file_readlink, fd, always, 1, (FILE_READLINK))                                        \
	NEED(file_rename, fd1, always, 1, (FILE_RENAME_SOURCE))                                    \
	NEED(file_rename, fd2, always, 1, (FILE_RENAME_TARGET))                                    \
	NEED(file_stat_fget, fd, always, 1, (FILE_STAT_FGET))                                      \
	NEED(file_stat_fput, fd, size, 1, (FILE_STAT_FPUT_SIZE))                                   \
	NEED(file_stat_fput, fd, times, 1, (FILE_STAT_FPUT_TIMES))                                 \
	NEED(file_stat_get, fd, always, 1, (FILE_STAT_GET))                                        \
	NEED(file_stat_put, fd, times, 1, (FILE_STAT_PUT_TIMES))                                   \
	NEED(file_symlink, fd, always, 1, (FILE_SYMLINK))                                          \
	NEED(file_unlink, fd, always, 1, (FILE_UNLINK))                                            \
	NEED(mem_map, fd, always, 1, (MEM_MAP))                                                    \
	NEED(mem_map, fd, read, 1, (FD_READ))                                                      \
	NEED(mem_map, fd, write, 1, (FD_WRITE))                                                    \
	NEED(mem_map, fd, exec, 1, (MEM_MAP_EXEC))                                                 \
	NEED(poll, fd, fd_read, 2, (POLL_FD_READWRITE, FD_READ))                                   \
	NEED(poll, fd, fd_write, 2, (POLL_FD_READWRITE, FD_WRITE))                                 \
	NEED(poll, fd, proc_terminate, 1, (POLL_PROC_TERMINATE))                                   \
	NEED(proc_exec, fd, always, 1, (PROC_EXEC))                                                \
	NEED(sock_recv, sock, always, 1, (FD_READ))                                                \
	NEED(sock_send, sock, always, 1, (FD_WRITE))                                               \
	NEED(sock_shutdown, sock, always, 1, (SOCK_SHUTDOWN))

/*
 * FILETYPE(value, NAME): type of the object behind a descriptor or a directory
 * entry.
 */
#define CLOUDABI_FILETYPES(FILETYPE)                                                               \
	FILETYPE(0x00, UNKNOWN)                                                                    \
	FILETYPE(0x10, BLOCK_DEVICE)                                                               \
	FILETYPE(0x11, CHARACTER_DEVICE)                                                           \
	FILETYPE(0x20, DIRECTORY)                                                                  \
	FILETYPE(0x50, PROCESS)                                                                    \
	FILETYPE(0x60, REGULAR_FILE)                                                               \
	FILETYPE(0x70, SHARED_MEMORY)                                                              \
	FILETYPE(0x80, SOCKET_DGRAM)                                                               \
	FILETYPE(0x82, SOCKET_STREAM)                                                              \
	FILETYPE(0x90, SYMBOLIC_LINK)

/*
 * SIGNAL(value, NAME, Linux signal)
 */
#define CLOUDABI_SIGNALS(SIGNAL)                                                                   \
	SIGNAL(1, ABRT, SIGABRT)                                                                   \
	SIGNAL(2, ALRM, SIGALRM)                                                                   \
	SIGNAL(3, BUS, SIGBUS)                                                                     \
	SIGNAL(4, CHLD, SIGCHLD)                                                                   \
	SIGNAL(5, CONT, SIGCONT)                                                                   \
	SIGNAL(6, FPE, SIGFPE)                                                                     \
	SIGNAL(7, HUP, SIGHUP)                                                                     \
	SIGNAL(8, ILL, SIGILL)                                                                     \
	SIGNAL(9, INT, SIGINT)                                                                     \
	SIGNAL(10, KILL, SIGKILL)                                                                  \
	SIGNAL(11, PIPE, SIGPIPE)                                                                  \
	SIGNAL(12, QUIT, SIGQUIT)                                                                  \
	SIGNAL(13, SEGV, SIGSEGV)                                                                  \
	SIGNAL(14, STOP, SIGSTOP)                                                                  \
	SIGNAL(15, SYS, SIGSYS)                                                                    \
	SIGNAL(16, TERM, SIGTERM)                                                                  \
	SIGNAL(17, TRAP, SIGTRAP)                                                                  \
	SIGNAL(18, TSTP, SIGTSTP)                                                                  \
	SIGNAL(19, TTIN, SIGTTIN)                                                                  \
	SIGNAL(20, TTOU, SIGTTOU)                                                                  \
	SIGNAL(21, URG, SIGURG)                                                                    \
	SIGNAL(22, USR1, SIGUSR1)                                                                  \
	SIGNAL(23, USR2, SIGUSR2)                                                                  \
	SIGNAL(24, VTALRM, SIGVTALRM)                                                              \
	SIGNAL(25, XCPU, SIGXCPU)                                                                  \
	SIGNAL(26, XFSZ, SIGXFSZ)

/*
 * ERRNO(value, NAME, Linux errno, message)
 *
 * Linux has no ENOTCAPABLE.  The kernel represents it by a number that no errno
 * of Linux has: CLOUDABI_LINUX_ENOTCAPABLE in linux/cloudabi_prctl.h.
 */
#define CLOUDABI_ERRNOS(ERRNO)                                                                     \
	ERRNO(1, 2BIG, E2BIG, "Argument data too large")                                           \
	ERRNO(2, ACCES, EACCES, "Permission denied")                                               \
	ERRNO(3, ADDRINUSE, EADDRINUSE, "Address already in use")                                  \
	ERRNO(4, ADDRNOTAVAIL, EADDRNOTAVAIL, "Address cannot be assigned")                        \
	ERRNO(5, AFNOSUPPORT, EAFNOSUPPORT, "Address family unknown")                              \
	ERRNO(6, AGAIN, EAGAIN, "Try again later")                                                 \
	ERRNO(7, ALREADY, EALREADY, "Operation already under way")                                 \
	ERRNO(8, BADF, EBADF, "Descriptor not open")                                               \
	ERRNO(9, BADMSG, EBADMSG, "Malformed message")                                             \
	ERRNO(10, BUSY, EBUSY, "Resource in use")                                                  \
	ERRNO(11, CANCELED, ECANCELED, "Operation was cancelled")                                  \
	ERRNO(12, CHILD, ECHILD, "No child process")                                               \
	ERRNO(13, CONNABORTED, ECONNABORTED, "Connection was aborted")                             \
	ERRNO(14, CONNREFUSED, ECONNREFUSED, "Connection was refused")                             \
	ERRNO(15, CONNRESET, ECONNRESET, "Connection was reset")                                   \
	ERRNO(16, DEADLK, EDEADLK, "Would deadlock")                                               \
	ERRNO(17, DESTADDRREQ, EDESTADDRREQ, "Destination missing")                                \
	ERRNO(18, DOM, EDOM, "Argument outside the function's domain")                             \
	ERRNO(19, DQUOT, EDQUOT, "Quota exceeded")                                                 \
	ERRNO(20, EXIST, EEXIST, "Name already exists")                                            \
	ERRNO(21, FAULT, EFAULT, "Memory not accessible")                                          \
	ERRNO(22, FBIG, EFBIG, "File would be too large")                                          \
	ERRNO(23, HOSTUNREACH, EHOSTUNREACH, "No route to host")                                   \
	ERRNO(24, IDRM, EIDRM, "Identifier was removed")                                           \
	ERRNO(25, ILSEQ, EILSEQ, "Invalid byte sequence")                                          \
	ERRNO(26, INPROGRESS, EINPROGRESS, "Operation in progress")                                \
	ERRNO(27, INTR, EINTR, "Call was interrupted")                                             \
	ERRNO(28, INVAL, EINVAL, "Argument not valid")                                             \
	ERRNO(29, IO, EIO, "Input or output failed")                                               \
	ERRNO(30, ISCONN, EISCONN, "Socket already connected")                                     \
	ERRNO(31, ISDIR, EISDIR, "Name is a directory")                                            \
	ERRNO(32, LOOP, ELOOP, "Symbolic link not followed, or too many of them")                  \
	ERRNO(33, MFILE, EMFILE, "Process has too many descriptors")                               \
	ERRNO(34, MLINK, EMLINK, "File has too many links")                                        \
	ERRNO(35, MSGSIZE, EMSGSIZE, "Message too long")                                           \
	ERRNO(36, MULTIHOP, EMULTIHOP, "Multihop attempted")                                       \
	ERRNO(37, NAMETOOLONG, ENAMETOOLONG, "Name too long")                                      \
	ERRNO(38, NETDOWN, ENETDOWN, "Network is down")                                            \
	ERRNO(39, NETRESET, ENETRESET, "Network dropped the connection")                           \
	ERRNO(40, NETUNREACH, ENETUNREACH, "Network cannot be reached")                            \
	ERRNO(41, NFILE, ENFILE, "System has too many open files")                                 \
	ERRNO(42, NOBUFS, ENOBUFS, "Out of buffers")                                               \
	ERRNO(43, NODEV, ENODEV, "Device does not support it")                                     \
	ERRNO(44, NOENT, ENOENT, "Name does not exist")                                            \
	ERRNO(45, NOEXEC, ENOEXEC, "Not a valid executable")                                       \
	ERRNO(46, NOLCK, ENOLCK, "Out of locks")                                                   \
	ERRNO(47, NOLINK, ENOLINK, "Link was severed")                                             \
	ERRNO(48, NOMEM, ENOMEM, "Out of memory")                                                  \
	ERRNO(49, NOMSG, ENOMSG, "No such message")                                                \
	ERRNO(50, NOPROTOOPT, ENOPROTOOPT, "Protocol option unknown")                              \
	ERRNO(51, NOSPC, ENOSPC, "Device is full")                                                 \
	ERRNO(52, NOSYS, ENOSYS, "Call not implemented")                                           \
	ERRNO(53, NOTCONN, ENOTCONN, "Socket not connected")                                       \
	ERRNO(54, NOTDIR, ENOTDIR, "Not a directory")                                              \
	ERRNO(55, NOTEMPTY, ENOTEMPTY, "Directory not empty")                                      \
	ERRNO(56, NOTRECOVERABLE, ENOTRECOVERABLE, "State cannot be recovered")                    \
	ERRNO(57, NOTSOCK, ENOTSOCK, "Not a socket")                                               \
	ERRNO(58, NOTSUP, EOPNOTSUPP, "Not supported")                                             \
	ERRNO(59, NOTTY, ENOTTY, "Not a terminal")                                                 \
	ERRNO(60, NXIO, ENXIO, "No such device or address")                                        \
	ERRNO(61, OVERFLOW, EOVERFLOW, "Value does not fit")                                       \
	ERRNO(62, OWNERDEAD, EOWNERDEAD, "Owner of the lock died")                                 \
	ERRNO(63, PERM, EPERM, "Operation not permitted")                                          \
	ERRNO(64, PIPE, EPIPE, "Peer is gone")                                                     \
	ERRNO(65, PROTO, EPROTO, "Protocol violated")                                              \
	ERRNO(66, PROTONOSUPPORT, EPROTONOSUPPORT, "Protocol unknown")                             \
	ERRNO(67, PROTOTYPE, EPROTOTYPE, "Wrong protocol for this socket")                         \
	ERRNO(68, RANGE, ERANGE, "Result out of range")                                            \
	ERRNO(69, ROFS, EROFS, "File system is read-only")                                         \
	ERRNO(70, SPIPE, ESPIPE, "Descriptor cannot seek")                                         \
	ERRNO(71, SRCH, ESRCH, "No such process")                                                  \
	ERRNO(72, STALE, ESTALE, "File handle is stale")                                           \
	ERRNO(73, TIMEDOUT, ETIMEDOUT, "Timed out")                                                \
	ERRNO(74, TXTBSY, ETXTBSY, "Executable is in use")                                         \
	ERRNO(75, XDEV, EXDEV, "On another file system")                                           \
	ERRNO(76, NOTCAPABLE, ENOTCAPABLE, "Descriptor lacks the right")

#endif /* _UAPI_LINUX_CLOUDABI_CALLS_H */
