#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Usage: on_ext4.sh DEVICE
# Runs the tests of files once more, on an ext4 file system that is on DEVICE:
# without it they run on tmpfs, and the two differ.  What is reported has "ext4"
# in its name.

set -eu
here=$(dirname "$(realpath "$0")")
dir=/ext4

mkdir -p "$dir"
mount -t ext4 "$1" "$dir"
set --
for test in containment file fileadvise filedir filelink filestat matrix path readdir readonly; do
	set -- "$@" -t "cloudabi:${test}_test"
done
CLOUDABI_TEST_DIR=$dir "$here/../run_kselftest.sh" "$@" |
	sed 's/^\(# \)\{0,1\}\(not \)\{0,1\}ok [0-9]* /&ext4: /;s/ext4: selftests: /selftests: ext4: /'
umount "$dir"
