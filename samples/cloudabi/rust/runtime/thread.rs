// SPDX-License-Identifier: GPL-2.0 OR MIT
//! Threads.
//!
//! A thread holds a lock as long as it lives, and the kernel unlocks it as the last thing
//! that it does for it. To wait for a thread is to wait for its lock.

use crate::memory::map;
use crate::{check, Result};
use cloudabi::{errno, event, eventtype, lock, mprot, scope, subscription, subscription_lock};
use cloudabi::{subscription_union, threadattr, tid as Tid, LOCK_BOGUS, LOCK_WRLOCKED};
use core::mem::MaybeUninit;
use core::ptr::addr_of;
use core::sync::atomic::{AtomicU32, Ordering};

/// The most threads that [`run`] starts.
pub const MOST: usize = 15;

const STACK: usize = 65536;

/// What a thread is started with. Its lock is bogus until it is known which thread has it.
struct Task<'a, T> {
    lock: AtomicU32,
    work: fn(&T),
    data: &'a T,
}

impl<T> Task<'_, T> {
    /// The thread and its creator do this, either of them first; the thread may even have
    /// ended by then. Whoever comes second changes nothing.
    fn set_owner(&self, tid: Tid) {
        let _ = self.lock.compare_exchange(
            LOCK_BOGUS.0,
            LOCK_WRLOCKED.0 | tid.0,
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
    }

    fn word(&self) -> *mut lock {
        addr_of!(self.lock) as *mut lock
    }

    /// Waits until the thread, which has an owner, is no more.
    fn join(&self) {
        let wait = subscription {
            userdata: 0,
            unused: 0,
            type_: eventtype::LOCK_RDLOCK,
            union: subscription_union {
                lock: subscription_lock {
                    lock: self.word(),
                    lock_scope: scope::PRIVATE,
                },
            },
        };
        let mut event = MaybeUninit::<event>::uninit();
        let mut events = 0;

        // SAFETY: There is room for the one event.
        let result = check(unsafe { cloudabi::poll(&wait, event.as_mut_ptr(), 1, &mut events) });
        assert!(result.is_ok() && events == 1, "no wait for a thread");
        // SAFETY: It is there, as the number says.
        let event = unsafe { event.assume_init() };
        assert!(event.error == errno::SUCCESS, "no end of a thread");
    }
}

unsafe extern "C" fn enter<T: Sync>(tid: Tid, task: *mut ()) {
    // SAFETY: It is what start() says it is, and lives until the lock is unlocked.
    let task = unsafe { &*task.cast::<Task<T>>() };

    task.set_owner(tid);
    (task.work)(task.data);
    // SAFETY: The thread has the lock, and nothing on its stack that is to be dropped.
    unsafe { cloudabi::thread_exit(task.word(), scope::PRIVATE) }
}

/// A stack that grows too large meets a page that can't be used.
fn map_stack(pagesz: usize) -> Result<*mut u8> {
    let mem = map(pagesz + STACK)?;

    // SAFETY: Nobody has these pages, and the guard is the first of them.
    unsafe {
        let guard = core::slice::from_raw_parts_mut(mem, pagesz);
        check(cloudabi::mem_protect(guard, mprot::from_bits_truncate(0)))?;
        Ok(mem.add(pagesz))
    }
}

fn start<T: Sync>(task: &Task<T>, pagesz: usize) -> Result<()> {
    let mut attr = threadattr {
        entry_point: enter::<T>,
        stack: (map_stack(pagesz)?.cast(), STACK),
        argument: task as *const Task<T> as *mut (),
    };
    let mut created = Tid(0);

    // SAFETY: The stack is nobody else's, and run() keeps the task until the thread ends.
    check(unsafe { cloudabi::thread_create(&mut attr, &mut created) })?;
    task.set_owner(created);
    Ok(())
}

/// Has some threads do the same work, the calling one among them, and waits for all.
///
/// That there are fewer of them than asked for only takes longer. Stacks are not given
/// back; programs that do this often would keep them.
pub fn run<T: Sync>(threads: usize, pagesz: usize, work: fn(&T), data: &T) {
    let tasks: [Task<T>; MOST] = core::array::from_fn(|_| Task {
        lock: AtomicU32::new(LOCK_BOGUS.0),
        work,
        data,
    });
    let wanted = threads.saturating_sub(1).min(MOST);
    let started = tasks[..wanted]
        .iter()
        .take_while(|task| start(task, pagesz).is_ok())
        .count();

    work(data);
    for task in &tasks[..started] {
        task.join();
    }
}
