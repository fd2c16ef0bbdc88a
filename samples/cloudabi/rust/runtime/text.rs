// SPDX-License-Identifier: GPL-2.0 OR MIT
//! Text for people.

use crate::descriptor::write_all;
use crate::Result;
use cloudabi::{errno, fd as Fd};
use core::fmt;

/// A buffered writer to a descriptor.
pub struct Writer {
    fd: Fd,
    buf: [u8; 1024],
    used: usize,
    result: Result<()>,
}

impl Writer {
    /// Creates a writer.
    pub fn new(fd: Fd) -> Self {
        Writer {
            fd,
            buf: [0; 1024],
            used: 0,
            result: Ok(()),
        }
    }

    fn flush(&mut self) {
        if self.result.is_ok() {
            self.result = write_all(self.fd, &self.buf[..self.used]);
        }
        self.used = 0;
    }

    /// Writes the rest of the buffer, and returns the first error.
    pub fn finish(mut self) -> Result<()> {
        self.flush();
        self.result
    }
}

impl fmt::Write for Writer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for &byte in text.as_bytes() {
            if self.used == self.buf.len() {
                self.flush();
            }
            self.buf[self.used] = byte;
            self.used += 1;
        }
        // finish() returns errors.
        Ok(())
    }
}

/// A file name of arbitrary bytes. Characters that could control a terminal are replaced.
pub struct Name<'a>(pub &'a [u8]);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;

        while !rest.is_empty() {
            let (text, bad) = match core::str::from_utf8(rest) {
                Ok(text) => (text, 0),
                Err(error) => {
                    let valid = error.valid_up_to();
                    let text = core::str::from_utf8(&rest[..valid]).unwrap_or("");
                    (text, error.error_len().unwrap_or(rest.len() - valid))
                }
            };

            for c in text.chars() {
                fmt::Write::write_char(f, if c.is_control() { '?' } else { c })?;
            }
            if bad > 0 {
                f.write_str("?")?;
            }
            rest = &rest[text.len() + bad..];
        }
        Ok(())
    }
}

/// The name of an errno as in C.
pub struct Errno(pub errno);

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            // An identifier of Rust cannot start with a digit.
            errno::TOOBIG => f.write_str("E2BIG"),
            error => write!(f, "E{:?}", error),
        }
    }
}
