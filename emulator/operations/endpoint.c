/* A URL is accepted when libcurl, which will send the pushes, can parse it: so no attempt fails
 * for a form that was accepted here. libcurl alone is too lenient, since it would accept other
 * schemes, none, and repair what is malformed: hence the checks before it. */
#include "operations/endpoint.h"

#include <curl/curl.h>

static bool has_byte(struct bytes text, bool (*is)(unsigned char c))
{
    for (size_t i = 0; i < text.len; i++)
        if (is((unsigned char)text.data[i]))
            return true;
    return false;
}

static bool is_blank(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_control(unsigned char c)
{
    return c < ' ' || c == 0x7f;
}

/* Names, in any alphabet, and numbers; older versions of libcurl take more than that. */
static bool is_host(const char *host)
{
    return host[0] == '[' || host[strcspn(host, " !\"#$&'()*+,/:;<=>?@[\\]^`{|}")] == '\0';
}

/* Whether libcurl can parse the URL and finds a host in it. */
static bool is_url(struct bytes endpoint)
{
    char text[ENDPOINT_LENGTH_MAX + 1];
    memcpy(text, endpoint.data, endpoint.len);
    text[endpoint.len] = '\0';
    CURLU *url = curl_url();
    char *host = NULL;
    bool fits = url != NULL && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK && host[0] != '\0' &&
                is_host(host);
    curl_free(host);
    curl_url_cleanup(url);
    return fits;
}

static enum cmq_err check_url(struct bytes endpoint)
{
    static const char scheme[] = "http://";
    size_t len = strlen(scheme);
    if (has_byte(endpoint, is_blank))
        return CMQ_BLANK_IN_URL;
    if (endpoint.len > ENDPOINT_LENGTH_MAX || endpoint.len <= len ||
        endpoint.data[len] == '/' || /* libcurl would take what follows as the host */
        !bytes_equal_nocase((struct bytes){endpoint.data, len}, bytes_of(scheme)) ||
        has_byte(endpoint, is_control) || !is_url(endpoint))
        return CMQ_ENDPOINT_FORMAT;
    return CMQ_OK;
}

enum cmq_err endpoint_check(struct bytes endpoint, enum push_protocol protocol)
{
    if (protocol == PROTOCOL_HTTP)
        return check_url(endpoint);
    return is_name(endpoint) ? CMQ_OK : CMQ_ENDPOINT_QUEUE;
}
