// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - How far an interrupted transfer has come
 *
 * A stop, the freezer or a debugger may catch a transfer when some of its data
 * is where it belongs.  Linux ends it there, and tells the program how far it
 * has come.  No program here shall notice, so what is done is kept in the
 * restart block, and the call goes on behind it.
 *
 * What the program passed is read again.  Whatever is wrong then, with the
 * arguments, the descriptor or its rights, ends the call with what is done: it
 * can't be given back, and the program has to learn of it.
 */

#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/net.h>
#include <linux/restart_block.h>
#include <linux/stat.h>

#include "progress.h"

/*
 * In the meantime another thread may have put another file in its place, which
 * is to be noticed; the memory of the old one is soon used again.
 */
static u64 name_of(struct file *file)
{
	const struct inode *const inode = file_inode(file);

	return (u64)(unsigned long)inode ^ hash_64(inode->i_ino, 64);
}

/**
 * cloudabi_progress_save - Let an interrupted transfer go on later
 * @progress: how far it has come
 * @file: its file
 * @go_on: what goes on with it
 *
 * The fields are those of an interrupted futex(), which has as many.
 *
 * Return: -ERESTART_RESTARTBLOCK.
 */
long cloudabi_progress_save(const struct cloudabi_progress *progress,
			    struct file *file,
			    long (*go_on)(struct restart_block *))
{
	struct restart_block *const block = &current->restart_block;

	block->futex.uaddr = (u32 __user *)progress->in;
	block->futex.uaddr2 = (u32 __user *)progress->out;
	block->futex.val = progress->fd;
	block->futex.flags = progress->bytes;
	block->futex.bitset = progress->more;
	block->futex.time = name_of(file);
	return set_restart_fn(block, go_on);
}

/**
 * cloudabi_progress_load - How far the transfer had come
 * @block: where it was saved
 */
struct cloudabi_progress
cloudabi_progress_load(const struct restart_block *block)
{
	return (struct cloudabi_progress){
		.in = block->futex.uaddr,
		.out = block->futex.uaddr2,
		.fd = block->futex.val,
		.bytes = block->futex.flags,
		.more = block->futex.bitset,
		.file = block->futex.time,
	};
}

/**
 * cloudabi_progress_same_file - Is the descriptor still of the same file?
 * @progress: how far the transfer had come
 * @file: the descriptor's file now
 */
bool cloudabi_progress_same_file(const struct cloudabi_progress *progress,
				 struct file *file)
{
	return progress->file == name_of(file);
}

/**
 * cloudabi_is_stream - Does a file carry bytes that belong together in no way?
 * @file: the file
 *
 * What is left of a transfer can be transferred later there.  Of files that may
 * be waited for these are pipes and connections.
 */
bool cloudabi_is_stream(struct file *file)
{
	const struct socket *const sock = sock_from_file(file);

	return sock ? sock->type == SOCK_STREAM :
		      S_ISFIFO(file_inode(file)->i_mode);
}
