// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - A model of locks and condition variables
 *
 * N threads use one lock and one condition variable, in all ways and without
 * end.  The model has the fast paths of a C library; each access to memory is a
 * step.  It also has the kernel's part; all that the kernel does under the locks
 * of hash buckets is one step.  kernel/cloudabi/futex.c has a glossary.
 * scripts/model makes Spin visit all states.
 *
 * In all orders of steps,
 *
 *   - there are never two writers, and never a writer and a reader;
 *   - the kernel never finds a word with a value that it would refuse;
 *   - the lock contains KM, and the condition variable is not 0, exactly while
 *     threads wait in the kernel for them;
 *   - a wait returns with the lock held, unless it timed out on the lock;
 *   - there is no deadlock: threads all sleep only if they wait at the condition
 *     variable for an item that does not exist.  The lock is free then, and also
 *     after all threads have ended;
 *   - there is no lost wake-up: a signalled thread returns, if threads make
 *     progress (claim "returns"); if it is killed or interrupted before it
 *     returns, another thread is signalled.  No thread sleeps in the end while
 *     there is an item;
 *   - no thread overtakes a writer that queued earlier.
 *
 * -DTIMEOUTS      waits may time out
 * -DINTERRUPTS=n  up to n waits are interrupted (stop and continue, ptrace), also
 *                 if the thread is awake and about to return
 * -DDEATHS=n      up to n threads are killed while they wait
 * -DREADERS       threads also acquire the lock for reading, and recursively
 * -DFOREIGN       the signalling thread may have no access to the lock's word
 *
 * -DBUG -DBUG_name adds a mistake.  The checks of KM and of the condition
 * variable are off then: the mistake must show in what happens to threads.
 */

#ifndef N
#define N 3
#endif

/* Bits of the lock, as in the ABI but with fewer bits for a number. */
#define KM 128
#define WR 64
#define LOW 63

byte lock, condvar;

/* The item that threads wait for; the lock protects it. */
bool item;

/* The kernel's queues. */
chan writers = [N] of { byte };
chan readers = [N] of { byte };
chan sleepers = [N] of { byte };
#define managed (len(writers) + len(readers) > 0)

/* For each thread, its requeue list. */
#ifdef FOREIGN
chan requeue_list[N] = [N] of { byte };
#define to_requeue(t) len(requeue_list[t])
#else
#define to_requeue(t) 0
#endif

/* State of each thread's waiter in the kernel. */
#define RUNNING 0
#define ON_LOCK_WRITE 1		/* queued for writing */
#define ON_LOCK_READ 2		/* queued for reading */
#define ON_CONDVAR 3		/* queued at the condition variable */
#define REQUEUE_PENDING 4	/* on the requeue list of another thread */
#define MUST_ACQUIRE_WRITE 5	/* awake; has to acquire the lock */
#define MUST_ACQUIRE_READ 6
#define ACQUIRED 7		/* owns the lock */
byte state[N];

/* Thread numbers start at 0, thread ids in the lock at 1. */
#define me _pid
#define mine (WR | (_pid + 1))

/* How many threads write or read by their own account. */
byte n_writing, n_reading;

/* How many other writers got the lock while a thread was queued for writing. */
byte overtaken[N];

/* Thread 0 was signalled and has not returned. */
bool owed;

/* Threads that were signalled, and have not returned or forwarded the signal. */
bool signalled[N];

#ifdef INTERRUPTS
byte interrupts = INTERRUPTS;
#endif
#ifdef DEATHS
byte deaths = DEATHS;
#endif

/* Used only within a step. */
hidden byte i, w, x;

inline check()
{
#ifndef BUG
	assert(((lock & KM) != 0) == managed);
	assert((condvar != 0) == (len(sleepers) > 0));
#endif
	assert(lock != KM);
	assert(!(lock & WR) || ((lock & LOW) >= 1 && (lock & LOW) <= N));
	assert((lock & WR) || (lock & LOW) <= 2 * N);
	assert(n_writing <= 1);
	assert(!(n_writing && n_reading))
}

/* The kernel: each of these is part of a step. */

inline enqueue_writer(t)
{
	writers!t;
	state[t] = ON_LOCK_WRITE
}

inline requeue_all()
{
#ifdef FOREIGN
	do
	:: to_requeue(me) > 0 ->
		requeue_list[me]?x;
		enqueue_writer(x)
	:: else -> break
	od;
	x = 0
#else
	skip
#endif
}

inline acquire_write()
{
	assert((lock & ~KM) != mine);
	if
	:: managed ->
		enqueue_writer(me);
		requeue_all()
	:: !managed && lock == 0 ->
		lock = mine | (to_requeue(me) > 0 -> KM : 0);
		requeue_all();
		state[me] = ACQUIRED
	:: !managed && lock != 0 ->
		/* The kernel would return EINVAL. */
		assert(!(lock & KM));
		lock = lock | KM;
		enqueue_writer(me);
		requeue_all()
	fi
}

inline acquire_read()
{
	if
	:: !managed && !(lock & WR) ->
		assert(!(lock & KM));
		lock++;
		state[me] = ACQUIRED
	:: managed || (lock & WR) ->
		assert(managed || !(lock & KM));
		lock = lock | KM;
		readers!me;
		state[me] = ON_LOCK_READ
	fi
}

/* To the first writer, or else to all readers; otherwise the lock becomes free. */
inline hand_off()
{
	if
	:: len(writers) > 0 ->
		writers?w;
#ifdef BUG_NO_HAND_OFF
		lock = 0;
		state[w] = MUST_ACQUIRE_WRITE;
#else
		lock = WR | (w + 1) | (managed -> KM : 0);
		state[w] = ACQUIRED;
#endif
		overtaken[w] = 0;
		i = 0;
		do
		:: i < N && state[i] == ON_LOCK_WRITE ->
			overtaken[i]++;
			assert(overtaken[i] <= N - 2);
			i++
		:: i < N && state[i] != ON_LOCK_WRITE -> i++
		:: i == N -> break
		od;
		i = 0
	:: len(writers) == 0 && len(readers) > 0 ->
		lock = len(readers);
		do
		:: len(readers) > 0 ->
			readers?w;
			state[w] = ACQUIRED
		:: len(readers) == 0 -> break
		od
	:: !managed ->
		lock = 0
	fi;
	w = 0
}

/* Dequeues the caller. */
inline leave_lock()
{
	if
	:: state[me] == ON_LOCK_WRITE -> writers??eval(me)
	:: state[me] == ON_LOCK_READ -> readers??eval(me)
	fi;
	state[me] = RUNNING;
	overtaken[me] = 0;
#ifndef BUG_KEEP_KM
	if
	:: !managed -> lock = lock & ~KM
	:: managed
	fi
#endif
}

inline leave_condvar()
{
	sleepers??eval(me);
	state[me] = RUNNING;
	if
	:: len(sleepers) == 0 -> condvar = 0
	:: len(sleepers) > 0
	fi
}

inline leave_requeue_list()
{
#ifdef FOREIGN
	i = 0;
	do
	:: i < N && requeue_list[i]??[eval(me)] ->
		requeue_list[i]??eval(me);
		i++
	:: i < N && !requeue_list[i]??[eval(me)] -> i++
	:: i == N -> break
	od;
	i = 0;
	state[me] = RUNNING
#else
	skip
#endif
}

/* The next thread on the requeue list acquires the lock in place of the caller. */
inline wake_successor()
{
#ifdef FOREIGN
	if
	:: to_requeue(me) > 0 ->
		requeue_list[me]?w;
		do
		:: to_requeue(me) > 0 ->
			requeue_list[me]?x;
			requeue_list[w]!x
		:: to_requeue(me) == 0 -> break
		od;
		state[w] = MUST_ACQUIRE_WRITE;
		w = 0;
		x = 0
	:: to_requeue(me) == 0
	fi
#else
	skip
#endif
}

/* Releases a lock that was handed off to a thread which cannot use it. */
inline release()
{
	if
	:: (lock & WR) || lock == (KM | 1) -> hand_off()
	:: !(lock & WR) && lock != (KM | 1) -> lock--
	fi
}

inline die()
{
	if
	:: state[me] == ON_LOCK_WRITE || state[me] == ON_LOCK_READ -> leave_lock()
	:: state[me] == ON_CONDVAR -> leave_condvar()
	:: state[me] == REQUEUE_PENDING -> leave_requeue_list()
	:: state[me] == MUST_ACQUIRE_WRITE -> wake_successor()
	:: state[me] == MUST_ACQUIRE_READ
#ifndef BUG_DIE_WITH_LOCK
	:: state[me] == ACQUIRED -> release()
#else
	:: state[me] == ACQUIRED
#endif
	fi;
	state[me] = RUNNING;
	timed = false;
	owed = owed && me != 0
}

/* condvar_signal() of up to n_wake waiters; known: the lock's word is accessible. */
inline signal_waiters(known)
{
	d_step {
		if
		:: len(sleepers) == 0
		:: len(sleepers) > 0 && managed ->
			i = 0;
			do
			:: i < n_wake && len(sleepers) > 0 ->
				sleepers?w;
				signalled[w] = true;
				owed = owed || w == 0;
				enqueue_writer(w);
				i++
			:: i == n_wake || len(sleepers) == 0 -> break
			od
		:: len(sleepers) > 0 && !managed && known ->
			assert(!(lock & KM));
			i = 0;
			if
			:: lock == 0 ->
				sleepers?w;
				signalled[w] = true;
				owed = owed || w == 0;
				lock = WR | (w + 1);
				state[w] = ACQUIRED;
				i++
			:: lock != 0
			fi;
			do
			:: i < n_wake && len(sleepers) > 0 ->
				sleepers?w;
				signalled[w] = true;
				owed = owed || w == 0;
				enqueue_writer(w);
				lock = lock | KM;
				i++
			:: i == n_wake || len(sleepers) == 0 -> break
			od
#ifdef FOREIGN
		:: len(sleepers) > 0 && !managed && !known ->
			sleepers?x;
			signalled[x] = true;
			owed = owed || x == 0;
			state[x] = MUST_ACQUIRE_WRITE;
			i = 1;
			do
			:: i < n_wake && len(sleepers) > 0 ->
				sleepers?w;
				signalled[w] = true;
				owed = owed || w == 0;
				requeue_list[x]!w;
				state[w] = REQUEUE_PENDING;
				i++
			:: i == n_wake || len(sleepers) == 0 -> break
			od
#endif
		fi;
#ifdef BUG_ZERO_CONDVAR
		condvar = 0;
#else
		if
		:: len(sleepers) == 0 -> condvar = 0
		:: len(sleepers) > 0
		fi;
#endif
		i = 0;
		w = 0;
		x = 0;
		check()
	}
}

/* A thread that may be killed before it returns signals another in its place. */
inline forward_signal()
{
	d_step { signalled[me] = false; forwards = false };
#ifndef BUG_EAT_SIGNAL
	n_wake = 1;
	if
	:: signal_waiters(true)
#ifdef FOREIGN
	:: signal_waiters(false)
#endif
	fi;
	n_wake = 0
#endif
}

/* lock_unlock() */
inline kernel_unlock()
{
	d_step {
		/* The kernel would return EPERM. */
		assert((lock & ~KM) == mine && (managed || !(lock & KM)));
		hand_off();
		check()
	}
}

/* Ways to leave a wait */

#ifdef TIMEOUTS
#define MAY_TIME_OUT(where, leave, then)                                        \
	:: d_step { timed && state[me] == where -> leave(); state[me] = then;   \
		    timed = false; check() }
#else
#define MAY_TIME_OUT(where, leave, then)
#endif

#ifdef INTERRUPTS
#define MAY_BE_INTERRUPTED(where, leave, then)                          \
	:: d_step { interrupts > 0 && state[me] == where -> leave();    \
		    state[me] = then; forwards = signalled[me];         \
		    interrupts--; check() }
#else
#define MAY_BE_INTERRUPTED(where, leave, then)
#endif

#ifdef DEATHS
#define MAY_DIE                                                                 \
	:: d_step { deaths > 0 && state[me] != RUNNING && !forwards -> die();   \
		    deaths--; check() }                                         \
	   goto end
#else
#define MAY_DIE
#endif

/*
 * Ends with state[me] == ACQUIRED, with RUNNING after a time-out, or with forwards
 * set: then the caller forwards its signal and waits again.
 */
inline wait_for_lock()
{
	do
	:: state[me] == ACQUIRED || state[me] == RUNNING || forwards -> break
	:: d_step { state[me] == MUST_ACQUIRE_WRITE && !forwards -> acquire_write(); check() }
	:: d_step { state[me] == MUST_ACQUIRE_READ -> acquire_read(); check() }
	MAY_TIME_OUT(ON_LOCK_WRITE, leave_lock, RUNNING)
	MAY_TIME_OUT(ON_LOCK_READ, leave_lock, RUNNING)
	MAY_BE_INTERRUPTED(ON_LOCK_WRITE, leave_lock, MUST_ACQUIRE_WRITE)
	MAY_BE_INTERRUPTED(ON_LOCK_READ, leave_lock, MUST_ACQUIRE_READ)
	MAY_BE_INTERRUPTED(REQUEUE_PENDING, leave_requeue_list, MUST_ACQUIRE_WRITE)
	MAY_BE_INTERRUPTED(ACQUIRED && (lock & WR), release, MUST_ACQUIRE_WRITE)
	MAY_BE_INTERRUPTED(ACQUIRED && !(lock & WR), release, MUST_ACQUIRE_READ)
	MAY_DIE
	od
}

/* Threads */

inline choose_timed()
{
#ifdef TIMEOUTS
	if
	:: timed = true
	:: timed = false
	fi
#else
	skip
#endif
}

inline now_writing()
{
	d_step {
		assert((lock & ~KM) == mine);
		state[me] = RUNNING;
		timed = false;
		signalled[me] = false;
		n_writing++;
		check()
	}
}

/* Without the kernel, or by lock_unlock() if that fails. */
inline write_unlock()
{
	n_writing--;
	if
#ifdef BUG_STORE_UNLOCK
	:: lock == mine -> lock = 0
#else
	:: d_step { lock == mine -> lock = 0; check() }
#endif
	:: (lock & KM) -> kernel_unlock()
	fi
}

inline signal()
{
	if
	:: condvar == 0
	:: condvar != 0 ->
		if
		:: n_wake = 1
		:: n_wake = N
		fi;
		if
		:: signal_waiters(true)
#ifdef FOREIGN
		:: signal_waiters(false)
#endif
		fi;
		n_wake = 0
	fi
}

active [N] proctype thread()
{
	bool timed, forwards;
	byte v, n_wake;

idle:
	do
	:: goto end

	/* Acquire the lock for writing, at once or after a wait. */
	:: d_step { lock == 0 -> lock = mine; n_writing++; check() }
		goto writing
	:: choose_timed();
		state[me] = MUST_ACQUIRE_WRITE;
		wait_for_lock();
		if
		:: state[me] == ACQUIRED -> now_writing(); goto writing
		:: state[me] == RUNNING
		fi

#ifdef READERS
	:: d_step { !(lock & (WR | KM)) -> lock++; n_reading++; check() }
		goto reading
	:: choose_timed();
		state[me] = MUST_ACQUIRE_READ;
		wait_for_lock();
		if
		:: d_step { state[me] == ACQUIRED -> state[me] = RUNNING; timed = false; n_reading++;
			    assert(!(lock & WR) && (lock & LOW)); check() }
			goto reading
		:: state[me] == RUNNING
		fi
#endif
	od;

writing:
	if
	:: write_unlock()
	:: item = true;
		signal();
		write_unlock()
	:: item = true;
		write_unlock();
		signal()
	:: d_step { item -> item = false };
		write_unlock()
	:: !item ->
		goto waiting
	fi;
	goto idle;

waiting:
	choose_timed();
	/* poll() holds the locks of both buckets. */
#ifdef BUG_UNLOCK_FIRST
	n_writing--;
	kernel_unlock();
	d_step { sleepers!me; state[me] = ON_CONDVAR; condvar = 1; check() }
#else
	d_step {
		assert((lock & ~KM) == mine && (managed || !(lock & KM)));
		condvar = 1;
		n_writing--;
		hand_off();
		sleepers!me;
		state[me] = ON_CONDVAR;
		check()
	}
#endif
end_asleep:
	do
	:: state[me] != ON_CONDVAR -> break
	MAY_TIME_OUT(ON_CONDVAR, leave_condvar, MUST_ACQUIRE_WRITE)
	MAY_BE_INTERRUPTED(ON_CONDVAR, leave_condvar, MUST_ACQUIRE_WRITE)
	MAY_DIE
	od;
	/* A time-out does not end the wait for the lock. */
	timed = false;
	do
	:: wait_for_lock();
		if
		:: forwards -> forward_signal()
		:: !forwards -> break
		fi
	od;
	owed = owed && me != 0;
	now_writing();
	/* The wake-up may be spurious: there may be no item. */
	if
	:: d_step { item -> item = false };
		write_unlock()
	:: !item ->
		goto waiting
	:: !item ->
		write_unlock()
	fi;
	goto idle;

#ifdef READERS
reading:
	if
	/* Acquire it again, even if others wait. */
	:: d_step { n_reading < N -> lock++; n_reading++; check() }
		v = 0;
		n_reading--;
		do
		:: v = lock;
			if
			:: d_step { lock == v && v != (KM | 1) -> lock--; v = 0 } break
			:: else -> v = 0
			fi
		od
	:: true
	fi;
	n_reading--;
	do
	:: v = lock;
		if
		:: d_step { lock == v && v == (KM | 1) -> lock = mine | KM; v = 0 }
			kernel_unlock();
			break
		:: d_step { lock == v && v != (KM | 1) -> lock--; v = 0; check() }
			break
		:: lock != v -> v = 0
		fi
	od;
	goto idle;
#endif
end:
	/* A thread that was killed after it was signalled. */
	if
	:: signalled[me] -> forward_signal()
	:: !signalled[me]
	fi
}

/* Checks the final state, in which no thread can make a step. */
active proctype judge()
{
	do
	/* Interruptions and deaths that are left must not wake a lost waiter. */
#ifdef INTERRUPTS
	:: d_step { interrupts > 0 -> interrupts-- }
#endif
#ifdef DEATHS
	:: d_step { deaths > 0 -> deaths-- }
#endif
	:: timeout -> break
	od;
	assert(lock == 0 && !managed && !n_writing && !n_reading && !owed);
	assert(!(item && len(sleepers)))
}

ltl returns { [] (owed -> <> !owed) }
