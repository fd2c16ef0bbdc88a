# SPDX-License-Identifier: GPL-2.0
#
# The two main commands: make run, make check.  The scripts in scripts/ do all work.
# They install missing packages first, and build incrementally in build/.

help:	## this list
	@sed -n 's/^\([a-z-]*\):.*##/\1\t/p' Makefile | expand -t 16

run:	## build the kernel and the samples, boot, run the samples on real files
	@scripts/run

demo:	## run a web server in the virtual machine, and send requests with curl, a browser and wrk
	@scripts/demo

check:	## run all tests, on the default kernel
	@scripts/check

check-debug:	## run the selftests on the kernel with all checkers on
	@scripts/check --debug

check-kernels:	## build for other architectures, orders of security modules and options: an hour
	@scripts/arches
	@scripts/lsms
	@scripts/combos
	@scripts/combos --link

format-check:	## run checkpatch --strict, sparse, W=1 and shellcheck
	@scripts/format-check

abi-check:	## compare the headers with the facts of the ABI, the Rust binding and the specification
	@scripts/abi-check

patches-check:	## check that the patches are few, small and described, and apply and reverse
	@scripts/patches-check

docs:	## make the generated parts of Documentation/, from the tables and the comments
	@scripts/gen-docs

docs-check:	## check that they are up to date
	@scripts/gen-docs --check

htmldocs-check:	## check that Sphinx builds Documentation/ without a warning
	@scripts/htmldocs-check

kernel:	## build build/default/vmlinux
	@scripts/build

kernel-debug:	## build build/debug/vmlinux
	@scripts/build --debug

samples:	## build build/samples/cloudabi/*.cloudabi
	@scripts/stage

vm: kernel samples	## open a shell in the virtual machine
	@scripts/vm

clean:	## remove build/
	rm -rf build

.PHONY: help run demo check check-debug check-kernels format-check abi-check patches-check docs docs-check htmldocs-check kernel kernel-debug samples vm clean
