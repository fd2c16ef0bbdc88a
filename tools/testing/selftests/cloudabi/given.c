// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - A program that reports what it was given
 *
 * cloudabi-run starts it with a map. The program writes its argument data and a
 * line for each of its descriptors to the descriptor under "out". For some keys of
 * the map it also tries calls and reports the results. Then it exits with the code
 * in the map.
 */

#include <cloudabi.h>

/* More than the launcher ever leaves open, including its own descriptors. */
#define MOST_FDS 4096

static cloudabi_fd_t out;

static bool find(struct cloudabi_argdata map, const char *key, struct cloudabi_argdata *value)
{
	return !cloudabi_argdata_find(map, key, value);
}

static uint64_t number(struct cloudabi_argdata map, const char *key, uint64_t otherwise)
{
	struct cloudabi_argdata value;
	uint64_t n;

	if (!find(map, key, &value) || cloudabi_argdata_get_uint(value, &n, UINT64_MAX))
		return otherwise;
	return n;
}

static void tell_arguments(struct cloudabi_argdata map)
{
	static char text[1 << 18];
	size_t len = cloudabi_argdata_print(map, text, sizeof(text));
	size_t done = 0, n;

	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	for (; done < len; done += n) {
		const cloudabi_ciovec_t iov = { .buf = text + done, .buf_len = len - done };

		if (cloudabi_sys_fd_write(out, &iov, 1, &n))
			break;
	}
}

static void tell_descriptors(void)
{
	cloudabi_fdstat_t stat;

	for (cloudabi_fd_t fd = 0; fd < MOST_FDS; fd++)
		if (!cloudabi_sys_fd_stat_get(fd, &stat))
			cloudabi_dprintf(out, "%u: type %x flags %x rights %llx %llx\n", fd,
					 stat.fs_filetype, stat.fs_flags, stat.fs_rights_base,
					 stat.fs_rights_inheriting);
}

static void tell_error(const char *what, cloudabi_errno_t error)
{
	cloudabi_dprintf(out, "%s: %s\n", what, error ? cloudabi_errno_name(error) : "done");
}

/* Opens the file "path" beneath the directory "root". */
static void try_open(struct cloudabi_argdata map, struct cloudabi_argdata root)
{
	const cloudabi_fdstat_t stat = { .fs_rights_base = CLOUDABI_RIGHT_FD_READ };
	struct cloudabi_argdata value;
	cloudabi_lookup_t dir = { .flags = CLOUDABI_LOOKUP_SYMLINK_FOLLOW };
	const char *path;
	cloudabi_fd_t fd;

	if (find(map, "path", &value) && !cloudabi_argdata_get_fd(root, &dir.fd) &&
	    !cloudabi_argdata_get_str(value, &path))
		tell_error("open", cloudabi_sys_file_open(dir, path, strlen(path), 0, &stat, &fd));
}

/* Fills a pipe, closes its end "to", then reads the end "from". */
static void try_pipe(struct cloudabi_argdata to, struct cloudabi_argdata from)
{
	const cloudabi_ciovec_t text = { .buf = "through", .buf_len = 7 };
	char buf[16];
	const cloudabi_iovec_t buffer = { .buf = buf, .buf_len = sizeof(buf) };
	cloudabi_fd_t fd;
	size_t n;

	if (cloudabi_argdata_get_fd(to, &fd))
		return;
	tell_error("write", cloudabi_sys_fd_write(fd, &text, 1, &n));
	cloudabi_sys_fd_close(fd);
	if (cloudabi_argdata_get_fd(from, &fd))
		return;
	tell_error("read", cloudabi_sys_fd_read(fd, &buffer, 1, &n));
	cloudabi_dprintf(out, "%u bytes\n", (unsigned int)n);
	cloudabi_sys_fd_read(fd, &buffer, 1, &n);
	cloudabi_dprintf(out, "then %u\n", (unsigned int)n);
}

/* Calls that a seccomp filter may forbid. */
static void try_calls(void)
{
	cloudabi_timestamp_t time;
	cloudabi_fd_t fd;
	char byte;

	tell_error("random_get", cloudabi_sys_random_get(&byte, 1));
	tell_error("clock_res_get", cloudabi_sys_clock_res_get(CLOUDABI_CLOCK_MONOTONIC, &time));
	tell_error("fd_create1", cloudabi_sys_fd_create1(CLOUDABI_FILETYPE_SHARED_MEMORY, &fd));
	/* The launcher's filter allows this call only to the launcher itself. */
	tell_error("proc_exec", cloudabi_sys_proc_exec(out, NULL, 0, NULL, 0));
	tell_error("proc_exec above", cloudabi_sys_proc_exec(1024, NULL, 0, NULL, 0));
	tell_error("fd_dup", cloudabi_sys_fd_dup(out, &fd));
}

static void tell_time(uint64_t unit)
{
	cloudabi_timestamp_t time = 1;

	cloudabi_sys_clock_time_get(CLOUDABI_CLOCK_MONOTONIC, 0, &time);
	cloudabi_dprintf(out, "remainder %llu\n", time % unit);
}

static void sleep_for(cloudabi_timestamp_t ns)
{
	const cloudabi_subscription_t in = {
		.type = CLOUDABI_EVENTTYPE_CLOCK,
		.clock = { .clock_id = CLOUDABI_CLOCK_MONOTONIC, .timeout = ns },
	};
	cloudabi_event_t event;
	size_t n;

	cloudabi_sys_poll(&in, &event, 1, &n);
}

static void count_descriptors(void)
{
	cloudabi_fd_t fd;
	unsigned int n = 0;

	while (!cloudabi_sys_fd_dup(out, &fd))
		n++;
	cloudabi_dprintf(out, "%u more\n", n);
}

int cloudabi_main(const struct cloudabi_start *start)
{
	const struct cloudabi_argdata map = cloudabi_argdata_from(start->argdata,
								  start->argdata_len);
	struct cloudabi_argdata value, other;

	if (!find(map, "out", &value) || cloudabi_argdata_get_fd(value, &out))
		return 99;
	tell_arguments(map);
	tell_descriptors();
	if (find(map, "root", &value))
		try_open(map, value);
	if (find(map, "to", &value) && find(map, "from", &other))
		try_pipe(value, other);
	if (find(map, "try calls", &value))
		try_calls();
	if (find(map, "unit", &value))
		tell_time(number(map, "unit", 1));
	if (find(map, "count", &value))
		count_descriptors();
	cloudabi_dprintf(out, "end\n");
	if (find(map, "sleep", &value)) {
		sleep_for(number(map, "sleep", 0) * 1000000);
		cloudabi_dprintf(out, "awake\n");
	}
	if (find(map, "raise", &value))
		cloudabi_sys_proc_raise((cloudabi_signal_t)number(map, "raise", 0));
	return (int)number(map, "exit", 0);
}
