#include "operations/page.h"

#include <assert.h>

void page_begin(struct page *p, struct bytes word, int64_t offset, int64_t limit)
{
    assert(limit <= PAGE_MAX);
    p->word = word;
    p->offset = offset;
    p->limit = limit;
    p->total = 0;
    p->count = 0;
}

bool page_takes(struct page *p, const char *name)
{
    if (p->word.len > 0 && memmem(name, strlen(name), p->word.data, p->word.len) == NULL)
        return false;
    int64_t index = p->total++ - p->offset;
    return index >= 0 && index < p->limit;
}
