// SPDX-License-Identifier: GPL-2.0 OR MIT
//! Descriptors.

use crate::{check, Result};
use cloudabi::{
    ciovec, errno, fd as Fd, fdflags, fdstat, filetype, iovec, lookup, lookupflags, oflags,
};
use cloudabi::{rights, MAP_ANON_FD};

/// An open descriptor, which is closed when it goes out of scope.
pub struct Descriptor(Fd);

impl Descriptor {
    /// Returns its number.
    pub fn fd(&self) -> Fd {
        self.0
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: The descriptor is owned by this object. close() of a file that was only read
        // cannot fail.
        unsafe { cloudabi::fd_close(self.0) };
    }
}

/// How to open a file.
pub struct Open {
    /// Whether a symbolic link at the end of the path is followed.
    pub follow: bool,
    /// Conditions on the file.
    pub oflags: oflags,
    /// Rights of the descriptor.
    pub base: rights,
    /// Rights of descriptors that are opened through it, at most.
    pub inheriting: rights,
}

/// Opens a file beneath a directory.
pub fn open(dir: Fd, path: &[u8], how: &Open) -> Result<Descriptor> {
    let flags = if how.follow {
        lookupflags::SYMLINK_FOLLOW
    } else {
        lookupflags::from_bits_truncate(0)
    };
    let stat = fdstat {
        fs_filetype: filetype::UNKNOWN,
        fs_flags: fdflags::from_bits_truncate(0),
        fs_rights_base: how.base,
        fs_rights_inheriting: how.inheriting,
    };
    let mut opened = MAP_ANON_FD;

    // SAFETY: Path, rights and result are valid during the call.
    check(unsafe {
        cloudabi::file_open(
            lookup { fd: dir, flags },
            path,
            how.oflags,
            &stat,
            &mut opened,
        )
    })?;
    Ok(Descriptor(opened))
}

/// Returns the union of two sets of rights.
pub fn both(a: rights, b: rights) -> rights {
    rights::from_bits_truncate(a.bits() | b.bits())
}

/// Reads once, and returns the number of bytes; 0 is the end of the file.
pub fn read(fd: Fd, buf: &mut [u8]) -> Result<usize> {
    let iov = iovec {
        buf: (buf.as_mut_ptr().cast(), buf.len()),
    };
    let mut len = 0;

    // SAFETY: The vector covers nothing but the buffer.
    check(unsafe { cloudabi::fd_read(fd, &[iov], &mut len) })?;
    Ok(len)
}

/// Writes all bytes, in as many calls as it takes.
pub fn write_all(fd: Fd, mut bytes: &[u8]) -> Result<()> {
    while !bytes.is_empty() {
        let iov = ciovec {
            buf: (bytes.as_ptr().cast(), bytes.len()),
        };
        let mut len = 0;

        // SAFETY: The vector covers nothing but the bytes.
        check(unsafe { cloudabi::fd_write(fd, &[iov], &mut len) })?;
        if len == 0 {
            return Err(errno::IO);
        }
        bytes = bytes.get(len..).ok_or(errno::IO)?;
    }
    Ok(())
}
