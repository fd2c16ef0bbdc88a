// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - poll: the form of calls
 */

#include "threads.h"

static const cloudabi_eventtype_t fd_types[] = { READ, WRITE };

/* Errors */

TEST(no_descriptor_is_ebadf)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++) {
		for (cloudabi_eventtype_t type = READ; type <= TERMINATE; type++) {
			if (type != READ && type != WRITE && type != TERMINATE)
				continue;
			EXPECT_EQ(1, POLL(sub_fd(type, bad_fds[i])));
			EXPECT_TRUE(is_failure(&events[0], bad_fds[i], type, CLOUDABI_EBADF))
				TH_LOG("fd 0x%x, type %u", bad_fds[i], type);
		}
	}
}

TEST(each_type_needs_its_rights_and_no_other)
{
	static const cloudabi_rights_t rights[] = { R(FD_READ), R(FD_WRITE) };
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(1, send_data(fds[1], "x", 1));
	for (size_t i = 0; i < ARRAY_SIZE(fd_types); i++) {
		const cloudabi_eventtype_t type = fd_types[i];
		const cloudabi_rights_t need = rights[i] | R(POLL_FD_READWRITE);
		const long just = dup_limited(fds[0], need, 0);
		const long no_poll = dup_without(fds[0], R(POLL_FD_READWRITE));
		const long no_other = dup_without(fds[0], rights[i]);

		EXPECT_LT(0, look(type, just));
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, look(fd_types[!i], just));
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, look(type, no_poll));
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, look(type, no_other));
		EXPECT_LT(0, look(fd_types[!i], no_other));
		EXPECT_EQ(1, POLL(sub_fd(type, no_poll)));
		EXPECT_TRUE(is_failure(&events[0], no_poll, type, CLOUDABI_ENOTCAPABLE));
		EXPECT_EQ(0, close_fd(just));
		EXPECT_EQ(0, close_fd(no_poll));
		EXPECT_EQ(0, close_fd(no_other));
	}
	EXPECT_EQ(0, close_pair(fds));
}

TEST(types_without_the_rights_are_enotcapable)
{
	static const cloudabi_fd_t fds[] = {
		FIXTURE_DIR, FIXTURE_DIR_PATH, FIXTURE_FILE_PATH, FIXTURE_SEQPACKET, FIXTURE_EPOLL,
		FIXTURE_EVENT, FIXTURE_TIMER, FIXTURE_SIGNAL, FIXTURE_PID, FIXTURE_IO_URING,
		FIXTURE_PERF, FIXTURE_NETLINK, FIXTURE_MEMFD, FIXTURE_PROC, FIXTURE_INOTIFY,
		FIXTURE_USERFAULT,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		for (size_t j = 0; j < ARRAY_SIZE(fd_types); j++)
			EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, look(fd_types[j], fds[i]))
				TH_LOG("fd %u", fds[i]);
	for (cloudabi_fd_t fd = FIXTURE_DIR; fd <= FIXTURE_FAR; fd++) {
		if (!is_open(fd))
			continue;
		EXPECT_EQ(1, POLL(sub_fd(TERMINATE, fd)));
		EXPECT_TRUE(is_failure(&events[0], fd, TERMINATE, CLOUDABI_ENOTCAPABLE))
			TH_LOG("fd %u", fd);
	}
}

TEST(unknown_types_are_einval)
{
	for (unsigned int type = 0; type < 256; type++) {
		if (type >= CLOCK && type <= TERMINATE)
			continue;
		EXPECT_EQ(1, POLL(sub_fd(type, FIXTURE_FILE))) TH_LOG("type %u", type);
		EXPECT_TRUE(is_failure(&events[0], FIXTURE_FILE, type, CLOUDABI_EINVAL))
			TH_LOG("type %u", type);
	}
}

TEST(failure_ends_the_wait_together_with_what_is_ready)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(3, POLL(sub_fd(READ, fds[0]), sub_fd(READ, FIXTURE_FILE_RDONLY),
			  sub_after(LONG), sub_fd(READ, FIXTURE_NONE), sub_fd(READ, FIXTURE_MEMFD),
			  sub_fd(READ, fds[1])));
	for (int i = 0; i < 3; i++) {
		const cloudabi_event_t *const event = &events[i];

		switch (event->userdata) {
		case FIXTURE_FILE_RDONLY:
			EXPECT_EQ(0, event->error);
			EXPECT_EQ(FIXTURE_TEXT_LEN, event->fd_readwrite.nbytes);
			break;
		case FIXTURE_NONE:
			EXPECT_TRUE(is_failure(event, FIXTURE_NONE, READ, CLOUDABI_EBADF));
			break;
		default:
			EXPECT_TRUE(is_failure(event, FIXTURE_MEMFD, READ, CLOUDABI_ENOTCAPABLE));
		}
		for (int j = 0; j < i; j++)
			EXPECT_NE(event->userdata, events[j].userdata);
	}
	EXPECT_EQ(1, POLL(sub_after(LONG), sub_fd(READ, fds[0]), sub_fd(READ, FIXTURE_NONE)));
	EXPECT_TRUE(is_failure(&events[0], FIXTURE_NONE, READ, CLOUDABI_EBADF));
	EXPECT_EQ(0, close_pair(fds));
}

/* Locks and other subscriptions in one call */

TEST(lock_is_alone_or_with_one_clock)
{
	static const cloudabi_eventtype_t types[] = { RDLOCK, WRLOCK, CONDVAR };
	cloudabi_lock_t lock = 0, other = 0;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		const sub_t sub = sub_lock(types[i], &lock);
		const sub_t cases[][3] = {
			{ sub_after(LONG), sub, sub_after(LONG) },
			{ sub, sub_after(LONG), sub_after(LONG) },
			{ sub, sub_fd(READ, FIXTURE_PIPE_READ), sub_after(LONG) },
			{ sub, sub_after(LONG), sub_fd(READ, FIXTURE_PIPE_READ) },
		};

		for (size_t j = 0; j < ARRAY_SIZE(cases); j++) {
			EXPECT_EQ(1, poll_for(cases[j], 3)) TH_LOG("case %zu", j);
			EXPECT_TRUE(is_failure(&events[0], (uintptr_t)&lock, types[i],
					       CLOUDABI_EINVAL))
				TH_LOG("case %zu", j);
		}
		EXPECT_EQ(1, POLL(sub_after(LONG), sub));
		EXPECT_TRUE(is_failure(&events[0], (uintptr_t)&lock, types[i], CLOUDABI_EINVAL));
		EXPECT_EQ(2, POLL(sub, sub_lock(RDLOCK, &other)));
		EXPECT_TRUE(is_failure(&events[0], (uintptr_t)&lock, types[i], CLOUDABI_EINVAL));
		EXPECT_TRUE(is_failure(&events[1], (uintptr_t)&other, RDLOCK, CLOUDABI_EINVAL));
		EXPECT_EQ(2, POLL(sub, sub_fd(READ, FIXTURE_FILE_RDONLY)));
		EXPECT_TRUE(is_failure(&events[0], (uintptr_t)&lock, types[i], CLOUDABI_EINVAL));
		EXPECT_EQ(FIXTURE_TEXT_LEN, events[1].fd_readwrite.nbytes);
	}
	EXPECT_EQ(0, lock);
	EXPECT_EQ(0, other);
}

TEST(lock_is_not_touched_if_the_clock_is_bad)
{
	static const cloudabi_clockid_t clocks[] = { 0, 2, 4, 5, 0x80000001, 0xffffffff };
	cloudabi_condvar_t condvar = 0;
	const cloudabi_lock_t mine = CLOUDABI_LOCK_WRLOCKED | test_start->tid;
	cloudabi_lock_t lock = 0;

	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		const sub_t clock = sub_clock(clocks[i], MS, i % 2 ? ABSTIME : 0);
		const bool cpu = clocks[i] == 2 || clocks[i] == 4;
		const cloudabi_errno_t error = cpu ? CLOUDABI_ENOTSUP : CLOUDABI_EINVAL;
		const sub_t wait = {
			.type = CONDVAR,
			.condvar = {
				.condvar = &condvar,
				.lock = &lock,
				.condvar_scope = PRIVATE_SCOPE,
				.lock_scope = PRIVATE_SCOPE,
			},
		};

		lock = 0;
		EXPECT_EQ(1, POLL(sub_lock(WRLOCK, &lock), clock));
		EXPECT_TRUE(is_failure(&events[0], MS, CLOCK, error)) TH_LOG("case %zu", i);
		EXPECT_EQ(1, POLL(sub_lock(RDLOCK, &lock), clock));
		EXPECT_TRUE(is_failure(&events[0], MS, CLOCK, error)) TH_LOG("case %zu", i);
		EXPECT_EQ(0, lock);
		lock = mine;
		EXPECT_EQ(1, POLL(wait, clock));
		EXPECT_TRUE(is_failure(&events[0], MS, CLOCK, error)) TH_LOG("case %zu", i);
		EXPECT_EQ(mine, lock);
		EXPECT_EQ(0, condvar);
	}
}

TEST(lock_that_is_free_is_taken)
{
	cloudabi_lock_t lock = 0;

	EXPECT_EQ(1, POLL(sub_lock(WRLOCK, &lock)));
	EXPECT_TRUE(is_plain(&events[0], (uintptr_t)&lock, WRLOCK));
	EXPECT_EQ(CLOUDABI_LOCK_WRLOCKED | test_start->tid, lock);
	lock = 0;
	EXPECT_EQ(1, POLL(sub_lock(RDLOCK, &lock), sub_after(0)));
	EXPECT_TRUE(is_plain(&events[0], (uintptr_t)&lock, RDLOCK));
	EXPECT_EQ(1, lock);
}

TEST(lock_that_is_not_given_up_times_out)
{
	cloudabi_lock_t lock = 1;
	const cloudabi_timestamp_t start = now();

	EXPECT_EQ(1, POLL(sub_lock(WRLOCK, &lock), sub_after(20 * MS)));
	EXPECT_TRUE(is_plain(&events[0], 20 * MS, CLOCK));
	EXPECT_LE(start + 20 * MS, now());
	EXPECT_EQ(1, lock);
}

/* Numbers of subscriptions */

TEST(nothing_is_no_events)
{
	cloudabi_size_t n = 7;

	EXPECT_EQ(0, cloudabi_sys_poll(NULL, NULL, 0, &n));
	EXPECT_EQ(0, n);
	n = 7;
	EXPECT_EQ(0, cloudabi_sys_poll(KERNEL_POINTER, BAD_POINTER, 0, &n));
	EXPECT_EQ(0, n);
}

TEST(too_many_are_einval)
{
	static const size_t numbers[] = {
		65537, 1UL << 31, 1UL << 32, (1UL << 32) + 1, 1UL << 58, 1UL << 59, 1UL << 63,
		SIZE_MAX,
	};
	const sub_t sub = sub_fd(READ, FIXTURE_FILE);
	cloudabi_event_t event;
	cloudabi_size_t n;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_sys_poll(&sub, &event, numbers[i], &n))
			TH_LOG("case %zu", i);
}

static void *map(size_t len)
{
	void *mem = NULL;

	cloudabi_sys_mem_map(NULL, len, CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE,
			     CLOUDABI_MAP_ANON | CLOUDABI_MAP_PRIVATE, CLOUDABI_MAP_ANON_FD, 0,
			     &mem);
	return mem;
}

TEST(as_many_as_there_may_be)
{
	sub_t *const subs = map(65536 * sizeof(*subs));
	cloudabi_event_t *const out = map(65536 * sizeof(*out));
	cloudabi_size_t n = 0, wrong = 0;

	ASSERT_TRUE(subs);
	ASSERT_TRUE(out);
	for (size_t i = 0; i < 65536; i++) {
		subs[i] = sub_fd(READ, FIXTURE_FAR);
		subs[i].userdata = i;
	}
	EXPECT_EQ(0, cloudabi_sys_poll(subs, out, 65536, &n));
	EXPECT_EQ(65536, n);
	for (size_t i = 0; i < 65536; i++)
		wrong += out[i].userdata != i || out[i].error ||
			 out[i].fd_readwrite.nbytes != FIXTURE_TEXT_LEN;
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(0, cloudabi_sys_mem_unmap(subs, 65536 * sizeof(*subs)));
	EXPECT_EQ(0, cloudabi_sys_mem_unmap(out, 65536 * sizeof(*out)));
}

#define MANY 4000

/* If few of many subscriptions are ready, the call returns them at once. */
static long poll_many(sub_t *subs, cloudabi_event_t *out, size_t n, cloudabi_timestamp_t *least)
{
	cloudabi_timestamp_t time;
	cloudabi_size_t nevents;

	*least = LONG;
	for (int i = 0; i < 5; i++) {
		const cloudabi_timestamp_t start = now();
		const cloudabi_errno_t error = cloudabi_sys_poll(subs, out, n, &nevents);

		if (error)
			return -(long)error;
		time = now() - start;
		if (time < *least)
			*least = time;
	}
	return nevents;
}

TEST(many_descriptors_take_time_in_proportion)
{
	static sub_t subs[MANY];
	static cloudabi_event_t out[MANY];
	cloudabi_timestamp_t few, many;
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	for (size_t i = 0; i < MANY; i++) {
		subs[i] = sub_fd(READ, fds[i % 2]);
		subs[i].userdata = i;
	}
	/* All others are registered first, since the ready subscription comes last. */
	subs[MANY / 16 - 1] = sub_fd(WRITE, fds[0]);
	EXPECT_EQ(1, poll_many(subs, out, MANY / 16, &few));
	subs[MANY / 16 - 1] = sub_fd(READ, fds[0]);
	subs[MANY - 1] = sub_fd(WRITE, fds[0]);
	EXPECT_EQ(1, poll_many(subs, out, MANY, &many));
	EXPECT_EQ(WRITE, out[0].type);
	EXPECT_LT(many, few * 16 * 5);

	/* If all are ready, all are returned. */
	EXPECT_EQ(1, send_data(fds[0], "x", 1));
	EXPECT_EQ(1, send_data(fds[1], "x", 1));
	EXPECT_EQ(MANY, poll_many(subs, out, MANY, &many));
	EXPECT_EQ(0, close_pair(fds));
}

TEST(many_clocks_are_each_on_their_own)
{
	static sub_t subs[MANY];
	static cloudabi_event_t out[MANY];
	cloudabi_timestamp_t least;

	for (size_t i = 0; i < MANY; i++)
		subs[i] = sub_clock(i % 3 ? MONOTONIC : REALTIME, i % 40 ? LONG + i : i % 2,
				    i % 5 && i % 40 ? ABSTIME : 0);
	for (size_t i = 0; i < MANY; i++)
		if (i % 40 && subs[i].clock.flags & ABSTIME)
			subs[i].clock.timeout += now_of(subs[i].clock.clock_id);
	EXPECT_EQ(MANY / 40, poll_many(subs, out, MANY, &least));
}

TEST(repeated_descriptors_have_an_event_each)
{
	sub_t subs[8];

	for (int i = 0; i < 8; i++) {
		subs[i] = sub_fd(i < 6 ? READ : WRITE, FIXTURE_FILE);
		subs[i].userdata = 1000 + i;
	}
	EXPECT_EQ(0, seek_fd(FIXTURE_FILE, 0, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(8, poll_for(subs, 8));
	for (int i = 0; i < 8; i++) {
		EXPECT_EQ(1000 + i, events[i].userdata);
		EXPECT_EQ(i < 6 ? READ : WRITE, events[i].type);
		EXPECT_EQ(i < 6 ? FIXTURE_TEXT_LEN : 0, events[i].fd_readwrite.nbytes);
	}
}

/* Memory */

TEST(events_are_written_in_full_and_no_more)
{
	unsigned char bytes[3 * sizeof(cloudabi_event_t)];
	const sub_t subs[] = { sub_fd(READ, FIXTURE_NULL_DEVICE), sub_fd(READ, FIXTURE_NONE),
			       sub_after(LONG) };
	cloudabi_size_t n;

	memset(bytes, 0xff, sizeof(bytes));
	EXPECT_EQ(0, cloudabi_sys_poll(subs, (void *)bytes, 2, &n));
	EXPECT_EQ(2, n);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		const size_t offset = i % sizeof(cloudabi_event_t);

		/* User data, error and type come first in an event. */
		if (i >= 2 * sizeof(cloudabi_event_t))
			EXPECT_EQ(0xff, bytes[i]) TH_LOG("byte %zu", i);
		else if ((offset > 0 && offset < 8) ||
			 (offset >= 11 && (offset < 24 || offset >= 28)))
			EXPECT_EQ(0, bytes[i]) TH_LOG("byte %zu", i);
	}
}

/* Old programs find the descriptor in fields that nothing else uses. */
TEST(event_has_its_subject_as_in_old_programs)
{
	cloudabi_lock_t lock;
	cloudabi_condvar_t condvar = 0;
	sub_t subs[] = {
		sub_fd(READ, FIXTURE_FILE), sub_fd(WRITE, FIXTURE_NULL_DEVICE),
		sub_fd(READ, FIXTURE_NONE), sub_fd(TERMINATE, FIXTURE_FILE),
		sub_lock(WRLOCK, &lock), sub_after(0),
	};
	sub_t wait[] = {
		{ .type = CONDVAR, .condvar = { .condvar = &condvar, .lock = &lock } },
		sub_after(0),
	};

	subs[5].clock.identifier = 0x0123456789abcdef;
	EXPECT_EQ(6, poll_for(subs, 6));
	for (int i = 0; i < 6; i++) {
		bool found = false;

		for (int j = 0; j < 6 && !found; j++)
			found = events[i].type == subs[j].type &&
				events[i].userdata == subs[j].userdata &&
				has_old_place(&events[i], &subs[j]);
		EXPECT_TRUE(found) TH_LOG("event %d", i);
	}
	/* Check the numeric offsets, too. */
	EXPECT_EQ(1, POLL(sub_fd(READ, FIXTURE_FILE)));
	EXPECT_EQ(FIXTURE_FILE, *(uint32_t *)((char *)&events[0] + 24));
	EXPECT_EQ(1, poll_for(&subs[5], 1));
	EXPECT_EQ(0x0123456789abcdef, *(uint64_t *)((char *)&events[0] + 16));

	/* poll has two code paths: a lock alone and a lock with a clock. */
	lock = 0;
	EXPECT_EQ(1, poll_for(&subs[4], 1));
	EXPECT_TRUE(is_plain(&events[0], (uintptr_t)&lock, WRLOCK));
	EXPECT_EQ((uintptr_t)&lock, *(uint64_t *)((char *)&events[0] + 16));
	lock = 0;
	EXPECT_EQ(1, POLL(sub_lock(RDLOCK, &lock), sub_after(LONG)));
	EXPECT_EQ((uintptr_t)&lock, *(uint64_t *)((char *)&events[0] + 16));
	lock = 0;
	EXPECT_EQ(1, poll_for(wait, 1));
	EXPECT_NE(0, events[0].error);
	EXPECT_TRUE(has_old_place(&events[0], &wait[0]));
}

TEST(unused_fields_are_ignored)
{
	sub_t sub;

	memset(&sub, 0xff, sizeof(sub));
	sub.type = READ;
	sub.fd_readwrite.fd = FIXTURE_FILE_RDONLY;
	EXPECT_EQ(1, poll_for(&sub, 1));
	EXPECT_EQ(UINT64_MAX, events[0].userdata);
	EXPECT_EQ(READ, events[0].type);
	EXPECT_EQ(0, events[0].error);
	EXPECT_EQ(FIXTURE_TEXT_LEN, events[0].fd_readwrite.nbytes);
	EXPECT_EQ(0, events[0].fd_readwrite.flags);
}

static void *const bad_pointers[] = { NULL, BAD_POINTER, KERNEL_POINTER };

TEST(subscriptions_in_bad_memory_are_efault)
{
	char *const end = map_edge();
	cloudabi_event_t event;
	cloudabi_size_t n;

	ASSERT_TRUE(end);
	for (size_t i = 0; i < ARRAY_SIZE(bad_pointers); i++)
		EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_poll(bad_pointers[i], &event, 1, &n))
			TH_LOG("case %zu", i);
	memset(end - 112, 0, 112);
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_poll((void *)(end - 55), &event, 1, &n));
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_poll((void *)(end - 56), events, 2, &n));
	EXPECT_EQ(0, cloudabi_sys_poll((void *)(end - 112), events, 2, &n));
	EXPECT_EQ(2, n);
	unmap_edge(end);
}

/* If the events cannot be written, the lock is not taken. */
TEST(events_in_bad_memory_are_efault)
{
	char *const end = map_edge();
	cloudabi_lock_t lock = 0;
	const sub_t subs[] = { sub_lock(WRLOCK, &lock), sub_after(LONG) };
	cloudabi_size_t n;

	ASSERT_TRUE(end);
	for (size_t i = 0; i < ARRAY_SIZE(bad_pointers); i++)
		EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_poll(subs, bad_pointers[i], 2, &n))
			TH_LOG("case %zu", i);
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_poll(subs, (void *)(end - 31), 1, &n));
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_poll(subs, (void *)(end - 32), 2, &n));
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_poll(subs, (void *)end, 1, &n));
	EXPECT_EQ(0, lock);
	/* The page becomes read-only. */
	EXPECT_EQ(0, cloudabi_sys_mem_protect(end - test_start->pagesz, test_start->pagesz,
					      CLOUDABI_PROT_READ));
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_poll(subs, (void *)(end - 64), 2, &n));
	EXPECT_EQ(0, lock);
	EXPECT_EQ(0, cloudabi_sys_mem_protect(end - test_start->pagesz, test_start->pagesz,
					      CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE));
	EXPECT_EQ(0, cloudabi_sys_poll(subs, (void *)(end - 64), 2, &n));
	EXPECT_EQ(1, n);
	EXPECT_EQ(CLOUDABI_LOCK_WRLOCKED | test_start->tid, lock);
	unmap_edge(end);
}

TEST(room_for_events_is_asked_for_all)
{
	const size_t page = test_start->pagesz;
	sub_t *const subs = map(512 * sizeof(*subs));
	char *const out = map(4 * page);
	cloudabi_size_t n;

	ASSERT_TRUE(subs);
	ASSERT_TRUE(out);
	for (size_t i = 0; i < 512; i++)
		subs[i] = sub_after(i ? LONG : 0);
	EXPECT_EQ(0, cloudabi_sys_poll(subs, (void *)out, 512, &n));
	EXPECT_EQ(1, n);
	for (int i = 0; i < 4; i++) {
		EXPECT_EQ(0, cloudabi_sys_mem_protect(out + i * page, page, CLOUDABI_PROT_READ));
		EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_poll(subs, (void *)out, 512, &n))
			TH_LOG("page %d", i);
		EXPECT_EQ(0, cloudabi_sys_mem_protect(out + i * page, page,
						      CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE));
	}
	EXPECT_EQ(0, cloudabi_sys_mem_unmap(subs, 512 * sizeof(*subs)));
	EXPECT_EQ(0, cloudabi_sys_mem_unmap(out, 4 * page));
}

TEST(events_may_be_where_subscriptions_are)
{
	union {
		sub_t subs[8];
		cloudabi_event_t events[8];
	} both;
	cloudabi_size_t n;

	for (int i = 0; i < 8; i++) {
		both.subs[i] = sub_fd(READ, FIXTURE_FILE_RDONLY);
		both.subs[i].userdata = i;
	}
	EXPECT_EQ(0, cloudabi_sys_poll(both.subs, both.events, 8, &n));
	EXPECT_EQ(8, n);
	for (int i = 0; i < 8; i++) {
		EXPECT_EQ(i, both.events[i].userdata);
		EXPECT_EQ(READ, both.events[i].type);
		EXPECT_EQ(FIXTURE_TEXT_LEN, both.events[i].fd_readwrite.nbytes);
	}
}

TEST(event_may_be_anywhere_over_the_subscription_of_a_lock)
{
	static char room[256] __attribute__((__aligned__(8)));
	sub_t *const sub = (void *)(room + 64);

	for (int offset = -32; offset <= 56; offset += 8) {
		cloudabi_event_t *const event = (void *)(room + 64 + offset);
		cloudabi_lock_t lock = 0;
		cloudabi_size_t n = 0;

		*sub = sub_lock(WRLOCK, &lock);
		EXPECT_EQ(0, cloudabi_sys_poll(sub, event, 1, &n)) TH_LOG("offset %d", offset);
		EXPECT_EQ(1, n);
		EXPECT_TRUE(is_plain(event, (uintptr_t)&lock, WRLOCK)) TH_LOG("offset %d", offset);
		EXPECT_EQ(CLOUDABI_LOCK_WRLOCKED | test_start->tid, lock);
		/* Poll once more; the lock is held now, so this call fails. */
		*sub = sub_lock(WRLOCK, &lock);
		EXPECT_EQ(0, cloudabi_sys_poll(sub, event, 1, &n)) TH_LOG("offset %d", offset);
		EXPECT_EQ(1, n);
		EXPECT_TRUE(is_failure(event, (uintptr_t)&lock, WRLOCK, CLOUDABI_EDEADLK))
			TH_LOG("offset %d", offset);
	}
}

/* The call writes nothing behind its events. */
TEST(room_that_is_not_needed_is_left_alone)
{
	const sub_t subs[] = { sub_after(LONG), sub_after(0), sub_after(LONG) };

	EXPECT_EQ(1, poll_for(subs, 3));
	for (size_t i = sizeof(events[0]); i < sizeof(events); i++)
		EXPECT_EQ(0xff, ((unsigned char *)events)[i]) TH_LOG("byte %zu", i);
}

TEST_HARNESS_MAIN
