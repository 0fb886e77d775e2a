/* health.h - asks a running emulator whether it is ready: for containers, which have no curl. */
#ifndef CMQ_SERVER_HEALTH_H
#define CMQ_SERVER_HEALTH_H

#include "server/options.h"

/* Ask the emulator at o->health ("host:port", "http://host:port" or "https://host:port"), or where
 * one with these options listens. With --tls-self-signed its ca.pem is trusted. Prints the answer,
 * or to errors what is wrong; true if it is ready. */
bool health_ask(const struct options *o, FILE *errors);

/* In a container the emulator is its first process, or the child of an init, and may have been told
 * by its arguments where to listen, of which a health check knows nothing. Read these options anew
 * with the arguments of that command line (/proc/1/cmdline) before argv's. Nothing changes if it
 * is another program's, or if o->health has a URL. *o may then point into static memory. */
void health_follow(struct options *o, const char *command_line, int argc, char **argv);

#endif
