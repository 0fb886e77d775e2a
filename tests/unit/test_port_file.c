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
    port_file_remove(path);
    assert_int_equal(port_file_read(path), 0);
    port_file_remove(path); /* nothing is there */
}

/* A pipe, or a link such as /dev/stdout, is not ours to remove. */
static void removes_regular_files_alone(void **state)
{
    struct stat file;
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    port_file_remove(path);
    assert_int_equal(lstat(path, &file), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/dev/null", path), 0);
    port_file_remove(path);
    assert_int_equal(lstat(path, &file), 0);
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(has_the_port_until_it_is_removed, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(removes_regular_files_alone, make_folder,
                                        remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
