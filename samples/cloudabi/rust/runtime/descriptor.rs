// SPDX-License-Identifier: GPL-2.0 OR MIT
//! Descriptors.

use crate::{check, Result};
use cloudabi::{
    ciovec, errno, fd as Fd, fdflags, fdstat, filetype, iovec, lookup, lookupflags, oflags,
};
use cloudabi::{rights, MAP_ANON_FD};

/// A descriptor that was opened, and is closed when it goes out of scope.
pub struct Descriptor(Fd);

impl Descriptor {
    /// Its number.
    pub fn fd(&self) -> Fd {
        self.0
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: The descriptor is this one's own. A file that was only read has nothing
        // to fail with.
        unsafe { cloudabi::fd_close(self.0) };
    }
}

/// What to open.
pub struct Open {
    /// Whether a symbolic link at the end of the path is followed.
    pub follow: bool,
    /// What must hold of the file.
    pub oflags: oflags,
    /// What may be done with it.
    pub base: rights,
    /// What may be done with files that are opened through it.
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

    // SAFETY: Path, rights and result live until it returns.
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

/// Both of two sets of rights.
pub fn both(a: rights, b: rights) -> rights {
    rights::from_bits_truncate(a.bits() | b.bits())
}

/// Reads once; 0 bytes are the end of the file.
pub fn read(fd: Fd, buf: &mut [u8]) -> Result<usize> {
    let iov = iovec {
        buf: (buf.as_mut_ptr().cast(), buf.len()),
    };
    let mut len = 0;

    // SAFETY: The vector covers nothing but the buffer.
    check(unsafe { cloudabi::fd_read(fd, &[iov], &mut len) })?;
    Ok(len)
}

/// Writes all of some bytes, in as many calls as it takes.
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
