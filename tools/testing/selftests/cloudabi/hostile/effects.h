/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Attempts: effects on files without the right
 */
#ifndef SELFTESTS_CLOUDABI_HOSTILE_EFFECTS_H
#define SELFTESTS_CLOUDABI_HOSTILE_EFFECTS_H

#include "attempt.h"

ATTEMPT(write_through_read_only, BOTH)
{
	TEMP_FILE(temp);
	WITHOUT(fd, temp, R(FD_WRITE));

	STOPPED(write_fd(fd, "x", 1));
	STOPPED(pwrite_fd(fd, "x", 1, 0));
	UNTOUCHED();
}

ATTEMPT(write_through_what_was_opened_for_reading, GATE)
{
	STOPPED(write_fd(FIXTURE_FILE_RDONLY, "x", 1));
	STOPPED(pwrite_fd(FIXTURE_FILE_RDONLY, "x", 1, 0));
	EXPECT_TRUE(has_text(FIXTURE_DIR, "file", FIXTURE_TEXT));
}

ATTEMPT(read_through_write_only, BOTH)
{
	char buf[16];

	TEMP_FILE(temp);
	WITHOUT(fd, temp, R(FD_READ));
	STOPPED(read_fd(fd, buf, sizeof(buf)));
	STOPPED(pread_fd(fd, buf, sizeof(buf), 0));
}

ATTEMPT(overwrite_without_position, BOTH)
{
	TEMP_FILE(temp);
	WITHOUT(fd, temp, R(FD_SEEK));

	STOPPED(pwrite_fd(fd, "x", 1, 0));
	UNTOUCHED();
}

ATTEMPT(seek_without_right, BOTH)
{
	TEMP_FILE(temp);
	WITHOUT(fd, temp, R(FD_SEEK));

	STOPPED(seek_fd(fd, 4, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(FIXTURE_TEXT_LEN, read_fd(temp, buffer, sizeof(buffer)));
}

ATTEMPT(drop_append, BOTH)
{
	TEMP_FILE(temp);
	ASSERT_EQ(0, set_flags(temp, CLOUDABI_FDFLAG_APPEND));
	WITHOUT(fd, temp, R(FD_STAT_PUT_FLAGS) | R(FD_SEEK));

	STOPPED(set_flags(fd, 0));
	EXPECT_EQ(CLOUDABI_FDFLAG_APPEND, flags_of(fd));
}

ATTEMPT(overwrite_by_dropping_append, BOTH)
{
	TEMP_FILE(temp);
	ASSERT_EQ(0, set_flags(temp, CLOUDABI_FDFLAG_APPEND));
	WITHOUT(fd, temp, R(FD_SEEK));

	STOPPED(set_flags(fd, 0));
	STOPPED(set_flags(fd, CLOUDABI_FDFLAG_SYNC));
	EXPECT_EQ(1, write_fd(fd, "x", 1));
	EXPECT_TRUE(has_text(FIXTURE_DIR, "temp", FIXTURE_TEXT "x"));
}

ATTEMPT(tell_without_right, BOTH)
{
	TEMP_FILE(temp);
	WITHOUT(fd, temp, R(FD_SEEK) | R(FD_TELL));

	STOPPED(tell_fd(fd));
}

ATTEMPT(truncate_without_right, BOTH)
{
	TEMP_FILE(temp);
	WITHOUT(fd, temp, R(FILE_STAT_FPUT_SIZE));

	STOPPED(resize_fd(fd, 0));
	STOPPED(resize_fd(fd, 1 << 20));
	UNTOUCHED();
}

ATTEMPT(allocate_without_right, BOTH)
{
	TEMP_FILE(temp);
	WITHOUT(fd, temp, R(FILE_ALLOCATE));

	STOPPED(allocate_fd(fd, 0, 1 << 16));
	UNTOUCHED();
}

ATTEMPT(set_times_of_file_without_right, BOTH)
{
	const cloudabi_filestat_t stat = { .st_mtim = SECOND };
	cloudabi_filestat_t now = { 0 };

	TEMP_FILE(temp);
	WITHOUT(fd, temp, R(FILE_STAT_FPUT_TIMES));
	STOPPED(put_fd(fd, &stat, CLOUDABI_FILESTAT_MTIM));
	EXPECT_EQ(0, stat_fd(temp, &now));
	EXPECT_NE(SECOND, now.st_mtim);
}

ATTEMPT(set_times_of_name_without_right, BOTH)
{
	const cloudabi_filestat_t stat = { .st_mtim = SECOND };
	cloudabi_filestat_t now = { 0 };

	TEMP_FILE(temp);
	WITHOUT(dir, FIXTURE_DIR, R(FILE_STAT_PUT_TIMES));
	STOPPED(put_at(dir, 0, "temp", &stat, CLOUDABI_FILESTAT_MTIM));
	EXPECT_EQ(0, stat_fd(temp, &now));
	EXPECT_NE(SECOND, now.st_mtim);
}

ATTEMPT(look_at_file_without_right, BOTH)
{
	cloudabi_filestat_t stat;

	WITHOUT(fd, FIXTURE_FILE, R(FILE_STAT_FGET));
	STOPPED(stat_fd(fd, &stat));
}

ATTEMPT(look_at_name_without_right, BOTH)
{
	cloudabi_filestat_t stat;

	WITHOUT(dir, FIXTURE_DIR, R(FILE_STAT_GET));
	STOPPED(stat_at(dir, 0, "file", &stat));
}

ATTEMPT(list_without_right, BOTH)
{
	char buf[256];

	WITHOUT(dir, FIXTURE_DIR, R(FILE_READDIR));
	STOPPED(readdir_fd(dir, buf, sizeof(buf), CLOUDABI_DIRCOOKIE_START));
}

ATTEMPT(read_link_without_right, BOTH)
{
	char buf[16];

	WITHOUT(dir, FIXTURE_DIR, R(FILE_READLINK));
	STOPPED(readlink_at(dir, "link", buf, sizeof(buf)));
}

ATTEMPT(open_without_right, BOTH)
{
	WITHOUT(dir, FIXTURE_DIR, R(FILE_OPEN));

	STOPPED(try_open(dir, "file", 0, R(FD_READ)));
	STOPPED(try_open(dir, ".", 0, R(FILE_READDIR)));
}

ATTEMPT(create_file_without_right, BOTH)
{
	WITHOUT(dir, FIXTURE_DIR, R(FILE_CREATE_FILE));

	REMOVE_TEMP;
	STOPPED(try_open(dir, "temp", CLOUDABI_O_CREAT, R(FD_WRITE) | R(FD_SEEK)));
	EXPECT_EQ(0, inode_at(FIXTURE_DIR, "temp"));
}

ATTEMPT(create_directory_without_right, BOTH)
{
	WITHOUT(dir, FIXTURE_DIR, R(FILE_CREATE_DIRECTORY));

	REMOVE_TEMP;
	STOPPED(make_dir(dir, "temp"));
	EXPECT_EQ(0, inode_at(FIXTURE_DIR, "temp"));
}

ATTEMPT(create_link_without_right, BOTH)
{
	WITHOUT(dir, FIXTURE_DIR, R(FILE_SYMLINK));

	REMOVE_TEMP;
	STOPPED(symlink_at("file", dir, "temp"));
	EXPECT_EQ(0, inode_at(FIXTURE_DIR, "temp"));
}

ATTEMPT(link_from_without_right, BOTH)
{
	WITHOUT(dir, FIXTURE_DIR, R(FILE_LINK_SOURCE));

	REMOVE_TEMP;
	STOPPED(link_at(dir, 0, "file", FIXTURE_DIR, "temp"));
	EXPECT_EQ(0, inode_at(FIXTURE_DIR, "temp"));
}

ATTEMPT(link_to_without_right, BOTH)
{
	WITHOUT(dir, FIXTURE_DIR, R(FILE_LINK_TARGET));

	REMOVE_TEMP;
	STOPPED(link_at(FIXTURE_DIR, 0, "file", dir, "temp"));
	EXPECT_EQ(0, inode_at(FIXTURE_DIR, "temp"));
}

ATTEMPT(rename_from_without_right, BOTH)
{
	WITHOUT(dir, FIXTURE_DIR, R(FILE_RENAME_SOURCE));

	TEMP_FILE(temp);
	STOPPED(rename_at(dir, "temp", FIXTURE_DIR, "blank/moved"));
	UNTOUCHED();
	unlink_at(FIXTURE_DIR, "blank/moved", 0);
}

ATTEMPT(rename_to_without_right, BOTH)
{
	WITHOUT(dir, FIXTURE_DIR, R(FILE_RENAME_TARGET));

	TEMP_FILE(temp);
	STOPPED(rename_at(FIXTURE_DIR, "temp", dir, "blank/moved"));
	UNTOUCHED();
	unlink_at(FIXTURE_DIR, "blank/moved", 0);
}

ATTEMPT(remove_without_right, BOTH)
{
	WITHOUT(dir, FIXTURE_DIR, R(FILE_UNLINK));

	TEMP_FILE(temp);
	STOPPED(unlink_at(dir, "temp", 0));
	UNTOUCHED();
}

ATTEMPT(remove_directory_without_right, BOTH)
{
	WITHOUT(dir, FIXTURE_DIR, R(FILE_UNLINK));

	REMOVE_TEMP;
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "temp"));
	STOPPED(unlink_at(dir, "temp", REMOVEDIR));
	EXPECT_NE(0, inode_at(FIXTURE_DIR, "temp"));
}

ATTEMPT(write_back_without_right, BOTH)
{
	WITHOUT(fd, FIXTURE_FILE, R(FD_SYNC) | R(FD_DATASYNC));

	STOPPED(-(long)cloudabi_sys_fd_sync(fd));
	STOPPED(-(long)cloudabi_sys_fd_datasync(fd));
}

ATTEMPT(advise_without_right, BOTH)
{
	WITHOUT(fd, FIXTURE_FILE, R(FILE_ADVISE));

	STOPPED(advise_fd(fd, 0, 0, CLOUDABI_ADVICE_DONTNEED));
}

ATTEMPT(shut_down_without_right, BOTH)
{
	cloudabi_fd_t pair[2];

	ASSERT_EQ(0, make_pair(STREAM, pair));
	WITHOUT(fd, pair[0], R(SOCK_SHUTDOWN));
	STOPPED(shut(fd, CLOUDABI_SHUT_WR));
	EXPECT_EQ(1, write_fd(pair[0], "x", 1));
	close_pair(pair);
}

ATTEMPT(send_without_right, BOTH)
{
	cloudabi_fd_t pair[2];
	char byte;

	ASSERT_EQ(0, make_pair(STREAM, pair));
	WITHOUT(fd, pair[0], R(FD_WRITE));
	STOPPED(send_data(fd, "x", 1));
	STOPPED(send_fd(fd, FIXTURE_FILE));
	EXPECT_EQ(-CLOUDABI_EAGAIN, read_fd(pair[1], &byte, 1));
	close_pair(pair);
}

ATTEMPT(receive_without_right, BOTH)
{
	cloudabi_fd_t pair[2];
	char buf[4];

	ASSERT_EQ(0, make_pair(STREAM, pair));
	ASSERT_EQ(1, send_fd(pair[1], FIXTURE_FILE));
	WITHOUT(fd, pair[0], R(FD_READ));
	STOPPED(receive_data(fd, buf, sizeof(buf), 0));
	STOPPED(receive_fd(fd));
	close_pair(pair);
}

ATTEMPT(watch_file_without_right, BOTH)
{
	WITHOUT(fd, FIXTURE_NULL_DEVICE, R(POLL_FD_READWRITE));

	STOPPED(look(READ, fd));
	STOPPED(look(WRITE, fd));
}

/* poll needs one of several rights, and only its handler knows which one. */
ATTEMPT(watch_for_writing_without_right, RIGHTS)
{
	WITHOUT(fd, FIXTURE_NULL_DEVICE, R(FD_WRITE));

	STOPPED(look(WRITE, fd));
}

ATTEMPT(watch_process_without_right, BOTH)
{
	const long child = IN_CHILD() == EXITED(0) ? fork_process() : -CLOUDABI_EAGAIN;

	if (child == CHILD)
		cloudabi_exit(0);
	ASSERT_LE(0, child);
	WITHOUT(fd, child, R(POLL_PROC_TERMINATE));
	STOPPED(end_within(fd, SECOND));
	close_fd(child);
}

#endif /* SELFTESTS_CLOUDABI_HOSTILE_EFFECTS_H */
