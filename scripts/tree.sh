# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Lists and applies what this repository changes in a kernel tree: new files, which are
# the overlay, and a series of patches.  Sourced after lib.sh.

# shellcheck disable=SC2154 # from lib.sh
series=$root/patches/6.12

# Is $root the top of a git repository?  If a copy without .git lies inside another
# repository, git would answer for that one.
in_git() { [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$(pwd -P)" ]; }

# Prints the files of the overlay by their names in the kernel tree.  They are tracked, or
# new and not ignored.  The corpus of scripts/fuzz is not part of the overlay.
overlay() {
	set -- include kernel security samples/cloudabi tools \
		Documentation/userspace-api/cloudabi Documentation/security/cloudabi
	{
		if in_git; then
			git ls-files -co --exclude-standard -- "$@"
		else
			find "$@" -type f
		fi
	} | grep -v '^tools/cloudabi/argdata_corpus/' | while read -r f; do
		[ ! -f "$f" ] || echo "$f"
	done
	echo kernel/cloudabi/Kconfig
}

# overlay_source FILE: prints the file of this repository that is FILE in the kernel tree.
overlay_source() {
	case $1 in
	kernel/cloudabi/Kconfig) echo Kconfig ;;
	*) echo "$1" ;;
	esac
}

# Prints the names of the patches, in order.
patches() { [ ! -f "$series/series" ] || sed '/^#/d; /^$/d' "$series/series"; }

# Prints the files that the series changes.
patched() {
	patches | while read -r p; do
		sed -n 's,^+++ b/\([^[:space:]]*\).*,\1,p' "$series/$p"
	done | sort -u
}

# apply_series DIR: applies all patches to the files in DIR, with zero fuzz.
apply_series() {
	patches | while read -r p; do
		apply_patch "$1" "$p" || exit 1
	done
}

# reverse_series DIR: reverts all patches, the last one first.
reverse_series() {
	patches | tac | while read -r p; do
		apply_patch "$1" "$p" -R || exit 1
	done
}

# apply_patch DIR PATCH [-R]
apply_patch() {
	out=$(patch -d "$1" -p1 -F0 -sf ${3:+"$3"} --no-backup-if-mismatch -r - \
		<"$series/$2" 2>&1) || { printf '%s: %s\n' "$2" "$out" >&2; return 1; }
}

# copy_files FROM TO <LIST: copies the listed files from one tree to another.
copy_files() {
	while read -r f; do
		put "$1/$f" "$2/$f" || return
	done
}

# put SOURCE FILE: copies a file, unless both are the same.  The unchanged file keeps its
# time, so that make does not build it again.
put() {
	cmp -s "$1" "$2" && return
	mkdir -p "${2%/*}" && cp --preserve=mode "$1" "$2"
}

# is_linux_6_12 TREE: is it the top of a Linux 6.12 source tree?
is_linux_6_12() {
	[ -f "$1/Kbuild" ] &&
		grep -qx 'VERSION = 6' "$1/Makefile" && grep -qx 'PATCHLEVEL = 12' "$1/Makefile"
}
