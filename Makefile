# SPDX-License-Identifier: GPL-2.0
#
# The two commands: make run, make check.  All work is done by scripts/, which
# install what they need and build incrementally into build/.

help:	## this list
	@sed -n 's/^\([a-z-]*\):.*##/\1\t/p' Makefile | expand -t 16

run:	## build the kernel and the samples, boot, run the samples on real files
	@scripts/run

demo:	## a web server in the virtual machine, asked by curl, a browser and many at once
	@scripts/demo

check:	## all tests, on the default kernel
	@scripts/check

check-debug:	## the selftests on the kernel with all checkers on
	@scripts/check --debug

check-kernels:	## all orders of security modules, combinations of options, architectures: an hour
	@scripts/arches
	@scripts/lsms
	@scripts/combos
	@scripts/combos --link

format-check:	## checkpatch --strict, sparse, W=1, shellcheck
	@scripts/format-check

patches-check:	## the patches: few, small, described; do they apply and reverse?
	@scripts/patches-check

docs:	## the generated pages of Documentation/, from the tables and the handlers' comments
	@scripts/gen-docs

docs-check:	## are these pages up to date, and the comments complete?
	@scripts/gen-docs --check

htmldocs-check:	## does Sphinx build Documentation/ without warnings?
	@scripts/htmldocs-check

kernel:	## build/default/vmlinux
	@scripts/build

kernel-debug:	## build/debug/vmlinux
	@scripts/build --debug

samples:	## build/samples/cloudabi/*.cloudabi
	@scripts/stage

vm: kernel samples	## a shell in the virtual machine
	@scripts/vm

clean:	## removes build/
	rm -rf build

.PHONY: help run demo check check-debug check-kernels format-check patches-check docs docs-check htmldocs-check kernel kernel-debug samples vm clean
