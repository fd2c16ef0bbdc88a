// SPDX-License-Identifier: GPL-2.0 OR MIT
//! panic - Index a slice out of bounds, to show what a panic does
//!
//!     $ ./panic.cloudabi
//!
//! The panic prints its message and location, and raises SIGABRT.

#![no_std]

use cloudabi::{exitcode, fd as Fd};
use runtime::Start;

fn main(start: &Start) -> exitcode {
    runtime::set_errors(Fd(2));
    // The last index is len() - 1.
    exitcode::from(start.argdata[start.argdata.len()])
}

runtime::program!(main);
