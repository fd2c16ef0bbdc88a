#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Usage: on_ext4.sh DEVICE
# Runs the file tests on the ext4 file system on DEVICE. The regular test run uses
# tmpfs, which behaves differently. Reported test names start with "ext4".

set -eu
here=$(dirname "$(realpath "$0")")
dir=/ext4

mkdir -p "$dir"
mount -t ext4 "$1" "$dir"
set --
for test in containment file fileadvise filedir filelink fileopen filestat fileunlink \
	matrix path readdir readonly; do
	set -- "$@" -t "cloudabi:${test}_test"
done
CLOUDABI_TEST_DIR=$dir "$here/../run_kselftest.sh" "$@" |
	sed 's/^\(# \)\{0,1\}\(not \)\{0,1\}ok [0-9]* /&ext4: /;s/ext4: selftests: /selftests: ext4: /'
umount "$dir"
