/* record.h - conversations as seeds: a player that hands everything on to another one, and writes what
 * was said as inputs of fuzz targets.
 *
 *     FOLDER/service/NAME         the whole conversation, as a program (program.h)
 *     FOLDER/v2/..., v3, admin    single requests (request_text.h): the first of each Action or
 *                                 path with each outcome */
#ifndef CMQ_TESTS_RECORD_H
#define CMQ_TESTS_RECORD_H

#include "tests/support/converse_player.h"

/* inside: what really plays, and is not freed by this. file: that of the conversation. */
struct player *player_new_recording(struct player *inside, const char *folder, const char *file,
                                    int argc, char **argv);

/* Write the program, and free the player. */
void player_free_recording(struct player *p);

#endif
