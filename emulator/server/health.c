#include "server/health.h"

#include "server/port_file.h"

#include <curl/curl.h>
#include <string.h>

enum { URL_SIZE = 512, CA_SIZE = 4096, PATIENCE_MS = 3000 };
enum { COMMAND_SIZE = 32768, WORDS_MAX = 1024 };

/* ---- where it listens ---- */

static bool is_emulator(const char *word)
{
    const char *slash = strrchr(word, '/');
    return strcmp(slash != NULL ? slash + 1 : word, "cmq-emulator") == 0;
}

/* The words of a command line from the emulator on: it comes first, or behind "init --". Returns
 * how many; 0 where there is no emulator. */
static int read_words(const char *path, char text[COMMAND_SIZE], char *words[WORDS_MAX])
{
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return 0;
    size_t len = fread(text, 1, COMMAND_SIZE - 1, f);
    fclose(f);
    text[len] = '\0';

    int count = 0;
    const char *before = "--";
    for (char *word = text; word < text + len && count < WORDS_MAX; word += strlen(word) + 1) {
        if (count > 0 || (is_emulator(word) && strcmp(before, "--") == 0))
            words[count++] = word;
        before = word;
    }
    return count;
}

void health_follow(struct options *o, const char *command_line, int argc, char **argv)
{
    static char text[COMMAND_SIZE];
    char *words[WORDS_MAX + 1];
    struct options found;
    int count = o->health == NULL ? read_words(command_line, text, words) : 0;
    if (count == 0 || count + argc > WORDS_MAX)
        return;
    for (int i = 1; i < argc; i++)
        words[count++] = argv[i];
    words[count] = NULL;
    if (options_read(&found, count, words, stderr) == OPTIONS_HEALTH)
        *o = found;
}

/* With --port 0 the port file says which one it is. */
static int port_of(const struct options *o)
{
    int first = (int)o->ports.all[0];
    return first == 0 && o->port_file != NULL ? port_file_read(o->port_file) : first;
}

/* An emulator that listens on all addresses is asked at a loopback address. With "::"
 * that may be either of two: containers often have no IPv6, not even ::1, and the socket then
 * serves IPv4 alone. */
static bool is_either(const struct options *o)
{
    return (o->health == NULL || o->health[0] == '\0') && strcmp(o->listen, "::") == 0;
}

static void url_of(const struct options *o, char url[URL_SIZE])
{
    const char *host = o->listen;
    if (o->health != NULL && o->health[0] != '\0') {
        size_t len = strlen(o->health);
        bool slash = len > 0 && o->health[len - 1] == '/';
        bool path = strstr(o->health, "/_emulator") != NULL;
        snprintf(url, URL_SIZE, "%s%.*s%s", strstr(o->health, "://") == NULL ? "http://" : "",
                 (int)(slash ? len - 1 : len), o->health, path ? "" : "/_emulator/health");
        return;
    }
    if (strcmp(host, "0.0.0.0") == 0)
        host = "127.0.0.1";
    if (is_either(o))
        host = "localhost";
    snprintf(url, URL_SIZE,
             strchr(host, ':') != NULL ? "http://[%s]:%d/_emulator/health"
                                       : "http://%s:%d/_emulator/health",
             host, port_of(o));
}

/* What "localhost" stands for, whatever /etc/hosts says; NULL where the URL has an address. */
static struct curl_slist *addresses_of(const struct options *o)
{
    char text[64];
    if (!is_either(o))
        return NULL;
    snprintf(text, sizeof text, "localhost:%d:127.0.0.1,[::1]", port_of(o));
    return curl_slist_append(NULL, text);
}

/* The emulator's own authority, if it has one; else those of the system. */
static void trust(CURL *curl, const struct options *o, char ca[CA_SIZE])
{
    if (o->tls_self_signed == NULL)
        return;
    snprintf(ca, CA_SIZE, "%s/ca.pem", o->tls_self_signed);
    curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
}

bool health_ask(const struct options *o, FILE *errors)
{
    char url[URL_SIZE];
    char ca[CA_SIZE];
    char why[CURL_ERROR_SIZE] = "";
    long status = 0;
    url_of(o, url);
    CURL *curl = curl_easy_init();
    if (curl == NULL) {
        fprintf(errors, "cmq-emulator: no memory\n");
        return false;
    }
    struct curl_slist *addresses = addresses_of(o);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_RESOLVE, addresses);
    trust(curl, o, ca);
#if LIBCURL_VERSION_NUM >= CURL_VERSION_BITS(7, 85, 0)
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)PATIENCE_MS);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    CURLcode result = curl_easy_perform(curl); /* prints the answer */
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    curl_slist_free_all(addresses);
    printf("%s", result == CURLE_OK ? "\n" : "");
    if (result != CURLE_OK)
        fprintf(errors, "cmq-emulator: %s: %s\n", url,
                why[0] != '\0' ? why : curl_easy_strerror(result));
    else if (status != 200)
        fprintf(errors, "cmq-emulator: %s: status %ld\n", url, status);
    return result == CURLE_OK && status == 200;
}
