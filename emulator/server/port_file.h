/* port_file.h - the file that says on which port the emulator listens: there while it is ready.
 *
 * Who has started one with --port 0 waits for the file. So it appears with all that is in it, one
 * that a killed emulator has left behind is removed at the start, and ours at the end. */
#ifndef CMQ_SERVER_PORT_FILE_H
#define CMQ_SERVER_PORT_FILE_H

#include <stdbool.h>

/* False, with errno set, when that fails. What is there and is no regular file, such as a pipe or
 * /dev/stdout, is written to and not replaced. */
bool port_file_write(const char *path, int port);

/* 0 if there is none. */
int port_file_read(const char *path);

/* Does nothing where there is no file, something else than a regular file, or one with another
 * port, unless port is 0. */
void port_file_remove(const char *path, int port);

#endif
