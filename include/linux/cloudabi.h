/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI - What the rest of the kernel calls
 *
 * All of it is nothing without CONFIG_CLOUDABI.
 */
#ifndef _LINUX_CLOUDABI_H
#define _LINUX_CLOUDABI_H

#include <linux/file.h>
#include <uapi/linux/cloudabi.h>

/*
 * Descriptor numbers that stand for the directories a call was given.  The
 * functions behind the *at() calls of Linux take a number, which another thread
 * might replace after its rights have been checked; these can't be replaced.
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
 * struct cloudabi_rights - What may be done with a descriptor
 * @base: rights of the descriptor itself
 * @inheriting: most rights of descriptors that are made through it
 */
struct cloudabi_rights {
	cloudabi_rights_t base;
	cloudabi_rights_t inheriting;
};

/**
 * cloudabi_task - Does a task run a CloudABI program?
 * @task: the task
 *
 * The mark is set by exec and inherited.  It is never cleared: such a task can
 * only execute further CloudABI programs.
 */
#define is_cloudabi_task(task) test_task_syscall_work(task, CLOUDABI)

/* security/cloudabi/confine.c */
int cloudabi_confine_walk(const struct path *root, const char *name,
			  bool nested);

/* kernel/cloudabi/path.c */
const struct path *cloudabi_dfd_path(int dfd);

/* kernel/cloudabi/proc.c */
bool cloudabi_forked(const struct task_struct *task);

/**
 * cloudabi_autoreap - Does nobody wait for a process to end?
 * @task: its first thread
 *
 * What proc_fork() makes is known by its descriptor alone, whoever becomes its
 * parent.  What a native program starts is waited for by that program.
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
 * cloudabi_scm_fget - Look up a file that is to be sent
 * @fpl: files of the message so far
 * @fd: number of the descriptor
 *
 * Return: the file with a reference, or NULL.
 */
static inline struct file *cloudabi_scm_fget(struct scm_fp_list *fpl,
					     unsigned int fd)
{
	return is_cloudabi_task(current) ? __cloudabi_scm_fget(fpl, fd) :
					fget_raw(fd);
}

/* kernel/cloudabi/sock.c */
bool cloudabi_recv_restarted(void);

/* security/cloudabi/show.c */
void cloudabi_show_fdinfo(struct seq_file *m, struct task_struct *task,
			  unsigned int fd, const struct file *file);
void cloudabi_show_status(struct seq_file *m, struct task_struct *task);

#else

/*
 * Headers of any architecture may include this one.  So it includes nothing here
 * that may need them, as tasks do.
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
static inline void cloudabi_show_fdinfo(struct seq_file *m,
					struct task_struct *task,
					unsigned int fd,
					const struct file *file) { }
static inline void cloudabi_show_status(struct seq_file *m,
					struct task_struct *task) { }

#endif /* CONFIG_CLOUDABI */

#endif /* _LINUX_CLOUDABI_H */
