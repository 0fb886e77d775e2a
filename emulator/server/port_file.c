#include "server/port_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Written under another name and renamed, so that nobody reads a part of it. */
bool port_file_write(const char *path, int port)
{
    char draft[4096];
    if (snprintf(draft, sizeof draft, "%s.new", path) >= (int)sizeof draft) {
        errno = ENAMETOOLONG;
        return false;
    }
    FILE *f = fopen(draft, "w");
    if (f == NULL)
        return false;
    bool written = fprintf(f, "%d\n", port) > 0;
    written = fclose(f) == 0 && written;
    written = written && rename(draft, path) == 0;
    int error = errno;
    if (!written)
        (void)unlink(draft);
    errno = error;
    return written;
}

int port_file_read(const char *path)
{
    char text[16] = "";
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return 0;
    bool read = fgets(text, sizeof text, f) != NULL;
    fclose(f);
    return read ? (int)strtol(text, NULL, 10) : 0;
}

void port_file_remove(const char *path)
{
    struct stat file;
    if (lstat(path, &file) == 0 && S_ISREG(file.st_mode))
        (void)unlink(path);
}
