// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * sort - Send objects in the order of their names or sizes
 *
 *	> open docs | list | sort
 *	> open docs | list | sort size
 *
 * Sizes are those of the messages; the files are not needed.
 */
#include "stage.h"

/* Each object takes a descriptor. */
#define MAX_OBJECTS 900

/* Room for one more, to receive it and report that there are too many. */
static struct object objects[MAX_OBJECTS + 1];
static struct object *order[MAX_OBJECTS];

static bool precedes(const struct object *a, const struct object *b, bool by_size)
{
	if (by_size && a->size != b->size)
		return a->size < b->size;
	return strcmp(a->name, b->name) < 0;
}

static void insert(size_t n, bool by_size)
{
	size_t i;

	for (i = n; i && precedes(&objects[n], order[i - 1], by_size); i--)
		order[i] = order[i - 1];
	order[i] = &objects[n];
}

static size_t receive_all(struct stage *stage, bool by_size)
{
	size_t n;

	for (n = 0; stage_receive(stage, &objects[n]); n++) {
		if (n == MAX_OBJECTS) {
			stage_complain(stage, "too many objects", CLOUDABI_EMFILE);
			cloudabi_sys_fd_close(objects[n].fd);
			break;
		}
		insert(n, by_size);
	}
	return n;
}

int cloudabi_main(const struct cloudabi_start *start)
{
	struct stage stage;
	bool by_size, wanted = true;
	size_t i, n;

	if (!stage_begin(&stage, start, "sort", 0, 1))
		return 2;
	by_size = stage.n && !strcmp(stage.arguments[0], "size");
	if (stage.n && !by_size && strcmp(stage.arguments[0], "name")) {
		stage_complain(&stage, stage.arguments[0], CLOUDABI_EINVAL);
		return 2;
	}
	n = receive_all(&stage, by_size);
	for (i = 0; i < n && wanted; i++) {
		wanted = stage_send(&stage, order[i]);
		cloudabi_sys_fd_close(order[i]->fd);
	}
	return stage_end(&stage);
}
