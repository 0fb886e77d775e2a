#include "server/connections.h"

#include <stdio.h>
#include <stdlib.h>

bool connections_init(struct connections *all, cmq_ms idle_timeout_ms)
{
    *all = (struct connections){.idle_timeout_ms = idle_timeout_ms};
    list_init(&all->fresh);
    return greetings_init(&all->greetings, idle_timeout_ms);
}

void connections_fini(struct connections *all)
{
    greetings_fini(&all->greetings);
}

struct connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

int connection_fd(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

const struct sockaddr *connection_peer(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
}

struct connection *connection_new(struct connections *all, struct MHD_Connection *mhd,
                                  cmq_ms now_ms)
{
    struct connection *c = calloc(1, sizeof *c);
    all->count++;
    if (c == NULL)
        return NULL;
    c->mhd = mhd;
    if (daemons_is_tls(&all->daemons, mhd))
        c->greeting = greetings_begin(&all->greetings, mhd, now_ms);
    return c;
}

/* A client that does not trust the certificate seldom says so to the person who looks at it. */
static void note_distrust(const struct greeting *one, struct log *log, cmq_ms now_ms)
{
    char text[256];
    const char *complaint = greetings_complaint(one);
    if (complaint == NULL)
        return;
    snprintf(text, sizeof text,
             "a client does not trust the certificate (%s): it has to trust the ca.pem of "
             "--tls-self-signed, or the authority of --tls-cert, and ask for one of its hosts",
             complaint);
    log_note(log, now_ms, text);
}

void connection_free(struct connections *all, struct connection *c, struct log *log,
                     cmq_ms now_ms)
{
    all->count--;
    if (c == NULL)
        return;
    connection_head_ended(c);
    if (c->greeting != NULL)
        note_distrust(c->greeting, log, now_ms);
    greetings_free(c->greeting);
    free(c);
}

void connection_begin(struct connections *all, struct connection *c, struct request *begun)
{
    if (c->greeting != NULL) /* TLS has been agreed upon */
        greetings_end(c->greeting);
    c->begun = begun;
    if (!list_linked(&c->fresh))
        list_append(&all->fresh, &c->fresh);
}

void connection_head_ended(struct connection *c)
{
    c->begun = NULL;
    if (list_linked(&c->fresh))
        list_unlink(&c->fresh);
}

static void set_idle_timeout(const struct connection *c, cmq_ms timeout_ms)
{
    (void)MHD_set_connection_option(c->mhd, MHD_CONNECTION_OPTION_TIMEOUT,
                                    (unsigned)(timeout_ms / 1000));
}

/* A connection whose pool has no room for all parameters of a query is given up by libmicrohttpd,
 * but not closed until its socket has an event or it has been idle for too long. Connections
 * with a timeout of their own are looked at each time, so heads that are not complete at once
 * have one for a moment. */
static void look_again(struct connections *all, cmq_ms now_ms)
{
    cmq_ms usual_ms = all->idle_timeout_ms;
    for (struct list_node *l = all->fresh.next; l != &all->fresh; l = l->next) {
        struct connection *c = CONTAINER_OF(l, struct connection, fresh);
        set_idle_timeout(c, usual_ms + 1000);
        daemons_report_of(&all->daemons, c->mhd);
    }
    daemons_run(&all->daemons, now_ms);
    for (struct list_node *l; (l = list_first(&all->fresh)) != NULL;) {
        set_idle_timeout(CONTAINER_OF(l, struct connection, fresh), usual_ms);
        list_unlink(l);
    }
}

void connections_run(struct connections *all, cmq_ms now_ms, bool last)
{
    greetings_wake(&all->greetings, &all->daemons, now_ms);
    daemons_run(&all->daemons, now_ms);
    if (!list_empty(&all->fresh))
        look_again(all, now_ms);
    if (!last)
        greetings_suspend(&all->greetings);
}
