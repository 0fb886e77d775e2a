/* version.h - which program this is. */
#ifndef CMQ_BASE_VERSION_H
#define CMQ_BASE_VERSION_H

#include <stdint.h>

/* "0.1.0" */
const char *cmq_version(void);

/* "0.1.0 (9ed1b56)", or "0.1.0 (9ed1b56+)" when files differed from that commit. The same as
 * cmq_version() when the program was not built in a clone. */
const char *cmq_version_full(void);

/* The date of the commit, or what SOURCE_DATE_EPOCH was when the program was built, in seconds
 * since 1970; 0 when that is not known. */
int64_t cmq_version_seconds(void);

#endif
