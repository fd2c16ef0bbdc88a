/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Interruptions that leave a process as it was
 *
 * Each function interrupts what a process does, and lets it continue.  Returns
 * true if the process was interrupted.
 */
#ifndef SELFTESTS_CLOUDABI_INTERRUPT_H
#define SELFTESTS_CLOUDABI_INTERRUPT_H

#include <sys/mount.h>

#include "tool.h"

static inline bool stop_and_continue(pid_t pid)
{
	int status;

	return !kill(pid, SIGSTOP) && waitpid(pid, &status, WUNTRACED) == pid &&
	       WIFSTOPPED(status) && !kill(pid, SIGCONT) &&
	       waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status);
}

static inline bool attach_and_detach(pid_t pid)
{
	int status;

	return !ptrace(PTRACE_ATTACH, pid, NULL, NULL) && waitpid(pid, &status, 0) == pid &&
	       WIFSTOPPED(status) && !ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

static inline bool seize_and_interrupt(pid_t pid)
{
	int status;

	return !ptrace(PTRACE_SEIZE, pid, NULL, NULL) &&
	       !ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) && waitpid(pid, &status, 0) == pid &&
	       WIFSTOPPED(status) && !ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

/* A tracer suppresses a signal that would kill. */
static inline bool suppress_signal(pid_t pid)
{
	int status;

	return !ptrace(PTRACE_SEIZE, pid, NULL, NULL) && !kill(pid, SIGTERM) &&
	       waitpid(pid, &status, 0) == pid && WIFSTOPPED(status) &&
	       WSTOPSIG(status) == SIGTERM && !ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

/* A mount of its own with a control group, in which a process can be frozen. */
struct freezer {
	char mountpoint[32], group[64];
};

static inline bool freezer_make(struct freezer *freezer, pid_t pid)
{
	char text[16];

	strcpy(freezer->mountpoint, "/tmp/cloudabi-cgroup-XXXXXX");
	if (!mkdtemp(freezer->mountpoint) ||
	    mount("cgroup2", freezer->mountpoint, "cgroup2", 0, NULL))
		return false;
	snprintf(freezer->group, sizeof(freezer->group), "%s/cloudabi-%d", freezer->mountpoint,
		 getpid());
	snprintf(text, sizeof(text), "%d", pid);
	return !mkdir(freezer->group, 0755) && put_text(freezer->group, "cgroup.procs", text);
}

static inline bool freezer_freeze(const struct freezer *freezer)
{
	return put_text(freezer->group, "cgroup.freeze", "1") && freezes(freezer->group, '1');
}

static inline bool freezer_thaw(const struct freezer *freezer)
{
	return put_text(freezer->group, "cgroup.freeze", "0") && freezes(freezer->group, '0');
}

/* The group must be empty. */
static inline bool freezer_remove(const struct freezer *freezer)
{
	return !rmdir(freezer->group) && !umount(freezer->mountpoint) &&
	       !rmdir(freezer->mountpoint);
}

static inline bool freeze_and_thaw(pid_t pid)
{
	struct freezer freezer;
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return freezer_make(&freezer, pid) && freezer_freeze(&freezer) &&
	       freezer_thaw(&freezer) && put_text(freezer.mountpoint, "cgroup.procs", text) &&
	       freezer_remove(&freezer);
}

#endif /* SELFTESTS_CLOUDABI_INTERRUPT_H */
