// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * shell - Common code of the programs of a pipeline
 */
#include "stage.h"

static cloudabi_errno_t get_fd(struct cloudabi_argdata config, const char *key, cloudabi_fd_t *fd)
{
	struct cloudabi_argdata value;
	const cloudabi_errno_t error = cloudabi_argdata_find(config, key, &value);

	return error ? error : cloudabi_argdata_get_fd(value, fd);
}

static cloudabi_errno_t read_arguments(struct stage *stage, struct cloudabi_argdata config)
{
	struct cloudabi_argdata_iter iter;
	struct cloudabi_argdata value;
	cloudabi_errno_t error;

	error = cloudabi_argdata_find(config, "arguments", &value);
	if (!error)
		error = cloudabi_argdata_iterate(value, CLOUDABI_ARGDATA_SEQ, &iter);
	while (!error && cloudabi_argdata_next(&iter, &value)) {
		if (stage->n == STAGE_ARGUMENTS_MAX)
			return CLOUDABI_E2BIG;
		error = cloudabi_argdata_get_str(value, &stage->arguments[stage->n++]);
	}
	return error ? error : iter.error;
}

static cloudabi_errno_t read_limits(struct limits *limits, struct cloudabi_argdata config)
{
	struct cloudabi_argdata_iter iter;
	struct cloudabi_argdata value;
	cloudabi_errno_t error;
	unsigned long rights[3];

	error = cloudabi_argdata_find(config, "limits", &value);
	if (!error)
		error = cloudabi_argdata_iterate(value, CLOUDABI_ARGDATA_SEQ, &iter);
	for (size_t i = 0; !error && i < ARRAY_SIZE(rights); i++) {
		error = CLOUDABI_EINVAL;
		if (cloudabi_argdata_next(&iter, &value))
			error = cloudabi_argdata_get_uint(value, &rights[i], UINT64_MAX);
	}
	if (!error)
		*limits = (struct limits){
			.file = rights[0], .directory = rights[1], .inheriting = rights[2],
		};
	return error;
}

/**
 * stage_begin() - Parse the argument data of a stage
 * @stage: initialised
 * @start: the environment of the program
 * @name: name of the program, for messages
 * @min: minimal number of arguments
 * @max: maximal number of arguments
 *
 * Return: false after an error, which has been printed if possible.
 */
bool stage_begin(struct stage *stage, const struct cloudabi_start *start, const char *name,
		 size_t min, size_t max)
{
	const struct cloudabi_argdata config =
		cloudabi_argdata_from(start->argdata, start->argdata_len);
	cloudabi_errno_t error;

	*stage = (struct stage){ .name = name };
	if (cloudabi_argdata_type(config) != CLOUDABI_ARGDATA_MAP) {
		/* Strings, from another shell, where messages go to descriptor 2. */
		cloudabi_dprintf(2, "%s: this is a program for shell.cloudabi\n", name);
		return false;
	}
	if (get_fd(config, "errors", &stage->errors))
		return false;
	error = read_arguments(stage, config);
	if (!error)
		error = get_fd(config, "input", &stage->input);
	if (!error)
		error = get_fd(config, "output", &stage->output);
	if (!error)
		error = read_limits(&stage->limits, config);
	if (!error && (stage->n < min || stage->n > max)) {
		cloudabi_dprintf(stage->errors, "%s: wrong number of arguments\n", name);
		return false;
	}
	if (error)
		stage_complain(stage, "argument data", error);
	return !error;
}

/**
 * stage_complain() - Print an error message
 * @stage: the stage, which exits with an error later
 * @what: name of the object or step
 * @error: the errno
 */
void stage_complain(struct stage *stage, const char *what, cloudabi_errno_t error)
{
	stage->failed = true;
	cloudabi_dprintf(stage->errors, "%s: ", stage->name);
	object_print_name(stage->errors, "", what, "");
	cloudabi_dprintf(stage->errors, ": %s (%s)\n", cloudabi_strerror(error),
			 cloudabi_errno_name(error));
}

/**
 * stage_receive() - Receive the next object
 * @stage: the stage
 * @object: set to the object; the caller closes its @fd
 *
 * Return: false if there are no more.
 */
bool stage_receive(struct stage *stage, struct object *object)
{
	cloudabi_errno_t error;
	bool end;

	do {
		error = object_receive(stage->input, object, &end);
		if (error)
			stage_complain(stage, "input", error);
		/* The messages behind an invalid one may be valid; other errors would persist. */
	} while (error == CLOUDABI_EBADMSG);
	return !error && !end;
}

/**
 * stage_send() - Send an object
 * @stage: the stage
 * @object: the object; its descriptor gets the limits of the stage
 *
 * Return: false if the receiver wants no more.
 */
bool stage_send(struct stage *stage, const struct object *object)
{
	const cloudabi_errno_t error = object_send(stage->output, object, &stage->limits);

	if (error && error != CLOUDABI_EPIPE)
		stage_complain(stage, object->name, error);
	return error != CLOUDABI_EPIPE;
}

/**
 * stage_end() - Get the exit code
 * @stage: the stage
 *
 * Return: the exit code of the program.
 */
int stage_end(const struct stage *stage)
{
	return stage->failed;
}
