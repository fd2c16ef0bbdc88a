// SPDX-License-Identifier: GPL-2.0 OR MIT
//! panic - Look beyond the end, to see a program stopped there
//!
//!     $ ./panic.cloudabi
//!
//! A panic says what happened and where, and raises SIGABRT.

#![no_std]

use cloudabi::{exitcode, fd as Fd};
use runtime::Start;

fn main(start: &Start) -> exitcode {
    runtime::set_errors(Fd(2));
    // There is one byte less than there are.
    exitcode::from(start.argdata[start.argdata.len()])
}

runtime::program!(main);
