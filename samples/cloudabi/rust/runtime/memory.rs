// SPDX-License-Identifier: GPL-2.0 OR MIT
//! Memory.

use crate::{check, Result};
use cloudabi::{errno, mflags, mprot, MAP_ANON_FD};
use core::mem::{align_of, size_of, MaybeUninit};
use core::ops::{Deref, DerefMut};
use core::ptr::null_mut;

/// Maps zeroed pages, which the kernel allocates on first use.
pub fn map(len: usize) -> Result<*mut u8> {
    let prot = mprot::from_bits_truncate(mprot::READ.bits() | mprot::WRITE.bits());
    let flags = mflags::from_bits_truncate(mflags::ANON.bits() | mflags::PRIVATE.bits());
    let mut mem = null_mut();

    // SAFETY: The kernel chooses an unused address.
    check(unsafe { cloudabi::mem_map(null_mut(), len, prot, flags, MAP_ANON_FD, 0, &mut mem) })?;
    Ok(mem.cast())
}

/// A list of a fixed capacity. Its items are never dropped.
pub struct List<T: 'static> {
    items: &'static mut [MaybeUninit<T>],
    len: usize,
}

impl<T> List<T> {
    /// Makes an empty list.
    pub fn new(room: usize) -> Result<Self> {
        let size = size_of::<T>().checked_mul(room).ok_or(errno::NOMEM)?;
        let mem = map(size.max(1))?;

        // A page is aligned well enough for all types of the samples.
        if mem as usize % align_of::<T>() != 0 {
            return Err(errno::NOTSUP);
        }
        // SAFETY: The pages are aligned, large enough, unshared, and never unmapped.
        let items = unsafe { core::slice::from_raw_parts_mut(mem.cast(), room) };
        Ok(List { items, len: 0 })
    }

    /// Appends an item.
    pub fn push(&mut self, item: T) -> Result<()> {
        *self.items.get_mut(self.len).ok_or(errno::NOMEM)? = MaybeUninit::new(item);
        self.len += 1;
        Ok(())
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: `len` items are initialised.
        unsafe { core::slice::from_raw_parts(self.items.as_ptr().cast(), self.len) }
    }
}

impl<T> DerefMut for List<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: As above.
        unsafe { core::slice::from_raw_parts_mut(self.items.as_mut_ptr().cast(), self.len) }
    }
}
