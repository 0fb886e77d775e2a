/* replay TARGET's inputs: each of the files given, and those in the folders given, in order.
 *
 *     replay_form tests/fuzz/corpus/form build/fuzz/crash-...
 *
 * All of them in one child process first; if that fails, each in a child of its own, so that one
 * line for each tells which are bad. Prints the counts, and exits with 1 if any failed. */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ONE_MAX_S = 60, ALL_MAX_S = 900 };

struct files {
    char **names;
    size_t count, room;
};

static void give_up(const char *name)
{
    perror(name);
    exit(2);
}

static void add(struct files *f, char *name)
{
    if (f->count == f->room) {
        f->room = f->room * 2 + 64;
        f->names = realloc(f->names, f->room * sizeof *f->names);
    }
    if (f->names == NULL || name == NULL)
        give_up("replay");
    f->names[f->count++] = name;
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strcmp(entry->d_name, "README.md") != 0;
}

static void add_folder(struct files *f, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_shown, alphasort);
    if (count < 0)
        give_up(folder);
    for (int i = 0; i < count; i++) {
        size_t size = strlen(folder) + strlen(entries[i]->d_name) + 2;
        char *name = malloc(size);
        if (name != NULL)
            snprintf(name, size, "%s/%s", folder, entries[i]->d_name);
        add(f, name);
        free(entries[i]);
    }
    free(entries);
}

static void add_argument(struct files *f, const char *name)
{
    struct stat s;
    if (stat(name, &s) != 0)
        give_up(name);
    if (S_ISDIR(s.st_mode))
        add_folder(f, name);
    else
        add(f, strdup(name));
}

/* In memory of just its size, so that the sanitizer sees whoever reads behind it. */
static void play(const char *name)
{
    struct stat s;
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &s) != 0)
        give_up(name);
    size_t size = (size_t)s.st_size;
    uint8_t *data = malloc(size > 0 ? size : 1);
    if (data == NULL || read(fd, data, size) != (ssize_t)size)
        give_up(name);
    close(fd);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

/* Whether a child that plays these ends well, within so many seconds. */
static int ends_well(char *const *names, size_t count, unsigned most_s, int quiet)
{
    int status = 0;
    pid_t pid = fork();
    if (pid < 0)
        give_up("fork");
    if (pid == 0) {
        if (quiet && freopen("/dev/null", "w", stderr) == NULL)
            exit(2);
        alarm(most_s);
        for (size_t i = 0; i < count; i++)
            play(names[i]);
        exit(0); /* where leaks are looked for */
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static size_t count_failures(const struct files *f)
{
    size_t failed = 0;
    if (ends_well(f->names, f->count, ALL_MAX_S, 1))
        return 0;
    for (size_t i = 0; i < f->count; i++) {
        if (ends_well(&f->names[i], 1, ONE_MAX_S, 0))
            continue;
        printf("FAILED  %s\n", f->names[i]);
        fflush(stdout);
        failed++;
    }
    if (failed == 0) {
        printf("FAILED  all of them one after the other, while each by itself passes\n");
        fflush(stdout);
        ends_well(f->names, f->count, ALL_MAX_S, 0);
        failed = 1;
    }
    return failed;
}

int main(int argc, char **argv)
{
    struct files f = {NULL, 0, 0};
    for (int i = 1; i < argc; i++)
        add_argument(&f, argv[i]);
    size_t failed = count_failures(&f);
    printf("%zu passed, %zu failed\n", f.count - (failed < f.count ? failed : f.count), failed);
    for (size_t i = 0; i < f.count; i++)
        free(f.names[i]);
    free(f.names);
    return failed > 0;
}
