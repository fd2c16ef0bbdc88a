// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * shell - A shell whose pipelines pass files instead of text
 *
 *	$ ./shell.cloudabi docs src 3</bin 4</usr/share/doc 5</usr/src
 *	> open docs | list | sort size | first 3
 *	> open src/linux | list | match *.c | print
 *	> open docs/README | print
 *	> open docs/../secret
 *	shell: docs/../secret: Descriptor lacks the right (ENOTCAPABLE)
 *
 * Commands are read from descriptor 0, and programs are in the directory 3.  The directories
 * from 4 on can be opened; the arguments are their names.  A launcher can pass all this
 * in a configuration instead:
 *
 *	$ cloudabi-run -c shell.yaml shell.cloudabi
 *
 * "open" opens an object, a file or a directory, and sends it to the first program.  Each
 * program receives objects from the one before it and sends objects to the next one; the last
 * one prints text.  An object is a descriptor.  A program can use only the objects that it
 * receives, as it has no directory to open other files in.  The rights of an object shrink on
 * its way: each program gets only the rights that it and those behind it need.
 *
 *	list		sends the content of directories
 *	match PATTERN	sends objects whose names match
 *	sort [size]	sends objects in order
 *	first NUMBER	sends the first objects
 *	rights		prints rights, and sends the objects on
 *	count		prints the number of objects
 *	names		prints names; the default at the end of a pipeline
 *	print		prints the content of files
 *
 * Any other program of the directory can be the last one.  "status" prints how the programs of
 * the last pipeline ended; failures are printed at once.  Processes are descriptors too, so
 * they end with the shell.
 */
#include <cloudabi.h>

#include "shell/command.h"
#include "shell/object.h"
#include "shell/pipeline.h"

#define DIRECTORIES_MAX 32

/**
 * struct directory - A directory in which objects can be opened
 * @name: its name, the first component of an object's name
 * @fd: its descriptor
 */
struct directory {
	const char *name;
	cloudabi_fd_t fd;
};

/**
 * struct shell - The state of the shell
 * @lines: source of commands
 * @prompt: whether to print a prompt
 * @errors: descriptor for error messages
 * @directories: directories in which objects can be opened
 * @n: number of @directories
 * @pipeline: the last pipeline
 */
struct shell {
	struct lines lines;
	bool prompt;
	cloudabi_fd_t errors;
	struct directory directories[DIRECTORIES_MAX];
	size_t n;
	struct pipeline pipeline;
};

static void complain(const struct shell *shell, const char *what, cloudabi_errno_t error)
{
	object_print_name(shell->errors, "shell: ", what, "");
	cloudabi_dprintf(shell->errors, ": %s (%s)\n", cloudabi_strerror(error),
			 cloudabi_errno_name(error));
}

/* Finds the directory that a name starts with.  Sets @path to the rest of the name. */
static const struct directory *find_directory(const struct shell *shell, const char *name,
					      const char **path)
{
	const char *const slash = strchr(name, '/');
	const size_t len = slash ? (size_t)(slash - name) : strlen(name);

	*path = slash && slash[1] ? slash + 1 : ".";
	for (size_t i = 0; i < shell->n; i++)
		if (strlen(shell->directories[i].name) == len &&
		    !strncmp(shell->directories[i].name, name, len))
			return &shell->directories[i];
	return NULL;
}

static cloudabi_errno_t open_name(const struct shell *shell, const char *name,
				  struct object *object)
{
	const char *path;
	const struct directory *const directory = find_directory(shell, name, &path);
	cloudabi_lookup_t lookup;

	if (!directory)
		return CLOUDABI_ENOENT;
	if (cloudabi_snprintf(object->name, sizeof(object->name), "%s", name) >=
	    sizeof(object->name))
		return CLOUDABI_ENAMETOOLONG;
	lookup = cloudabi_lookup(directory->fd, CLOUDABI_LOOKUP_SYMLINK_FOLLOW);
	return object_open(lookup, path, strlen(path), &shell->pipeline.limits, object);
}

/*
 * Opens objects with the rights that the pipeline needs, and sends them to it.
 *
 * Return: true if all could be opened.
 */
static bool send_names(const struct shell *shell, const struct part *part, cloudabi_fd_t to)
{
	static struct object object;
	bool good = true;

	for (size_t i = 1; i < part->n; i++) {
		cloudabi_errno_t error = open_name(shell, part->words[i], &object);

		if (!error) {
			error = object_send(to, &object, &shell->pipeline.limits);
			cloudabi_sys_fd_close(object.fd);
		}
		/* EPIPE: the first program has ended, which is no error of the object. */
		if (!error || error == CLOUDABI_EPIPE)
			continue;
		complain(shell, part->words[i], error);
		good = false;
	}
	return good;
}

static int run_pipeline(struct shell *shell, const struct command *command)
{
	struct pipeline *const pipeline = &shell->pipeline;
	const char *culprit;
	cloudabi_errno_t error;
	cloudabi_fd_t input;
	bool good = false;

	error = pipeline_prepare(pipeline, command->parts + 1, command->n - 1, &culprit);
	if (error) {
		complain(shell, culprit, error);
		return 1;
	}
	error = pipeline_start(pipeline, &input);
	if (error) {
		complain(shell, "processes", error);
	} else {
		good = send_names(shell, &command->parts[0], input);
		cloudabi_sys_fd_close(input);
	}
	error = pipeline_wait(pipeline);
	if (error)
		complain(shell, "processes", error);
	pipeline_print(pipeline, shell->errors, false);
	return pipeline_status(pipeline) ?: !good;
}

static int run_command(struct shell *shell, const struct command *command, int status)
{
	const char *const word = command->parts[0].words[0];

	if (!strcmp(word, "open") && command->parts[0].n > 1)
		return run_pipeline(shell, command);
	if (!strcmp(word, "status") && command->n == 1 && command->parts[0].n == 1) {
		pipeline_print(&shell->pipeline, shell->pipeline.output, true);
		return status;
	}
	object_print_name(shell->errors, "shell: ", word,
			  ": it should be \"open NAME...\" or \"status\"\n");
	return 2;
}

/* Return: the status of the last command. */
static int run_commands(struct shell *shell)
{
	static struct command command;
	const char *wrong;
	cloudabi_errno_t error;
	int status = 0;

	for (;;) {
		if (shell->prompt)
			cloudabi_dprintf(shell->errors, "> ");
		if (!lines_next(&shell->lines, &error))
			break;
		wrong = command_parse(&command, shell->lines.line);
		if (shell->lines.too_long)
			wrong = "a line is too long";
		if (wrong) {
			cloudabi_dprintf(shell->errors, "shell: %s\n", wrong);
			status = 2;
		} else if (command.n) {
			status = run_command(shell, &command, status);
		}
	}
	if (shell->prompt)
		cloudabi_dprintf(shell->errors, "\n");
	if (error)
		complain(shell, "commands", error);
	return error ? 1 : status;
}

/* Strings, from another shell: names for the descriptors from 4 on. */
static cloudabi_errno_t parse_strings(struct shell *shell, const struct cloudabi_start *start)
{
	const char *argv[1 + DIRECTORIES_MAX];
	const size_t argc = cloudabi_argdata_split(start->argdata, start->argdata_len, argv,
						   1 + DIRECTORIES_MAX);

	shell->lines.fd = 0;
	shell->pipeline.output = 1;
	shell->errors = 2;
	shell->pipeline.programs = 3;
	if (argc > 1 + DIRECTORIES_MAX)
		return CLOUDABI_E2BIG;
	for (size_t i = 1; i < argc; i++)
		shell->directories[shell->n++] = (struct directory){
			.name = argv[i], .fd = (cloudabi_fd_t)(3 + i),
		};
	return 0;
}

static cloudabi_errno_t parse_directories(struct shell *shell, struct cloudabi_argdata config)
{
	struct cloudabi_argdata_iter iter;
	struct cloudabi_argdata key, value;
	cloudabi_errno_t error;

	error = cloudabi_argdata_find(config, "directories", &value);
	if (!error)
		error = cloudabi_argdata_iterate(value, CLOUDABI_ARGDATA_MAP, &iter);
	while (!error && cloudabi_argdata_next_pair(&iter, &key, &value)) {
		struct directory *const directory = &shell->directories[shell->n];

		if (shell->n++ == DIRECTORIES_MAX)
			return CLOUDABI_E2BIG;
		error = cloudabi_argdata_get_str(key, &directory->name);
		if (!error)
			error = cloudabi_argdata_get_fd(value, &directory->fd);
	}
	return error ? error : iter.error;
}

static cloudabi_errno_t parse_map(struct shell *shell, struct cloudabi_argdata config)
{
	const struct {
		const char *key;
		cloudabi_fd_t *fd;
	} fds[] = {
		{ "errors", &shell->errors },
		{ "commands", &shell->lines.fd },
		{ "output", &shell->pipeline.output },
		{ "programs", &shell->pipeline.programs },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		struct cloudabi_argdata value;
		cloudabi_errno_t error = cloudabi_argdata_find(config, fds[i].key, &value);

		if (!error)
			error = cloudabi_argdata_get_fd(value, fds[i].fd);
		if (error)
			return error;
	}
	return parse_directories(shell, config);
}

/*
 * Removes the rights that neither the shell nor its programs need.  All rights that the
 * programs get derive from these.
 */
static cloudabi_errno_t limit_rights(struct shell *shell)
{
	const cloudabi_rights_t look = CLOUDABI_RIGHT_FILE_OPEN | CLOUDABI_RIGHT_FILE_READDIR;
	const cloudabi_rights_t read = CLOUDABI_RIGHT_FD_READ | CLOUDABI_RIGHT_FILE_STAT_FGET;
	cloudabi_errno_t error;

	error = object_limit(shell->lines.fd, CLOUDABI_RIGHT_FD_READ, 0);
	if (!error)
		error = object_limit(shell->pipeline.output, CLOUDABI_RIGHT_FD_WRITE, 0);
	if (!error)
		error = object_limit(shell->errors, CLOUDABI_RIGHT_FD_WRITE, 0);
	if (!error)
		error = object_limit(shell->pipeline.programs, CLOUDABI_RIGHT_FILE_OPEN,
				     CLOUDABI_RIGHT_PROC_EXEC);
	for (size_t i = 0; i < shell->n && !error; i++)
		error = object_limit(shell->directories[i].fd, look, look | read);
	return error;
}

int cloudabi_main(const struct cloudabi_start *start)
{
	const struct cloudabi_argdata config =
		cloudabi_argdata_from(start->argdata, start->argdata_len);
	static struct shell shell = { .errors = CLOUDABI_MAP_ANON_FD };
	cloudabi_errno_t error;
	cloudabi_fdstat_t stat;

	if (cloudabi_argdata_type(config) == CLOUDABI_ARGDATA_MAP)
		error = parse_map(&shell, config);
	else
		error = parse_strings(&shell, start);
	if (error) {
		complain(&shell, "argument data", error);
		return 2;
	}
	error = limit_rights(&shell);
	if (error) {
		complain(&shell, "descriptors", error);
		return 2;
	}
	shell.pipeline.errors = shell.errors;
	shell.prompt = !cloudabi_sys_fd_stat_get(shell.lines.fd, &stat) &&
		       stat.fs_filetype == CLOUDABI_FILETYPE_CHARACTER_DEVICE;
	return run_commands(&shell);
}
