#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The KUnit tests have run at boot; each of their cases counts as one of ours.
# Needs a kernel with CONFIG_CLOUDABI_KUNIT_TEST, and debugfs where it always is.

cat /sys/kernel/debug/kunit/cloudabi*/results 2>/dev/null | awk '
	/^ +# Subtest: / { suite = $3 }
	/^    (not )?ok [0-9]+ / {
		bad += $1 == "not"
		sub(/^ +/, "")
		sub(/ok [0-9]+ /, "ok " ++n " " suite ".")
		print
		next
	}
	/^not ok / { bad++ }
	/^ +#/ { print }
	END {
		print n ? "1.." n : "# no results: is CONFIG_CLOUDABI_KUNIT_TEST set?"
		exit bad || !n
	}
'
