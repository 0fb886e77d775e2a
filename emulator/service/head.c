#include "service/head.h"

void head_take(struct head *h, struct bytes name, struct bytes value)
{
    static const struct {
        const char *name;
        size_t len;
        size_t member;
    } rows[] = {
#define ROW(name, member) {name, sizeof(name) - 1, offsetof(struct head, member)}
        ROW("Host", host),
        ROW("Origin", origin),
        ROW("Sec-Fetch-Site", fetch_site),
        ROW("Sec-Fetch-Dest", fetch_dest),
        ROW("User-Agent", user_agent),
        ROW("Authorization", authorization),
        ROW("X-TC-Action", tc_action),
        ROW("X-TC-Version", tc_version),
        ROW("X-TC-Timestamp", tc_timestamp),
        ROW("X-TC-Token", tc_token),
        ROW("X-TC-Region", tc_region),
#undef ROW
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].len != name.len ||
            ascii_lower(name.data[0]) != ascii_lower(*rows[i].name) ||
            !bytes_equal_nocase(name, (struct bytes){rows[i].name, rows[i].len}))
            continue;
        struct bytes *member = (void *)((char *)h + rows[i].member);
        if (member->data == NULL)
            *member = value;
        return;
    }
}
