// SPDX-License-Identifier: GPL-2.0
/*
 * Events of calls and refusals, from the kernel's buffers to lines of text
 *
 * There is a buffer a processor, read in its binary form: as text, a program's
 * name could look like an event.  The layout is that of the files "format" and,
 * of what is around the events, of Documentation/trace/ring-buffer-design.rst.
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
/* More than a buffer has. */
#define PAGES_MAX 2048
#define FIELDS 7

enum kind {
	SYS_ENTER, SYS_EXIT, DENIED, DENIED_NAME, DENIED_HOOK, DENIED_FILTER, NKINDS
};

/* The kinds of events, with the fields that matter; where they are is found out. */
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

/* An event that is to be printed, with what follows it in the buffer. */
struct event {
	uint64_t time, seq;
	const struct format *format;
	char *data;
	size_t size;
};

/* What is known of a thread: the call that it is in. */
struct thread {
	struct thread *next;
	int pid;
	bool calls;
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

static void *check(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

/* "<tab>field:unsigned long args[6];<tab>offset:16;<tab>size:48;..." */
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

static bool switch_on(const struct format *format, const char *instance)
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
		if ((!denials || i >= DENIED) && !switch_on(&formats[i], instance))
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

/* A field of up to eight bytes, or an element of one that is an array of these. */
static uint64_t number(const struct event *event, unsigned int field, unsigned int element)
{
	const unsigned int size = event->format->fields[field].size;
	const unsigned int width = size < 8 ? size : 8;
	const unsigned int offset = event->format->fields[field].offset + element * width;
	uint64_t value = 0;

	if (offset + width <= event->size)
		memcpy(&value, event->data + offset, width);
	return value;
}

/* A string is elsewhere in the event; the field says where, and how long. */
static const char *string(const struct event *event, unsigned int field)
{
	const uint64_t where = number(event, field, 0);
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
	thread = check(calloc(1, sizeof(*thread)));
	thread->pid = pid;
	thread->next = threads;
	threads = thread;
	return thread;
}

static void thread_print(FILE *out, struct thread *thread, bool ended)
{
	fprintf(out, "[%d] ", thread->pid);
	if (thread->calls)
		print_call(out, &thread->call);
	else /* Its beginning was before the trace, or lost. */
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
	thread->calls = false;
}

static void print_missing(FILE *out, const struct event *event)
{
	const uint64_t base = number(event, 3, 0) & ~number(event, 4, 0);
	const uint64_t inheriting = number(event, 5, 0) & ~number(event, 6, 0);

	fputs("missing ", out);
	if (base)
		print_rights(out, base);
	if (base && inheriting)
		fputs(" and ", out);
	if (inheriting) {
		fputs("inheriting ", out);
		print_rights(out, inheriting);
	}
	fprintf(out, " on %u <%s>", (unsigned int)number(event, 1, 0), string(event, 2));
}

static void print_reason(FILE *out, const struct event *event)
{
	switch (event->format - formats) {
	case DENIED:
		print_missing(out, event);
		break;
	case DENIED_NAME:
		fprintf(out, "\"%s\" leads out of <%s>", string(event, 2), string(event, 1));
		break;
	case DENIED_HOOK:
		fprintf(out, "refused by hook %s", string(event, 1));
		break;
	default:
		fprintf(out, "refused by a filter (%s)",
			cloudabi_errno_name((cloudabi_errno_t)number(event, 1, 0)));
	}
}

/* On its own, without the call's arguments. */
static void print_denial(FILE *out, const struct event *event)
{
	fprintf(out, "%s: ", call_name((int)number(event, 0, 0)));
	print_reason(out, event);
}

/* What was refused in a call stands behind the call; elsewhere, on its own. */
static void denied(FILE *out, struct thread *thread, const struct event *event)
{
	char *before = thread->notes;
	FILE *notes;

	if (!thread->calls) {
		fprintf(out, "[%d] ", thread->pid);
		print_denial(out, event);
		fputc('\n', out);
		return;
	}
	notes = check(open_memstream(&thread->notes, &thread->notes_len));
	if (before)
		fprintf(notes, "%s; ", before);
	print_reason(notes, event);
	fclose(notes);
	free(before);
}

static void entered(FILE *out, struct thread *thread, const struct event *event)
{
	if (thread->calls)
		thread_print(out, thread, false);
	thread->calls = true;
	thread->call = (struct call){ .nr = number(event, 0, 0) };
	for (int i = 0; i < 6; i++)
		thread->call.args[i] = number(event, 1, i);
	/* These do not come back. */
	if (thread->call.nr == CLOUDABI_NR_proc_exit || thread->call.nr == CLOUDABI_NR_thread_exit)
		thread_print(out, thread, false);
}

static void exited(FILE *out, struct thread *thread, const struct event *event)
{
	if (!thread->calls)
		thread->call = (struct call){ .nr = number(event, 0, 0) };
	thread->call.error = number(event, 1, 0);
	for (int i = 0; i < 2; i++)
		thread->call.rets[i] = number(event, 2, i);
	thread_print(out, thread, true);
}

static void print_event(FILE *out, const struct event *event)
{
	struct thread *const thread = thread_get(event_pid(event));

	switch (event->format - formats) {
	case SYS_ENTER:
		entered(out, thread, event);
		break;
	case SYS_EXIT:
		exited(out, thread, event);
		break;
	default:
		denied(out, thread, event);
	}
}

static void take_event(uint64_t time, const char *data, size_t size)
{
	static uint64_t seq;
	uint16_t id;

	memcpy(&id, data, sizeof(id));
	for (int i = 0; i < NKINDS; i++) {
		struct event *event;

		if (formats[i].id != id)
			continue;
		if (!(nevents & (nevents - 1)))
			events = check(realloc(events, (2 * nevents + 1) * sizeof(*events)));
		event = &events[nevents++];
		*event = (struct event){ time, seq++, &formats[i], check(malloc(size)), size };
		memcpy(event->data, data, size);
	}
}

/* See the comment in the kernel's include/linux/ring_buffer.h. */
enum { TYPE_MAX = 28, PADDING, TIME_EXTEND, TIME_STAMP };
#define COMMIT_SIZE 0xfffff

static void take_page(const char *page)
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
			take_event(time, pos + 4, size - 4);
		else if (!type)
			take_event(time, pos + 8, size - 8);
		pos += size;
	}
}

bool events_wait(int fd, int ms)
{
	static struct pollfd fds[1 + CPUS_MAX];

	fds[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
	/* Ready when half full, see buffer_percent. */
	for (unsigned int i = 0; i < nbuffers; i++)
		fds[1 + i] = (struct pollfd){ .fd = buffers[i], .events = POLLIN };
	return poll(fds, 1 + nbuffers, ms) > 0 && fds[0].revents;
}

static int compare(const void *a, const void *b)
{
	const struct event *const x = a, *const y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->seq < y->seq ? -1 : 1;
}

/*
 * Reads all that there is, but goes not on for ever if it becomes more meanwhile.
 * Events are in order after this.
 */
static void read_buffers(void)
{
	static char page[1 << 16];

	for (unsigned int i = 0; i < nbuffers; i++)
		for (int n = 0; n < PAGES_MAX; n++) {
			if (read(buffers[i], page, sysconf(_SC_PAGESIZE)) <= 0)
				break;
			take_page(page);
		}
	if (nevents)
		qsort(events, nevents, sizeof(*events), compare);
}

static void drop_events(size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(events[i].data);
	nevents -= n;
	/* Grown again when next one comes, by the power of two that it is. */
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

void events_denials(void (*take)(const char *text))
{
	read_buffers();
	for (size_t i = 0; i < nevents; i++) {
		char *text;
		size_t len;
		FILE *const out = check(open_memstream(&text, &len));

		print_denial(out, &events[i]);
		fclose(out);
		take(text);
		free(text);
	}
	drop_events(nevents);
}

void events_end(FILE *out)
{
	const unsigned long long lost = events_lost();

	for (struct thread *thread = threads; thread; thread = thread->next)
		if (thread->calls)
			thread_print(out, thread, false);
	if (lost)
		fprintf(out, "cloudabi-trace: too fast, %llu events are lost\n", lost);
}
