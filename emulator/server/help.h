/* help.h - what --help prints. */
#ifndef CMQ_SERVER_HELP_H
#define CMQ_SERVER_HELP_H

#include <stdio.h>

void help_print(FILE *to);

#endif
