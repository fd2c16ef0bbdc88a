// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Reports of refusals: trace events and audit records
 */

#include <sys/stat.h>
#include <time.h>

#include "../kselftest_harness.h"
#include "audit.h"
#include "server.h"
#include "tracefs.h"

/*
 * Descriptors of the server: a directory, a directory of another file system, a
 * Linux program.
 */
#define DIR_FD 3
#define OTHER_FD 4
#define PROGRAM_FD 5

#define NAME_MAX_LEN 1024
/* Addresses of names in the server. */
#define NAME1 SERVER_ROOM
#define NAME2 (SERVER_ROOM + NAME_MAX_LEN)
#define STRUCT (SERVER_ROOM + 2 * NAME_MAX_LEN)

/* As DEFAULT_RATELIMIT_* in the kernel: BURST records in INTERVAL seconds. */
#define BURST 10
#define INTERVAL 5

FIXTURE(denied) {
	struct tracefs tracefs;
	int audit;
	struct server server;
	char dir[32];
	char other[32];
};

static void open_as(int fd, const char *path, int flags)
{
	if (dup2(open(path, flags | O_CLOEXEC), fd) != fd)
		_exit(253);
}

static void take_descriptors(void *arg)
{
	FIXTURE_DATA(denied) *const self = arg;

	open_as(DIR_FD, self->dir, O_RDONLY | O_DIRECTORY);
	open_as(OTHER_FD, self->other, O_RDONLY | O_DIRECTORY);
	open_as(PROGRAM_FD, "/proc/self/exe", O_RDONLY);
}

FIXTURE_SETUP(denied)
{
	char path[64];

	strcpy(self->dir, "/tmp/cloudabi-XXXXXX");
	strcpy(self->other, "/tmp/cloudabi-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_NE(NULL, mkdtemp(self->other));
	ASSERT_EQ(0, mount("tmpfs", self->dir, "tmpfs", 0, NULL));
	snprintf(path, sizeof(path), "%s/file", self->dir);
	ASSERT_EQ(0, mknod(path, S_IFREG | 0644, 0));
	snprintf(path, sizeof(path), "%s/link_out", self->dir);
	ASSERT_EQ(0, symlink("..", path));
	snprintf(path, sizeof(path), "%s/link_root", self->dir);
	ASSERT_EQ(0, symlink("/", path));

	ASSERT_EQ(0, server_start_with(&self->server, take_descriptors, self));
	ASSERT_EQ(0, tracefs_start(&self->tracefs));
	self->audit = audit_start();
	ASSERT_LE(0, self->audit);
}

FIXTURE_TEARDOWN(denied)
{
	audit_stop(self->audit);
	tracefs_stop(&self->tracefs);
	server_stop(&self->server);
	umount(self->dir);
	rmdir(self->dir);
	rmdir(self->other);
}

/* Finds a line of a process that contains a text, and counts all matching lines. */
static char *find(const struct tracefs *tracefs, pid_t pid, const char *what, int *count)
{
	static char found[4096];
	char *text = tracefs_text(tracefs), *line;
	char who[16];

	snprintf(who, sizeof(who), "-%d ", pid);
	*count = 0;
	*found = '\0';
	while ((line = strsep(&text, "\n"))) {
		const char *const comm_end = strstr(line, who);

		if (!comm_end || !strstr(comm_end, what))
			continue;
		snprintf(found, sizeof(found), "%s", strstr(comm_end, what));
		++*count;
	}
	return found;
}

/* The next record about a process, "" if there is no other. */
static const char *record_within(int fd, pid_t pid, int timeout)
{
	static struct audit_message message;
	char who[24];

	snprintf(who, sizeof(who), " pid=%d ", pid);
	do {
		memset(&message, 0, sizeof(message));
		if (audit_receive(fd, &message, timeout))
			return "";
	} while (message.head.nlmsg_type != AUDIT_AVC || !strstr(message.data, "cloudabi=DENIED") ||
		 !strstr(message.data, who));
	return message.data;
}

/* A record that must arrive. */
static const char *next_record(int fd, pid_t pid)
{
	return record_within(fd, pid, 20000);
}

/* A record that must not arrive. */
static const char *last_record(int fd, pid_t pid)
{
	return record_within(fd, pid, 500);
}

/* All texts must be in the only trace line and the only record of the server. */
#define EXPECT_TOLD(event, ...) do {                                                          \
	static const char *const texts[] = { __VA_ARGS__ };                                   \
	const char *const record = next_record(self->audit, self->server.pid);                \
	int count;                                                                            \
	const char *const line = find(&self->tracefs, self->server.pid,                       \
				      "cloudabi_denied", &count);                             \
	EXPECT_EQ(1, count);                                                                  \
	EXPECT_EQ(0, strncmp(line, event ": ", sizeof(event ": ") - 1))                       \
		TH_LOG("%s", line);                                                           \
	EXPECT_NE(NULL, strstr(line, self->dir));                                             \
	EXPECT_NE(NULL, strstr(record, self->dir));                                           \
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {                         \
		EXPECT_NE(NULL, strstr(line, texts[i])) TH_LOG("%s: %s", texts[i], line);     \
		EXPECT_NE(NULL, strstr(record, texts[i])) TH_LOG("%s: %s", texts[i], record); \
	}                                                                                     \
	EXPECT_STREQ("", last_record(self->audit, self->server.pid));                         \
} while (0)

#define EXPECT_NOTHING_TOLD() do {                                                     \
	int count;                                                                     \
	find(&self->tracefs, self->server.pid, "cloudabi_denied", &count);             \
	EXPECT_EQ(0, count);                                                           \
	EXPECT_STREQ("", last_record(self->audit, self->server.pid));                  \
} while (0)

TEST_F(denied, right)
{
	ASSERT_EQ(-CLOUDABI_ENOTCAPABLE, SERVER_CALL(&self->server, fd_read, DIR_FD, NAME1, 0));
	EXPECT_TOLD("cloudabi_denied", "call=fd_read fd=3 ", " missing=FD_READ ", " need=0x2 ");
}

TEST_F(denied, rights)
{
	ASSERT_EQ(-CLOUDABI_ENOTCAPABLE, SERVER_CALL(&self->server, fd_pread, DIR_FD, NAME1, 0, 0));
	EXPECT_TOLD("cloudabi_denied", "call=fd_pread fd=3 ", " missing=FD_READ|FD_SEEK ",
		    " need=0x6 ");
}

TEST_F(denied, rights_to_be_given_back)
{
	const cloudabi_fdstat_t all = {
		.fs_rights_base = CLOUDABI_RIGHT_FILE_OPEN | CLOUDABI_RIGHT_SOCK_SHUTDOWN,
		.fs_rights_inheriting = 1ULL << 63,
	};

	poke(self->server.pid, STRUCT, &all, sizeof(all));
	ASSERT_EQ(-CLOUDABI_ENOTCAPABLE, SERVER_CALL(&self->server, fd_stat_put, DIR_FD, STRUCT,
						     CLOUDABI_FDSTAT_RIGHTS));
	EXPECT_TOLD("cloudabi_denied", "call=fd_stat_put fd=3 ", " missing=SOCK_SHUTDOWN ",
		    " need_inheriting=0x8000000000000000 ");
}

TEST_F(denied, inheriting_right)
{
	const cloudabi_fdstat_t stat = { .fs_rights_base = CLOUDABI_RIGHT_SOCK_SHUTDOWN };

	poke(self->server.pid, STRUCT, &stat, sizeof(stat));
	poke(self->server.pid, NAME1, "file", 4);
	ASSERT_EQ(-CLOUDABI_ENOTCAPABLE, SERVER_CALL(&self->server, file_open, DIR_FD, NAME1, 4, 0,
						     STRUCT));
	EXPECT_TOLD("cloudabi_denied", "call=file_open fd=3 ",
		    " missing_inheriting=SOCK_SHUTDOWN ");
}

static int64_t unlink_name(FIXTURE_DATA(denied) *self, const char *name)
{
	poke(self->server.pid, NAME1, name, strlen(name));
	return SERVER_CALL(&self->server, file_unlink, DIR_FD, NAME1, strlen(name), 0);
}

static int64_t stat_name(FIXTURE_DATA(denied) *self, const char *name, uint64_t follow)
{
	poke(self->server.pid, NAME1, name, strlen(name));
	return SERVER_CALL(&self->server, file_stat_get, DIR_FD | follow << 32, NAME1,
			   strlen(name), STRUCT);
}

TEST_F(denied, absolute_name)
{
	ASSERT_EQ(-CLOUDABI_ENOTCAPABLE, stat_name(self, "/etc/passwd", 0));
	EXPECT_TOLD("cloudabi_denied_name", "call=file_stat_get ", " name=\"/etc/passwd\"");
}

TEST_F(denied, name_that_climbs_out)
{
	ASSERT_EQ(-CLOUDABI_ENOTCAPABLE, stat_name(self, "../etc", 0));
	EXPECT_TOLD("cloudabi_denied_name", "call=file_stat_get ", " name=\"../etc\"");
}

TEST_F(denied, name_that_climbs_out_at_its_end)
{
	ASSERT_EQ(-CLOUDABI_ENOTCAPABLE, unlink_name(self, "link_out/.."));
	EXPECT_TOLD("cloudabi_denied_name", "call=file_unlink ", " name=\"link_out/..\"");
}

TEST_F(denied, name_that_climbs_out_of_a_call_that_changes)
{
	ASSERT_EQ(-CLOUDABI_ENOTCAPABLE, unlink_name(self, "../file"));
	EXPECT_TOLD("cloudabi_denied_name", "call=file_unlink ", " name=\"../file\"");
}

TEST_F(denied, link_out)
{
	ASSERT_EQ(-CLOUDABI_ENOTCAPABLE, stat_name(self, "link_out", 1));
	EXPECT_TOLD("cloudabi_denied_name", "call=file_stat_get ", " name=\"link_out\"");
}

TEST_F(denied, link_out_with_a_slash_behind)
{
	ASSERT_EQ(-CLOUDABI_ENOTCAPABLE, unlink_name(self, "link_root/"));
	EXPECT_TOLD("cloudabi_denied_name", "call=file_unlink ", " name=\"link_root\"");
}

TEST_F(denied, name_to_open)
{
	const cloudabi_fdstat_t stat = { .fs_rights_base = CLOUDABI_RIGHT_FD_READ };

	poke(self->server.pid, STRUCT, &stat, sizeof(stat));
	poke(self->server.pid, NAME1, "link_out/x", 10);
	ASSERT_EQ(-CLOUDABI_ENOTCAPABLE, SERVER_CALL(&self->server, file_open, DIR_FD, NAME1, 10,
						     0, STRUCT));
	EXPECT_TOLD("cloudabi_denied_name", "call=file_open ", " name=\"link_out/x\"");
}

/* Renames; one of the two names leads out. */
static int64_t rename_to(FIXTURE_DATA(denied) *self, const char *from, int fd, const char *to)
{
	poke(self->server.pid, NAME1, from, strlen(from));
	poke(self->server.pid, NAME2, to, strlen(to));
	return SERVER_CALL(&self->server, file_rename, DIR_FD, NAME1, strlen(from), fd, NAME2,
			   strlen(to));
}

TEST_F(denied, first_of_two_names)
{
	ASSERT_EQ(-CLOUDABI_ENOTCAPABLE, rename_to(self, "../file", DIR_FD, "new"));
	EXPECT_TOLD("cloudabi_denied_name", "call=file_rename ", " name=\"../file\"");
}

TEST_F(denied, second_of_two_names)
{
	ASSERT_EQ(-CLOUDABI_ENOTCAPABLE, rename_to(self, "file", DIR_FD, "../new"));
	EXPECT_TOLD("cloudabi_denied_name", "call=file_rename ", " name=\"../new\"");
}

/* EXDEV, as for a name that leads out, but the kernel refused nothing. */
TEST_F(denied, not_a_rename_to_another_file_system)
{
	ASSERT_EQ(-CLOUDABI_EXDEV, rename_to(self, "file", OTHER_FD, "new"));
	EXPECT_NOTHING_TOLD();
}

TEST_F(denied, not_what_fails_otherwise)
{
	ASSERT_EQ(-CLOUDABI_ENOENT, stat_name(self, "nothing", 0));
	ASSERT_EQ(-CLOUDABI_EBADF, SERVER_CALL(&self->server, fd_close, 99));
	ASSERT_EQ(0, stat_name(self, "link_out", 0));
	EXPECT_NOTHING_TOLD();
}

/* An unescaped name could forge the end of the line, and another line. */
TEST_F(denied, name_is_escaped)
{
	static const char name[] = "../\n\"\\\033[2J\xff x";
	const char *record, *line;
	int count;

	ASSERT_EQ(-CLOUDABI_ENOTCAPABLE, stat_name(self, name, 0));
	line = find(&self->tracefs, self->server.pid, "cloudabi_denied_name", &count);
	EXPECT_EQ(1, count);
	EXPECT_NE(NULL, strstr(line, " name=\"../\\n\\\"\\\\\\e[2J\\xff x\"")) TH_LOG("%s", line);
	record = next_record(self->audit, self->server.pid);
	EXPECT_NE(NULL, strstr(record, " name=2E2E2F0A225C1B5B324AFF2078 ")) TH_LOG("%s", record);
}

TEST_F(denied, long_name_is_cut)
{
	char name[NAME_MAX_LEN + 1] = "../";
	const char *line;
	int count;

	memset(name + 3, '\n', NAME_MAX_LEN - 3);
	ASSERT_EQ(-CLOUDABI_ENOTCAPABLE, stat_name(self, name, 0));
	line = find(&self->tracefs, self->server.pid, "cloudabi_denied_name", &count);
	EXPECT_EQ(1, count);
	line = strstr(line, " name=\"../\\n\\n");
	ASSERT_NE(NULL, line);
	EXPECT_GT(NAME_MAX_LEN + 16, strlen(line));
	EXPECT_NE(NULL, strstr(next_record(self->audit, self->server.pid), " name=2E2E2F0A0A"));
}

/* No right covers this: a hook refuses the file after the look-up. */
TEST_F(denied, hook)
{
	const char *record, *line;
	int count;

	ASSERT_EQ(-CLOUDABI_ENOEXEC,
		  SERVER_CALL(&self->server, proc_exec, PROGRAM_FD, NAME1, 0, NAME1, 0));
	line = find(&self->tracefs, self->server.pid, "cloudabi_denied", &count);
	EXPECT_EQ(1, count);
	EXPECT_STREQ("cloudabi_denied_hook: call=proc_exec hook=bprm_check_security", line);
	record = next_record(self->audit, self->server.pid);
	EXPECT_NE(NULL, strstr(record, "call=proc_exec hook=bprm_check_security"))
		TH_LOG("%s", record);
}

TEST_F(denied, nothing_of_a_native_task)
{
	int count, status;
	pid_t pid;

	pid = fork();
	if (!pid) {
		struct stat st;

		/*
		 * A descriptor with the wrong mode, a name that leads out, too many
		 * rights.
		 */
		status = read(open(self->dir, O_PATH), &st, 1) == -1 &&
			 !stat("../../../../../../proc", &st) &&
			 syscall(__NR_openat2, 3, "..", NULL, 0) == -1 &&
			 mprotect((void *)0x10000, 4096, PROT_WRITE | PROT_EXEC) == -1;
		_exit(status ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
	find(&self->tracefs, pid, "cloudabi", &count);
	EXPECT_EQ(0, count);
	EXPECT_STREQ("", last_record(self->audit, pid));
}

/* fd_read() of descriptor 0, a directory */
#define BE_DENIED "xor %edi, %edi\nxor %esi, %esi\nxor %edx, %edx\nmov $10, %eax\nsyscall\n"
/* Reads a byte from descriptor 1. */
#define WAIT                           \
	"sub $64, %rsp\n"              \
	"lea 32(%rsp), %rax\n"         \
	"mov %rax, (%rsp)\n"           \
	"movq $1, 8(%rsp)\n"           \
	"mov $1, %edi\n"               \
	"mov %rsp, %rsi\n"             \
	"mov $1, %edx\n"               \
	"mov $10, %eax\n"              \
	"syscall\n"

#define DENIALS 1000
CODE(floods, "mov $1000, %ebx\n1:\n" BE_DENIED "dec %ebx\njnz 1b\n"
     WAIT BE_DENIED EXIT_WITH_OUTCOME);

/* proc_fork(); the child is refused a call, and exits. */
#define CHILDREN 200
CODE(forks, "mov $200, %ebx\n"
     "1: mov $40, %eax\nsyscall\njc 3f\n"
     "cmp $-1, %eax\njne 2f\n"
     BE_DENIED EXIT_WITH(0)
     "2: dec %ebx\njnz 1b\n"
     WAIT BE_DENIED EXIT_WITH_OUTCOME
     "3:\n" EXIT_WITH(100));

struct flood {
	const char *dir;
	int go[2];
};

static void take_flood(void *arg)
{
	const struct flood *const flood = arg;

	if (dup2(flood->go[0], 1) != 1)
		_exit(253);
	open_as(0, flood->dir, O_RDONLY | O_DIRECTORY);
}

struct records {
	int told;	/* of the process that is refused all the time */
	int suppressed;	/* number of suppressed records that the records report */
	int others;	/* of the server */
};

/* Counts records. Missing records may be late; extra records would arrive soon. */
static void count_records(FIXTURE_DATA(denied) *self, struct records *records, int denials)
{
	struct audit_message message;
	char who[24];

	snprintf(who, sizeof(who), " pid=%d ", self->server.pid);
	for (;;) {
		const bool all = records->others && records->told + records->suppressed >= denials;
		const char *text;

		if (audit_receive(self->audit, &message, all ? 1000 : 20000))
			return;
		message.data[sizeof(message.data) - 1] = '\0';
		if (message.head.nlmsg_type != AUDIT_AVC ||
		    !strstr(message.data, "cloudabi=DENIED call=fd_read "))
			continue;
		if (strstr(message.data, who)) {
			records->others++;
			continue;
		}
		records->told++;
		text = strstr(message.data, " suppressed=");
		records->suppressed += text ? atoi(text + strlen(" suppressed=")) : 0;
	}
}

static bool has_children(pid_t pid)
{
	char name[40], text[8192];

	snprintf(name, sizeof(name), "task/%d/children", pid);
	return read_proc(pid, name, text, sizeof(text)) > 0;
}

/* Many refusals cause few records, and another process still gets its record. */
static void expect_few(struct __test_metadata *_metadata, FIXTURE_DATA(denied) *self,
		       const struct image *image, int denials)
{
	struct flood flood = { .dir = self->dir };
	const struct start start = { .prepare = take_flood, .arg = &flood };
	const time_t begin = time(NULL);
	struct records records = { 0 };
	int status;
	pid_t pid;

	ASSERT_EQ(0, pipe2(flood.go, O_CLOEXEC));
	pid = image_start(image, &start);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(falls_asleep(pid));
	ASSERT_EQ(-CLOUDABI_ENOTCAPABLE, SERVER_CALL(&self->server, fd_read, DIR_FD, NAME1, 0));
	count_records(self, &records, BURST);
	EXPECT_LE(BURST, records.told);
	/* One more burst for each interval, if the machine is slow. */
	EXPECT_GE(((time(NULL) - begin) / INTERVAL + 2) * BURST, records.told);
	EXPECT_EQ(1, records.others);

	/* The next record reports the number of suppressed records. */
	for (int i = 0; i < 10000 && has_children(pid); i++)
		usleep(2000);
	sleep(INTERVAL + 1);
	ASSERT_EQ(1, write(flood.go[1], "x", 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(FAILED(CLOUDABI_ENOTCAPABLE) << 8, status);
	count_records(self, &records, denials + 1);
	EXPECT_EQ(denials + 1, records.told + records.suppressed);
	close(flood.go[0]);
	close(flood.go[1]);
}

TEST_F(denied, few_records_of_one_process)
{
	struct image image;

	IMAGE_INIT(&image, floods);
	expect_few(_metadata, self, &image, DENIALS);
}

/* A fork does not evade the limit. */
TEST_F(denied, few_records_of_many_processes)
{
	struct image image;

	IMAGE_INIT(&image, forks);
	expect_few(_metadata, self, &image, CHILDREN);
}

TEST_HARNESS_MAIN
