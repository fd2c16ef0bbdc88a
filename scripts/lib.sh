# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Every script sources this first.  Scripts work from the top of the repository.

set -eu
caller=$PWD
cd "${0%/*}/.."
unset MAKEFLAGS MFLAGS MAKELEVEL
export LC_ALL=C

root=$PWD
build=$root/build

# Makes one compiler cache serve all trees and clones: it sees relative paths only.
export CCACHE_BASEDIR="$build" CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

# usage: prints the usage comment of the script and exits.
usage() { sed -n '/^# Usage/,/^$/s/^#\( \|$\)//p' "$root/scripts/${0##*/}" >&2; exit 2; }

# from_caller PATH: a path as the caller meant it, before we changed directory.
from_caller() { case $1 in /*) echo "$1" ;; *) echo "$caller/$1" ;; esac; }
