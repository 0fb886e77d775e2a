/* dashboard.h - the page for people, and its files.
 *
 * GET /_emulator is the page for who takes HTML, and else the index of the admin interface; the other
 * files are at /_emulator/dashboard/NAME. They are part of the program (admin/asset.h), and sent
 * compressed to who takes that; or with --dashboard they are read from a folder, each time. */
#ifndef CMQ_SERVICE_DASHBOARD_H
#define CMQ_SERVICE_DASHBOARD_H

#include "service/exchange.h"

/* Whether the request is for the page or its files. Its method may be a wrong one. */
bool dashboard_is_asked_for(const struct exchange *x, struct bytes path);

/* Answer such a request, which is GET or HEAD. */
void dashboard_answer(struct exchange *x, struct bytes path);

/* The further headers of what else is answered at this path; NULL for none. */
const struct header *dashboard_beside(struct bytes path);

#endif
