// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Runs a test program in its environment
 *
 * Built once for each program: NAME runs NAME.cloudabi in the same directory, with
 * the descriptors and files of fixture.h, and exits like that program.
 *
 * CLOUDABI_TEST_DIR names the directory for the files; /tmp if it is not set.
 * Arguments are passed on: "-t TEST" runs a single test, "-s N" sets the duration
 * of races in seconds, like CLOUDABI_TEST_SECONDS.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/cloudabi_prctl.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest.h"
#include "fixture.h"

/* The launcher's own descriptors have higher numbers than those of the fixture. */
#define FIRST_LAUNCHER_FD 600

static char top[256];

/* State of "outside" and of root's parent directory before the program runs. */
static struct stat outside, parent_dir;

static void die(const char *fmt, ...)
{
	const int error = errno;
	va_list ap;

	printf("Bail out! ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf(": %s\n", strerror(error));
	exit(KSFT_FAIL);
}

#define CHECK(expr) do {           \
	if ((long)(expr) < 0)      \
		die("%s", #expr);  \
} while (0)

static void write_file(const char *name, mode_t mode, const char *text)
{
	const int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || fchmod(fd, mode))
		die("%s", name);
	close(fd);
}

static void make_link(const char *name, const char *fmt, ...)
{
	char target[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(target, sizeof(target), fmt, ap);
	va_end(ap);
	if (symlink(target, name))
		die("%s", name);
}

static void make_socket(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, name);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)))
		die("%s", name);
	close(fd);
}

static void make_foreign(const char *name, mode_t mode)
{
	write_file(name, mode, FIXTURE_TEXT);
	CHECK(chown(name, 1, 1));
}

static void set_time(const char *name, time_t sec)
{
	const struct timespec times[2] = { { .tv_sec = sec }, { .tv_sec = sec } };

	if (utimensat(AT_FDCWD, name, times, 0))
		die("%s", name);
}

/* Mounts within the directory. */
static void make_mounts(void)
{
	char options[32];

	snprintf(options, sizeof(options), "size=%d", FIXTURE_MOUNT_SIZE);
	CHECK(mkdir("mount", 0777));
	CHECK(mount("fixture", "mount", "tmpfs", 0, options));
	write_file("mount/file", 0666, FIXTURE_TEXT);
	write_file("mount/future", 0666, FIXTURE_TEXT);
	set_time("mount/future", 1L << 35);
	CHECK(mkdir("bound", 0777));
	CHECK(mount("dir", "bound", NULL, MS_BIND, NULL));
}

/* Creates the files; makes root the working directory. */
static void make_files(void)
{
	const char *dir = getenv("CLOUDABI_TEST_DIR") ?: "/tmp";
	char name[256], previous[32];

	snprintf(top, sizeof(top), "%s/cloudabi-XXXXXX", dir);
	if (!mkdtemp(top))
		die("%s", top);
	CHECK(chdir(top));
	umask(0);
	write_file("outside", 0666, FIXTURE_OUTSIDE);
	CHECK(mknod("loop", S_IFBLK | 0600, makedev(7, 0)));
	CHECK(mkdir("root", 0777));
	CHECK(chdir("root"));

	write_file("file", 0666, FIXTURE_TEXT);
	write_file("empty", 0666, "");
	write_file("readonly", 0444, FIXTURE_TEXT);
	write_file("secret", 0, FIXTURE_TEXT);
	write_file("program", 0755, FIXTURE_TEXT);
	CHECK(mkdir("dir", 0777));
	write_file("dir/file", 0666, FIXTURE_TEXT);
	CHECK(mkdir("dir/dir", 0777));
	write_file("dir/dir/file", 0666, FIXTURE_TEXT);
	make_link("dir/up", "../file");
	make_link("dir/dir/upup", "../../file");
	make_link("dir/out", "../../outside");
	CHECK(mkdir("blank", 0777));
	CHECK(mkfifo("fifo", 0666));
	CHECK(mkfifo("fifo_closed", 0666));
	make_socket("socket");
	CHECK(mknod("null", S_IFCHR | 0666, makedev(1, 3)));

	CHECK(mknod("block", S_IFBLK | 0666, makedev(7, 0)));
	make_foreign("foreign", 0666);
	make_foreign("foreign_readonly", 0444);
	CHECK(mkdir("foreign_dir", 0755));
	write_file("foreign_dir/file", 0666, FIXTURE_TEXT);
	CHECK(chown("foreign_dir", 1, 1));
	write_file("old", 0666, FIXTURE_TEXT);
	set_time("old", -1);
	make_mounts();

	make_link("link", "file");
	make_link("link_slash", "dir/");
	make_link("link_dir", "dir");
	make_link("link_dot", ".");
	make_link("link_dangling", "nothing");
	make_link("link_loop", "link_loop");
	make_link("link_inside", "dir/../file");
	make_link("link_outside", "../outside");
	make_link("link_back", "../root/file");
	make_link("link_up", "..");
	make_link("link_absolute", "%s/outside", top);
	make_link("link_absolute_inside", "%s/root/file", top);
	make_link("link_root", "/");
	strcpy(previous, "file");
	for (int i = 1; i <= 41; i++) {
		snprintf(name, sizeof(name), "chain%d", i);
		make_link(name, "%s", previous);
		strcpy(previous, name);
	}

	CHECK(mkdir("many", 0777));
	CHECK(chdir("many"));
	for (int i = 0; i < FIXTURE_MANY; i++) {
		fixture_name(name, i);
		write_file(name, 0666, "");
	}
	CHECK(chdir(".."));
	CHECK(stat("../outside", &outside));
	CHECK(stat("..", &parent_dir));
}

static bool is_unchanged(const char *name, const struct stat *before)
{
	struct stat now;

	return !stat(name, &now) && now.st_nlink == before->st_nlink &&
	       !memcmp(&now.st_mtim, &before->st_mtim, sizeof(now.st_mtim)) &&
	       !memcmp(&now.st_ctim, &before->st_ctim, sizeof(now.st_ctim));
}

/* Whether everything beside root is as make_files() left it. */
static bool outside_is_untouched(void)
{
	char text[sizeof(FIXTURE_OUTSIDE)] = "";
	struct dirent *entry;
	bool same;
	DIR *dir;
	int fd;

	CHECK(chdir(top));
	same = is_unchanged("outside", &outside) && is_unchanged(".", &parent_dir);
	fd = open("outside", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text)) < 0 || strcmp(text, FIXTURE_OUTSIDE))
		same = false;
	close(fd);
	dir = opendir(".");
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "outside") &&
		    strcmp(entry->d_name, "loop") && strcmp(entry->d_name, "root"))
			same = false;
	closedir(dir);
	return same;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static void remove_files(void)
{
	CHECK(chdir(top));
	CHECK(umount2("root/mount", MNT_DETACH));
	CHECK(umount2("root/bound", MNT_DETACH));
	if (chdir("/") || nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT))
		printf("# %s: %s\n", top, strerror(errno));
}

/* Moves @fd to the number @to, inheritable by the program. */
static void give_fd(const char *name, int fd, int to)
{
	if (fd < 0 || dup2(fd, to) != to)
		die("descriptor %s", name);
	close(fd);
}

#define GIVE_FD(name, fd) give_fd(#name, fd, FIXTURE_##name)

/*
 * Moves a descriptor above the numbers of the fixture. It is close-on-exec there,
 * but stays open as long as the launcher runs.
 */
static int keep_open(int fd)
{
	const int moved = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_LAUNCHER_FD);

	if (moved < 0)
		die("fcntl");
	close(fd);
	return moved;
}

static void place_pair(int pair[2], int one, int other)
{
	pair[0] = keep_open(pair[0]);
	pair[1] = keep_open(pair[1]);
	give_fd("pair", pair[0], one);
	give_fd("pair", pair[1], other);
}

static int open_terminal(void)
{
	const int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	const int unlock = 0;
	int slave;

	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock))
		return -1;
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	/* Keep the master open, or the slave would hang up. */
	keep_open(master);
	return slave;
}

static int open_io_uring(void)
{
	struct io_uring_params params = { 0 };

	return syscall(__NR_io_uring_setup, 4, &params);
}

static int open_bpf(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 8,
		.max_entries = 4,
	};

	return syscall(__NR_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int open_perf(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
	};

	return syscall(__NR_perf_event_open, &attr, 0, -1, -1, 0);
}

static int open_listening(void)
{
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	/* The length covers only the family, which requests an autobind name. */
	const struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (bind(fd, (struct sockaddr *)&address, sizeof(address.sun_family)) || listen(fd, 1))
		return -1;
	return fd;
}

/* A TCP connection over the loopback device. */
static void open_internet(int pair[2])
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(address);

	CHECK(bind(listening, (struct sockaddr *)&address, len));
	CHECK(getsockname(listening, (struct sockaddr *)&address, &len));
	CHECK(listen(listening, 1));
	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(connect(pair[0], (struct sockaddr *)&address, len));
	pair[1] = accept(listening, NULL, NULL);
	CHECK(pair[1]);
	close(listening);
}

static int open_memfd(void)
{
	const int fd = memfd_create("fixture", 0);

	if (fd < 0 || write(fd, FIXTURE_TEXT, FIXTURE_TEXT_LEN) != FIXTURE_TEXT_LEN)
		return -1;
	return fd;
}

static void open_all(const char *program)
{
	sigset_t mask;
	int pair[2];

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);

	CHECK(pipe2(pair, O_NONBLOCK));
	keep_open(pair[1]);
	GIVE_FD(NONBLOCK, keep_open(pair[0]));
	CHECK(pipe(pair));
	close(pair[0]);
	GIVE_FD(BROKEN_PIPE, keep_open(pair[1]));
	CHECK(pipe(pair));
	place_pair(pair, FIXTURE_PIPE_READ, FIXTURE_PIPE_WRITE);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	place_pair(pair, FIXTURE_STREAM, FIXTURE_STREAM_PEER);
	CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	place_pair(pair, FIXTURE_DGRAM, FIXTURE_DGRAM_PEER);
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
	keep_open(pair[1]);
	GIVE_FD(SEQPACKET, keep_open(pair[0]));

	GIVE_FD(UNCONNECTED, keep_open(socket(AF_UNIX, SOCK_STREAM, 0)));
	GIVE_FD(LISTENING, keep_open(open_listening()));
	GIVE_FD(DGRAM_ALONE, keep_open(socket(AF_UNIX, SOCK_DGRAM, 0)));
	open_internet(pair);
	place_pair(pair, FIXTURE_INET, FIXTURE_INET_PEER);

	GIVE_FD(DIR, keep_open(open(".", O_RDONLY | O_DIRECTORY)));
	GIVE_FD(FILE, keep_open(open("file", O_RDWR)));
	GIVE_FD(FILE_RDONLY, keep_open(open("file", O_RDONLY)));
	GIVE_FD(FILE_WRONLY, keep_open(open("file", O_WRONLY)));
	GIVE_FD(FILE_PATH, keep_open(open("file", O_PATH)));
	GIVE_FD(DIR_PATH, keep_open(open(".", O_PATH)));
	GIVE_FD(TTY, keep_open(open_terminal()));
	GIVE_FD(NULL_DEVICE, keep_open(open("/dev/null", O_RDWR)));
	GIVE_FD(ZERO_DEVICE, keep_open(open("/dev/zero", O_RDONLY)));
	GIVE_FD(EPOLL, keep_open(epoll_create1(0)));
	GIVE_FD(EVENT, keep_open(eventfd(0, 0)));
	GIVE_FD(TIMER, keep_open(timerfd_create(CLOCK_MONOTONIC, 0)));
	GIVE_FD(SIGNAL, keep_open(signalfd(-1, &mask, 0)));
	GIVE_FD(PID, keep_open(syscall(__NR_pidfd_open, getpid(), 0)));
	GIVE_FD(IO_URING, keep_open(open_io_uring()));
	GIVE_FD(BPF, keep_open(open_bpf()));
	GIVE_FD(PERF, keep_open(open_perf()));
	GIVE_FD(NETLINK, keep_open(socket(AF_NETLINK, SOCK_RAW, 0)));
	GIVE_FD(MEMFD, keep_open(open_memfd()));
	GIVE_FD(FIFO, keep_open(open("fifo", O_RDWR)));
	GIVE_FD(APPEND, keep_open(open("file", O_WRONLY | O_APPEND)));
	GIVE_FD(SYNC, keep_open(open("file", O_RDWR | O_SYNC)));
	GIVE_FD(DSYNC, keep_open(open("file", O_RDWR | O_DSYNC)));
	GIVE_FD(PROC, keep_open(open("/proc", O_RDONLY | O_DIRECTORY)));
	GIVE_FD(BLOCK, keep_open(open("../loop", O_RDONLY)));
	GIVE_FD(INOTIFY, keep_open(inotify_init1(0)));
	GIVE_FD(USERFAULT, keep_open(syscall(__NR_userfaultfd, 0)));
	GIVE_FD(SECRET, keep_open(syscall(__NR_memfd_secret, 0)));
	GIVE_FD(IMAGE, keep_open(open(program, O_RDONLY)));
	GIVE_FD(NAMESPACE, keep_open(open("/proc/self/ns/mnt", O_RDONLY)));
	GIVE_FD(FAR, keep_open(open("file", O_RDONLY)));
	CHECK(dup3(0, FIXTURE_CLOSED, O_CLOEXEC));
}

/* Programs that run with RLIMIT_FSIZE = FIXTURE_FSIZE. */
static const char *const limited[] = { "fileadvise_test", "filestat_test" };

static void limit_size(const char *self)
{
	const struct rlimit limit = { FIXTURE_FSIZE, FIXTURE_FSIZE };
	const char *name = strrchr(self, '/') + 1;

	for (size_t i = 0; i < ARRAY_SIZE(limited); i++)
		if (!strcmp(name, limited[i]))
			CHECK(setrlimit(RLIMIT_FSIZE, &limit));
}

/* The program that gets a coarse clock. */
static void limit_precision(const char *self)
{
	if (!strcmp(strrchr(self, '/') + 1, "precision_test"))
		CHECK(prctl(PR_CLOUDABI_SET_CLOCK_PRECISION, FIXTURE_PRECISION, 0UL, 0UL, 0UL));
}

/* Hostile programs, and the user that runs each. */
static const struct hostile {
	const char *name;
	uid_t user;
} hostile[] = { { "hostile_test", 0 }, { "hostile_nobody_test", 65534 } };

static const struct hostile *find_hostile(const char *self)
{
	const char *name = strrchr(self, '/') + 1;

	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++)
		if (!strcmp(name, hostile[i].name))
			return &hostile[i];
	return NULL;
}

/* Copies the program to a set-uid file of root. */
static void make_setuid(const char *program)
{
	const int from = open(program, O_RDONLY | O_CLOEXEC);
	const int to = open("setuid", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	struct stat st;

	CHECK(fstat(from, &st));
	CHECK(sendfile(to, from, NULL, st.st_size));
	CHECK(fchmod(to, 04755));
	close(from);
	close(to);
}

/* In the child, before exec. */
static void become_hostile(const struct hostile *hostile)
{
	CHECK(setenv("HOSTILE", FIXTURE_ENVIRONMENT, 1));
	CHECK(setgroups(0, NULL));
	CHECK(setresgid(hostile->user, hostile->user, hostile->user));
	CHECK(setresuid(hostile->user, hostile->user, hostile->user));
}

/* Runs the program; returns the launcher's exit code. */
static int run(const char *self, char **argv)
{
	const struct hostile *const hostile = find_hostile(self);
	char path[4096 + sizeof(".cloudabi")];
	int fd, status;
	pid_t pid;

	snprintf(path, sizeof(path), "%s.cloudabi", self);
	fd = keep_open(open(path, O_PATH));
	make_files();
	if (hostile)
		make_setuid(path);
	open_all(path);
	fflush(stdout);

	pid = fork();
	CHECK(pid);
	if (!pid) {
		if (hostile)
			become_hostile(hostile);
		syscall(__NR_execveat, fd, "", argv + 1, environ, AT_EMPTY_PATH);
		die("%s", path);
	}
	/* Only the program has its descriptors; the peers stay open in the launcher. */
	CHECK(close_range(3, FIRST_LAUNCHER_FD - 1, 0));
	CHECK(waitpid(pid, &status, 0));
	if (!outside_is_untouched()) {
		printf("Bail out! escaped from the directory\n");
		status = KSFT_FAIL << 8;
	}
	remove_files();
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	printf("Bail out! killed by signal %d (%s)\n", WTERMSIG(status),
	       strsignal(WTERMSIG(status)));
	return KSFT_FAIL;
}

/* Appends the duration of races from the environment to the arguments. */
static char **add_seconds(int argc, char **argv)
{
	char *const seconds = getenv("CLOUDABI_TEST_SECONDS");
	char **args;

	if (!seconds)
		return argv;
	args = calloc(argc + 3, sizeof(*args));
	CHECK(args ? 0 : -1);
	memcpy(args, argv, argc * sizeof(*args));
	args[argc] = strdup("-s");
	args[argc + 1] = seconds;
	return args;
}

int main(int argc, char **argv)
{
	struct rlimit limit = { 1024, 1024 };
	char self[4096];
	ssize_t len;

	/* Skip argv[0]: the rest is the argument data. */
	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	CHECK(len);
	self[len] = '\0';
	CHECK(setrlimit(RLIMIT_NOFILE, &limit));
	limit_size(self);
	limit_precision(self);
	/* The program would inherit all other descriptors. */
	CHECK(close_range(3, ~0U, 0));
	return run(self, add_seconds(argc, argv));
}
