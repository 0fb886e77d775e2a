#include "engine/telling.h"

#include <assert.h>

static const char *const names[HAPPENINGS] = {
    [HAPPENED_SENT] = "sent",
    [HAPPENED_DELAYED] = "delayed",
    [HAPPENED_AVAILABLE] = "available",
    [HAPPENED_RECEIVED] = "received",
    [HAPPENED_RETURNED] = "returned",
    [HAPPENED_DELETED] = "deleted",
    [HAPPENED_REWOUND] = "rewound",
    [HAPPENED_DEAD_LETTERED] = "dead-lettered",
    [HAPPENED_DUPLICATED] = "duplicated",
    [HAPPENED_PUBLISHED] = "published",
    [HAPPENED_PUSHED] = "pushed",
    [HAPPENED_DELIVERED] = "delivered",
    [HAPPENED_EXPIRED] = "expired",
    [HAPPENED_PURGED] = "purged",
};

const char *happening_name(enum happening what)
{
    assert(what < HAPPENINGS);
    return names[what];
}
