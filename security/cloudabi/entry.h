/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - Layout of the rights table
 *
 * table.c changes entries, and lookup.c reads them.  The top of table.c
 * explains how the two work together.
 */
#ifndef _SECURITY_CLOUDABI_ENTRY_H
#define _SECURITY_CLOUDABI_ENTRY_H

#include <linux/cloudabi.h>
#include <linux/nospec.h>
#include <linux/rcupdate.h>
#include <linux/seqlock.h>

/**
 * struct cloudabi_entry - The rights of one descriptor
 * @seq: odd while a writer changes the entry
 * @file: the file that the rights are for, NULL if the entry is empty
 * @rights: the rights
 *
 * @file holds no reference.  It is compared, never dereferenced.
 */
struct cloudabi_entry {
	seqcount_t seq;
	const struct file *file;
	struct cloudabi_rights rights;
};

/**
 * struct cloudabi_table - Entries by descriptor number
 * @rcu: delays the release of the table until all readers have left it
 * @size: number of entries
 * @entries: the entries
 */
struct cloudabi_table {
	struct rcu_head rcu;
	unsigned int size;
	struct cloudabi_entry entries[] __counted_by(size);
};

struct cloudabi_table *cloudabi_table_alloc(unsigned int size);
struct cloudabi_table *cloudabi_table_copy(const struct cloudabi_table *from);

/* The entry of a number that a program chose, or NULL beyond the table. */
static inline struct cloudabi_entry *
cloudabi_table_entry(struct cloudabi_table *table, unsigned int fd)
{
	if (fd >= table->size)
		return NULL;
	return &table->entries[array_index_nospec(fd, table->size)];
}

#endif /* _SECURITY_CLOUDABI_ENTRY_H */
