#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Reports the results of the KUnit tests, which ran at boot, as selftest results.
# Needs CONFIG_CLOUDABI_KUNIT_TEST, and debugfs at /sys/kernel/debug.

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
