/* file.h - whole files of text. */
#ifndef CMQ_SERVER_FILE_H
#define CMQ_SERVER_FILE_H

#include "base/buffer.h"

#include <sys/types.h>

/* The text of a file, ended with NUL; NULL, with errno set, when it cannot be read. free() it. */
char *file_read(const char *path);

/* Append a regular file of a folder, read anew, to out; it is no link, and not too long. False when there
 * is none, or it cannot be read. Running out of memory shows in out->failed. */
enum { FILE_LONGEST = 4 * 1024 * 1024 };
bool file_append(const char *folder, struct bytes name, struct buffer *out);

/* Make a file, or replace it, under another name and renamed, so that nobody reads a part of it.
 * Its mode is exactly that, whatever the umask. False, with errno set, when that fails. */
bool file_write(const char *path, const char *text, mode_t mode);

#endif
