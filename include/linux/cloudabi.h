/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI - What the rest of the kernel calls
 *
 * All of it is nothing without CONFIG_CLOUDABI.
 */
#ifndef _LINUX_CLOUDABI_H
#define _LINUX_CLOUDABI_H

#include <linux/kconfig.h>
#include <linux/thread_info.h>
#include <uapi/linux/cloudabi.h>

struct file;
struct pt_regs;
struct seq_file;
struct task_struct;

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
#define cloudabi_task(task) \
	(IS_ENABLED(CONFIG_CLOUDABI) && test_task_syscall_work(task, CLOUDABI))

/* kernel/cloudabi/entry.c */
long cloudabi_do_syscall(struct pt_regs *regs, long nr);

#ifdef CONFIG_CLOUDABI

/* security/cloudabi/show.c */
void cloudabi_show_fdinfo(struct seq_file *m, struct task_struct *task,
			  unsigned int fd, const struct file *file);
void cloudabi_show_status(struct seq_file *m, struct task_struct *task);

#else

static inline void cloudabi_show_fdinfo(struct seq_file *m,
					struct task_struct *task,
					unsigned int fd,
					const struct file *file) { }
static inline void cloudabi_show_status(struct seq_file *m,
					struct task_struct *task) { }

#endif /* CONFIG_CLOUDABI */

#endif /* _LINUX_CLOUDABI_H */
