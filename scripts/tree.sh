# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What this repo changes in a kernel tree: new files (the overlay) and a series
# of patches.  Sourced after lib.sh.

# shellcheck disable=SC2154 # from lib.sh
series=$root/patches/6.12

# Is this a repository of its own?  One that it only lies in knows nothing of it.
in_git() { [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$(pwd -P)" ]; }

# Overlay files by their names in the kernel tree: tracked or new ones, no build output,
# and not what only scripts/fuzz needs.
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

overlay_source() {
	case $1 in
	kernel/cloudabi/Kconfig) echo Kconfig ;;
	*) echo "$1" ;;
	esac
}

patches() { [ ! -f "$series/series" ] || sed '/^#/d; /^$/d' "$series/series"; }

# Files that the series changes.
patched() {
	patches | while read -r p; do
		sed -n 's,^+++ b/\([^[:space:]]*\).*,\1,p' "$series/$p"
	done | sort -u
}

# apply_series DIR: in order, with zero fuzz.  reverse_series DIR: back again.
apply_series() {
	patches | while read -r p; do
		apply_patch "$1" "$p" || exit 1
	done
}

reverse_series() {
	patches | tac | while read -r p; do
		apply_patch "$1" "$p" -R || exit 1
	done
}

apply_patch() {
	out=$(patch -d "$1" -p1 -F0 -sf ${3:+"$3"} --no-backup-if-mismatch -r - \
		<"$series/$2" 2>&1) || { printf '%s: %s\n' "$2" "$out" >&2; return 1; }
}

# copy_files FROM TO <LIST; one file put where it differs, so that make sees no other.
copy_files() {
	while read -r f; do
		put "$1/$f" "$2/$f" || return
	done
}

put() {
	cmp -s "$1" "$2" && return
	mkdir -p "${2%/*}" && cp --preserve=mode "$1" "$2"
}

is_linux_6_12() {
	[ -f "$1/Kbuild" ] &&
		grep -qx 'VERSION = 6' "$1/Makefile" && grep -qx 'PATCHLEVEL = 12' "$1/Makefile"
}
