# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Sourced first by every script; the work is done from the top of the repo.

set -eu
caller=$PWD
cd "${0%/*}/.."
unset MAKEFLAGS MFLAGS MAKELEVEL
export LC_ALL=C

root=$PWD
build=$root/build

# One compiler cache for all trees and clones: it sees relative paths only.
export CCACHE_BASEDIR="$build" CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

# The usage comment of a script is its help.
usage() { sed -n '/^# Usage/,/^$/s/^#\( \|$\)//p' "$root/scripts/${0##*/}" >&2; exit 2; }

# A path as the caller meant it, before we changed directory.
from_caller() { case $1 in /*) echo "$1" ;; *) echo "$caller/$1" ;; esac; }
