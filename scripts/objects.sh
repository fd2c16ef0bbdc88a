# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Finds the objects of a configured kernel whose sources our patches change.  Sourced
# after tree.sh; $tree is the source and $out the build directory.

# shellcheck disable=SC2154 # set by the sourcing script
is_on() { grep -qx "CONFIG_$1=y" "$out/.config"; }

# listed DIRECTORY ENTRY: does the directory's Makefile build the entry, with the options that are on?
listed() {
	options=$(sed -n "s,^[^#]*-\$(CONFIG_\([A-Z0-9_]*\))[^=]*=\(.*[[:space:]]\)\{0\,1\}$2\([[:space:]].*\)\{0\,1\}$,\1,p" \
		"$tree/$1/Makefile" 2>/dev/null) || :
	[ "$options" ] || return 0
	for option in $options; do
		! is_on "$option" || return 0
	done
	return 1
}

# is_built OBJECT: does each Makefile above the object build its part of the path?
is_built() {
	path=$1
	slash=
	while [ "$path" != "${path%/*}" ]; do
		listed "${path%/*}" "${path##*/}$slash" || return
		path=${path%/*}
		slash=/
	done
}

# only_built <LIST: prints the objects that this kernel has.
only_built() {
	while read -r object; do
		! is_built "$object" || echo "$object"
	done
}

patched_objects() { patched | sed -n 's/\.c$/.o/p' | only_built; }
