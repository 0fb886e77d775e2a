#include "server/mdoc.h"

#include <assert.h>
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* These come out as the ASCII characters that they are, not as quotation marks or hyphens. */
static const char *name_of(char c)
{
    switch (c) {
    case '\\':
        return "\\e";
    case '-':
        return "\\-";
    case '`':
        return "\\(ga";
    case '^':
        return "\\(ha";
    case '~':
        return "\\(ti";
    case '"':
        return "\\(dq";
    default:
        assert(c == '\'');
        return "\\(aq";
    }
}

/* special: the characters that go by their names. Returns how many bytes it takes; prints nothing
 * where to is NULL. */
static size_t put_word(FILE *to, const char *word, size_t len, const char *special)
{
    size_t size = 0;
    for (size_t i = 0; i < len; i++) {
        const char plain[] = {word[i], '\0'};
        const char *text = strchr(special, word[i]) != NULL ? name_of(word[i]) : plain;
        size += strlen(text);
        if (to != NULL)
            fputs(text, to);
    }
    return size;
}

/* --limits, also behind a bracket: its hyphens are typed. */
static bool is_option(const char *word, size_t len)
{
    size_t opening = strspn(word, "([\"");
    return opening < len && word[opening] == '-';
}

static bool ends_sentence(const char *word, size_t len)
{
    while (len > 0 && strchr(")]\"", word[len - 1]) != NULL)
        len--;
    return len > 0 && strchr(".!?", word[len - 1]) != NULL;
}

void mdoc_text(FILE *to, const char *text)
{
    enum { WIDTH = 78 };
    size_t column = 0;
    bool new_line = false;
    for (size_t len; *text != '\0'; text += len + strspn(text + len, " ")) {
        len = strcspn(text, " ");
        const char *special = is_option(text, len) ? "\\`^~-" : "\\`^~";
        size_t size = put_word(NULL, text, len, special);
        if (column > 0 && (new_line || column + 1 + size > WIDTH)) {
            fprintf(to, "\n");
            column = 0;
        }
        if (column > 0)
            column += (size_t)fprintf(to, " ");
        else if (text[0] == '.' || text[0] == '\'')
            column += (size_t)fprintf(to, "\\&");
        column += put_word(to, text, len, special);
        new_line = ends_sentence(text, len);
    }
    if (column > 0)
        fprintf(to, "\n");
}

/* A word that begins with a capital may be the name of a macro; after \& it is text. */
void mdoc_arguments(FILE *to, const char *text)
{
    for (size_t len; *text != '\0'; text += len + strspn(text + len, " ")) {
        len = strcspn(text, " ");
        fputs(isupper((unsigned char)text[0]) ? " \\&" : " ", to);
        put_word(to, text, len, "\\`^~\"-");
    }
}

void mdoc_literal(FILE *to, const char *line)
{
    if (line[0] == '.' || line[0] == '\'')
        fprintf(to, "\\&");
    put_word(to, line, strlen(line), "\\`^~-'");
    fprintf(to, "\n");
}
