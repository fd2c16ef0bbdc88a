// SPDX-License-Identifier: GPL-2.0
/*
 * Tracepoints of calls and refusals, read from the kernel's buffers and printed as text
 *
 * Each processor has a buffer.  They are read in binary form (trace_pipe_raw): in the text
 * form, the name of a file could look like an event.  A page of a buffer is described in
 * Documentation/trace/ring-buffer-design.rst, an event in the file "format" of its
 * tracepoint.
 *
 * An event passes through these functions:
 *
 *   read_buffers()	reads pages of all buffers and sorts their events by time
 *   print_event()		matches the events of a thread: enter, refusals, exit
 *   thread_print()	prints the line of a call once it has returned
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace_events.h"
#include "trace_print.h"

#define CPUS_MAX 1024
/* In one go; more than a buffer has. */
#define PAGES_MAX 2048
#define FIELDS 7

enum kind {
	SYS_ENTER, SYS_EXIT, DENIED, DENIED_NAME, DENIED_HOOK, DENIED_FILTER, NKINDS
};

/* The tracepoints and the fields that are used.  parse_format() looks up the offsets. */
static struct format {
	const char *name;
	const char *names[FIELDS];
	unsigned int id;
	struct {
		unsigned int offset, size;
	} fields[FIELDS];
} formats[NKINDS] = {
	[SYS_ENTER] = { .name = "cloudabi_sys_enter", .names = { "nr", "args" } },
	[SYS_EXIT] = { .name = "cloudabi_sys_exit", .names = { "nr", "error", "rets" } },
	[DENIED] = {
		.name = "cloudabi_denied",
		.names = {
			"nr", "fd", "path", "need_base", "have_base", "need_inheriting",
			"have_inheriting",
		},
	},
	[DENIED_NAME] = { .name = "cloudabi_denied_name", .names = { "nr", "dir", "name" } },
	[DENIED_HOOK] = { .name = "cloudabi_denied_hook", .names = { "nr", "hook" } },
	[DENIED_FILTER] = { .name = "cloudabi_denied_filter", .names = { "nr", "error" } },
};

/*
 * An event that is yet to be printed: a copy of its record.  @seq keeps the order of
 * records with the same time stamp.
 */
struct event {
	uint64_t time, seq;
	const struct format *format;
	char *data;
	size_t size;
};

/* A thread: the call that it is in, if @in_call, and the reasons of refusals so far. */
struct thread {
	struct thread *next;
	int pid;
	bool in_call;
	struct call call;
	char *notes;
	size_t notes_len;
};

static const char *dir;
static int buffers[CPUS_MAX], cpus[CPUS_MAX];
static unsigned int nbuffers;
static struct event *events;
static size_t nevents;
static struct thread *threads;
static char path[256];

static void *must_alloc(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

/* Parses "<tab>field:unsigned long args[6];<tab>offset:16;<tab>size:48;...". */
static void parse_field(struct format *format, char *line)
{
	char *const end = strchr(line, ';');
	unsigned int offset, size;
	char *name;

	if (!end || sscanf(end, ";\toffset:%u;\tsize:%u;", &offset, &size) != 2)
		return;
	*end = '\0';
	name = strrchr(line, ' ') + 1;
	name[strcspn(name, "[")] = '\0';
	for (int i = 0; i < FIELDS; i++) {
		if (!format->names[i] || strcmp(name, format->names[i]))
			continue;
		format->fields[i].offset = offset;
		format->fields[i].size = size;
	}
}

static bool parse_format(struct format *format, const char *instance)
{
	char line[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/events/cloudabi/%s/format", instance, format->name);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "\tfield:", 7))
			parse_field(format, line);
		else
			sscanf(line, "ID: %u", &format->id);
	}
	fclose(file);
	for (int i = 0; i < FIELDS && format->names[i]; i++)
		if (!format->fields[i].size)
			format->id = 0;
	errno = EPROTO;
	return format->id;
}

static bool enable_event(const struct format *format, const char *instance)
{
	ssize_t done;
	int fd;

	snprintf(path, sizeof(path), "%s/events/cloudabi/%s/enable", instance, format->name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = write(fd, "1", 1);
	close(fd);
	return done == 1;
}

const char *events_open(const char *instance, bool denials)
{
	dir = instance;
	for (int i = 0; i < CPUS_MAX; i++) {
		int fd;

		snprintf(path, sizeof(path), "%s/per_cpu/cpu%d/trace_pipe_raw", instance, i);
		fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			continue;
		buffers[nbuffers] = fd;
		cpus[nbuffers++] = i;
	}
	if (!nbuffers)
		return path;
	for (int i = 0; i < NKINDS; i++) {
		if (!parse_format(&formats[i], instance))
			return path;
		if ((!denials || i >= DENIED) && !enable_event(&formats[i], instance))
			return path;
	}
	return NULL;
}

void events_close(void)
{
	while (nbuffers)
		close(buffers[--nbuffers]);
}

unsigned long long events_lost(void)
{
	unsigned long long sum = 0, n;
	char line[64];

	for (unsigned int i = 0; i < nbuffers; i++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/per_cpu/cpu%d/stats", dir, cpus[i]);
		file = fopen(path, "re");
		if (!file)
			continue;
		while (fgets(line, sizeof(line), file))
			if (sscanf(line, "dropped events: %llu", &n) == 1)
				sum += n;
		fclose(file);
	}
	return sum;
}

/* Returns the value of a field, or an element of an array of eight-byte values. */
static uint64_t get_number(const struct event *event, unsigned int field, unsigned int element)
{
	const unsigned int size = event->format->fields[field].size;
	const unsigned int width = size < 8 ? size : 8;
	const unsigned int offset = event->format->fields[field].offset + element * width;
	uint64_t value = 0;

	if (offset + width <= event->size)
		memcpy(&value, event->data + offset, width);
	return value;
}

/* Returns a dynamic string: the field holds its offset in the record and its length. */
static const char *get_string(const struct event *event, unsigned int field)
{
	const uint64_t where = get_number(event, field, 0);
	const unsigned int offset = where & 0xffff, len = where >> 16;

	if (!len || offset + len > event->size || event->data[offset + len - 1])
		return "";
	return event->data + offset;
}

static int event_pid(const struct event *event)
{
	int pid = 0;

	memcpy(&pid, event->data + 4, sizeof(pid));
	return pid;
}

static struct thread *thread_get(int pid)
{
	struct thread *thread;

	for (thread = threads; thread; thread = thread->next)
		if (thread->pid == pid)
			return thread;
	thread = must_alloc(calloc(1, sizeof(*thread)));
	thread->pid = pid;
	thread->next = threads;
	threads = thread;
	return thread;
}

static void thread_print(FILE *out, struct thread *thread, bool ended)
{
	fprintf(out, "[%d] ", thread->pid);
	if (thread->in_call)
		print_call(out, &thread->call);
	else /* its enter event was dropped, or before the trace */
		fprintf(out, "%s(...)", call_name(thread->call.nr));
	fputs(" = ", out);
	if (ended)
		print_result(out, &thread->call);
	else
		fputc('?', out);
	if (thread->notes)
		fprintf(out, " (%s)", thread->notes);
	fputc('\n', out);
	free(thread->notes);
	thread->notes = NULL;
	thread->in_call = false;
}

static void print_missing(FILE *out, const struct event *event)
{
	const uint64_t base = get_number(event, 3, 0) & ~get_number(event, 4, 0);
	const uint64_t inheriting = get_number(event, 5, 0) & ~get_number(event, 6, 0);

	fputs("missing ", out);
	if (base)
		print_rights(out, base);
	if (base && inheriting)
		fputs(" and ", out);
	if (inheriting) {
		fputs("inheriting ", out);
		print_rights(out, inheriting);
	}
	fprintf(out, " on %u <%s>", (unsigned int)get_number(event, 1, 0), get_string(event, 2));
}

static void print_reason(FILE *out, const struct event *event)
{
	switch (event->format - formats) {
	case DENIED:
		print_missing(out, event);
		break;
	case DENIED_NAME:
		fprintf(out, "\"%s\" leads out of <%s>", get_string(event, 2),
			get_string(event, 1));
		break;
	case DENIED_HOOK:
		fprintf(out, "refused by hook %s", get_string(event, 1));
		break;
	default:
		fprintf(out, "refused by a filter (%s)",
			cloudabi_errno_name((cloudabi_errno_t)get_number(event, 1, 0)));
	}
}

/* Prints a refusal as a line of its own, without the call's arguments. */
static void print_denial(FILE *out, const struct event *event)
{
	fprintf(out, "%s: ", call_name((int)get_number(event, 0, 0)));
	print_reason(out, event);
}

/* Adds a refusal to the line of the call, or prints it if the thread is in no known call. */
static void handle_denied(FILE *out, struct thread *thread, const struct event *event)
{
	char *before = thread->notes;
	FILE *notes;

	if (!thread->in_call) {
		fprintf(out, "[%d] ", thread->pid);
		print_denial(out, event);
		fputc('\n', out);
		return;
	}
	notes = must_alloc(open_memstream(&thread->notes, &thread->notes_len));
	if (before)
		fprintf(notes, "%s; ", before);
	print_reason(notes, event);
	fclose(notes);
	free(before);
}

static void handle_enter(FILE *out, struct thread *thread, const struct event *event)
{
	if (thread->in_call)
		thread_print(out, thread, false);
	thread->in_call = true;
	thread->call = (struct call){ .nr = get_number(event, 0, 0) };
	for (int i = 0; i < 6; i++)
		thread->call.args[i] = get_number(event, 1, i);
	/* These calls do not return. */
	if (thread->call.nr == CLOUDABI_NR_proc_exit || thread->call.nr == CLOUDABI_NR_thread_exit)
		thread_print(out, thread, false);
}

static void handle_exit(FILE *out, struct thread *thread, const struct event *event)
{
	if (!thread->in_call)
		thread->call = (struct call){ .nr = get_number(event, 0, 0) };
	thread->call.error = get_number(event, 1, 0);
	for (int i = 0; i < 2; i++)
		thread->call.rets[i] = get_number(event, 2, i);
	thread_print(out, thread, true);
}

static void print_event(FILE *out, const struct event *event)
{
	struct thread *const thread = thread_get(event_pid(event));

	switch (event->format - formats) {
	case SYS_ENTER:
		handle_enter(out, thread, event);
		break;
	case SYS_EXIT:
		handle_exit(out, thread, event);
		break;
	default:
		handle_denied(out, thread, event);
	}
}

static void add_event(uint64_t time, const char *data, size_t size)
{
	static uint64_t seq;
	uint16_t id;

	memcpy(&id, data, sizeof(id));
	for (int i = 0; i < NKINDS; i++) {
		struct event *event;

		if (formats[i].id != id)
			continue;
		if (!(nevents & (nevents - 1)))
			events = must_alloc(realloc(events, (2 * nevents + 1) * sizeof(*events)));
		event = &events[nevents++];
		*event = (struct event){
			time, seq++, &formats[i], must_alloc(malloc(size)), size,
		};
		memcpy(event->data, data, size);
	}
}

/* Types of records, see include/linux/ring_buffer.h. */
enum { TYPE_MAX = 28, PADDING, TIME_EXTEND, TIME_STAMP };
#define COMMIT_SIZE 0xfffff

/*
 * Parses a page of a buffer: a time stamp, the length of the data, then records.  Each record
 * starts with 5 bits of type and 27 bits of time delta to the record before.  The type is
 * the length of short data records in words; 0 means that the length follows in a word.
 * PADDING ends a page or covers a discarded record.  TIME_EXTEND and TIME_STAMP hold a time
 * that does not fit into 27 bits.
 */
static void parse_page(const char *page)
{
	const char *pos = page + 16, *end;
	uint64_t time, commit;

	memcpy(&time, page, sizeof(time));
	memcpy(&commit, page + 8, sizeof(commit));
	end = pos + (commit & COMMIT_SIZE);

	while (pos + 8 <= end) {
		uint32_t head[2], type, delta, size;

		memcpy(head, pos, sizeof(head));
		type = head[0] & 31;
		delta = head[0] >> 5;
		if (type == PADDING && !delta)
			break;
		if (type == TIME_STAMP)
			time = ((uint64_t)head[1] << 27) + delta;
		else
			time += delta + (type == TIME_EXTEND ? (uint64_t)head[1] << 27 : 0);
		if (type == TIME_EXTEND || type == TIME_STAMP)
			size = 8;
		else
			size = 4 + (type && type != PADDING ? 4 * type : head[1]);
		if (pos + size > end)
			break;
		if (type && type <= TYPE_MAX)
			add_event(time, pos + 4, size - 4);
		else if (!type)
			add_event(time, pos + 8, size - 8);
		pos += size;
	}
}

bool events_wait(int fd, int ms)
{
	static struct pollfd fds[1 + CPUS_MAX];

	fds[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
	/* Readable when half full, see buffer_percent in Documentation/trace/ftrace.rst. */
	for (unsigned int i = 0; i < nbuffers; i++)
		fds[1 + i] = (struct pollfd){ .fd = buffers[i], .events = POLLIN };
	return poll(fds, 1 + nbuffers, ms) > 0 && fds[0].revents;
}

static int compare_events(const void *a, const void *b)
{
	const struct event *const x = a, *const y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->seq < y->seq ? -1 : 1;
}

/*
 * Reads all buffers and sorts the events by time.  PAGES_MAX ends it even if the program
 * writes events faster than this reads them.
 */
static void read_buffers(void)
{
	static char page[1 << 16];

	for (unsigned int i = 0; i < nbuffers; i++)
		for (int n = 0; n < PAGES_MAX; n++) {
			if (read(buffers[i], page, sysconf(_SC_PAGESIZE)) <= 0)
				break;
			parse_page(page);
		}
	if (nevents)
		qsort(events, nevents, sizeof(*events), compare_events);
}

static void drop_events(size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(events[i].data);
	nevents -= n;
	/*
	 * add_event() grows the array whenever @nevents is a power of two, so the array may be
	 * larger than it has to be.
	 */
	if (n)
		memmove(events, events + n, nevents * sizeof(*events));
}

void events_print(FILE *out, uint64_t until)
{
	size_t n;

	read_buffers();
	for (n = 0; n < nevents && events[n].time < until; n++)
		print_event(out, &events[n]);
	drop_events(n);
}

void events_denials(void (*handle)(const char *text))
{
	read_buffers();
	for (size_t i = 0; i < nevents; i++) {
		char *text;
		size_t len;
		FILE *const out = must_alloc(open_memstream(&text, &len));

		print_denial(out, &events[i]);
		fclose(out);
		handle(text);
		free(text);
	}
	drop_events(nevents);
}

void events_end(FILE *out)
{
	const unsigned long long lost = events_lost();

	for (struct thread *thread = threads; thread; thread = thread->next)
		if (thread->in_call)
			thread_print(out, thread, false);
	if (lost)
		fprintf(out, "cloudabi-trace: too fast, %llu events are lost\n", lost);
}
