// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * shell - Pipelines of processes
 *
 * Two neighbours are connected by a local stream socket: one end has only the right to
 * write, the other only the right to read.  The table of stage types tells which
 * rights each stage needs on its objects.  From the last stage to the first, these are added
 * up, so an object has exactly the rights that the stages still ahead of it need.
 */
#include "pipeline.h"

#define EXIT_SIGNALLED 128

/**
 * struct kind - What a type of stage does with objects
 * @name: name of its program
 * @file: rights that it needs on files
 * @lists: whether it reads directories
 * @prints: whether it prints text instead of sending objects
 */
struct kind {
	const char *name;
	cloudabi_rights_t file;
	bool lists;
	bool prints;
};

static const struct kind kinds[] = {
	{ .name = "count", .prints = true },
	{ .name = "first" },
	{ .name = "list", .lists = true },
	{ .name = "match" },
	{ .name = "names", .prints = true },
	{ .name = "print", .prints = true, .file = CLOUDABI_RIGHT_FD_READ },
	{ .name = "rights" },
	{ .name = "sort" },
};

/* Any other program may read files. */
static const struct kind other = { .file = CLOUDABI_RIGHT_FD_READ };

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return &other;
}

/* Adds the rights that a stage needs to those that the stages behind it need. */
static void add_needs(struct limits *limits, const struct kind *kind)
{
	if (kind->lists) {
		const cloudabi_rights_t lists = CLOUDABI_RIGHT_FILE_OPEN |
						CLOUDABI_RIGHT_FILE_READDIR;

		/* object_open() gets the size of a file. */
		limits->inheriting |= limits->file | limits->directory |
				      CLOUDABI_RIGHT_FILE_STAT_FGET;
		limits->directory |= lists;
	}
	limits->file |= kind->file;
}

static cloudabi_errno_t open_program(const struct pipeline *pipeline, struct process *process)
{
	static const char suffix[] = ".cloudabi";
	char file[PROGRAM_NAME_MAX + sizeof(suffix)];

	if (cloudabi_snprintf(process->name, sizeof(process->name), "%s",
			      process->part.words[0]) >= sizeof(process->name))
		return CLOUDABI_ENAMETOOLONG;
	cloudabi_snprintf(file, sizeof(file), "%s%s", process->name, suffix);
	return cloudabi_open(pipeline->programs, file, 0, CLOUDABI_RIGHT_PROC_EXEC, 0,
			     &process->program);
}

static void close_programs(const struct pipeline *pipeline, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cloudabi_sys_fd_close(pipeline->processes[i].program);
}

static void add_process(struct pipeline *pipeline, const struct part *part)
{
	/* Its exit code until it is started. */
	pipeline->processes[pipeline->n++] = (struct process){
		.part = *part, .exitcode = CLOUDABI_EXIT_UNSTARTED,
	};
}

static bool prints(const struct part *part)
{
	const struct kind *const kind = find_kind(part->words[0]);

	return kind == &other || kind->prints;
}

/* Sets the rights of all stages, from the last to the first. */
static cloudabi_errno_t set_limits(struct pipeline *pipeline, const char **culprit)
{
	size_t i;

	pipeline->limits = (struct limits){ 0 };
	for (i = pipeline->n; i--;) {
		struct process *const process = &pipeline->processes[i];
		const struct kind *const kind = find_kind(process->part.words[0]);

		*culprit = process->part.words[0];
		if (kind->prints && i != pipeline->n - 1)
			return CLOUDABI_EINVAL;
		process->limits = pipeline->limits;
		add_needs(&pipeline->limits, kind);
	}
	return 0;
}

/**
 * pipeline_prepare() - Open the programs of a pipeline and compute the rights
 * @pipeline: the pipeline
 * @parts: the stages; if the last one sends objects, "names" is appended
 * @n: number of stages, less than PIPELINE_STAGES_MAX
 * @culprit: set to the name of the program that caused the error
 *
 * Return: an errno, EINVAL if a stage other than the last prints text.
 */
cloudabi_errno_t pipeline_prepare(struct pipeline *pipeline, const struct part *parts, size_t n,
				  const char **culprit)
{
	static const struct part names = { .words = { "names" }, .n = 1 };
	cloudabi_errno_t error;
	size_t i;

	pipeline->n = 0;
	for (i = 0; i < n; i++)
		add_process(pipeline, &parts[i]);
	if (!n || !prints(&parts[n - 1]))
		add_process(pipeline, &names);
	error = set_limits(pipeline, culprit);
	for (i = 0; i < pipeline->n && !error; i++) {
		*culprit = pipeline->processes[i].part.words[0];
		error = open_program(pipeline, &pipeline->processes[i]);
		if (error)
			close_programs(pipeline, i);
	}
	return error;
}

/* Creates a stream from @out to @in; the rights forbid the other direction. */
static cloudabi_errno_t make_stream(cloudabi_fd_t *in, cloudabi_fd_t *out)
{
	cloudabi_errno_t error;

	error = cloudabi_sys_fd_create2(CLOUDABI_FILETYPE_SOCKET_STREAM, in, out);
	if (error)
		return error;
	error = object_limit(*in, CLOUDABI_RIGHT_FD_READ, 0);
	if (!error)
		error = object_limit(*out, CLOUDABI_RIGHT_FD_WRITE, 0);
	if (error) {
		cloudabi_sys_fd_close(*in);
		cloudabi_sys_fd_close(*out);
	}
	return error;
}

/* In the child: the program gets only what is written here. */
static cloudabi_errno_t execute(const struct process *process, cloudabi_fd_t input,
				cloudabi_fd_t output, cloudabi_fd_t errors)
{
	static struct cloudabi_argdata_writer w;
	static unsigned char data[2 * COMMAND_LINE_MAX];
	static cloudabi_fd_t fds[3];
	cloudabi_errno_t error;

	cloudabi_argdata_write(&w, data, sizeof(data), fds, ARRAY_SIZE(fds));
	cloudabi_argdata_open(&w, CLOUDABI_ARGDATA_MAP);
	cloudabi_argdata_put_str(&w, "input");
	cloudabi_argdata_put_fd(&w, input);
	cloudabi_argdata_put_str(&w, "output");
	cloudabi_argdata_put_fd(&w, output);
	cloudabi_argdata_put_str(&w, "errors");
	cloudabi_argdata_put_fd(&w, errors);
	cloudabi_argdata_put_str(&w, "arguments");
	cloudabi_argdata_open(&w, CLOUDABI_ARGDATA_SEQ);
	for (size_t i = 1; i < process->part.n; i++)
		cloudabi_argdata_put_str(&w, process->part.words[i]);
	cloudabi_argdata_close(&w);
	cloudabi_argdata_put_str(&w, "limits");
	cloudabi_argdata_open(&w, CLOUDABI_ARGDATA_SEQ);
	cloudabi_argdata_put_uint(&w, process->limits.file);
	cloudabi_argdata_put_uint(&w, process->limits.directory);
	cloudabi_argdata_put_uint(&w, process->limits.inheriting);
	cloudabi_argdata_close(&w);
	cloudabi_argdata_close(&w);
	error = cloudabi_argdata_finish(&w);
	if (error)
		return error;
	return cloudabi_sys_proc_exec(process->program, data, w.used, fds, w.used_fds);
}

static cloudabi_errno_t start_process(const struct pipeline *pipeline, struct process *process,
				      cloudabi_fd_t input, cloudabi_fd_t output)
{
	cloudabi_errno_t error;
	cloudabi_tid_t tid;

	error = cloudabi_sys_proc_fork(&process->fd, &tid);
	if (error)
		return error;
	if (process->fd == CLOUDABI_PROCESS_CHILD) {
		error = execute(process, input, output, pipeline->errors);
		cloudabi_dprintf(pipeline->errors, "shell: %s: %s (%s)\n", process->name,
				 cloudabi_strerror(error), cloudabi_errno_name(error));
		cloudabi_exit(CLOUDABI_EXIT_UNSTARTED);
	}
	process->running = true;
	return 0;
}

/**
 * pipeline_start() - Start all processes
 * @pipeline: the pipeline, from pipeline_prepare()
 * @input: set to the stream that the first stage receives objects from; the caller closes it
 *
 * Starts the last process first, as each one needs the input of the next.
 *
 * Return: an errno; even then, pipeline_wait() must be called.
 */
cloudabi_errno_t pipeline_start(struct pipeline *pipeline, cloudabi_fd_t *input)
{
	cloudabi_fd_t output = pipeline->output;
	cloudabi_errno_t error = 0;
	size_t i;

	for (i = pipeline->n; i-- && !error;) {
		cloudabi_fd_t in, out;

		error = make_stream(&in, &out);
		if (error)
			break;
		error = start_process(pipeline, &pipeline->processes[i], in, output);
		cloudabi_sys_fd_close(in);
		/* The child has its own copy.  The output of the last stage stays open. */
		if (output != pipeline->output)
			cloudabi_sys_fd_close(output);
		output = out;
	}
	close_programs(pipeline, pipeline->n);
	if (error && output != pipeline->output)
		cloudabi_sys_fd_close(output);
	*input = output;
	return error;
}

static void handle_end(struct process *process, const cloudabi_event_t *event)
{
	process->running = false;
	process->signal = event->proc_terminate.signal;
	process->exitcode = event->proc_terminate.exitcode;
	if (event->error) {
		process->signal = 0;
		process->exitcode = CLOUDABI_EXIT_UNSTARTED;
	}
	cloudabi_sys_fd_close(process->fd);
}

/**
 * pipeline_wait() - Wait until all processes have ended
 * @pipeline: the pipeline; the exit codes and signals are set
 *
 * Return: an errno of poll.
 */
cloudabi_errno_t pipeline_wait(struct pipeline *pipeline)
{
	cloudabi_subscription_t subs[PIPELINE_STAGES_MAX];
	cloudabi_event_t events[PIPELINE_STAGES_MAX];

	for (;;) {
		cloudabi_size_t i, n = 0, nevents;
		cloudabi_errno_t error;

		for (i = 0; i < pipeline->n; i++) {
			if (!pipeline->processes[i].running)
				continue;
			subs[n++] = (cloudabi_subscription_t){
				.userdata = i,
				.type = CLOUDABI_EVENTTYPE_PROC_TERMINATE,
				.proc_terminate.fd = pipeline->processes[i].fd,
			};
		}
		if (!n)
			return 0;
		error = cloudabi_sys_poll(subs, events, n, &nevents);
		if (error)
			return error;
		for (i = 0; i < nevents; i++)
			handle_end(&pipeline->processes[events[i].userdata], &events[i]);
	}
}

static int status_of(const struct process *process)
{
	return process->signal ? EXIT_SIGNALLED + process->signal : (int)process->exitcode;
}

/**
 * pipeline_status() - Get the exit status of a pipeline
 * @pipeline: the pipeline
 *
 * Return: the status of the last process that failed, or 0.
 */
int pipeline_status(const struct pipeline *pipeline)
{
	for (size_t i = pipeline->n; i--;)
		if (status_of(&pipeline->processes[i]))
			return status_of(&pipeline->processes[i]);
	return 0;
}

/**
 * pipeline_print() - Print how the processes have ended
 * @pipeline: the pipeline
 * @to: descriptor to print to
 * @all: whether to print processes that succeeded too
 */
void pipeline_print(const struct pipeline *pipeline, cloudabi_fd_t to, bool all)
{
	for (size_t i = 0; i < pipeline->n; i++) {
		const struct process *const process = &pipeline->processes[i];

		if (process->signal)
			cloudabi_dprintf(to, "shell: %s: killed by %s\n", process->name,
					 cloudabi_signal_name(process->signal));
		else if (process->exitcode || all)
			cloudabi_dprintf(to, "shell: %s: exit code %u\n", process->name,
					 process->exitcode);
	}
}
