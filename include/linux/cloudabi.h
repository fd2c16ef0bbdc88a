/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI - Interface to the rest of the kernel
 *
 * A comment before each group of declarations names the file that implements
 * them.  Without CONFIG_CLOUDABI, the functions are stubs, and the compiler
 * drops the calls of cloudabi_do_syscall().
 */
#ifndef _LINUX_CLOUDABI_H
#define _LINUX_CLOUDABI_H

#include <linux/file.h>
#include <uapi/linux/cloudabi.h>

/*
 * Numbers that stand for the directories of the current call.  The functions
 * behind the *at() calls of Linux take the number of a descriptor.  Another
 * thread could replace the descriptor after its rights were checked.  It cannot
 * replace a directory that has one of these numbers.
 */
#define CLOUDABI_DFDS 2
#define CLOUDABI_DFD(i) (-1000 - (i))

struct file;
struct msghdr;
struct path;
struct pt_regs;
struct scm_cookie;
struct scm_fp_list;
struct seq_file;
struct task_struct;

/* fs/namei.c */
extern int sysctl_protected_symlinks;

/* kernel/cloudabi/entry.c */
long cloudabi_do_syscall(struct pt_regs *regs, long nr);

#ifdef CONFIG_CLOUDABI

#include <linux/sched.h>
#include <linux/thread_info.h>

/**
 * struct cloudabi_rights - Rights of a descriptor
 * @base: operations that the descriptor permits
 * @inheriting: upper bound of the rights of descriptors that file_open() makes
 *              from it
 */
struct cloudabi_rights {
	cloudabi_rights_t base;
	cloudabi_rights_t inheriting;
};

/**
 * is_cloudabi_task - Does a task run a CloudABI program?
 * @task: the task
 *
 * exec sets the flag, and children inherit it.  Nothing clears it: a CloudABI
 * program can execute CloudABI programs only.
 *
 * Context: Any.
 * Return: true if the task runs a CloudABI program.
 */
#define is_cloudabi_task(task) test_task_syscall_work(task, CLOUDABI)

/* security/cloudabi/confine.c */
int cloudabi_confine_walk(const struct path *root, const char *name,
			  bool nested);

/* security/cloudabi/show.c */
void cloudabi_show_fdinfo(struct seq_file *m, struct task_struct *task,
			  unsigned int fd, const struct file *file);
void cloudabi_show_status(struct seq_file *m, struct task_struct *task);

/* kernel/cloudabi/path.c */
const struct path *cloudabi_dfd_path(int dfd);

/* kernel/cloudabi/proc.c */
bool cloudabi_forked(const struct task_struct *task);

/**
 * cloudabi_autoreap - Does a process reap itself when it ends?
 * @task: first thread of the process
 *
 * A CloudABI program waits for a child by the descriptor that proc_fork()
 * returned, never as the parent of the child.  So the child must not become a
 * zombie, whichever process is its parent after reparenting.  A process that a
 * Linux program started does not reap itself: its parent waits for it.
 *
 * Context: Any.
 * Return: true if the process reaps itself.
 */
static inline bool cloudabi_autoreap(const struct task_struct *task)
{
	return is_cloudabi_task(task) && cloudabi_forked(task);
}

/* kernel/cloudabi/scm.c */
struct file *__cloudabi_scm_fget(struct scm_fp_list *fpl, unsigned int fd);
bool cloudabi_scm_recv(struct msghdr *msg, struct scm_cookie *scm);
void cloudabi_scm_get(const struct scm_fp_list *fpl);
void cloudabi_scm_put(const struct scm_fp_list *fpl);

/**
 * cloudabi_scm_fget - Get a file to send in a message
 * @fpl: files of the message so far
 * @fd: number of the descriptor
 *
 * Context: Process context.
 * Return: the file with a reference, or NULL.
 */
static inline struct file *cloudabi_scm_fget(struct scm_fp_list *fpl,
					     unsigned int fd)
{
	return is_cloudabi_task(current) ? __cloudabi_scm_fget(fpl, fd) :
					   fget_raw(fd);
}

/* kernel/cloudabi/sockmsg.c */
bool cloudabi_recv_restarted(void);

#else

/*
 * linux/entry-common.h includes this header, and so do headers of any
 * architecture.  Therefore this branch includes nothing that depends on them.
 */
static inline bool is_cloudabi_task(const struct task_struct *task)
{
	return false;
}

static inline int cloudabi_confine_walk(const struct path *root,
					const char *name, bool nested)
{
	return 0;
}

static inline void cloudabi_show_fdinfo(struct seq_file *m,
					struct task_struct *task,
					unsigned int fd,
					const struct file *file) { }
static inline void cloudabi_show_status(struct seq_file *m,
					struct task_struct *task) { }

static inline const struct path *cloudabi_dfd_path(int dfd) { return NULL; }

static inline bool cloudabi_autoreap(const struct task_struct *task)
{
	return false;
}

static inline struct file *cloudabi_scm_fget(struct scm_fp_list *fpl,
					     unsigned int fd)
{
	return fget_raw(fd);
}

static inline bool cloudabi_scm_recv(struct msghdr *msg,
				     struct scm_cookie *scm) { return false; }
static inline void cloudabi_scm_get(const struct scm_fp_list *fpl) { }
static inline void cloudabi_scm_put(const struct scm_fp_list *fpl) { }

static inline bool cloudabi_recv_restarted(void) { return false; }

#endif /* CONFIG_CLOUDABI */

#endif /* _LINUX_CLOUDABI_H */
