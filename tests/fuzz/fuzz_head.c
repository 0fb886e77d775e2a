/* The head of a request: a target, and lines "Name: value". What is read of them, and who is let in
 * by that, against plain rules; and no text is read beyond its end. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/request_text.h"

#include "api/host.h"
#include "api/v3/headers.h"
#include "api/v3/request.h"
#include "service/gate.h"

#include <assert.h>

static bool within(struct bytes part, struct bytes all)
{
    return part.len == 0 ||
           (part.data >= all.data && part.data + part.len <= all.data + all.len);
}

static bool has(struct bytes text, char c)
{
    return text.len > 0 && memchr(text.data, c, text.len) != NULL;
}

/* ---- the target ---- */

static void check_target(struct head *h, struct bytes target)
{
    struct buffer path = {0};
    head_take_target(h, target, &path);
    assert(within(h->target_host, target));
    assert(!has(h->target_host, '/') && !has(h->target_host, '?') && !has(h->target_host, '@'));
    if (h->target_host.len > 0)
        assert(path.len > 0 && path.data[0] == '/');
    if (bytes_begin(target, "/"))
        assert(bytes_equal(buffer_bytes(&path), target) && h->target_host.len == 0);
    assert(path.len <= target.len + 1);
    buffer_free(&path);
}

/* ---- header fields ---- */

/* The value that counts is that of the first line of this name: head.c and api/v3/headers.c have
 * to agree, since what is judged must be what was signed. */
static void check_field(struct bytes lines, const char *name, struct bytes taken)
{
    struct bytes value = v3_header(lines, bytes_of(name));
    assert((value.data == NULL) == (taken.data == NULL));
    assert(bytes_equal(value, bytes_trim(taken)));
}

static void check_fields(const struct head *h, struct bytes lines)
{
    check_field(lines, "host", h->host);
    check_field(lines, "ORIGIN", h->origin);
    check_field(lines, "Sec-fetch-Site", h->fetch_site);
    check_field(lines, "sec-fetch-dest", h->fetch_dest);
    check_field(lines, "User-Agent", h->user_agent);
    check_field(lines, "authorization", h->authorization);
    check_field(lines, "x-tc-action", h->tc_action);
    check_field(lines, "X-TC-Version", h->tc_version);
    check_field(lines, "X-TC-TimeStamp", h->tc_timestamp);
    check_field(lines, "X-Tc-Token", h->tc_token);
    check_field(lines, "X-TC-Region", h->tc_region);
}

/* ---- what follows from them ---- */

static const char *const names[] = {NULL, "my.test, other.example"};
static const char *const tokens[] = {NULL, "secret"};

static void check_verdict(enum gate_verdict verdict, const struct gate *g, enum gate_area area,
                          const struct head *h)
{
    struct buffer why = {0};
    bool public = area == AREA_PUBLIC || area == AREA_PAGE;
    bool admin = area == AREA_ADMIN || area == AREA_PAGE || area == AREA_SINK;
    assert(verdict != GATE_OFF || (g->admin_off && admin));
    assert(verdict != GATE_NO_TOKEN || (g->admin_token != NULL && !public && area != AREA_CMQ));
    if (verdict == GATE_OPEN) {
        assert(gate_is_our_host(g, h->target_host));
        assert(h->origin.len == 0 || h->host.len > 0 || g->host_names != NULL);
        return;
    }
    gate_explain(&why, verdict, h);
    assert(!why.failed && why.len > 0);
    buffer_free(&why);
}

static void check_gate(struct bytes method, const struct head *h)
{
    for (unsigned i = 0; i < 8; i++) {
        const struct gate g = {names[i & 1], tokens[i >> 1 & 1], (i >> 2 & 1) != 0};
        for (enum gate_area area = AREA_CMQ; area <= AREA_SINK; area++)
            check_verdict(gate_judge(&g, area, method, h), &g, area, h);
    }
}

static void check_host(struct bytes host)
{
    struct bytes name = gate_name_of(host), bare = host_without_port(host);
    assert(within(name, host) && within(bare, host));
    if (bare.len < host.len)
        assert(host.data[bare.len] == ':');
}

static void check_v3(const struct head *h)
{
    struct v3_request r = {
        .path = bytes_of("/"),
        .action_field = h->tc_action,
        .version_field = h->tc_version,
        .authorization = h->authorization,
        .timestamp_field = h->tc_timestamp,
        .region_field = h->tc_region,
    };
    bool told = h->tc_action.data != NULL || h->tc_version.data != NULL;
    bool is = v3_request_read(&r);
    assert(is || !told);
    if (is)
        assert(r.by_fields && within(r.secret_id, h->authorization));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct request_text r;
    struct head head = {.host = {NULL, 0}};
    request_text_read(&r, (struct bytes){(const char *)data, size});
    struct bytes lines = buffer_bytes(&r.headers);
    request_text_take_head(&r, &head);
    check_target(&head, r.target);
    check_fields(&head, lines);
    check_gate(r.method, &head);
    check_host(head.host);
    check_host(head.target_host);
    check_v3(&head);
    request_text_free(&r);
    return 0;
}
