/* health.h - asks a running emulator whether it is ready: for containers, which have no curl. */
#ifndef CMQ_SERVER_HEALTH_H
#define CMQ_SERVER_HEALTH_H

#include "server/options.h"

/* Ask the emulator at o->health ("host:port", "http://host:port" or "https://host:port"), or where
 * one with these options listens. With --tls-self-signed its ca.pem is trusted. Prints its answer, or to errors what is wrong; true if it is ready. */
bool health_ask(const struct options *o, FILE *errors);

#endif
