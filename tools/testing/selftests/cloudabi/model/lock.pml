// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - A model of locks and condition variables
 *
 * Threads that use one lock and one condition variable in every way there is,
 * for as long as they like: the fast paths of a C library step by step, a step
 * being one access to memory, and the kernel's part, of which what happens under
 * a bucket's lock is one step.  scripts/model has Spin visit all states.
 *
 * Whatever the order of steps,
 *
 *   - there are never two writers, nor a writer beside readers;
 *   - the kernel finds the words in no state that it would refuse; that of the
 *     lock says that threads wait exactly if there are some, and so does that of
 *     the condition variable;
 *   - a wait that returns returns with the lock held, unless it timed out on the
 *     lock itself;
 *   - threads are never all asleep, unless they wait on the condition variable
 *     for something that is not there; the lock is free then, or when all end;
 *   - who has been signalled returns, if threads go on at all (claim "returns"),
 *     and who dies or is interrupted before it does leaves the signal to another:
 *     nobody sleeps in the end while there is what it waits for;
 *   - who queues for writing is overtaken by nobody who came later.
 *
 * -DTIMEOUTS      waits may time out
 * -DINTERRUPTS=n  up to n waits are interrupted (stop and continue, ptrace), also
 *                 when they are over but for the way out
 * -DDEATHS=n      up to n threads are killed while they wait
 * -DREADERS       the lock is acquired for reading as well, also recursively
 * -DFOREIGN       a signal may come from where the lock's address is not known
 *
 * -DBUG -DBUG_name makes a mistake; that the words say the truth is not looked at
 * then, so that it has to show in what happens to threads.
 */

#ifndef N
#define N 3
#endif

/* A word: as in the ABI, but with less bits for numbers. */
#define KM 128
#define WR 64
#define LOW 63

byte word, cv;

/* What the threads wait for; the lock protects it. */
bool item;

/* The kernel's queues. */
chan writers = [N] of { byte };
chan readers = [N] of { byte };
chan sleepers = [N] of { byte };
#define managed (len(writers) + len(readers) > 0)

/* For each thread, those that it has to queue. */
#ifdef FOREIGN
chan given[N] = [N] of { byte };
#define gifts(t) len(given[t])
#else
#define gifts(t) 0
#endif

/* What the kernel knows of each thread. */
#define RUNS 0
#define WRITES 1	/* queued for writing */
#define READS 2		/* queued for reading */
#define SLEEPS 3	/* queued on the condition variable */
#define GIVEN 4		/* waits for another to queue it */
#define TO_WRITE 5	/* is to acquire the lock, and runs */
#define TO_READ 6
#define OWNS 7		/* has been handed the lock */
byte at[N];

/* Threads are numbered from 0 on, in the word from 1 on. */
#define me _pid
#define mine (WR | (_pid + 1))

/* What the threads believe. */
byte n_writing, n_reading;

/* How often the lock went to another while a thread was queued for writing. */
byte overtaken[N];

/* Whether thread 0 has been signalled and has not returned. */
bool owed;

/* Which threads have been signalled, and have not returned or passed it on. */
bool signalled[N];

#ifdef INTERRUPTS
byte interrupts = INTERRUPTS;
#endif
#ifdef DEATHS
byte deaths = DEATHS;
#endif

/* Have no value but within a step. */
hidden byte i, w, x;

inline check()
{
#ifndef BUG
	assert(((word & KM) != 0) == managed);
	assert((cv != 0) == (len(sleepers) > 0));
#endif
	assert(word != KM);
	assert(!(word & WR) || ((word & LOW) >= 1 && (word & LOW) <= N));
	assert((word & WR) || (word & LOW) <= 2 * N);
	assert(n_writing <= 1);
	assert(!(n_writing && n_reading))
}

/* What the kernel does; all of these are parts of steps. */

inline queue_writer(t)
{
	writers!t;
	at[t] = WRITES
}

inline queue_given()
{
#ifdef FOREIGN
	do
	:: gifts(me) > 0 ->
		given[me]?x;
		queue_writer(x)
	:: else -> break
	od;
	x = 0
#else
	skip
#endif
}

inline try_wrlock()
{
	assert((word & ~KM) != mine);
	if
	:: managed ->
		queue_writer(me);
		queue_given()
	:: !managed && word == 0 ->
		word = mine | (gifts(me) > 0 -> KM : 0);
		queue_given();
		at[me] = OWNS
	:: !managed && word != 0 ->
		/* Or it is EINVAL. */
		assert(!(word & KM));
		word = word | KM;
		queue_writer(me);
		queue_given()
	fi
}

inline try_rdlock()
{
	if
	:: !managed && !(word & WR) ->
		assert(!(word & KM));
		word++;
		at[me] = OWNS
	:: managed || (word & WR) ->
		assert(managed || !(word & KM));
		word = word | KM;
		readers!me;
		at[me] = READS
	fi
}

/* The first writer owns the lock, or all readers do, or nobody. */
inline hand_off()
{
	if
	:: len(writers) > 0 ->
		writers?w;
#ifdef BUG_NO_HAND_OFF
		word = 0;
		at[w] = TO_WRITE;
#else
		word = WR | (w + 1) | (managed -> KM : 0);
		at[w] = OWNS;
#endif
		overtaken[w] = 0;
		i = 0;
		do
		:: i < N && at[i] == WRITES ->
			overtaken[i]++;
			assert(overtaken[i] <= N - 2);
			i++
		:: i < N && at[i] != WRITES -> i++
		:: i == N -> break
		od;
		i = 0
	:: len(writers) == 0 && len(readers) > 0 ->
		word = len(readers);
		do
		:: len(readers) > 0 ->
			readers?w;
			at[w] = OWNS
		:: len(readers) == 0 -> break
		od
	:: !managed ->
		word = 0
	fi;
	w = 0
}

/* Takes the caller from the lock's queue. */
inline leave_lock()
{
	if
	:: at[me] == WRITES -> writers??eval(me)
	:: at[me] == READS -> readers??eval(me)
	fi;
	at[me] = RUNS;
	overtaken[me] = 0;
#ifndef BUG_KEEP_KM
	if
	:: !managed -> word = word & ~KM
	:: managed
	fi
#endif
}

inline leave_condvar()
{
	sleepers??eval(me);
	at[me] = RUNS;
	if
	:: len(sleepers) == 0 -> cv = 0
	:: len(sleepers) > 0
	fi
}

inline leave_giver()
{
#ifdef FOREIGN
	i = 0;
	do
	:: i < N && given[i]??[eval(me)] ->
		given[i]??eval(me);
		i++
	:: i < N && !given[i]??[eval(me)] -> i++
	:: i == N -> break
	od;
	i = 0;
	at[me] = RUNS
#else
	skip
#endif
}

/* Wakes another one to do what the caller was woken for. */
inline pass_on()
{
#ifdef FOREIGN
	if
	:: gifts(me) > 0 ->
		given[me]?w;
		do
		:: gifts(me) > 0 ->
			given[me]?x;
			given[w]!x
		:: gifts(me) == 0 -> break
		od;
		at[w] = TO_WRITE;
		w = 0;
		x = 0
	:: gifts(me) == 0
	fi
#else
	skip
#endif
}

/* Gives a lock back that was handed over. */
inline give_back()
{
	if
	:: (word & WR) || word == (KM | 1) -> hand_off()
	:: !(word & WR) && word != (KM | 1) -> word--
	fi
}

inline die()
{
	if
	:: at[me] == WRITES || at[me] == READS -> leave_lock()
	:: at[me] == SLEEPS -> leave_condvar()
	:: at[me] == GIVEN -> leave_giver()
	:: at[me] == TO_WRITE -> pass_on()
	:: at[me] == TO_READ
#ifndef BUG_DIE_WITH_LOCK
	:: at[me] == OWNS -> give_back()
#else
	:: at[me] == OWNS
#endif
	fi;
	at[me] = RUNS;
	timed = false;
	owed = owed && me != 0
}

/* condvar_signal() of up to n_wake waiters, by who knows the lock's address or does not. */
inline wake(known)
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
				queue_writer(w);
				i++
			:: i == n_wake || len(sleepers) == 0 -> break
			od
		:: len(sleepers) > 0 && !managed && known ->
			assert(!(word & KM));
			i = 0;
			if
			:: word == 0 ->
				sleepers?w;
				signalled[w] = true;
				owed = owed || w == 0;
				word = WR | (w + 1);
				at[w] = OWNS;
				i++
			:: word != 0
			fi;
			do
			:: i < n_wake && len(sleepers) > 0 ->
				sleepers?w;
				signalled[w] = true;
				owed = owed || w == 0;
				queue_writer(w);
				word = word | KM;
				i++
			:: i == n_wake || len(sleepers) == 0 -> break
			od
#ifdef FOREIGN
		:: len(sleepers) > 0 && !managed && !known ->
			sleepers?x;
			signalled[x] = true;
			owed = owed || x == 0;
			at[x] = TO_WRITE;
			i = 1;
			do
			:: i < n_wake && len(sleepers) > 0 ->
				sleepers?w;
				signalled[w] = true;
				owed = owed || w == 0;
				given[x]!w;
				at[w] = GIVEN;
				i++
			:: i == n_wake || len(sleepers) == 0 -> break
			od
#endif
		fi;
#ifdef BUG_ZERO_CONDVAR
		cv = 0;
#else
		if
		:: len(sleepers) == 0 -> cv = 0
		:: len(sleepers) > 0
		fi;
#endif
		i = 0;
		w = 0;
		x = 0;
		check()
	}
}

/* Who was signalled and is not back leaves that to another, come back or not. */
inline pass_signal_on()
{
	d_step { signalled[me] = false; passes = false };
#ifndef BUG_EAT_SIGNAL
	n_wake = 1;
	if
	:: wake(true)
#ifdef FOREIGN
	:: wake(false)
#endif
	fi;
	n_wake = 0
#endif
}

/* lock_unlock() */
inline kernel_unlock()
{
	d_step {
		/* Or it is EPERM. */
		assert((word & ~KM) == mine && (managed || !(word & KM)));
		hand_off();
		check()
	}
}

/* Ways to leave a wait */

#ifdef TIMEOUTS
#define MAY_TIME_OUT(where, leave, then)                              \
	:: d_step { timed && at[me] == where -> leave(); at[me] = then; \
		    timed = false; check() }
#else
#define MAY_TIME_OUT(where, leave, then)
#endif

#ifdef INTERRUPTS
#define MAY_BE_INTERRUPTED(where, leave, then)                        \
	:: d_step { interrupts > 0 && at[me] == where -> leave();     \
		    at[me] = then; passes = signalled[me];            \
		    interrupts--; check() }
#else
#define MAY_BE_INTERRUPTED(where, leave, then)
#endif

#ifdef DEATHS
#define MAY_DIE                                                       \
	:: d_step { deaths > 0 && at[me] != RUNS && !passes -> die(); \
		    deaths--; check() }                               \
	   goto end
#else
#define MAY_DIE
#endif

/*
 * Until the lock is there or, with at[me] == RUNS, the time is over; or until the
 * caller has to pass a signal on, and come back.
 */
inline wait_for_lock()
{
	do
	:: at[me] == OWNS || at[me] == RUNS || passes -> break
	:: d_step { at[me] == TO_WRITE && !passes -> try_wrlock(); check() }
	:: d_step { at[me] == TO_READ -> try_rdlock(); check() }
	MAY_TIME_OUT(WRITES, leave_lock, RUNS)
	MAY_TIME_OUT(READS, leave_lock, RUNS)
	MAY_BE_INTERRUPTED(WRITES, leave_lock, TO_WRITE)
	MAY_BE_INTERRUPTED(READS, leave_lock, TO_READ)
	MAY_BE_INTERRUPTED(GIVEN, leave_giver, TO_WRITE)
	MAY_BE_INTERRUPTED(OWNS && (word & WR), give_back, TO_WRITE)
	MAY_BE_INTERRUPTED(OWNS && !(word & WR), give_back, TO_READ)
	MAY_DIE
	od
}

/* What the threads do */

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
		assert((word & ~KM) == mine);
		at[me] = RUNS;
		timed = false;
		signalled[me] = false;
		n_writing++;
		check()
	}
}

/* By one access, or if that fails by the kernel. */
inline write_unlock()
{
	n_writing--;
	if
#ifdef BUG_STORE_UNLOCK
	:: word == mine -> word = 0
#else
	:: d_step { word == mine -> word = 0; check() }
#endif
	:: (word & KM) -> kernel_unlock()
	fi
}

inline signal()
{
	if
	:: cv == 0
	:: cv != 0 ->
		if
		:: n_wake = 1
		:: n_wake = N
		fi;
		if
		:: wake(true)
#ifdef FOREIGN
		:: wake(false)
#endif
		fi;
		n_wake = 0
	fi
}

active [N] proctype thread()
{
	bool timed, passes;
	byte v, n_wake;

idle:
	do
	:: goto end

	/* A writer, at once or after a wait. */
	:: d_step { word == 0 -> word = mine; n_writing++; check() }
		goto writing
	:: choose_timed();
		at[me] = TO_WRITE;
		wait_for_lock();
		if
		:: at[me] == OWNS -> now_writing(); goto writing
		:: at[me] == RUNS
		fi

#ifdef READERS
	:: d_step { !(word & (WR | KM)) -> word++; n_reading++; check() }
		goto reading
	:: choose_timed();
		at[me] = TO_READ;
		wait_for_lock();
		if
		:: d_step { at[me] == OWNS -> at[me] = RUNS; timed = false; n_reading++;
			    assert(!(word & WR) && (word & LOW)); check() }
			goto reading
		:: at[me] == RUNS
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
	/* poll(): both buckets are locked. */
#ifdef BUG_UNLOCK_FIRST
	n_writing--;
	kernel_unlock();
	d_step { sleepers!me; at[me] = SLEEPS; cv = 1; check() }
#else
	d_step {
		assert((word & ~KM) == mine && (managed || !(word & KM)));
		cv = 1;
		n_writing--;
		hand_off();
		sleepers!me;
		at[me] = SLEEPS;
		check()
	}
#endif
end_asleep:
	do
	:: at[me] != SLEEPS -> break
	MAY_TIME_OUT(SLEEPS, leave_condvar, TO_WRITE)
	MAY_BE_INTERRUPTED(SLEEPS, leave_condvar, TO_WRITE)
	MAY_DIE
	od;
	/* From here on no time is over. */
	timed = false;
	do
	:: wait_for_lock();
		if
		:: passes -> pass_signal_on()
		:: !passes -> break
		fi
	od;
	owed = owed && me != 0;
	now_writing();
	/* Awake is no more than that: what was waited for is there or not. */
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
	/* Once more, whoever waits. */
	:: d_step { n_reading < N -> word++; n_reading++; check() }
		v = 0;
		n_reading--;
		do
		:: v = word;
			if
			:: d_step { word == v && v != (KM | 1) -> word--; v = 0 } break
			:: else -> v = 0
			fi
		od
	:: true
	fi;
	n_reading--;
	do
	:: v = word;
		if
		:: d_step { word == v && v == (KM | 1) -> word = mine | KM; v = 0 }
			kernel_unlock();
			break
		:: d_step { word == v && v != (KM | 1) -> word--; v = 0; check() }
			break
		:: word != v -> v = 0
		fi
	od;
	goto idle;
#endif
end:
	/* Who has died in between. */
	if
	:: signalled[me] -> pass_signal_on()
	:: !signalled[me]
	fi
}

/* When nothing goes on any more. */
active proctype judge()
{
	do
	/* What may happen need not happen; or it would keep a lost waiter going. */
#ifdef INTERRUPTS
	:: d_step { interrupts > 0 -> interrupts-- }
#endif
#ifdef DEATHS
	:: d_step { deaths > 0 -> deaths-- }
#endif
	:: timeout -> break
	od;
	assert(word == 0 && !managed && !n_writing && !n_reading && !owed);
	assert(!(item && len(sleepers)))
}

ltl returns { [] (owed -> <> !owed) }
