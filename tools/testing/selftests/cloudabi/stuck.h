/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - A peer that sleeps in a page fault
 *
 * It reads from or writes to a shared object, and faults on a page that never
 * arrives. It holds Linux's locks on the object meanwhile.
 */
#ifndef SELFTESTS_CLOUDABI_STUCK_H
#define SELFTESTS_CLOUDABI_STUCK_H

#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "image.h"

/* Returns a page that is never filled; NULL if that fails. */
static inline void *late_page(void)
{
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };
	const int fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (fd < 0 || page == MAP_FAILED || ioctl(fd, UFFDIO_API, &api))
		return NULL;
	range.range.start = (unsigned long)page;
	range.range.len = 4096;
	return ioctl(fd, UFFDIO_REGISTER, &range) ? NULL : page;
}

/*
 * Starts a process that reads from @fd, or writes to it. Waits until it sleeps.
 * Returns its pid for end(), or a negative number.
 */
static inline pid_t stuck_start(int fd, bool writes)
{
	int *const at_it = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				-1, 0);
	const pid_t pid = fork();
	int is = 0;

	if (!pid) {
		void *const page = late_page();

		__atomic_store_n(at_it, page ? 1 : -1, __ATOMIC_SEQ_CST);
		if (page && writes)
			(void)!write(fd, page, 4096);
		else if (page)
			(void)!read(fd, page, 4096);
		_exit(1);
	}
	while (pid > 0 && !is) {
		usleep(1000);
		is = __atomic_load_n(at_it, __ATOMIC_SEQ_CST);
	}
	munmap(at_it, 4096);
	return is > 0 && falls_asleep(pid) ? pid : -1;
}

#endif /* SELFTESTS_CLOUDABI_STUCK_H */
