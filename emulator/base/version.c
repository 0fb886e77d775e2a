#include "base/version.h"

#define VERSION "0.1.0"

const char *cmq_version(void)
{
    return VERSION;
}

const char *cmq_version_full(void)
{
#ifdef CMQ_COMMIT /* by the Makefile, for this file alone */
    return VERSION " (" CMQ_COMMIT ")";
#else
    return VERSION;
#endif
}

int64_t cmq_version_seconds(void)
{
#ifdef CMQ_DATE /* likewise */
    return CMQ_DATE;
#else
    return 0;
#endif
}
