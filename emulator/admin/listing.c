#include "admin/listing.h"

#include "admin/answer.h"
#include "base/json.h"

#include <assert.h>
#include <string.h>

void listing_begin(struct listing *l, struct buffer *out, const char *key,
                   const struct argument_value values[2])
{
    json_key(out, key);
    json_open(out, '[');
    *l = (struct listing){
        .out = out,
        .text_end = out->len + LISTING_TEXT_MAX,
        .offset = values[0].number,
        .skip = values[0].number,
        .limit = values[1].number,
    };
}

bool listing_is_full(const struct listing *l)
{
    return l->shown == l->limit || listing_has_no_room(l);
}

bool listing_has_no_room(const struct listing *l)
{
    return l->out->len >= l->text_end || l->out->failed;
}

bool listing_takes(struct listing *l)
{
    assert(!listing_is_full(l));
    if (l->skip > 0) {
        l->skip--;
        return false;
    }
    l->shown++;
    return true;
}

int64_t listing_skip(struct listing *l, int64_t count)
{
    int64_t skipped = l->skip < count ? l->skip : count;
    l->skip -= skipped;
    return skipped;
}

void listing_end(struct listing *l, int64_t total)
{
    json_close(l->out, ']');
    if (l->offset + l->shown < total)
        json_key_int(l->out, "next", l->offset + l->shown);
}

size_t listing_body_max(const struct argument_value *cut)
{
    return cut->given ? (size_t)cut->number : BODY_WHOLE;
}

bool listing_asks_for(const struct argument_value *search, const char *name)
{
    return !search->given ||
           memmem(name, strlen(name), search->name, strlen(search->name)) != NULL;
}
