#include "server/port_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], path[96];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/cmq-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/port", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void has_the_port_until_it_is_removed(void **state)
{
    (void)state;
    assert_int_equal(port_file_read(path), 0);
    assert_true(port_file_write(path, 9267));
    assert_int_equal(port_file_read(path), 9267);
    assert_true(port_file_write(path, 1));
    assert_int_equal(port_file_read(path), 1);
    port_file_remove(path, 2); /* another one's */
    assert_int_equal(port_file_read(path), 1);
    port_file_remove(path, 1);
    assert_int_equal(port_file_read(path), 0);
    port_file_remove(path, 0); /* nothing is there */
}

/* A pipe, or a link such as /dev/stdout, is not ours to remove. */
static void removes_regular_files_alone(void **state)
{
    struct stat file;
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    port_file_remove(path, 0);
    assert_int_equal(lstat(path, &file), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/dev/null", path), 0);
    port_file_remove(path, 0);
    assert_int_equal(lstat(path, &file), 0);
    assert_int_equal(unlink(path), 0);
}

/* A link such as /dev/stdout stays one, and what it leads to is written. */
static void writes_through_what_is_no_regular_file(void **state)
{
    struct stat file;
    char other[128];
    (void)state;
    snprintf(other, sizeof other, "%s/other", folder);
    assert_int_equal(symlink(other, path), 0);
    assert_true(port_file_write(path, 9267));
    assert_int_equal(lstat(path, &file), 0);
    assert_true(S_ISLNK(file.st_mode));
    assert_int_equal(port_file_read(other), 9267);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(other), 0);
}

/* Nothing is left behind. */
static void a_write_that_fails_leaves_no_draft(void **state)
{
    char draft[128], inside[128];
    (void)state;
    snprintf(draft, sizeof draft, "%s.new", path);
    snprintf(inside, sizeof inside, "%s/none/port", folder);
    assert_false(port_file_write(inside, 1));
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(port_file_write(path, 1));
    assert_int_not_equal(access(draft, F_OK), 0);
    assert_int_equal(rmdir(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(has_the_port_until_it_is_removed, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(writes_through_what_is_no_regular_file, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_write_that_fails_leaves_no_draft, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(removes_regular_files_alone, make_folder,
                                        remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
