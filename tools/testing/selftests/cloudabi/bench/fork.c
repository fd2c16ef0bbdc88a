// SPDX-License-Identifier: GPL-2.0
/*
 * A process exits at once, and its creator waits for it: proc_fork, proc_exit,
 * poll and fd_close, against fork, _exit and waitid.
 */

#include "bench.h"

static int bench(unsigned long argument)
{
	measure(process, 100);
	return 0;
}
