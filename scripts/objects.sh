# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Finds the objects of a configured kernel whose sources our patches change.  Sourced
# after tree.sh.  The script sets $tree to the source and $out to the build directory.

# is_on OPTION: is CONFIG_OPTION=y?
# shellcheck disable=SC2154 # set by the sourcing script
is_on() { grep -qx "CONFIG_$1=y" "$out/.config"; }

# listed DIRECTORY ENTRY: does the Makefile of the directory build the entry (an object or a
# directory)?  A line "obj-$(CONFIG_X) += ENTRY" builds it if X is on.  An entry that has no
# line with an option is built.
listed() {
	options=$(sed -n "s,^[^#]*-\$(CONFIG_\([A-Z0-9_]*\))[^=]*=\(.*[[:space:]]\)\{0\,1\}$2\([[:space:]].*\)\{0\,1\}$,\1,p" \
		"$tree/$1/Makefile" 2>/dev/null) || :
	[ "$options" ] || return 0
	for option in $options; do
		! is_on "$option" || return 0
	done
	return 1
}

# is_built OBJECT: does every Makefile on the path build the next part of the path?
is_built() {
	path=$1
	slash=
	while [ "$path" != "${path%/*}" ]; do
		listed "${path%/*}" "${path##*/}$slash" || return
		path=${path%/*}
		slash=/
	done
}

# only_built <LIST: prints the objects of the list that this kernel has.
only_built() {
	while read -r object; do
		! is_built "$object" || echo "$object"
	done
}

# Prints the objects of this kernel whose sources the patches change.
patched_objects() { patched | sed -n 's/\.c$/.o/p' | only_built; }
