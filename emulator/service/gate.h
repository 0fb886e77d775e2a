/* gate.h - who may call: keeps web pages away from an emulator on a developer's machine
 * (decisions 40).
 *
 * Any page that a developer opens can send requests to 127.0.0.1. It cannot choose some of its
 * headers: Origin, Host and Sec-Fetch-Site tell it apart from the programs that the emulator is
 * for. Browsers keep a page from reading answers of another origin, so none of ours has a CORS
 * header. A page whose own name is made to point to 127.0.0.1 ("rebound") has our origin, but
 * the wrong Host. */
#ifndef CMQ_SERVICE_GATE_H
#define CMQ_SERVICE_GATE_H

#include "base/buffer.h"
#include "service/head.h"

struct gate {
    const char *host_names;  /* "a.example,b.example": names that are ours, too; NULL: none */
    const char *admin_token; /* the admin interface wants it as a bearer token; NULL: none */
    bool admin_off;          /* there is no admin interface */
};

/* What a request is for. */
enum gate_area {
    AREA_CMQ,    /* calls of CMQ: any Host, since clients may use any */
    AREA_ADMIN,  /* /_emulator/... */
    AREA_PUBLIC, /* health and ca.pem there: need no token, and are there when admin is off */
    AREA_METRICS,
    AREA_PAGE, /* the dashboard and its files: need no token, since they hold nothing secret */
    AREA_SINK, /* a push to /_emulator/sink/...: as an endpoint of CMQ is called */
};

enum gate_verdict {
    GATE_OPEN,
    GATE_FOREIGN_ORIGIN, /* a web page of another origin */
    GATE_FOREIGN_HOST,   /* a Host that is none of ours */
    GATE_FOREIGN_TARGET, /* sent as to a proxy, for a host that is none of ours */
    GATE_NO_TOKEN,       /* the token is missing or wrong */
    GATE_OFF,            /* there is no admin interface */
};

/* The name in a host: without the port, and without the brackets of an IPv6 address. */
struct bytes gate_name_of(struct bytes host);

/* Whether host, perhaps with a port, is a name of ours: no name that somebody else can make
 * point to this machine. "" is one. */
bool gate_is_our_host(const struct gate *g, struct bytes host);

enum gate_verdict gate_judge(const struct gate *g, enum gate_area area, struct bytes method,
                             const struct head *head);

/* Append why a request is refused, and which option would allow it. */
void gate_explain(struct buffer *out, enum gate_verdict verdict, const struct head *head);

#endif
