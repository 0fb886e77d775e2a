/* Growing, and writing numbers. Appending itself is inline, in the header: most answers are
 * made of short pieces.
 *
 * The room is doubled when it runs out, so that n bytes are copied O(n) times in all however
 * small the pieces are. Once failed is set, appends stop only when they need more room: short
 * pieces may still be written after a long one was lost, which is why failed has to be
 * checked. */
#include "base/buffer.h"

#include <stdlib.h>

static void end_loans(struct buffer *b)
{
    if (b->loans == NULL)
        return;
    for (size_t i = 0; i < b->loans->count; i++)
        blob_give(b->loans->items[i].blob);
    free(b->loans);
    b->loans = NULL;
}

void buffer_free(struct buffer *b)
{
    end_loans(b);
    free(b->data);
    *b = (struct buffer){0};
}

void buffer_clear(struct buffer *b)
{
    end_loans(b);
    b->len = 0;
    b->failed = false;
}

bool buffer_reserve_loans(struct buffer *b, size_t n)
{
    size_t count = buffer_loan_count(b);
    size_t room = b->loans != NULL ? b->loans->room : 0;
    if (room - count >= n)
        return true;
    room = room == 0 ? 16 : room * 2;
    room = room < count + n ? count + n : room;
    struct loans *loans = realloc(b->loans, sizeof *loans + room * sizeof loans->items[0]);
    if (loans == NULL) {
        b->failed = true;
        return false;
    }
    loans->count = count;
    loans->room = room;
    b->loans = loans;
    return true;
}

void buffer_lend(struct buffer *b, struct blob *blob, enum loan_form form)
{
    if (b->failed || !buffer_reserve_loans(b, 1))
        return;
    b->loans->items[b->loans->count++] = (struct loan){b->len, blob_take(blob), form};
}

size_t buffer_size(const struct buffer *b)
{
    size_t lent = b->loans != NULL ? b->loans->room * sizeof b->loans->items[0] : 0;
    return b->room + lent;
}

bool buffer_reserve_exactly(struct buffer *b, size_t room)
{
    if (b->failed)
        return false;
    if (b->room >= room)
        return true;
    char *data = realloc(b->data, room);
    if (data == NULL) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->room = room;
    return true;
}

bool buffer_reserve(struct buffer *b, size_t n)
{
    if (b->failed)
        return false;
    if (b->room - b->len >= n)
        return true;
    size_t room = b->room < 256 ? 256 : b->room * 2;
    return buffer_reserve_exactly(b, room < b->len + n ? b->len + n : room);
}

/* Four digits at a time, then two: ids have nineteen of them, and every answer has ids. */
void buffer_append_uint(struct buffer *b, uint64_t n)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    char digits[20];
    size_t at = sizeof digits;
    for (; n >= 10000; n /= 10000) {
        unsigned four = (unsigned)(n % 10000);
        memcpy(digits + (at -= 2), pairs + 2 * (size_t)(four % 100), 2);
        memcpy(digits + (at -= 2), pairs + 2 * (size_t)(four / 100), 2);
    }
    for (; n >= 10; n /= 100)
        memcpy(digits + (at -= 2), pairs + 2 * (n % 100), 2);
    if (n > 0 || at == sizeof digits)
        digits[--at] = (char)('0' + n);
    buffer_append(b, (struct bytes){digits + at, sizeof digits - at});
}

void buffer_append_int(struct buffer *b, int64_t n)
{
    if (n < 0)
        buffer_append_char(b, '-');
    buffer_append_uint(b, n < 0 ? -(uint64_t)n : (uint64_t)n);
}
