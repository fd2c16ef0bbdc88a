// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - proc_raise, and signals that faults raise
 */

#include "proccalls.h"
#include "raw.h"

static long raise(cloudabi_signal_t sig)
{
	return -(long)cloudabi_sys_proc_raise(sig);
}

static const struct {
	cloudabi_signal_t sig;
	const char *name;
} deadly[] = {
#define DEADLY(name) { CLOUDABI_SIG##name, #name }
	DEADLY(ABRT), DEADLY(ALRM), DEADLY(BUS), DEADLY(FPE), DEADLY(HUP), DEADLY(ILL),
	DEADLY(INT), DEADLY(KILL), DEADLY(QUIT), DEADLY(SEGV), DEADLY(SYS), DEADLY(TERM),
	DEADLY(TRAP), DEADLY(USR1), DEADLY(USR2), DEADLY(VTALRM), DEADLY(XCPU), DEADLY(XFSZ),
};

static const cloudabi_signal_t harmless[] = {
	0, CLOUDABI_SIGCHLD, CLOUDABI_SIGCONT, CLOUDABI_SIGPIPE, CLOUDABI_SIGURG,
};

static const cloudabi_signal_t stopping[] = {
	CLOUDABI_SIGSTOP, CLOUDABI_SIGTSTP, CLOUDABI_SIGTTIN, CLOUDABI_SIGTTOU,
};

/* proc_raise does not return; the process dies by this very signal. */
TEST(deadly_signals_kill)
{
	unsigned int *const returned = map_shared(4096);

	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
		EXPECT_EQ(1L << 40 | deadly[i].sig, IN_CHILD({
			raise(deadly[i].sig);
				   __atomic_store_n(returned, 1, __ATOMIC_RELAXED);
		}))
			TH_LOG("%s", deadly[i].name);
	EXPECT_EQ(0, *returned);
	unmap_shared(returned, 4096);
}

TEST(harmless_signals_do_nothing)
{
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++) {
		EXPECT_EQ(0, raise(harmless[i])) TH_LOG("signal %u", harmless[i]);
		EXPECT_EQ(EXITED(7), IN_CHILD({
			CHECK_OR_EXIT(!raise(harmless[i]));
			cloudabi_exit(7);
		}))
			TH_LOG("signal %u", harmless[i]);
	}
}

TEST(all_signals_are_of_one_kind)
{
	EXPECT_EQ(CLOUDABI_NR_SIGNALS, ARRAY_SIZE(deadly) + ARRAY_SIZE(harmless) +
				       ARRAY_SIZE(stopping));
}

TEST(unknown_signals_are_einval)
{
	for (unsigned int sig = CLOUDABI_NR_SIGNALS; sig < 256; sig++)
		EXPECT_EQ(-CLOUDABI_EINVAL, raise(sig)) TH_LOG("signal %u", sig);
}

/* A signal number is a byte; the upper part of the register is ignored. */
TEST(upper_part_of_the_register_does_not_count)
{
	EXPECT_EQ(0, raw_trap(CLOUDABI_NR_proc_raise, 0x100));
	EXPECT_EQ(CLOUDABI_EINVAL, raw_trap(CLOUDABI_NR_proc_raise, 0x100 | CLOUDABI_NR_SIGNALS));
	EXPECT_EQ(KILLED(USR1), IN_CHILD({
		raw_trap(CLOUDABI_NR_proc_raise, 0x1234567800000000 | CLOUDABI_SIGUSR1);
	}));
}

/* A stopped process has not ended, and SIGKILL still works. */
TEST(stopped_process_has_not_ended)
{
	unsigned int *const state = map_shared(4096);
	struct sleeper sleeper;
	long error;

	*state = 0;
	error = fork_sleeper(&sleeper);
	if (error == CHILD) {
		__atomic_store_n(state, 1, __ATOMIC_RELAXED);
		raise(CLOUDABI_SIGSTOP);
		__atomic_store_n(state, 2, __ATOMIC_RELAXED);
		sleep_forever();
	}
	ASSERT_EQ(0, error);
	while (!__atomic_load_n(state, __ATOMIC_RELAXED))
		sleep_for(MS);
	sleep_for(100 * MS);
	EXPECT_EQ(1, *state);
	EXPECT_EQ(SILENT, look_at(sleeper.fd));
	EXPECT_EQ(0, close_fd(sleeper.fd));
	EXPECT_TRUE(is_dead(&sleeper));
	EXPECT_EQ(1, *state);
	close_fd(sleeper.life);
	unmap_shared(state, 4096);
}

/* Signals act on the process, not only on the thread */

static void raise_in_thread(void *arg)
{
	raise(*(const cloudabi_signal_t *)arg);
}

TEST(any_thread_kills_the_whole_process)
{
	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++) {
		EXPECT_EQ(1L << 40 | deadly[i].sig, IN_CHILD({
			static struct helper helper;

			CHECK_OR_EXIT(!helper_start(&helper, raise_in_thread,
						    (void *)&deadly[i].sig));
			sleep_forever();
		}))
			TH_LOG("%s", deadly[i].name);
	}
}

static void spin(void *arg)
{
	for (;;)
		;
}

TEST(other_threads_do_not_keep_it_alive)
{
	EXPECT_EQ(KILLED(ABRT), IN_CHILD({
		static struct helper helpers[4];

		for (size_t i = 0; i < ARRAY_SIZE(helpers); i++)
			CHECK_OR_EXIT(!helper_start(&helpers[i], spin, NULL));
		raise(CLOUDABI_SIGABRT);
	}));
}

/* Faults */

TEST(faults_kill)
{
	EXPECT_EQ(KILLED(SEGV), IN_CHILD({
		__atomic_store_n((char *)BAD_POINTER, 1, __ATOMIC_RELAXED);
	}));
	EXPECT_EQ(KILLED(SEGV), IN_CHILD(__asm__ volatile("hlt")));
	EXPECT_EQ(KILLED(ILL), IN_CHILD(__asm__ volatile("ud2")));
	EXPECT_EQ(KILLED(TRAP), IN_CHILD(__asm__ volatile("int3")));
	EXPECT_EQ(KILLED(FPE), IN_CHILD({
		__asm__ volatile("xor %%ecx, %%ecx\ndiv %%ecx" : : : "eax", "ecx", "edx");
	}));
	EXPECT_EQ(KILLED(SYS), IN_CHILD(__asm__ volatile("int $0x80" : : "a"(20) : "memory")));
}

TEST(memory_behind_the_end_of_a_file_is_a_bus_error)
{
	const long fd = open_at(FIXTURE_DIR, "empty", 0, R(FD_READ) | R(MEM_MAP));
	void *mem;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, cloudabi_sys_mem_map(NULL, 4096, CLOUDABI_PROT_READ, CLOUDABI_MAP_PRIVATE,
					  fd, 0, &mem));
	EXPECT_EQ(KILLED(BUS), IN_CHILD(__atomic_load_n((char *)mem, __ATOMIC_RELAXED)));
	cloudabi_sys_mem_unmap(mem, 4096);
	close_fd(fd);
}

/* Writing to a closed stream is an error and raises no signal. */
TEST(broken_pipe_is_no_signal)
{
	EXPECT_EQ(EXITED(0), IN_CHILD({
		CHECK_OR_EXIT(write_fd(FIXTURE_BROKEN_PIPE, "x", 1) == -CLOUDABI_EPIPE);
	}));
}

TEST_HARNESS_MAIN
