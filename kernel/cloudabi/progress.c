// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Progress of an interrupted transfer
 *
 * A stop, the freezer or a debugger can interrupt a transfer after some of its
 * data was moved.  Linux ends the call there and returns a short count.  A
 * CloudABI program must not notice the interruption.  So the call keeps its
 * progress in the restart block and continues after the bytes it has moved.
 *
 * The restarted call reads its arguments again and looks up the descriptor
 * again.  If it finds an error, it succeeds with the bytes that were moved
 * before: they cannot be taken back, and the program has to know about them.
 */

#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/net.h>
#include <linux/stat.h>

#include "progress.h"
#include "restart.h"

/*
 * Another thread may have replaced the descriptor during the interruption.  The
 * address of the inode alone does not tell: the memory of a freed inode is soon
 * used for another.  So the inode number is mixed in.
 */
static u64 progress_file_id(struct file *file)
{
	const struct inode *const inode = file_inode(file);

	return (u64)(unsigned long)inode ^ hash_64(inode->i_ino, 64);
}

/**
 * cloudabi_progress_save - Keep the progress of an interrupted transfer
 * @progress: the progress; @file_id is not used
 * @file: the file behind the descriptor
 * @restart: the function that continues the transfer
 *
 * Context: Process context, the task that makes the call.
 * Return: -ERESTART_RESTARTBLOCK.
 */
long cloudabi_progress_save(const struct cloudabi_progress *progress,
			    struct file *file,
			    long (*restart)(struct restart_block *))
{
	const struct cloudabi_restart state = {
		.ptr = { (void __user *)progress->in, progress->out },
		.val = { progress->fd, progress->bytes, progress->more },
		.val64 = progress_file_id(file),
	};

	return cloudabi_restart_save(&state, restart);
}

/**
 * cloudabi_progress_load - Get the progress of a transfer that continues
 * @block: the restart block
 *
 * Context: Any.
 * Return: the progress.
 */
struct cloudabi_progress
cloudabi_progress_load(const struct restart_block *block)
{
	const struct cloudabi_restart state = cloudabi_restart_load(block);

	return (struct cloudabi_progress){
		.in = state.ptr[0],
		.out = state.ptr[1],
		.fd = state.val[0],
		.bytes = state.val[1],
		.more = state.val[2],
		.file_id = state.val64,
	};
}

/**
 * cloudabi_progress_same_file - Does a descriptor still refer to the same file?
 * @progress: progress of the transfer
 * @file: the file that the descriptor refers to now
 *
 * Context: Any.
 * Return: true if @file is the file that the transfer began with.
 */
bool cloudabi_progress_same_file(const struct cloudabi_progress *progress,
				 struct file *file)
{
	return progress->file_id == progress_file_id(file);
}

/**
 * cloudabi_is_stream - Is a file a byte stream?
 * @file: the file
 *
 * A byte stream has no message boundaries: a second transfer can move the rest
 * of the data.  Among the files that a transfer can sleep on, pipes and stream
 * sockets are byte streams.
 *
 * Context: Any.
 * Return: true for a pipe, a FIFO or a stream socket.
 */
bool cloudabi_is_stream(struct file *file)
{
	const struct socket *const sock = sock_from_file(file);

	return sock ? sock->type == SOCK_STREAM :
		      S_ISFIFO(file_inode(file)->i_mode);
}
