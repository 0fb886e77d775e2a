#include "namespace/journal_entry.h"

#include "base/escape.h"

#include <assert.h>

const char journal_api_push[] = "push";

/* Entries lie one behind the other. */
enum { ALIGNMENT = 8 };

static size_t aligned(size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Called for each argument of each request, so nearly always decided by its length. */
static inline bool is_secret(struct bytes name)
{
    switch (name.len) {
    case 5:
        return bytes_equal_nocase(name, bytes_of("Token"));
    case 9:
        return bytes_equal_nocase(name, bytes_of("Signature")) ||
               bytes_equal_nocase(name, bytes_of("SecretKey"));
    case 13:
        return bytes_equal_nocase(name, bytes_of("Authorization"));
    default:
        return false;
    }
}

bool journal_is_secret(struct bytes name)
{
    return is_secret(name);
}

static size_t cut(struct bytes text, size_t max)
{
    return text.len <= max ? text.len : utf8_cut(text, max).len; /* few are longer */
}

struct bytes journal_cut(struct bytes text)
{
    return (struct bytes){text.data, cut(text, JOURNAL_TEXT_MAX)};
}

static struct journal_kept keep(const struct pair *p)
{
    return (struct journal_kept){.value_length = (uint32_t)p->value.len,
                                 .value_kept = (uint16_t)cut(p->value, JOURNAL_TEXT_MAX),
                                 .name_kept = (uint8_t)cut(p->name, JOURNAL_NAME_MAX)};
}

static void measure_arguments(const struct form *form, struct journal_extent *x)
{
    size_t size = 0, i = 0;
    for (; i < form->count; i++) {
        const struct pair *p = &form->pairs[i];
        if (is_secret(p->name))
            continue;
        struct journal_kept k = keep(p);
        size += sizeof k + k.name_kept + k.value_kept;
        if (x->arguments == JOURNAL_ARGUMENTS_MAX || size > JOURNAL_ARGUMENTS_SIZE)
            break;
        x->pairs[x->arguments] = p;
        x->kept[x->arguments] = k;
        x->arguments++;
        x->size += sizeof k + k.name_kept + k.value_kept;
    }
    x->left_out += form->count - i;
}

/* Warnings are not cut as others are: there are several in the text, and their number is bounded. */
static size_t most_of(enum journal_text which)
{
    enum { LINES_MAX = 4096 };
    return which == JOURNAL_WARNINGS ? LINES_MAX : JOURNAL_TEXT_MAX;
}

void journal_entry_measure(const struct journal_note *n, struct journal_extent *x)
{
    assert(n->json.len <= JOURNAL_ARGUMENTS_SIZE);
    x->size =
        sizeof(struct journal_entry) + n->msg_id_count * sizeof n->msg_ids[0] + n->json.len;
    x->arguments = 0;
    x->left_out = n->left_out;
    for (int i = 0; i < JOURNAL_TEXTS; i++) {
        x->lengths[i] = 0;
        if (n->texts[i].len == 0) /* as most are */
            continue;
        x->lengths[i] = (uint16_t)cut(n->texts[i], most_of((enum journal_text)i));
        x->size += x->lengths[i];
    }
    if (n->form != NULL)
        measure_arguments(n->form, x);
    x->size = aligned(x->size);
}

static char *append(char *to, const void *from, size_t len)
{
    if (len > 0)
        memcpy(to, from, len);
    return to + len;
}

static void write_arguments(char *to, const struct journal_extent *x)
{
    for (size_t i = 0; i < x->arguments; i++) {
        const struct journal_kept *k = &x->kept[i];
        to = append(to, k, sizeof *k);
        to = append(to, x->pairs[i]->name.data, k->name_kept);
        to = append(to, x->pairs[i]->value.data, k->value_kept);
    }
}

void journal_entry_write(struct journal_entry *e, const struct journal_note *n,
                         const struct journal_extent *x)
{
    *e = (struct journal_entry){
        .at_ms = n->at_ms,
        .real_ms = n->real_ms,
        .took_us = -1,
        .maker = n->maker,
        .api = n->api,
        .code = n->code,
        .status = n->status,
        .attempt = n->attempt,
        .msg_id_count = (uint16_t)n->msg_id_count,
        .argument_count = (uint16_t)x->arguments,
        .json_length = (uint16_t)n->json.len,
        .left_out = (uint16_t)x->left_out,
        .hung_up = n->hung_up,
        .dropped = n->dropped,
        .fault = n->fault,
    };
    memcpy(e->lengths, x->lengths, sizeof e->lengths);
    char *to = append((char *)e->msg_ids, n->msg_ids, n->msg_id_count * sizeof n->msg_ids[0]);
    for (int i = 0; i < JOURNAL_TEXTS; i++)
        if (x->lengths[i] > 0)
            to = append(to, n->texts[i].data, x->lengths[i]);
    to = append(to, n->json.data, n->json.len);
    write_arguments(to, x);
}

/* ---- reading ---- */

/* Where the texts before this one end. */
static const char *place_of(const struct journal_entry *e, int which)
{
    const char *at = (const char *)(e->msg_ids + e->msg_id_count);
    for (int i = 0; i < which; i++)
        at += e->lengths[i];
    return at;
}

struct bytes journal_text(const struct journal_entry *e, enum journal_text which)
{
    return (struct bytes){place_of(e, (int)which), e->lengths[which]};
}

struct bytes journal_json(const struct journal_entry *e)
{
    return (struct bytes){place_of(e, JOURNAL_TEXTS), e->json_length};
}

bool journal_next_argument(const struct journal_entry *e, struct journal_cursor *at,
                           struct journal_argument *out)
{
    struct journal_kept k;
    if (at->number == e->argument_count)
        return false;
    if (at->place == NULL)
        at->place = place_of(e, JOURNAL_TEXTS) + e->json_length;
    memcpy(&k, at->place, sizeof k);
    const char *name = at->place + sizeof k;
    out->name = (struct bytes){name, k.name_kept};
    out->value = (struct bytes){name + k.name_kept, k.value_kept};
    out->value_length = k.value_length;
    at->place = out->value.data + k.value_kept;
    at->number++;
    return true;
}

size_t journal_entry_size(const struct journal_entry *e)
{
    const char *end = place_of(e, JOURNAL_TEXTS) + e->json_length;
    struct journal_cursor at = {0, NULL};
    struct journal_argument a;
    while (journal_next_argument(e, &at, &a))
        end = at.place;
    return aligned((size_t)(end - (const char *)e));
}
