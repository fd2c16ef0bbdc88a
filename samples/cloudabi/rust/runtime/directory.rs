// SPDX-License-Identifier: GPL-2.0 OR MIT
//! Directories.

use crate::{check, Result};
use cloudabi::{dircookie, dirent, errno, fd as Fd, filetype, DIRCOOKIE_START};
use core::mem::size_of;

const HEAD: usize = size_of::<dirent>();
// More than the longest name takes.
const BUFFER: usize = 1024;

/// What is in a directory.
pub struct Entries {
    dir: Fd,
    cookie: dircookie,
    buf: [u8; BUFFER],
    used: usize,
    pos: usize,
}

/// A name in a directory.
pub struct Entry<'a> {
    /// The name.
    pub name: &'a [u8],
    /// The type of the file, which may have changed since.
    pub filetype: filetype,
}

impl Entries {
    /// Begins with the first name.
    pub fn new(dir: Fd) -> Self {
        // A full buffer without a whole entry is one that is to be filled.
        Entries {
            dir,
            cookie: DIRCOOKIE_START,
            buf: [0; BUFFER],
            used: BUFFER,
            pos: BUFFER,
        }
    }

    /// Goes on to the next name, if there is one; "." and ".." are left out.
    pub fn next_entry(&mut self) -> Result<Option<Entry<'_>>> {
        loop {
            let (head, start, end) = match self.whole_entry() {
                Some(found) => found,
                // Only a buffer that is not full has the end of the directory.
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

    /// The head of the next entry, and from where to where the name is. The last entry may
    /// be cut short anywhere.
    fn whole_entry(&self) -> Option<(dirent, usize, usize)> {
        let start = self.pos + HEAD;
        let bytes = self.buf[..self.used].get(self.pos..start)?;
        // SAFETY: There are as many bytes as a head has, and what the kernel writes into
        // them are values of its types. Entries are packed, hence not aligned.
        let head = unsafe { bytes.as_ptr().cast::<dirent>().read_unaligned() };
        let end = start + head.d_namlen as usize;

        (end <= self.used).then(|| (head, start, end))
    }

    /// Reads on behind the last whole entry.
    fn fill(&mut self) -> Result<()> {
        // SAFETY: The buffer is as long as it says.
        check(unsafe {
            cloudabi::file_readdir(self.dir, &mut self.buf, self.cookie, &mut self.used)
        })?;
        self.pos = 0;
        // One entry larger than the buffer: no call will get past it.
        match self.whole_entry() {
            None if self.used == BUFFER => Err(errno::NAMETOOLONG),
            _ => Ok(()),
        }
    }
}
