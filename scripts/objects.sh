# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Which objects of a configured kernel come from what our patches change.  Sourced
# after tree.sh, by what has the source in $tree and the output in $out.

# shellcheck disable=SC2154 # theirs
is_on() { grep -qx "CONFIG_$1=y" "$out/.config"; }

# Has the Makefile of a directory an entry under an option that is on, or without?
listed() {
	options=$(sed -n "s,^[^#]*-\$(CONFIG_\([A-Z0-9_]*\))[^=]*=\(.*[[:space:]]\)\{0\,1\}$2\([[:space:]].*\)\{0\,1\}$,\1,p" \
		"$tree/$1/Makefile" 2>/dev/null) || :
	[ "$options" ] || return 0
	for option in $options; do
		! is_on "$option" || return 0
	done
	return 1
}

# Is an object built?  Those of its directory are if that is an entry of the one above.
is_built() {
	path=$1
	slash=
	while [ "$path" != "${path%/*}" ]; do
		listed "${path%/*}" "${path##*/}$slash" || return
		path=${path%/*}
		slash=/
	done
}

# only_built <LIST: those that this kernel has.
only_built() {
	while read -r object; do
		! is_built "$object" || echo "$object"
	done
}

patched_objects() { patched | sed -n 's/\.c$/.o/p' | only_built; }
