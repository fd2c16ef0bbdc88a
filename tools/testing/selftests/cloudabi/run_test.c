// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - cloudabi-run
 *
 * The program is "given": it prints what it was given.
 */

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../kselftest_harness.h"
#include "tool.h"

#define ROOM (1 << 18)

FIXTURE(run) {
	char tool[256];
	char program[256];
	char dir[32];
	/* The output on standard output and on standard error. */
	char *out;
	char *err;
	int status;
	/* A bit for each of descriptors 0 to 2 that is closed at the start. */
	unsigned int closed;
	/* True if the tool starts in its own process group and ignores signals. */
	bool ignoring;
	/* True if the tool has a device as descriptor 3. */
	bool device;
	/* The initial RLIMIT_NOFILE, unless 0. */
	struct rlimit nofile;
};

static void write_text(const char *dir, const char *name, mode_t mode, const char *text)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	close(fd);
}

FIXTURE_SETUP(run)
{
	char link[64];

	ASSERT_TRUE(tool_path(self->tool, sizeof(self->tool), "cloudabi-run"));
	ASSERT_TRUE(tool_path(self->program, sizeof(self->program), "given.cloudabi"));
	strcpy(self->dir, "/tmp/cloudabi-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, chmod(self->dir, 0755));
	write_text(self->dir, "file", 0666, "in here\n");
	write_text(self->dir, "text", 0755, "no program\n");
	snprintf(link, sizeof(link), "%s/link", self->dir);
	ASSERT_EQ(0, symlink("/etc/passwd", link));
	self->out = malloc(ROOM);
	self->err = malloc(ROOM);
	ASSERT_NE(NULL, self->out);
	ASSERT_NE(NULL, self->err);
}

FIXTURE_TEARDOWN(run)
{
	static const char *const names[] = { "file", "text", "link", "log" };
	char path[300];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", self->dir, names[i]);
		unlink(path);
	}
	EXPECT_EQ(0, rmdir(self->dir));
	free(self->out);
	free(self->err);
}

typedef FIXTURE_DATA(run) run_t;

static int memory_file(const char *text)
{
	const int fd = memfd_create("run", MFD_CLOEXEC);

	if (fd < 0 || pwrite(fd, text, strlen(text), 0) != (ssize_t)strlen(text))
		abort();
	return fd;
}

static void read_back(int fd, char *text)
{
	const ssize_t len = pread(fd, text, ROOM - 1, 0);

	text[len < 0 ? 0 : len] = '\0';
	close(fd);
}

/* Returns the configuration with "@" replaced by the directory's name. */
static char *filled_in(run_t *self, const char *config)
{
	char *const text = malloc(strlen(config) + 4096), *end = text;

	for (; *config; config++)
		end += *config == '@' ? sprintf(end, "%s", self->dir) : sprintf(end, "%c", *config);
	*end = '\0';
	return text;
}

/* Files for the output of a run, which the program may still be writing to. */
struct outputs {
	int out;
	int err;
};

static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

static void ignore_signals(void)
{
	setpgid(0, 0);
	signal(SIGCHLD, SIG_IGN);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		signal(ending[i], SIG_IGN);
}

/* Starts the tool in the directory, as another user if @user is not 0. */
static pid_t start_run(run_t *self, const char *option, const char *program, const char *config,
		       uid_t user, struct outputs *outputs)
{
	char *const text = filled_in(self, config);
	char *const first = (char *)(option ?: program), *const second = (char *)program;
	char *const argv[] = { self->tool, first, option ? second : NULL, NULL };
	const int in = memory_file(text);
	pid_t pid;

	free(text);
	outputs->out = memory_file("");
	outputs->err = memory_file("");
	pid = fork();
	if (pid) {
		close(in);
		return pid;
	}
	fcntl(outputs->out, F_SETFL, O_APPEND);
	fcntl(outputs->err, F_SETFL, O_APPEND);
	if (dup2(in, 0) || dup2(outputs->out, 1) != 1 || dup2(outputs->err, 2) != 2 ||
	    chdir(self->dir) || close_range(3, ~0U, 0))
		_exit(200);
	if (self->device && open("/dev/null", O_RDWR) != 3)
		_exit(203);
	for (int fd = 0; fd < 3; fd++)
		if (self->closed & 1U << fd)
			close(fd);
	if (self->ignoring)
		ignore_signals();
	if (self->nofile.rlim_max)
		setrlimit(RLIMIT_NOFILE, &self->nofile);
	if (user && (setgid(user) || setuid(user)))
		_exit(201);
	execv(self->tool, argv);
	_exit(202);
}

static void end_run(run_t *self, pid_t pid, struct outputs *outputs)
{
	waitpid(pid, &self->status, 0);
	read_back(outputs->out, self->out);
	read_back(outputs->err, self->err);
}

/* Runs the tool; returns its exit status, or 1000 plus the signal that killed it. */
static int run_as(run_t *self, const char *option, const char *config, uid_t user)
{
	struct outputs outputs;

	end_run(self, start_run(self, option, self->program, config, user, &outputs), &outputs);
	return WIFEXITED(self->status) ? WEXITSTATUS(self->status) :
					 1000 + WTERMSIG(self->status);
}

static int run(run_t *self, const char *option, const char *config)
{
	return run_as(self, option, config, 0);
}

static bool says(const char *text, const char *part)
{
	if (strstr(text, part))
		return true;
	printf("# \"%s\" is not in \"%.2000s\"\n", part, text);
	return false;
}

/* The base rights in the line "N: type T flags F rights BASE INHERITING", or 0. */
static unsigned long long rights_of(const char *text, int fd, unsigned long long *inheriting)
{
	unsigned long long base;
	char key[32];
	const char *line;

	snprintf(key, sizeof(key), "\n%d: type ", fd);
	line = strstr(text, key);
	*inheriting = 0;
	if (!line || sscanf(line + strlen(key), "%*x flags %*x rights %llx %llx", &base,
			    inheriting) != 2)
		return 0;
	return base;
}

TEST_F(run, mistakes_are_told_with_their_place)
{
	static const struct {
		const char *config;
		const char *error;
	} cases[] = {
		{ "", "standard input: no configuration" },
		{ "[", "standard input:2:1: " },
		{ "a: !file /nothing/here", "input:1:4: !file: /nothing/here: No such file" },
		{ "a: !directory @/file", ":1:4: !directory: " },
		{ "a:\n  - !fil x", ":2:5: !fil: unknown tag" },
		{ "a: !<tag:example.org,2026:x> x", "unknown tag tag:example.org,2026:x" },
		{ "{a: 1, b: 2, a: 3}", ":1:14: the key a is in line 1 already" },
		{ "{1: a, 0x1: b}", ":1:8: the key 0x1 is in line 1 already" },
		{ "{[1]: a}", ":1:2: a key should be a scalar" },
		{ "&a [1, *a]", ":1:8: *a would contain itself" },
		{ "*a", "no anchor before this is called a" },
		{ "a: !file {path: @/file, right: all}", "!file has no right" },
		{ "a: !file {path: @/file, rights: [fd_raed]}",
		  "no right and no preset is called fd_raed" },
		{ "a: !file {path: @/file, rights: {bas: all}}",
		  "rights are base and inheriting, not bas" },
		{ "a: !file {path: @/file, create: true}", "needs a right to write" },
		{ "a: !file {rights: all}", ":1:4: !file: path is missing" },
		{ "a: !file [x]", "!file: should be a map or a scalar" },
		{ "a: !socket x", "!socket: should be a map" },
		{ "a: !socket {}", "one of connect, listen and activation should be there" },
		{ "a: !socket {connect: '127.0.0.1:80', type: packet}",
		  "packet is no type of sockets" },
		{ "a: !fd stdlog", "stdlog is neither a number nor stdin" },
		{ "a: !fd 90", "90: Bad file descriptor" },
		{ "a: !pipe {read: x}", ":1:4: !pipe: the other end of pipe x is not used" },
		{ "[!pipe {read: x}, !pipe {read: x}]", "pipe x has this end already" },
		{ "a: !shared_memory big", "big is no size" },
		{ "a: !executable @/file", "!executable: @/file: Permission denied" },
		{ "!!int x", "x is no integer" },
		{ "18446744073709551616", "has more than 64 bits" },
		{ "!!timestamp 2026-02-30", "2026-02-30 is no time" },
		{ "!!timestamp 2026-2-3", "2026-2-3 is no time" },
		{ "!!timestamp 2026-02-03T 04:05:06Z", "is no time" },
		{ "a: b\nc: \001", "input:2:4: control characters are not allowed" },
		{ "a: b\r\n\303\244: \007", "input:2:4: control characters" },
		{ "\357\273\277a: \377", "input:1:4: invalid leading UTF-8 octet" },
		{ "- \302\244\342\202x", "input:1:4: invalid trailing UTF-8 octet" },
		{ "a: b\n\tc: d", "input:2:1: " },
		{ "!!binary 'a==='", "not base 64" },
		{ "!!omap []", "not a type of sequences" },
		{ "1\n--- 2", "the second document should be a map" },
		{ "1\n--- {limit: 2}", "nothing is set by limit" },
		{ "1\n--- {limits: {pids: many}}", ":2:21: pids should be" },
		{ "1\n--- {clock_precision: 1h}", "1h is no time" },
		{ "1\n--- {clock_precision: 2000000s}", "2000000s is no time" },
		{ "1\n--- {calls: [fd_raed]}", "fd_raed" },
		{ "1\n--- {}\n--- 3", ":3:5: more than two documents" },
	};
	char *error;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		error = filled_in(self, cases[i].error);
		EXPECT_EQ(125, run(self, NULL, cases[i].config)) {
			TH_LOG("%s", cases[i].config);
		}
		EXPECT_TRUE(says(self->err, error));
		EXPECT_STREQ("", self->out);
		free(error);
	}
}

/* Levels that aliases add count, too, although the text has fewer. */
TEST_F(run, levels_are_limited)
{
	char config[256];

	memset(config, '[', sizeof(config));
	memcpy(config + 1, "&a ", 3);
	memset(config + 33, ']', 29);
	config[62] = ',';
	memcpy(config + 100, "*a", 2);
	memset(config + 102, ']', 38);
	config[140] = '\0';
	EXPECT_EQ(125, run(self, "-n", config));
	EXPECT_TRUE(says(self->err, ":1:33: more than 64 levels"));
	memcpy(config + 100, "1 ", 2);
	EXPECT_EQ(0, run(self, "-n", config));
}

/* The descriptors that cloudabi-run opens itself have numbers, too. */
TEST_F(run, descriptors_of_the_launcher_are_not_inherited)
{
	char config[160], error[64];

	for (int fd = 3; fd < 20; fd++) {
		snprintf(config, sizeof(config),
			 "a: !directory {path: @, rights: read-only}\n"
			 "p: [!pipe {read: x}, !pipe {write: x}]\nb: !fd %d\n", fd);
		snprintf(error, sizeof(error), ":3:4: !fd: %d: Bad file descriptor", fd);
		EXPECT_EQ(125, run(self, NULL, config));
		EXPECT_TRUE(says(self->err, error));
		EXPECT_EQ(125, run(self, "--dry-run", config));
		EXPECT_TRUE(says(self->err, error));
	}
}

static const char *const standard[] = { "stdin", "stdout", "stderr" };

/* Runs the tool with a configuration that is not on its standard input. */
static int run_closed(run_t *self, unsigned int closed, const char *config)
{
	char *const text = filled_in(self, config);
	char option[64];
	int status;

	write_text(self->dir, "log", 0666, text);
	free(text);
	snprintf(option, sizeof(option), "--config=%s/log", self->dir);
	self->closed = closed;
	status = run(self, option, "");
	self->closed = 0;
	return status;
}

TEST_F(run, closed_descriptors_stay_closed)
{
	char config[64];

	for (int fd = 0; fd < 3; fd++) {
		snprintf(config, sizeof(config), "a: !file @/file\nb: !fd %s\n", standard[fd]);
		EXPECT_EQ(125, run_closed(self, 1U << fd, config));
		EXPECT_TRUE(fd == 2 || says(self->err, "Bad file descriptor"));
		EXPECT_EQ(125, run_closed(self, 7, config));
		snprintf(config, sizeof(config), "a: !file @/file\nb: !fd %d\n", fd);
		EXPECT_EQ(125, run_closed(self, 7, config));
	}
	self->closed = 1;
	EXPECT_EQ(125, run(self, NULL, "1"));
	EXPECT_TRUE(says(self->err, "standard input: Bad file descriptor"));
}

TEST_F(run, messages_go_into_no_file)
{
	char path[300];

	EXPECT_EQ(125, run_closed(self, 7, "a: !file {path: @/file, rights: read-write}\n"
					   "b: !file /nothing/here\n"));
	snprintf(path, sizeof(path), "%s/file", self->dir);
	EXPECT_STREQ("in here\n", text_of(path));
	EXPECT_EQ(7, run_closed(self, 7, "out: !file {path: @/file, rights: read-write}\n"
					 "exit: 7\n"));
	EXPECT_TRUE(says(text_of(path), "\n0: type "));
	EXPECT_EQ(NULL, strstr(text_of(path), "\n1: type "));
}

TEST_F(run, dry_run_prints_and_starts_nothing)
{
	ASSERT_EQ(0, run(self, "-n",
			 "%TAG ! tag:nuxi.nl,2015:cloudabi/\n"
			 "---\n"
			 "out: !fd stdout\n"
			 "root: &r !file {path: ., rights: read-only}\n"
			 "again: *r\n"
			 "values: [~, yes, true, 'true', 1, 0x10, -1.5, !!str 1, .inf]\n"
			 "exit: 7\n"
			 "---\n"
			 "limits: {pids: 5, memory: 100M}\n"
			 "calls: [fd_write]\n"
			 "clock_precision: 2ms\n"));
	EXPECT_TRUE(says(self->out,
			 "arguments:\n"
			 "\"out\": !fd 0\n"
			 "\"root\": !fd 1\n"
			 "\"again\": !fd 1\n"
			 "\"values\":\n"
			 "  - null\n"
			 "  - \"yes\"\n"
			 "  - true\n"
			 "  - \"true\"\n"
			 "  - 1\n"
			 "  - 16\n"
			 "  - -1.5\n"
			 "  - \"1\"\n"
			 "  - .inf\n"
			 "\"exit\": 7\n"
			 "descriptors:\n"
			 "  0: descriptor stdout of cloudabi-run\n"
			 "     may all but FD_STAT_PUT_FLAGS, inherited all\n"
			 "  1: directory .\n"
			 "     may read-only, inherited read-only\n"));
	EXPECT_TRUE(says(self->out, "pids: 5, memory: 100M"));
	EXPECT_TRUE(says(self->out, "calls: [fd_write, proc_exit]"));
	EXPECT_TRUE(says(self->out, "clock_precision: 2000000ns"));
	EXPECT_EQ(NULL, strstr(self->out, "end\n"));
	EXPECT_STREQ("", self->err);
}

/* The examples of timestamps are from the YAML specification of that type. */
TEST_F(run, values_are_what_yaml_says)
{
	ASSERT_EQ(0, run(self, "-n",
			 "- !!timestamp 2001-12-15T02:59:43.1Z\n"
			 "- !!timestamp 2001-12-14t21:59:43.10-05:00\n"
			 "- !!timestamp 2001-12-14 21:59:43.10 -5\n"
			 "- !!timestamp 2001-12-15 2:59:43.10\n"
			 "- !!timestamp 2002-12-14\n"
			 "- ! 12\n- 12\n- &a ! true\n- ! &b ~\n- *a\n- ! '1'\n- ! |\n  1\n"
			 "- { ! 1: ! 0x1, k: ! }\n- ! [1]\n- !!int 3\n"));
	EXPECT_TRUE(says(self->out,
			 "arguments:\n"
			 "- 2001-12-15T02:59:43.100000000Z\n"
			 "- 2001-12-15T02:59:43.100000000Z\n"
			 "- 2001-12-15T02:59:43.100000000Z\n"
			 "- 2001-12-15T02:59:43.100000000Z\n"
			 "- 2002-12-14T00:00:00Z\n"
			 "- \"12\"\n- 12\n- \"true\"\n- \"~\"\n- \"true\"\n- \"1\"\n- \"1\\n\"\n"
			 "-\n  \"1\": \"0x1\"\n  \"k\": \"\"\n-\n  - 1\n- 3\n"));
}

/* The CPU time of all children so far, in microseconds. */
static long used(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
	       usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

/* Returns the CPU time that the tool takes for a list of many numbers, each printed by @format. */
static long time_of_many(run_t *self, char open, const char *format, char close, int n)
{
	char *const config = malloc((size_t)n * 32 + 3), *end = config;
	long before;

	*end++ = open;
	for (int i = 0; i < n; i++) {
		end += sprintf(end, format, i, i);
		*end++ = ',';
	}
	*end++ = close;
	*end = '\0';
	before = used();
	if (run(self, "-n", config))
		printf("# %s", self->err);
	free(config);
	return used() - before;
}

/* A quadratic algorithm would need 64 times the time for 8 times the items. */
TEST_F(run, many_are_as_fast_as_few)
{
	static const struct {
		char open;
		const char *format;
		char close;
	} lists[] = {
		{ '{', "k%d: 1", '}' },
		{ '{', "%d: 1", '}' },
		{ '[', "&a%d 1, *a%d", ']' },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		const long few = time_of_many(self, lists[i].open, lists[i].format,
					      lists[i].close, 8192);
		const long many = time_of_many(self, lists[i].open, lists[i].format,
					       lists[i].close, 65536);

		EXPECT_STREQ("", self->err);
		EXPECT_LT(many, 32 * few);
	}
}

TEST_F(run, program_gets_what_is_said_and_no_more)
{
	unsigned long long base, inheriting;

	ASSERT_EQ(7, run(self, NULL, "root: !directory {path: @, rights: read-only}\n"
				     "list: [!fd stdout, {a: !file @/file}]\n"
				     "out: !fd stdout\n"
				     "path: file\n"
				     "exit: 7\n")) {
		TH_LOG("%s", self->err);
	}
	EXPECT_TRUE(says(self->out, "\"root\": !fd 0\n"
				    "\"list\":\n"
				    "  - !fd 1\n"
				    "  -\n"
				    "    \"a\": !fd 2\n"
				    "\"out\": !fd 3\n"));
	base = rights_of(self->out, 0, &inheriting);
	/* Names, attributes and reading only. */
	EXPECT_EQ(0, base & (1 << 6 | 1 << 10 | 1 << 25));
	EXPECT_EQ(1 << 14 | 1 << 15, base & (1 << 14 | 1 << 15));
	EXPECT_EQ(1 << 1, inheriting & (1 << 1 | 1 << 6 | 1 << 10 | 1 << 25));
	/* Opened for reading only. */
	base = rights_of(self->out, 2, &inheriting);
	EXPECT_EQ(1 << 1, base & (1 << 1 | 1 << 6));
	EXPECT_NE(0, rights_of(self->out, 3, &inheriting));
	EXPECT_EQ(NULL, strstr(self->out, "\n4: type"));
	EXPECT_TRUE(says(self->out, "open: done\n"));
	EXPECT_STREQ("", self->err);
}

TEST_F(run, program_stays_in_its_directory)
{
	static const char *const paths[] = { "../x", "/etc/passwd", "link" };
	char config[200];

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		snprintf(config, sizeof(config),
			 "root: !file {path: @}\nout: !fd stdout\npath: %s\n", paths[i]);
		EXPECT_EQ(0, run(self, NULL, config));
		EXPECT_TRUE(says(self->out, "open: ENOTCAPABLE\n"));
	}
}

TEST_F(run, rights_are_chosen_by_name)
{
	unsigned long long base, inheriting;

	ASSERT_EQ(0, run(self, NULL,
			 "out: !fd {fd: stdout, rights: write-only}\n"
			 "a: !file {path: @/file, rights: [FD_READ, fd_seek, -fd_seek]}\n"
			 "b: !directory {path: @, rights: {base: [FILE_OPEN], inheriting: [FD_READ]}}\n"
			 "c: !file {path: @/file, rights: none}\n"
			 "d: !file {path: @/log, rights: write-only, create: true, append: true}\n"
			 "e: !file {path: @/file, rights: read-write}\n")) {
		TH_LOG("%s", self->err);
	}
	EXPECT_EQ(1 << 1, rights_of(self->out, 1, &inheriting));
	EXPECT_EQ(0, inheriting);
	EXPECT_EQ(1 << 14, rights_of(self->out, 2, &inheriting));
	EXPECT_EQ(1 << 1, inheriting);
	EXPECT_EQ(0, rights_of(self->out, 3, &inheriting));
	base = rights_of(self->out, 4, &inheriting);
	/* Appending only: without FD_SEEK, the position cannot change. */
	EXPECT_EQ(1 << 6, base & (1 << 1 | 1 << 2 | 1 << 3 | 1 << 6));
	EXPECT_TRUE(says(self->out, "\n4: type 60 flags 1 "));
	base = rights_of(self->out, 5, &inheriting);
	EXPECT_EQ(1 << 1 | 1 << 6, base & (1 << 1 | 1 << 6));
	EXPECT_EQ(0, base >> 32 & 1);
}

#define FLAGS CLOUDABI_RIGHT_FD_STAT_PUT_FLAGS

/* The test shares the open file: if the tool made it non-blocking, the test would see it. */
TEST_F(run, flags_of_what_is_shared_are_nobody_s)
{
	unsigned long long inheriting;

	self->device = true;
	ASSERT_EQ(0, run(self, NULL,
			 "out: !fd stdout\n"
			 "a: !fd 3\n"
			 "b: !fd {fd: 3, rights: read-write}\n"
			 "c: !fd {fd: 3, rights: [all, -FD_STAT_PUT_FLAGS]}\n"
			 "d: !fd {fd: 3, rights: all}\n"
			 "e: !fd {fd: 3, rights: [write-only, fd_stat_put_flags]}\n"
			 "f: !fd {fd: 3, rights: {base: [FD_STAT_PUT_FLAGS]}}\n"
			 "g: !file {path: @/file, rights: read-write}\n")) {
		TH_LOG("%s", self->err);
	}
	for (int fd = 0; fd < 4; fd++) {
		EXPECT_NE(0, rights_of(self->out, fd, &inheriting));
		EXPECT_EQ(0, rights_of(self->out, fd, &inheriting) & FLAGS);
	}
	for (int fd = 4; fd < 8; fd++)
		EXPECT_EQ(FLAGS, rights_of(self->out, fd, &inheriting) & FLAGS);
}

/* The rights do not allow existing contents to change. */
TEST_F(run, file_that_is_appended_to_is_not_overwritten)
{
	unsigned long long base, inheriting;

	ASSERT_EQ(0, run(self, NULL,
			 "out: !fd stdout\n"
			 "a: !file {path: @/file, rights: read-write, append: true}\n"
			 "b: !file {path: @/file, rights: all, append: true}\n")) {
		TH_LOG("%s", self->err);
	}
	for (int fd = 1; fd < 3; fd++) {
		base = rights_of(self->out, fd, &inheriting);
		EXPECT_EQ(CLOUDABI_RIGHT_FD_DATASYNC | CLOUDABI_RIGHT_FD_READ |
			  CLOUDABI_RIGHT_FD_SYNC | CLOUDABI_RIGHT_FD_TELL |
			  CLOUDABI_RIGHT_FD_WRITE | CLOUDABI_RIGHT_FILE_ADVISE |
			  CLOUDABI_RIGHT_FILE_STAT_FGET | CLOUDABI_RIGHT_FILE_STAT_FPUT_TIMES |
			  CLOUDABI_RIGHT_POLL_FD_READWRITE,
			  base);
	}
	EXPECT_TRUE(says(self->out, "\n1: type 60 flags 1 "));
	EXPECT_EQ(125, run(self, NULL, "a: !file {path: @/file, append: true,\n"
				       "  rights: [FD_WRITE, FD_SEEK, MEM_MAP]}\n"));
	EXPECT_TRUE(says(self->err, "appended to can't have FD_SEEK|MEM_MAP\n"));
	EXPECT_EQ(125, run(self, NULL, "a: !file {path: @, rights: read-write, append: true}\n"));
	EXPECT_TRUE(says(self->err, "Is a directory\n"));
}

/* Returns true if the file exists now. */
static bool is_there(run_t *self, const char *name)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", self->dir, name);
	return !access(path, F_OK);
}

#define CREATE "a: !file {path: @/log, rights: read-write, create: true}\n"

TEST_F(run, created_files_are_gone_without_a_program)
{
	EXPECT_EQ(0, run(self, "-n", CREATE));
	EXPECT_TRUE(says(self->out, "/log\n"));
	EXPECT_FALSE(is_there(self, "log"));
	EXPECT_EQ(125, run(self, NULL, CREATE "b: !file nothing\n"));
	EXPECT_FALSE(is_there(self, "log"));
	/* The tool finds out only after the start that the file cannot exist. */
	EXPECT_EQ(125, run(self, NULL, CREATE "b: !file {path: @/file, rights: FILE_READDIR}\n"));
	EXPECT_FALSE(is_there(self, "log"));
	EXPECT_EQ(0, run(self, NULL, CREATE "out: !fd stdout\n"));
	EXPECT_TRUE(is_there(self, "log"));
	/* This file existed earlier. */
	EXPECT_EQ(125, run(self, NULL, CREATE "b: !file nothing\n"));
	EXPECT_TRUE(is_there(self, "log"));
}

TEST_F(run, nothing_is_created_behind_a_link)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/link", self->dir);
	unlink(path);
	ASSERT_EQ(0, symlink("log", path));
	EXPECT_EQ(125, run(self, NULL,
			   "a: !file {path: @/link, rights: read-write, create: true}\n"));
	EXPECT_TRUE(says(self->err, "/link: No such file or directory\n"));
	EXPECT_FALSE(is_there(self, "log"));
}

TEST_F(run, named_rights_have_to_be_there)
{
	EXPECT_EQ(125, run(self, NULL,
			   "out: !fd stdout\n"
			   "a: !file {path: @/file, rights: [FD_READ, FILE_READDIR]}\n"));
	EXPECT_TRUE(says(self->err, "can't have FILE_READDIR\n"));
	EXPECT_TRUE(says(self->err, "standard input:2:4: !file: "));
	EXPECT_STREQ("", self->out);
	EXPECT_EQ(125, run(self, NULL, "out: !fd stdout\n"
				       "a: !file {path: @, rights: {base: [FD_READ]}}\n"));
	EXPECT_TRUE(says(self->err, "can't have FD_READ\n"));
}

TEST_F(run, pipe_has_two_ends)
{
	ASSERT_EQ(0, run(self, NULL, "out: !fd stdout\n"
				     "to: !pipe {write: p}\n"
				     "from: !pipe {read: p, rights: read-only}\n"));
	EXPECT_TRUE(says(self->out, "write: done\nread: done\n7 bytes\nthen 0\n"));
}

TEST_F(run, large_and_odd_arguments_arrive)
{
	/* More than execve() accepts in a single string. */
	const size_t len = 200000;
	char *const config = malloc(2 * len + 200);
	char *end = config;

	end += sprintf(end, "out: !fd stdout\nempty: ''\nzero: \"a\\0b\\0\"\n");
	end += sprintf(end, "bytes: !!binary AAAAAA==\nlong: ");
	memset(end, 'x', len);
	sprintf(end + len, "\nlast: null\n");
	ASSERT_EQ(0, run(self, NULL, config)) {
		TH_LOG("%s", self->err);
	}
	EXPECT_TRUE(says(self->out, "\"empty\": \"\"\n\"zero\": \"a\\u0000b\\u0000\"\n"
				    "\"bytes\": !!binary \"AAAAAA==\"\n\"long\": \"xxxx"));
	EXPECT_TRUE(says(self->out, "xxx\"\n\"last\": null\n"));
	EXPECT_LT(len, strlen(self->out));
	free(config);
}

/* More than execve() accepts; its strings end at each zero. */
TEST_F(run, zeros_arrive)
{
	const size_t len = 400000;
	char *const config = malloc(len + 100);
	char *end = config;

	end += sprintf(end, "{out: !fd stdout, exit: 7, bytes: !!binary ");
	memset(end, 'A', len);
	strcpy(end + len, "}");
	EXPECT_EQ(7, run(self, NULL, config)) {
		TH_LOG("%s", self->err);
	}
	free(config);
}

/* The stack limit bounds the argument data; the tool reports this before it starts anything. */
TEST_F(run, data_that_no_stack_takes_are_refused)
{
	const size_t len = 300000;
	char *const config = malloc(len + 1);
	struct rlimit limit;

	memset(config, 'x', len);
	config[len] = '\0';
	ASSERT_EQ(0, getrlimit(RLIMIT_STACK, &limit));
	ASSERT_EQ(0, setrlimit(RLIMIT_STACK, &(struct rlimit){ 1 << 20, limit.rlim_max }));
	EXPECT_EQ(125, run(self, NULL, config));
	EXPECT_TRUE(says(self->err, "input:1:1: 300002 bytes of argument data"));
	EXPECT_EQ(125, run(self, "-n", config));
	ASSERT_EQ(0, setrlimit(RLIMIT_STACK, &limit));
	EXPECT_EQ(0, run(self, "-n", config));
	free(config);
}

/* Starts the tool with low RLIMIT_NOFILE values. */
static int run_nofile(run_t *self, rlim_t soft, rlim_t hard, uid_t user, const char *config)
{
	int status;

	self->nofile = (struct rlimit){ soft, hard };
	status = run_as(self, NULL, config, user);
	self->nofile = (struct rlimit){ 0 };
	return status;
}

#define COUNT "{out: !fd stdout, count: 1}\n"
#define CALLS "--- {calls: [fd_write, fd_stat_get, fd_dup]}"
#define NOBODY 65534

TEST_F(run, lower_limit_of_descriptors_stays)
{
	static const struct {
		rlim_t soft, hard;
		uid_t user;
		const char *config, *says;
	} cases[] = {
		{ 32, 32, 0, COUNT, "\n31 more\n" },
		{ 32, 32, 0, COUNT CALLS, "\n31 more\n" },
		{ 32, 32, 0, COUNT "--- {limits: {descriptors: 64}}", "\n31 more\n" },
		{ 32, 4096, 0, COUNT, "\n31 more\n" },
		{ 32, 4096, 0, COUNT "--- {limits: {descriptors: 64}}", "\n63 more\n" },
		{ 2048, 2048, 0, COUNT, "\n1023 more\n" },
		{ 16, 16, NOBODY, COUNT, "\n15 more\n" },
		{ 32, 32, NOBODY, COUNT, "\n31 more\n" },
		{ 1024, 1024, NOBODY, COUNT, "\n1023 more\n" },
		{ 1026, 1026, NOBODY, COUNT, "\n1023 more\n" },
		{ 4096, 4096, NOBODY, COUNT CALLS, "\n1023 more\n" },
		/* The limit allows no higher numbers. */
		{ 1024, 1024, NOBODY, COUNT CALLS, "\n1018 more\n" },
		{ 1026, 1026, NOBODY, COUNT CALLS, "\n1020 more\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		EXPECT_EQ(0, run_nofile(self, cases[i].soft, cases[i].hard, cases[i].user,
					cases[i].config)) {
			TH_LOG("case %zu: %s", i, self->err);
		}
		EXPECT_TRUE(says(self->out, cases[i].says)) {
			TH_LOG("case %zu", i);
		}
	}
}

TEST_F(run, status_is_that_of_the_program)
{
	EXPECT_EQ(0, run(self, NULL, "out: !fd stdout\n"));
	EXPECT_EQ(1, run(self, NULL, "{out: !fd stdout, exit: 1}"));
	EXPECT_EQ(255, run(self, NULL, "{out: !fd stdout, exit: 255}"));
	/* CloudABI numbers signals differently: SIGKILL is 10, SIGSEGV 13. */
	EXPECT_EQ(128 + SIGKILL, run(self, NULL, "{out: !fd stdout, raise: 10}"));
	EXPECT_EQ(128 + SIGSEGV, run(self, NULL, "{out: !fd stdout, raise: 13}"));
}

static int run_program(run_t *self, const char *program)
{
	struct outputs outputs;

	end_run(self, start_run(self, NULL, program, "1", 0, &outputs), &outputs);
	return WIFEXITED(self->status) ? WEXITSTATUS(self->status) : -1;
}

TEST_F(run, programs_that_are_none)
{
	EXPECT_EQ(127, run_program(self, "/nothing/here"));
	EXPECT_TRUE(says(self->err, "/nothing/here: No such file or directory"));
	EXPECT_EQ(126, run_program(self, "file"));
	EXPECT_TRUE(says(self->err, "file: Permission denied"));
	EXPECT_EQ(126, run_program(self, "text"));
	EXPECT_TRUE(says(self->err, "ENOEXEC"));
	/* The tool itself is a Linux program. */
	EXPECT_EQ(126, run_program(self, self->tool));
	EXPECT_TRUE(says(self->err, "ENOEXEC"));
}

TEST_F(run, wrong_options)
{
	EXPECT_EQ(2, run(self, "--nonsense", "1"));
	EXPECT_EQ(2, run_program(self, NULL));
	EXPECT_TRUE(says(self->err, "Usage: "));
}

TEST_F(run, calls_are_limited)
{
	ASSERT_EQ(0, run(self, NULL, "{out: !fd stdout, try calls: 1}\n"
				     "--- {calls: [fd_write, fd_stat_get, clock_res_get]}"));
	EXPECT_TRUE(says(self->out, "random_get: ENOTCAPABLE\n"
				    "clock_res_get: done\n"
				    "fd_create1: ENOTCAPABLE\n"
				    "proc_exec: ENOTCAPABLE\n"
				    "proc_exec above: EBADF\n"
				    "fd_dup: ENOTCAPABLE\n"));
	ASSERT_EQ(0, run(self, NULL, "{out: !fd stdout, try calls: 1}"));
	EXPECT_TRUE(says(self->out, "random_get: done\n"
				    "clock_res_get: done\n"
				    "fd_create1: done\n"));
	/* Without any call, the program can only exit. */
	EXPECT_EQ(3, run(self, NULL, "{out: !fd stdout, exit: 3}\n--- {calls: []}"));
	EXPECT_STREQ("", self->out);
}

TEST_F(run, clock_is_as_coarse_as_asked)
{
	for (int i = 0; i < 5; i++) {
		ASSERT_EQ(0, run(self, NULL, "{out: !fd stdout, unit: 4000000}\n"
					     "--- {clock_precision: 4ms}"));
		EXPECT_TRUE(says(self->out, "remainder 0\n"));
	}
}

TEST_F(run, descriptors_are_limited)
{
	ASSERT_EQ(0, run(self, NULL, "{out: !fd stdout, count: 1}\n"
				     "--- {limits: {descriptors: 20}}"));
	EXPECT_TRUE(says(self->out, "\n19 more\n"));
	ASSERT_EQ(0, run(self, NULL, "{out: !fd stdout, count: 1}"));
	EXPECT_TRUE(says(self->out, "\n1023 more\n"));
}

/* Without root there is no control group; the limits apply to each process. */
TEST_F(run, anybody_may_run)
{
	ASSERT_EQ(5, run_as(self, NULL, "root: !directory {path: '@', rights: read-only}\n"
					"path: file\nout: !fd stdout\nexit: 5\n", 65534)) {
		TH_LOG("%s", self->err);
	}
	EXPECT_TRUE(says(self->out, "open: done\n"));
}

static bool appears(run_t *self, int fd, const char *text)
{
	const int copy = dup(fd);

	read_back(copy, self->out);
	return strstr(self->out, text);
}

static bool appears_soon(run_t *self, int fd, const char *text)
{
	for (int i = 0; i < 5000; i++) {
		if (appears(self, fd, text))
			return true;
		usleep(2000);
	}
	printf("# no %s\n", text);
	return false;
}

TEST_F(run, signals_go_to_the_program)
{
	struct outputs outputs;
	pid_t pid;

	pid = start_run(self, NULL, self->program, "{out: !fd stdout, sleep: 100000}", 0,
			&outputs);
	EXPECT_TRUE(appears_soon(self, outputs.out, "end\n"));
	EXPECT_EQ(0, kill(pid, SIGTERM));
	end_run(self, pid, &outputs);
	EXPECT_EQ(128 + SIGTERM, WEXITSTATUS(self->status));
}

/* Signals are ignored, as with nohup or in the background. */
TEST_F(run, signals_that_are_ignored_end_nobody)
{
	struct outputs outputs;
	pid_t pid;

	self->ignoring = true;
	pid = start_run(self, NULL, self->program, "{out: !fd stdout, sleep: 1500, exit: 6}", 0,
			&outputs);
	EXPECT_TRUE(appears_soon(self, outputs.out, "end\n"));
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		EXPECT_EQ(0, kill(-pid, ending[i]));
	end_run(self, pid, &outputs);
	EXPECT_EQ(6 << 8, self->status) {
		TH_LOG("%s", self->err);
	}
	EXPECT_TRUE(says(self->out, "awake\n"));
}

TEST_F(run, program_ends_with_the_launcher)
{
	struct outputs outputs;
	pid_t pid;

	pid = start_run(self, NULL, self->program, "{out: !fd stdout, sleep: 3000}", 0, &outputs);
	EXPECT_TRUE(appears_soon(self, outputs.out, "end\n"));
	EXPECT_EQ(0, kill(pid, SIGKILL));
	waitpid(pid, &self->status, 0);
	EXPECT_EQ(SIGKILL, WTERMSIG(self->status));
	sleep(5);
	EXPECT_FALSE(appears(self, outputs.out, "awake\n"));
	close(outputs.out);
	close(outputs.err);
}

TEST_F(run, detached_program_goes_on)
{
	struct outputs outputs;
	pid_t pid;

	pid = start_run(self, "-d", self->program, "{out: !fd stdout, sleep: 1500}", 0, &outputs);
	waitpid(pid, &self->status, 0);
	EXPECT_EQ(0, self->status);
	EXPECT_FALSE(appears(self, outputs.out, "awake\n"));
	EXPECT_TRUE(appears_soon(self, outputs.out, "awake\n"));
	read_back(outputs.out, self->out);
	read_back(outputs.err, self->err);
	EXPECT_STREQ("", self->err);
	/* If the program cannot start, the tool does not detach. */
	EXPECT_EQ(125, run(self, "--detach", "a: !file /nothing"));
	end_run(self, start_run(self, "-d", "text", "1", 0, &outputs), &outputs);
	EXPECT_EQ(126, WEXITSTATUS(self->status));
}

TEST_HARNESS_MAIN
