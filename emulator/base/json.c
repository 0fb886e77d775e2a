/* Writing is done here; reading is cJSON's, wrapped so that the text needs no NUL at its end
 * and nothing may follow the value.
 *
 * What is written is always valid JSON and valid UTF-8, whatever the bytes: utf8_sequence()
 * accepts what RFC 3629 does, so no overlong forms, no surrogates and nothing above U+10FFFF.
 * json_escape() copies runs of plain ASCII at once, since that is nearly all there is. */
#include "base/json.h"

#include <cjson/cJSON.h>

void json_open(struct buffer *b, char bracket)
{
    json_separate(b);
    buffer_append_char(b, bracket);
}

void json_close(struct buffer *b, char bracket)
{
    buffer_append_char(b, bracket);
}

void json_string(struct buffer *b, struct bytes value)
{
    json_separate(b);
    buffer_append_char(b, '"');
    json_escape(b, value);
    buffer_append_char(b, '"');
}

void json_int(struct buffer *b, int64_t value)
{
    json_separate(b);
    buffer_append_int(b, value);
}

void json_uint(struct buffer *b, uint64_t value)
{
    json_separate(b);
    buffer_append_uint(b, value);
}

void json_literal(struct buffer *b, const char *word)
{
    json_separate(b);
    buffer_append(b, bytes_of(word));
}

void json_id(struct buffer *b, uint64_t id)
{
    json_separate(b);
    buffer_append_char(b, '"');
    buffer_append_uint(b, id);
    buffer_append_char(b, '"');
}

struct cJSON *json_parse(struct bytes text)
{
    const char *end = NULL;
    cJSON *json = cJSON_ParseWithLengthOpts(text.data, text.len, &end, 0);
    while (json != NULL && end < text.data + text.len) {
        if (strchr(" \t\r\n", *end) == NULL || *end == '\0') {
            cJSON_Delete(json);
            return NULL;
        }
        end++;
    }
    return json;
}

static bool continues(struct bytes bytes, size_t from, size_t to)
{
    if (bytes.len < to)
        return false;
    for (size_t i = from; i < to; i++)
        if (((unsigned char)bytes.data[i] & 0xc0) != 0x80)
            return false;
    return true;
}

size_t utf8_sequence(struct bytes bytes)
{
    if (bytes.len == 0)
        return 0;
    unsigned char first = (unsigned char)bytes.data[0];
    unsigned char second = bytes.len > 1 ? (unsigned char)bytes.data[1] : 0;
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return continues(bytes, 1, 2) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        bool overlong = first == 0xe0 && second < 0xa0;
        bool surrogate = first == 0xed && second > 0x9f;
        return !overlong && !surrogate && continues(bytes, 1, 3) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        bool overlong = first == 0xf0 && second < 0x90;
        bool beyond = first == 0xf4 && second > 0x8f;
        return !overlong && !beyond && continues(bytes, 1, 4) ? 4 : 0;
    }
    return 0;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static void escape_control(struct buffer *b, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    static const char letters[0x20] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    buffer_append_char(b, '\\');
    if (c == '"' || c == '\\') {
        buffer_append_char(b, (char)c);
    } else if (letters[c] != 0) {
        buffer_append_char(b, letters[c]);
    } else {
        buffer_append(b, bytes_of("u00"));
        buffer_append_char(b, digits[c >> 4]);
        buffer_append_char(b, digits[c & 15]);
    }
}

void json_escape(struct buffer *b, struct bytes value)
{
    size_t at = 0;
    while (at < value.len) {
        size_t plain = at;
        while (plain < value.len && is_plain((unsigned char)value.data[plain]))
            plain++;
        buffer_append(b, (struct bytes){value.data + at, plain - at});
        at = plain;
        if (at == value.len)
            break;

        struct bytes rest = {value.data + at, value.len - at};
        size_t sequence = utf8_sequence(rest);
        if (sequence == 0)
            buffer_append(b, bytes_of("\xef\xbf\xbd"));
        else if (sequence == 1)
            escape_control(b, (unsigned char)rest.data[0]);
        else
            buffer_append(b, (struct bytes){rest.data, sequence});
        at += sequence == 0 ? 1 : sequence;
    }
}
