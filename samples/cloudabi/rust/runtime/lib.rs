// SPDX-License-Identifier: GPL-2.0 OR MIT
//! What the Rust samples stand on, besides `core` and Debian's crate `cloudabi`.
//!
//! The crate has the calls as they are, all of them unsafe. Here is what makes the
//! samples' own code safe: descriptors and directories, argument data, memory, threads,
//! text, and what happens on a panic. A program is
//!
//! ```text
//! #![no_std]
//!
//! fn main(start: &runtime::Start) -> cloudabi::exitcode {
//!     0
//! }
//!
//! runtime::program!(main);
//! ```

#![no_std]
#![warn(missing_docs)]
#![deny(unsafe_op_in_unsafe_fn)]

pub mod argdata;
pub mod descriptor;
pub mod directory;
pub mod memory;
pub mod text;
pub mod thread;

use cloudabi::{errno, exitcode, fd as Fd};
use core::fmt::{self, Write};
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicU32, Ordering};

/// What a call returns.
pub type Result<T> = core::result::Result<T, errno>;

/// Turns the errno of a call into a [`Result`].
pub fn check(error: errno) -> Result<()> {
    match error {
        errno::SUCCESS => Ok(()),
        error => Err(error),
    }
}

/// What a program is started with.
pub struct Start {
    /// Argument data.
    pub argdata: &'static [u8],
    /// Number of CPUs.
    pub ncpus: usize,
    /// Size of a page.
    pub pagesz: usize,
}

impl Start {
    /// Takes over what `start.c` hands over.
    ///
    /// # Safety
    ///
    /// `argdata` points to as many bytes as `argdata_len` says, which never change, unless
    /// there are none.
    pub unsafe fn new(argdata: *const u8, argdata_len: usize, ncpus: usize, pagesz: usize) -> Self {
        Start {
            // The pointer to no bytes may be any.
            argdata: match argdata_len {
                0 => &[],
                // SAFETY: As the caller promises.
                len => unsafe { core::slice::from_raw_parts(argdata, len) },
            },
            ncpus,
            pagesz,
        }
    }
}

/// Makes a function the program: it takes a `&Start` and returns an `exitcode`.
#[macro_export]
macro_rules! program {
    ($main:path) => {
        #[doc(hidden)]
        #[no_mangle]
        pub unsafe extern "C" fn rust_main(
            argdata: *const u8,
            argdata_len: usize,
            ncpus: usize,
            pagesz: usize,
        ) -> cloudabi::exitcode {
            // SAFETY: start.c passes on what the kernel says of the argument data, and
            // nobody writes to them.
            let start = unsafe { $crate::Start::new(argdata, argdata_len, ncpus, pagesz) };
            $main(&start)
        }
    };
}

// Any number may be one of the program's descriptors; this one never is.
static ERRORS: AtomicU32 = AtomicU32::new(cloudabi::MAP_ANON_FD.0);

/// Says where messages go, also that of a panic. Before that there are none.
pub fn set_errors(fd: Fd) {
    ERRORS.store(fd.0, Ordering::Relaxed);
}

/// Writes a message. There is nobody to tell if that fails.
pub fn complain(message: fmt::Arguments) {
    let mut errors = text::Writer::new(Fd(ERRORS.load(Ordering::Relaxed)));

    let _ = errors.write_fmt(message);
    let _ = errors.finish();
}

// What cloudlibc exits with as well when a program can't even be ended by a signal.
const EXIT_UNSTARTED: exitcode = 127;

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    complain(format_args!("{}\n", info));
    // SAFETY: Nothing is assumed of a process that is no more.
    unsafe {
        cloudabi::proc_raise(cloudabi::signal::ABRT);
        cloudabi::proc_exit(EXIT_UNSTARTED)
    }
}
