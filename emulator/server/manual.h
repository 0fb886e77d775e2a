/* manual.h - the manual page cmq-emulator(1), which --manual prints.
 *
 * Its text is emulator/doc/cmq-emulator.mdoc. In the place of the line @options there the page has
 * all options, with what their rows say, and each with what stands behind "@more NAME". Words to
 * be shown as they are need no escapes there. */
#ifndef CMQ_SERVER_MANUAL_H
#define CMQ_SERVER_MANUAL_H

#include <stdio.h>

void manual_print(FILE *to);

#endif
