// SPDX-License-Identifier: GPL-2.0 OR MIT
//! Threads.
//!
//! A thread holds a lock until it exits, and the kernel unlocks it as the last step of the exit.
//! Waiting for a thread means waiting for its lock.

use crate::memory::map;
use crate::{check, Result};
use cloudabi::{errno, event, eventtype, lock, mprot, scope, subscription, subscription_lock};
use cloudabi::{subscription_union, threadattr, tid as Tid, LOCK_BOGUS, LOCK_WRLOCKED};
use core::mem::MaybeUninit;
use core::ptr::addr_of;
use core::sync::atomic::{AtomicU32, Ordering};

/// The maximal number of threads that [`run`] starts.
pub const MAX_THREADS: usize = 15;

const STACK: usize = 65536;

/// The argument of a thread. Its lock is bogus until the thread id is known.
struct Task<'a, T> {
    lock: AtomicU32,
    work: fn(&T),
    data: &'a T,
}

impl<T> Task<'_, T> {
    /// Stores the id of the thread in the lock. The thread and its creator both call this, in
    /// either order; the second call changes nothing, even if the thread has exited already.
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

    /// Waits until the thread has exited. The lock must have an owner.
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

        // SAFETY: There is room for one event.
        let result = check(unsafe { cloudabi::poll(&wait, event.as_mut_ptr(), 1, &mut events) });
        assert!(result.is_ok() && events == 1, "no wait for a thread");
        // SAFETY: The kernel has stored one event.
        let event = unsafe { event.assume_init() };
        assert!(event.error == errno::SUCCESS, "no end of a thread");
    }
}

unsafe extern "C" fn enter<T: Sync>(tid: Tid, task: *mut ()) {
    // SAFETY: start() passes this type, and run() keeps it until the lock is unlocked.
    let task = unsafe { &*task.cast::<Task<T>>() };

    task.set_owner(tid);
    (task.work)(task.data);
    // SAFETY: The thread holds the lock, and nothing on its stack needs to be dropped.
    unsafe { cloudabi::thread_exit(task.word(), scope::PRIVATE) }
}

/// Maps a stack with an inaccessible guard page below it.
fn map_stack(pagesz: usize) -> Result<*mut u8> {
    let mem = map(pagesz + STACK)?;

    // SAFETY: The pages are unused, and the guard is the first of them.
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

    // SAFETY: The stack is unshared, and run() keeps the task until the thread exits.
    check(unsafe { cloudabi::thread_create(&mut attr, &mut created) })?;
    task.set_owner(created);
    Ok(())
}

/// Runs `work` in several threads, including the calling one, and waits for all of them.
///
/// If fewer threads can be started than requested, the work only takes longer. Stacks are not
/// unmapped, so a program must not call this often.
pub fn run<T: Sync>(threads: usize, pagesz: usize, work: fn(&T), data: &T) {
    let tasks: [Task<T>; MAX_THREADS] = core::array::from_fn(|_| Task {
        lock: AtomicU32::new(LOCK_BOGUS.0),
        work,
        data,
    });
    let wanted = threads.saturating_sub(1).min(MAX_THREADS);
    let started = tasks[..wanted]
        .iter()
        .take_while(|task| start(task, pagesz).is_ok())
        .count();

    work(data);
    for task in &tasks[..started] {
        task.join();
    }
}
