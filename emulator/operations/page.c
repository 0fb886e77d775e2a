#include "operations/page.h"

#include <assert.h>

void page_begin(struct page *p, struct bytes word, int64_t offset, int64_t limit)
{
    assert(limit <= PAGE_MAX);
    p->word = word;
    p->offset = offset;
    p->limit = limit;
    p->selection = NULL;
    p->total = 0;
    p->count = 0;
}

/* A selection that takes everything is none. */
void page_select(struct page *p, const struct selection *s)
{
    bool selects = s != NULL && (s->name.data != NULL || s->part.len > 0 || s->names != NULL ||
                                 s->wish_count > 0);
    assert(s == NULL || s->name_count <= SELECTION_NAMES_MAX);
    p->selection = selects ? s : NULL;
}

size_t page_names(const struct page *p, const struct bytes **names)
{
    const struct selection *s = p->selection;
    bool one = s != NULL && s->name.data != NULL;
    *names = s == NULL ? NULL : one ? &s->name : s->names;
    return *names == NULL ? 0 : one ? 1 : s->name_count;
}

void found_put(struct found *f, const void *item, uint64_t serial)
{
    size_t at = f->count;
    while (at > 0 && f->at[at - 1].serial > serial)
        at--;
    if (at > 0 && f->at[at - 1].item == item)
        return;
    memmove(f->at + at + 1, f->at + at, (f->count++ - at) * sizeof f->at[0]);
    f->at[at].serial = serial;
    f->at[at].item = item;
}

static bool is_among(struct bytes text, const struct bytes *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bytes_equal(text, texts[i]))
            return true;
    return false;
}

static bool contains_nocase(struct bytes text, struct bytes part)
{
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (bytes_equal_nocase((struct bytes){text.data + i, part.len}, part))
            return true;
    return false;
}

static bool has_tags(const struct selection *s, const struct tags *tags)
{
    for (size_t i = 0; i < s->wish_count; i++) {
        const struct tag_wish *wish = &s->wishes[i];
        const struct tag *tag = tags_find(tags, wish->key);
        if (tag == NULL ||
            (wish->value_count > 0 && !is_among(tag->value, wish->values, wish->value_count)))
            return false;
    }
    return true;
}

static bool is_selected(const struct selection *s, struct bytes name, const struct tags *tags)
{
    return contains_nocase(name, s->part) &&
           (s->names == NULL || is_among(name, s->names, s->name_count)) && has_tags(s, tags);
}

bool page_takes(struct page *p, const char *name, const struct tags *tags)
{
    if (p->word.len > 0 && memmem(name, strlen(name), p->word.data, p->word.len) == NULL)
        return false;
    if (p->selection != NULL && !is_selected(p->selection, bytes_of(name), tags))
        return false;
    int64_t index = p->total++ - p->offset;
    return index >= 0 && index < p->limit;
}

bool page_is_done(struct page *p, size_t items)
{
    if (p->word.len > 0 || p->selection != NULL || (int64_t)p->count < p->limit)
        return false;
    p->total = (int64_t)items;
    return true;
}
