/* converse_player.h - what a conversation talks to: the service inside this process, or the
 * program over HTTP.
 *
 * Connections are numbered. A request on one is answered at once, or parks; then the connection
 * is busy until its answer has been taken. */
#ifndef CMQ_TESTS_CONVERSE_PLAYER_H
#define CMQ_TESTS_CONVERSE_PLAYER_H

#include "converse_answer.h"

enum {
    CONNECTION_ADMIN, /* for admin calls, so that they never wait behind a poll */
    CONNECTION_DEFAULT,
    CONNECTION_NAMED, /* and those behind it */
    CONNECTIONS_MAX = 64,
};

struct request {
    const char *method;
    struct bytes target;  /* path and query, encoded */
    const char *host;     /* NULL: whatever is usual */
    struct bytes headers; /* further fields: lines "Name: value\n" */
    struct bytes body;
    enum dialect dialect; /* what a call of the admin interface waits for is no message */
};

enum play {
    PLAY_ANSWERED,
    PLAY_WAITING,
    PLAY_BROKEN, /* the connection, or the program; player->broken says more */
};

struct player {
    const struct player_kind *kind;
    char address[32]; /* of the emulator, as its own sinks can be reached */
    cmq_ms real_ms;   /* the emulator's real clock, when the conversation begins */
    char broken[256];
};

struct player_kind {
    /* Hand the request over. When this returns it has been served: it has its answer, or is
     * parked. */
    enum play (*send)(struct player *p, int connection, const struct request *r);

    /* Take the answer, which becomes the caller's, when there is one. If it must be there, it
     * is given a moment of real time to arrive. */
    enum play (*take)(struct player *p, int connection, bool must, struct answer *out);

    /* The client of this connection goes away, and the emulator has noticed. */
    enum play (*hang_up)(struct player *p, int connection);

    /* The request on this connection has waited, in real time, as long as it asked for. */
    enum play (*time_out)(struct player *p, int connection);

    /* Forget all connections. */
    void (*end)(struct player *p);
};

/* A fresh service with these options (argv as of the program's, NULL behind it). NULL when they
 * are bad. player_free_inside() ends it. So many units of effort are a turn of its loop; 0: any. */
struct player *player_new_inside(int argc, char **argv, size_t slice);
void player_free_inside(struct player *p);

/* The program with these options, started unless it runs already. */
struct player *player_start_http(const char *program, int argc, char **argv);

/* Stop all programs that were started. False if one of them did not end well. */
bool player_stop_all_http(void);

#endif
