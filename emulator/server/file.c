#include "server/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

char *file_read(const char *path)
{
    struct buffer text = {0};
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return NULL;
    while (buffer_reserve(&text, 4096)) {
        size_t n = fread(text.data + text.len, 1, 4096, f);
        text.len += n;
        if (n < 4096)
            break;
    }
    bool failed = ferror(f) != 0 || text.failed;
    int error = ferror(f) != 0 ? errno : ENOMEM;
    fclose(f);
    buffer_append_char(&text, '\0');
    if (!failed && !text.failed)
        return text.data;
    buffer_free(&text);
    errno = error;
    return NULL;
}

/* Whoever makes it longer meanwhile gets what it was. */
static bool append_open(int fd, struct buffer *out)
{
    struct stat s;
    if (fstat(fd, &s) != 0 || !S_ISREG(s.st_mode) || s.st_size > FILE_LONGEST)
        return false;
    size_t rest = (size_t)s.st_size;
    while (rest > 0 && buffer_reserve(out, rest)) {
        ssize_t n = read(fd, out->data + out->len, rest);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        out->len += (size_t)n;
        rest -= (size_t)n;
    }
    return true;
}

/* Not to wait for a pipe of that name either. */
bool file_append(const char *folder, struct bytes name, struct buffer *out)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%.*s", folder, (int)name.len, name.data) >=
        (int)sizeof path)
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return false;
    bool appended = append_open(fd, out);
    close(fd);
    return appended;
}

/* A draft that a program left behind may have other rights. */
static bool write_draft(const char *path, const char *text, mode_t mode)
{
    (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return false;
    size_t len = strlen(text);
    ssize_t n = write(fd, text, len);
    if (n >= 0 && (size_t)n < len)
        errno = ENOSPC;
    bool written = n >= 0 && (size_t)n == len && fchmod(fd, mode) == 0;
    return close(fd) == 0 && written;
}

bool file_write(const char *path, const char *text, mode_t mode)
{
    char draft[4096];
    if (snprintf(draft, sizeof draft, "%s.new", path) >= (int)sizeof draft) {
        errno = ENAMETOOLONG;
        return false;
    }
    bool written = write_draft(draft, text, mode) && rename(draft, path) == 0;
    int error = errno;
    if (!written)
        (void)unlink(draft);
    errno = error;
    return written;
}
