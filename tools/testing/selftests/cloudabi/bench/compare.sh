#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs each benchmark on both sides.  Prints a line for each: the maximum of the
# ratio, the ticks of CloudABI, the ticks of Linux, and the name.

# compare LIMIT NAME DESCRIPTION
compare() {
	ours=$(batch "$2.cloudabi") && native=$(batch "$2.native") || exit
	echo "$1 $ours $native $3"
}

compare 1.05 fork 'proc_fork, proc_exit, poll: fork, _exit, waitid'
compare 1.05 thread 'thread_create, thread_exit, poll: clone, exit, futex'
compare 1.00 lock 'lock handed over, there and back: mutex'
compare 1.00 condvar 'condition variable, there and back: the same'
compare 1.05 socket 'fd_write, fd_read, there and back: write, read'

# Other locks are in use, each with a waiting thread.
one=$(batch lock.cloudabi 1) || exit
for others in 100 10000; do
	many=$(batch lock.cloudabi $others) || exit
	echo "1.05 $many $one lock beside $others others: beside one"
done
