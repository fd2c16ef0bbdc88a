// SPDX-License-Identifier: GPL-2.0 OR MIT
//! The runtime of the Rust samples, based on `core` and Debian's crate `cloudabi`.
//!
//! All calls of the crate are unsafe. The modules here wrap them in safe functions: descriptors
//! and directories, argument data, memory, threads, text, and panics. A program is
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

/// The result of a call.
pub type Result<T> = core::result::Result<T, errno>;

/// Converts the errno of a call to a [`Result`].
pub fn check(error: errno) -> Result<()> {
    match error {
        errno::SUCCESS => Ok(()),
        error => Err(error),
    }
}

/// The environment of a program.
pub struct Start {
    /// Argument data.
    pub argdata: &'static [u8],
    /// Number of CPUs.
    pub ncpus: usize,
    /// Size of a page.
    pub pagesz: usize,
}

impl Start {
    /// Creates the environment from the arguments that `start.c` passes.
    ///
    /// # Safety
    ///
    /// `argdata` points to `argdata_len` bytes, which never change, unless `argdata_len` is zero.
    pub unsafe fn new(argdata: *const u8, argdata_len: usize, ncpus: usize, pagesz: usize) -> Self {
        Start {
            // The pointer may be invalid if there are no bytes.
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

/// Defines the entry point: a function that takes a `&Start` and returns an `exitcode`.
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
            // SAFETY: start.c passes the kernel's values, and the argument data
            // never change.
            let start = unsafe { $crate::Start::new(argdata, argdata_len, ncpus, pagesz) };
            $main(&start)
        }
    };
}

// No descriptor can have this number.
static ERRORS: AtomicU32 = AtomicU32::new(cloudabi::MAP_ANON_FD.0);

/// Sets the descriptor for messages, including that of a panic. Until then, they are dropped.
pub fn set_errors(fd: Fd) {
    ERRORS.store(fd.0, Ordering::Relaxed);
}

/// Writes a message. Errors are ignored, as there is no way to report them.
pub fn complain(message: fmt::Arguments) {
    let mut errors = text::Writer::new(Fd(ERRORS.load(Ordering::Relaxed)));

    let _ = errors.write_fmt(message);
    let _ = errors.finish();
}

// The exit code if the signal does not end the program, as in cloudlibc, CloudABI's C library.
const EXIT_UNSTARTED: exitcode = 127;

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    complain(format_args!("{}\n", info));
    // SAFETY: The process ends here.
    unsafe {
        cloudabi::proc_raise(cloudabi::signal::ABRT);
        cloudabi::proc_exit(EXIT_UNSTARTED)
    }
}
