/* resident.h - how many bytes of this process are in memory. */
#ifndef CMQ_TESTS_RESIDENT_H
#define CMQ_TESTS_RESIDENT_H

#include <stddef.h>

size_t resident(void);

#endif
