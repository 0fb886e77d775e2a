/* auth.h - how strictly callers are judged, by whichever wire protocol they call.
 *
 * A namespace without credentials accepts every call, in every mode (decisions 14). */
#ifndef CMQ_API_AUTH_H
#define CMQ_API_AUTH_H

enum auth_mode {
    AUTH_LENIENT, /* the signing variants of known clients: V0 to V3, V5, V8 of sdk-compat 8 */
    AUTH_STRICT,  /* V0 alone */
    AUTH_OFF,     /* no signature is looked at */
};

#endif
