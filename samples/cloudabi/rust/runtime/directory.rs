// SPDX-License-Identifier: GPL-2.0 OR MIT
//! Directories.

use crate::{check, Result};
use cloudabi::{dircookie, dirent, errno, fd as Fd, filetype, DIRCOOKIE_START};
use core::mem::size_of;

const HEAD: usize = size_of::<dirent>();
// Room for an entry with the longest name.
const BUFFER: usize = 1024;

/// An iterator over the entries of a directory.
pub struct Entries {
    dir: Fd,
    cookie: dircookie,
    buf: [u8; BUFFER],
    used: usize,
    pos: usize,
}

/// An entry of a directory.
pub struct Entry<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// The type of the file, which may change at any time.
    pub filetype: filetype,
}

impl Entries {
    /// Starts at the first entry.
    pub fn new(dir: Fd) -> Self {
        // Looks like a full buffer whose entries are consumed, so that it is filled first.
        Entries {
            dir,
            cookie: DIRCOOKIE_START,
            buf: [0; BUFFER],
            used: BUFFER,
            pos: BUFFER,
        }
    }

    /// Returns the next entry, if there is one; "." and ".." are left out.
    pub fn next_entry(&mut self) -> Result<Option<Entry<'_>>> {
        loop {
            let (head, start, end) = match self.whole_entry() {
                Some(found) => found,
                // A buffer that is not full ends with the end of the directory.
                None if self.used < BUFFER => return Ok(None),
                None => {
                    self.fill()?;
                    continue;
                }
            };

            self.cookie = head.d_next;
            self.pos = end;
            if !matches!(&self.buf[start..end], b"." | b"..") {
                let name = &self.buf[start..end];
                return Ok(Some(Entry {
                    name,
                    filetype: head.d_type,
                }));
            }
        }
    }

    /// Returns the header of the next entry and the range of its name, if the entry is complete:
    /// the kernel may truncate the last one.
    fn whole_entry(&self) -> Option<(dirent, usize, usize)> {
        let start = self.pos + HEAD;
        let bytes = self.buf[..self.used].get(self.pos..start)?;
        // SAFETY: There are enough bytes for a header, and the kernel writes valid values.
        // Entries are packed, so they may be unaligned.
        let head = unsafe { bytes.as_ptr().cast::<dirent>().read_unaligned() };
        let end = start + head.d_namlen as usize;

        (end <= self.used).then(|| (head, start, end))
    }

    /// Fills the buffer with the entries behind the last complete one.
    fn fill(&mut self) -> Result<()> {
        // SAFETY: The slice has the length of the buffer.
        check(unsafe {
            cloudabi::file_readdir(self.dir, &mut self.buf, self.cookie, &mut self.used)
        })?;
        self.pos = 0;
        // An entry larger than the buffer: no call could get past it.
        match self.whole_entry() {
            None if self.used == BUFFER => Err(errno::NAMETOOLONG),
            _ => Ok(()),
        }
    }
}
