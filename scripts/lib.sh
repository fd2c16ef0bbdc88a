# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Every script sources this first.  It changes to the top of the repository, where all
# scripts work, and keeps the directory of the caller in $caller.

set -eu
caller=$PWD
cd "${0%/*}/.."
# Our own calls of make must not inherit the options of the make that runs a script.
unset MAKEFLAGS MFLAGS MAKELEVEL
export LC_ALL=C

root=$PWD
build=$root/build

# The compiler cache serves all trees and clones, because it sees relative paths only.
export CCACHE_BASEDIR="$build" CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1

# say MESSAGE: prints the name of the script and the message to stderr.
# die MESSAGE: does the same, then exits.
say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

# usage: prints the usage comment of the script and exits.
usage() { sed -n '/^# Usage/,/^$/s/^#\( \|$\)//p' "$root/scripts/${0##*/}" >&2; exit 2; }

# from_caller PATH: makes a path absolute that is relative to the directory of the caller.
from_caller() { case $1 in /*) echo "$1" ;; *) echo "$caller/$1" ;; esac; }
