#include "server/port_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Also when there is nothing yet. */
static bool is_regular(const char *path)
{
    struct stat file;
    return lstat(path, &file) != 0 || S_ISREG(file.st_mode);
}

static bool write_port(const char *path, int port)
{
    FILE *f = fopen(path, "w");
    if (f == NULL)
        return false;
    bool written = fprintf(f, "%d\n", port) > 0;
    return fclose(f) == 0 && written;
}

/* Written under another name and renamed, so that nobody reads a part of it. */
static bool write_and_rename(const char *path, int port)
{
    char draft[4096];
    if (snprintf(draft, sizeof draft, "%s.new", path) >= (int)sizeof draft) {
        errno = ENAMETOOLONG;
        return false;
    }
    bool written = write_port(draft, port) && rename(draft, path) == 0;
    int error = errno;
    if (!written)
        (void)unlink(draft);
    errno = error;
    return written;
}

bool port_file_write(const char *path, int port)
{
    return is_regular(path) ? write_and_rename(path, port) : write_port(path, port);
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

void port_file_remove(const char *path, int port)
{
    if (is_regular(path) && (port == 0 || port_file_read(path) == port))
        (void)unlink(path);
}
