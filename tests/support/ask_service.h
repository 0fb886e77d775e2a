/* ask_service.h - a service with the program's defaults, asked without sockets. Whatever cannot
 * be done fails the test. */
#ifndef CMQ_TESTS_ASK_SERVICE_H
#define CMQ_TESTS_ASK_SERVICE_H

#include "service/service.h"

void ask_service_open(struct service *s, size_t max_namespaces, cmq_ms real_now_ms);

/* Make a request of x, which holds no other that is parked. */
enum exchange_state ask_service(struct service *s, cmq_ms real_now_ms, struct exchange *x,
                                const char *method, const char *target, const char *body);

#endif
