/* options.h - the options of the program, from the command line and the environment.
 *
 * Each has an environment variable CMQ_EMULATOR_... of the same name. The command line takes
 * precedence. Their tables are option_rows.def and, for the limits of a namespace,
 * engine/limits.def. */
#ifndef CMQ_SERVER_OPTIONS_H
#define CMQ_SERVER_OPTIONS_H

#include "admin/limits.h"
#include "server/option_list.h"
#include "service/service.h"

#include <stdio.h>

enum log_format { LOG_TEXT, LOG_JSON, LOG_OFF };
enum push_allowed { PUSH_ALLOW, PUSH_LOCAL, PUSH_OFF };

enum { OPTION_NUMBERS_MAX = SETTING_NUMBERS_MAX };

struct option_numbers {
    size_t count; /* at least 1 */
    int64_t all[OPTION_NUMBERS_MAX];
};

struct options {
    const char *listen;
    struct option_numbers ports;          /* the first is what the port file has */
    const char *host_names, *admin_token; /* NULL for none */
    const char *dashboard;                /* a folder; NULL for none */
    const char *port_file;                /* NULL for none */
    const char *config;                   /* likewise */
    const char *restore;                  /* likewise */
    const char *tls_cert, *tls_key;       /* both or none; NULL for none */
    const char *tls_self_signed;          /* a folder; NULL for none */
    int64_t admin_off;                    /* --admin: 0 on, 1 off */
    int64_t unknown_parameters;           /* enum unknown_parameters */
    int64_t refuse_unknown_ids;           /* --unknown-secret-id: 0 accept, 1 refuse */
    struct option_list credentials;       /* each has passed credential_value_read() */
    int64_t auth;                         /* enum auth_mode */
    int64_t max_skew_ms;                  /* 0: any */
    const char *health;                   /* the URL behind --health; NULL for none */
    int64_t shell;                        /* enum shell, for --completion */
    int64_t exit_with_parent, exit_on_eof;
    int64_t tls_port; /* -1: none */
    int64_t seed, sloppy;
    int64_t strict;        /* --limits: 0 relaxed, 1 strict */
    int64_t virtual_polls; /* --poll-time: 0 real, 1 virtual */
    int64_t log;           /* enum log_format */
    int64_t push;          /* enum push_allowed */
    int64_t push_timeout_ms, push_concurrency;
    int64_t max_connections, max_body, max_namespaces;
    int64_t max_requests, max_answers, max_awaits, max_journal; /* of struct budgets */
    int64_t request_timeout_ms;
    int64_t idle_timeout_ms;
    struct engine_limits limits; /* for namespaces whose description has no others */
    bool limit_given[LIMITS];    /* given one by one, so not changed by --limits */
};

enum options_result {
    OPTIONS_RUN,
    OPTIONS_HELP,
    OPTIONS_VERSION,
    OPTIONS_HEALTH,
    OPTIONS_COMPLETION,
    OPTIONS_MANUAL,
    OPTIONS_BAD
};

/* Read both. OPTIONS_BAD: a message that names the option has been written to errors. Texts in
 * *o are not copied: they point into argv and the environment. */
enum options_result options_read(struct options *o, int argc, char **argv, FILE *errors);

/* The options that service_init() needs; address is where the program listens. */
struct service_config options_service_config(const struct options *o, const char *address);

#endif
