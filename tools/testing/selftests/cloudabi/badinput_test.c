// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Hostile arguments of every call
 *
 * Each call of the table gets hostile values in every position: one at a time
 * among valid values, and in all positions at once. The test expects success or a
 * valid errno, and a program that still runs and still has its descriptors.
 */

#include "filecalls.h"

#define PAGE 4096UL
#define TASK_END 0x7ffffffff000UL

/* Calls that end the program or start another when they succeed. */
#define IS_FATAL(nr)                                                                  \
	((nr) == CLOUDABI_NR_proc_exit || (nr) == CLOUDABI_NR_thread_exit ||          \
	 (nr) == CLOUDABI_NR_proc_raise || (nr) == CLOUDABI_NR_proc_fork)

struct result {
	bool failed;
	unsigned long values[2];
};

static struct result trap(unsigned long nr, const unsigned long args[6])
{
	register unsigned long r10 __asm__("r10") = args[3];
	register unsigned long r8 __asm__("r8") = args[4];
	register unsigned long r9 __asm__("r9") = args[5];
	unsigned long rdx = args[2];
	struct result result;

	__asm__ volatile("syscall"
			 : "+a"(nr), "+d"(rdx), "=@ccc"(result.failed)
			 : "D"(args[0]), "S"(args[1]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	result.values[0] = nr;
	result.values[1] = rdx;
	return result;
}

/* The call table, with the types of arguments as text. */

struct argument {
	const char *type, *name;
};

struct call {
	unsigned int nr, nargs, nrets;
	const char *name;
	struct argument args[6], rets[2];
};

#define ARGUMENT(i, t, a) { #t, #a }

static const struct call calls[] = {
#define CALL(nr, name, nargs, args, nrets, rets)                                      \
	{ nr, nargs, nrets, #name, { CLOUDABI_MAP(nargs, ARGUMENT, args) },           \
	  { CLOUDABI_MAP(nrets, ARGUMENT, rets) } },
	CLOUDABI_CALLS(CALL)
#undef CALL
};

static bool is_fd(const struct argument *arg)
{
	return !strcmp(arg->type, "cloudabi_fd_t") || !strcmp(arg->type, "cloudabi_lookup_t");
}

static bool is_pointer(const struct argument *arg)
{
	return arg->type && strchr(arg->type, '*');
}

static bool is_path(const struct argument *arg)
{
	return is_pointer(arg) && !memcmp(arg->name, "path", 4);
}

/*
 * Buffers are the last bytes of pages that precede an unmapped page, so that a call
 * with an arbitrary length cannot overwrite other memory.
 */
#define TAIL 256

enum {
	ZEROES,		/* a structure of zero bytes */
	ONES,		/* a structure of 0xff bytes */
	POINTERS,	/* vectors, and structures with vectors */
	TARGET,		/* target of those pointers */
	TEXT,		/* a path */
	READ_ONLY,
	NOTHING,	/* an unmapped address */
	NR_AREAS
};

static char *areas[NR_AREAS];
/* Memory that calls may map, unmap and protect. */
static char *victim;

static void fill_areas(void)
{
	const unsigned long vector[2] = { (unsigned long)areas[TARGET], 16 };

	memset(areas[ZEROES], 0, TAIL);
	memset(areas[ONES], 0xff, TAIL);
	for (size_t i = 0; i < TAIL; i += sizeof(vector))
		memcpy(areas[POINTERS] + i, vector, sizeof(vector));
	memset(areas[TARGET], 0, TAIL);
	memset(areas[TEXT], 'x', TAIL);
	memcpy(areas[TEXT], "file", 4);
}

static bool map_areas(void)
{
	for (size_t i = 0; i < NR_AREAS; i++) {
		char *const end = map_edge();

		if (!end)
			return false;
		areas[i] = end - TAIL;
	}
	victim = areas[NOTHING] + TAIL - PAGE;
	return !cloudabi_sys_mem_protect(areas[READ_ONLY] + TAIL - PAGE, PAGE,
					 CLOUDABI_PROT_READ) &&
	       !cloudabi_sys_mem_protect(victim, PAGE, 0);
}

/* Duplicates of descriptors, which calls may close. */

static cloudabi_fd_t fds[4];

static void open_fds(void)
{
	static const cloudabi_fd_t from[] = {
		FIXTURE_FILE, FIXTURE_DIR, FIXTURE_STREAM, FIXTURE_DGRAM,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		if (fds[i] && is_open(fds[i]))
			close_fd(fds[i]);
		fds[i] = dup_fd(from[i]);
	}
	/* No call may wait. */
	set_flags(fds[2], CLOUDABI_FDFLAG_NONBLOCK);
	set_flags(fds[3], CLOUDABI_FDFLAG_NONBLOCK);
}

static unsigned long hostile[64];
static size_t nr_hostile;

static void list_hostile(void)
{
	static const unsigned long numbers[] = {
		0, 1, 2, 7, 0xff, 0x100, 0x1001, 4096, 65535, 65536, 0x7fffffff, 0x80000000,
		0xfffffc18, 0xffffff9c, 0xffffffff, 1UL << 32, (1UL << 32) + 1, 1UL << 62,
		0x7fffffffffffffff, 1UL << 63, (1UL << 63) + 1, 0xffffffff80000000,
		0xffffffff81000000, 0xffff888000000000, 0xffff800000000000, 0x0000800000000000,
		0x00007ffffffff000, 0xfffffffffffff000, 0xffffffffffffff00, -4UL, -2UL, -1UL,
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		hostile[nr_hostile++] = numbers[i];
	hostile[nr_hostile++] = (unsigned long)BAD_POINTER;
	for (size_t i = 0; i < NR_AREAS; i++) {
		hostile[nr_hostile++] = (unsigned long)areas[i];
		/*
		 * The last four bytes: too short for a structure, and the end is
		 * inside a field.
		 */
		hostile[nr_hostile++] = (unsigned long)areas[i] + TAIL - 4;
		hostile[nr_hostile++] = (unsigned long)areas[i] + 1;
	}
	hostile[nr_hostile++] = (unsigned long)victim;
}

static unsigned long sensible(const struct call *call, size_t i, unsigned int round)
{
	static const unsigned long sizes[] = { 4, 1, 16, 0 };
	const struct argument *const arg = &call->args[i];

	if (!strcmp(arg->type, "cloudabi_lookup_t"))
		return fds[1] | (unsigned long)(round & 1) << 32;
	if (is_fd(arg))
		/* A call with a path gets a directory. */
		return is_path(&call->args[1]) || is_path(&call->args[3]) ? fds[1] :
									    fds[round % 4];
	if (is_path(arg))
		return (unsigned long)areas[TEXT];
	if (is_pointer(arg))
		return (unsigned long)areas[round & 1 ? POINTERS : ZEROES];
	if (!strcmp(arg->type, "cloudabi_size_t"))
		return is_path(&call->args[i - 1]) ? 4 : sizes[round % 4];
	if (!strcmp(arg->type, "cloudabi_filetype_t"))
		return round & 1 ? CLOUDABI_FILETYPE_SOCKET_STREAM : CLOUDABI_FILETYPE_DIRECTORY;
	return round;
}

/* Excludes arguments with which the call would damage the test itself. */
static bool is_allowed(const struct call *call, const unsigned long args[6])
{
	/* Calls that change, consume or wait for the object of a descriptor. */
	static const unsigned int changing[] = {
		CLOUDABI_NR_fd_close, CLOUDABI_NR_fd_pread, CLOUDABI_NR_fd_pwrite,
		CLOUDABI_NR_fd_read, CLOUDABI_NR_fd_replace, CLOUDABI_NR_fd_seek,
		CLOUDABI_NR_fd_stat_put, CLOUDABI_NR_fd_write, CLOUDABI_NR_sock_recv,
		CLOUDABI_NR_sock_send, CLOUDABI_NR_sock_shutdown,
	};
	const bool pointers = args[0] - (unsigned long)areas[POINTERS] < TAIL;

	for (size_t i = 0; i < call->nargs; i++) {
		const cloudabi_fd_t fd = args[i];
		bool own = false;

		if (!is_fd(&call->args[i]))
			continue;
		for (size_t j = 0; j < ARRAY_SIZE(fds); j++)
			own |= fd == fds[j];
		if (own || fd >= 1024)
			continue;
		/*
		 * Descriptor 1 has the report, and some descriptors of the fixture
		 * wait for ever.
		 */
		if (fd > 2 && is_open(fd))
			return false;
		for (size_t j = 0; j < ARRAY_SIZE(changing); j++)
			if (fd <= 2 && call->nr == changing[j])
				return false;
	}

	switch (call->nr) {
	case CLOUDABI_NR_thread_create:
	case CLOUDABI_NR_poll:
		/*
		 * Excludes a thread at an arbitrary address, and a wait without a
		 * time-out.
		 */
		return !pointers;
	case CLOUDABI_NR_mem_map:
		if (!(args[3] & CLOUDABI_MAP_FIXED))
			return true;
		break;
	case CLOUDABI_NR_mem_protect:
	case CLOUDABI_NR_mem_unmap:
		break;
	default:
		return true;
	}

	/*
	 * Excludes the program's own memory, which is all above 4 GiB. mem_protect
	 * changes the pages before an unmapped page even if it fails.
	 */
	if (args[0] % PAGE || args[0] >= TASK_END || args[0] + args[1] < args[0])
		return true;
	if (args[0] < 1UL << 32)
		return args[1] <= 1UL << 32 || args[1] > TASK_END;
	return args[0] == (unsigned long)victim && args[1] <= PAGE;
}

/* xorshift64*: the same sequence on every machine. */
static unsigned long state = 0x9e3779b97f4a7c15;

static unsigned long below(unsigned long limit)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1d >> 32) % limit;
}

/* Counts of calls over all tests, in shared memory. */
struct counts {
	unsigned long made, refused, left_out;
};

TEST_SHARED(struct counts, counts);

static void make_call(struct test_metadata *_metadata, const struct call *call,
		      const unsigned long args[6])
{
	struct result result;

	if (!is_allowed(call, args)) {
		counts->left_out++;
		return;
	}
	fill_areas();
	result = trap(call->nr, args);
	counts->made++;
	if (result.failed) {
		counts->refused++;
		EXPECT_TRUE(result.values[0] > 0 && result.values[0] < CLOUDABI_NR_ERRNOS)
			TH_LOG("%s: errno %lu of 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx", call->name,
			       result.values[0], args[0], args[1], args[2], args[3], args[4],
			       args[5]);
		EXPECT_NE(CLOUDABI_ENOSYS, result.values[0]) TH_LOG("%s", call->name);
	} else {
		if (!call->nrets)
			EXPECT_EQ(0, result.values[0]) TH_LOG("%s", call->name);
		for (size_t i = 0; i < call->nrets; i++)
			if (is_fd(&call->rets[i]))
				close_fd(result.values[i]);
	}

	/* Objects that the calls may have removed or changed. */
	switch (call->nr) {
	case CLOUDABI_NR_fd_close:
	case CLOUDABI_NR_fd_replace:
	case CLOUDABI_NR_fd_stat_put:
		open_fds();
		break;
	case CLOUDABI_NR_file_rename:
	case CLOUDABI_NR_file_unlink:
		make_closed_file("file", FIXTURE_TEXT);
		break;
	case CLOUDABI_NR_mem_map:
		if (!result.failed && result.values[0] != (unsigned long)victim)
			cloudabi_sys_mem_unmap((void *)result.values[0], args[1]);
		break;
	}
}

/* Descriptors 1 to 3 are unchanged and usable. */
static void check_alive(struct test_metadata *_metadata)
{
	cloudabi_filestat_t stat;

	EXPECT_EQ(DIRECTORY_BASE, base_of(FIXTURE_DIR));
	EXPECT_EQ(DIRECTORY_INHERITING, inheriting_of(FIXTURE_DIR));
	EXPECT_EQ(0, stat_at(FIXTURE_DIR, 0, "dir/file", &stat));
	EXPECT_EQ(0, try_open(FIXTURE_DIR, "dir/file", 0, R(FD_READ)));
	EXPECT_TRUE(base_of(1) & R(FD_WRITE));
	EXPECT_EQ(0, write_fd(1, "", 0));
	EXPECT_TRUE(base_of(2) & R(FD_WRITE));
	EXPECT_EQ(0, write_fd(2, "", 0));
}

static cloudabi_timestamp_t now(void)
{
	cloudabi_timestamp_t time = 0;

	cloudabi_sys_clock_time_get(CLOUDABI_CLOCK_MONOTONIC, 0, &time);
	return time;
}

#define ROUNDS 4
#define AT_ONCE 500
/* Time limit for all calls together, on an emulated machine. */
#define MOST_TIME 150000000ULL

static void check_call(struct test_metadata *_metadata, const struct call *call)
{
	const cloudabi_timestamp_t start = now();
	unsigned long args[6];

	if (!nr_hostile) {
		ASSERT_TRUE(map_areas());
		list_hostile();
	}
	open_fds();
	for (unsigned int round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < 6; i++)
			args[i] = i < call->nargs ? sensible(call, i, round) : -1UL;
		make_call(_metadata, call, args);
		for (size_t i = 0; i < call->nargs; i++) {
			for (size_t j = 0; j < nr_hostile; j++) {
				for (size_t k = 0; k < call->nargs; k++)
					args[k] = sensible(call, k, round);
				args[i] = hostile[j];
				make_call(_metadata, call, args);
			}
		}
	}
	for (unsigned int n = 0; call->nargs && n < AT_ONCE && now() - start < MOST_TIME; n++) {
		for (size_t i = 0; i < call->nargs; i++)
			args[i] = below(3) ? hostile[below(nr_hostile)] :
					     sensible(call, i, below(4));
		make_call(_metadata, call, args);
	}
	open_fds();
	check_alive(_metadata);
}

/* A test for each call that is not fatal. */
#define CALL(nr, call, ...)                                                           \
	static void check_##call(struct test_metadata *_metadata, void *self,         \
				 const void *variant)                                 \
	{                                                                             \
		check_call(_metadata, &calls[nr]);                                    \
	}                                                                             \
	TEST_REGISTER(call, !IS_FATAL(nr), .name = #call, .order = 100000 + (nr),      \
		      .fn = check_##call);
CLOUDABI_CALLS(CALL)
#undef CALL

static void check_counts(struct test_metadata *_metadata, void *self, const void *variant)
{
	TH_LOG("%lu calls, %lu refused; %lu excluded", counts->made, counts->refused,
	       counts->left_out);
	/* The values are useful only if some calls succeed and some fail. */
	EXPECT_LT(5000, counts->refused);
	EXPECT_LT(counts->refused + 500, counts->made);
	EXPECT_LT(counts->left_out, counts->made / 4);
}

/* Runs after all other tests. */
TEST_REGISTER(counts, true, .name = "both_happen", .order = 200000, .fn = check_counts);

TEST_HARNESS_MAIN
