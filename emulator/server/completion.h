/* completion.h - what --completion prints: scripts by which shells complete our options.
 *
 * Each can be sourced, or put where the shell finds completions by the name of the command.
 * What can follow an option is told by its row: a word of several, or by the words FILE and DIR a
 * file or a folder. */
#ifndef CMQ_SERVER_COMPLETION_H
#define CMQ_SERVER_COMPLETION_H

#include <stdio.h>

enum shell { SHELL_BASH, SHELL_ZSH, SHELL_FISH };

void completion_print(FILE *to, enum shell shell);

#endif
