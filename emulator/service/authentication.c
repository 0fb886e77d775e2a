/* The checks, in the order of common 10: what has to be there, whose the secret id is, how old
 * the call is, the token, and at last the signature, which alone costs something. Both ways to
 * sign a call are a struct claim for that, whose last check differs. */
#include "service/authentication.h"

#include "api/v2/explain.h"
#include "api/v3/explain.h"
#include "base/number.h"
#include "service/inside.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* What a call says of its caller. */
struct claim {
    const char *api;
    const char *missing; /* the name of the first thing that is not there; NULL: all is there */
    bool malformed;      /* Authorization */
    struct bytes action, secret_id, timestamp, token;
    bool (*verify)(const struct claim *claim, const struct exchange *x,
                   const struct credential *c, unsigned *variants);
    void (*explain)(const struct claim *claim, const struct exchange *x,
                    const struct credential *c, struct explanation *out);
    struct v3_authorization authorization; /* of one that is signed by its head */
};

/* ---- the parameters as they came ---- */

static bool is_any_judged(const struct service *s)
{
    return s->config.auth != AUTH_OFF && registry_has_credentials(&s->registry);
}

bool authentication_wants_hash(const struct exchange *x)
{
    return x->head.authorization.len > 0 && is_any_judged(x->service);
}

void authentication_keep(struct exchange *x, struct query query)
{
    if (!is_any_judged(x->service) || x->body.len > CALL_WIRE_MAX)
        return; /* one that is too long is refused before its signature is looked at */
    buffer_append(&x->raw, (struct bytes){query.text, query.len});
    buffer_append(&x->raw, buffer_bytes(&x->body));
    x->raw_query_len = query.len;
}

static struct bytes raw_query(const struct exchange *x)
{
    return (struct bytes){x->raw.data, x->raw.failed ? 0 : x->raw_query_len};
}

static struct bytes raw_body(const struct exchange *x)
{
    if (x->raw.failed || x->raw.len <= x->raw_query_len)
        return (struct bytes){NULL, 0};
    return (struct bytes){x->raw.data + x->raw_query_len, x->raw.len - x->raw_query_len};
}

/* ---- judging ---- */

static bool is_strict(const struct exchange *x)
{
    return x->service->config.auth == AUTH_STRICT;
}

/* Seconds to milliseconds, without passing the range of either. */
static cmq_ms skew_of(int64_t timestamp_s, cmq_ms wall_ms)
{
    const int64_t most_s = INT64_MAX / 4000;
    if (timestamp_s > most_s)
        timestamp_s = most_s;
    if (timestamp_s < -most_s)
        timestamp_s = -most_s;
    return timestamp_s * 1000 - wall_ms;
}

/* A token that a permanent key does not need is signed like any parameter, and does no harm; strict
 * judges refuse it all the same (decisions 14). */
static bool has_token(const struct exchange *x, const struct credential *c, struct bytes token)
{
    if (c->token == NULL)
        return token.len == 0 || !is_strict(x);
    return digest_equal(token, bytes_of(c->token));
}

static enum verdict judge_time(const struct exchange *x, const struct claim *claim,
                               cmq_ms wall_ms)
{
    int64_t timestamp_s;
    cmq_ms max_ms = x->service->config.max_skew_ms;
    if (!parse_int(claim->timestamp, &timestamp_s))
        return VERDICT_NO_NUMBER;
    if (max_ms > 0 && llabs(skew_of(timestamp_s, wall_ms)) > max_ms)
        return VERDICT_EXPIRED;
    return VERDICT_PASSED;
}

static enum verdict judge(const struct exchange *x, const struct claim *claim,
                          const struct credential *c, cmq_ms wall_ms, unsigned *variants)
{
    if (claim->missing != NULL)
        return VERDICT_MISSING;
    if (claim->malformed)
        return VERDICT_MALFORMED;
    if (c == NULL)
        return bytes_begin(claim->secret_id, "AKID") ? VERDICT_NO_ID : VERDICT_ODD_ID;
    enum verdict v = judge_time(x, claim, wall_ms);
    if (v != VERDICT_PASSED)
        return v;
    if (!has_token(x, c, claim->token))
        return VERDICT_TOKEN;
    if (claim->verify(claim, x, c, variants))
        return VERDICT_PASSED;
    return x->raw.failed || x->headers.failed ? VERDICT_NO_MEMORY : VERDICT_SIGNATURE;
}

/* ---- telling ---- */

static void tell_skew(struct buffer *out, const struct exchange *x, struct bytes timestamp,
                      cmq_ms wall_ms)
{
    char text[160];
    int64_t timestamp_s = 0;
    (void)parse_int(timestamp, &timestamp_s);
    cmq_ms skew_ms = skew_of(timestamp_s, wall_ms);
    snprintf(text, sizeof text,
             "the Timestamp is %lld s %s the real clock, and --max-skew allows %lld s",
             llabs(skew_ms) / 1000, skew_ms < 0 ? "behind" : "ahead of",
             (long long)(x->service->config.max_skew_ms / 1000));
    buffer_append(out, bytes_of(text));
}

/* One sentence about why the call is refused. */
static void tell(struct buffer *out, const struct exchange *x, const struct claim *claim,
                 enum verdict v, cmq_ms wall_ms)
{
    static const char *const sentences[VERDICT_SIGNATURE] = {
        [VERDICT_MALFORMED] = "the header field Authorization is not TC3-HMAC-SHA256 "
                              "Credential=ID/DATE/SERVICE/tc3_request, "
                              "SignedHeaders=content-type;host, Signature=HEX",
        [VERDICT_NO_ID] = "the secret id is not one of the namespace's credentials",
        [VERDICT_ODD_ID] = "the secret id is not one of the namespace's credentials, and does "
                           "not begin with AKID as those of the service do",
        [VERDICT_NO_NUMBER] = "the Timestamp is not a number of seconds",
        [VERDICT_TOKEN] = "the Token is not that of the credential",
    };
    switch ((int)v) {
    case VERDICT_MISSING:
        buffer_append(out, bytes_of(claim->missing));
        buffer_append(out, bytes_of(" is missing; a namespace with credentials serves signed "
                                    "calls alone, unless --auth off"));
        break;
    case VERDICT_EXPIRED:
        tell_skew(out, x, claim->timestamp, wall_ms);
        break;
    default: /* a signature has an explanation instead */
        assert(v < VERDICT_SIGNATURE);
        assert(sentences[v] != NULL);
        buffer_append(out, bytes_of(sentences[v]));
        break;
    }
}

/* An explanation may take some milliseconds, and a client that signs wrongly may be one that asks
 * again and again: there is a bucket of them, which fills with real time. */
static bool may_explain(struct service *s, cmq_ms real_now_ms)
{
    enum { BUCKET = 100 };
    const cmq_ms fill_ms = 100;
    cmq_ms empty_ms = real_now_ms - BUCKET * fill_ms;
    if (s->explained_ms < empty_ms)
        s->explained_ms = empty_ms;
    if (s->explained_ms + fill_ms > real_now_ms)
        return false;
    s->explained_ms += fill_ms;
    return true;
}

/* Texts may be as long as the request, so they are handed over, not copied. */
static void take(struct buffer *to, struct buffer *from)
{
    struct buffer old = *to;
    *to = *from;
    *from = old;
}

/* What should have been signed, and what the client signed instead. */
static void explain(struct refused *r, const struct exchange *x, const struct claim *claim,
                    const struct credential *c, cmq_ms real_now_ms)
{
    struct explanation e = {.found = false};
    if (!may_explain(x->service, real_now_ms)) {
        buffer_append(&r->difference,
                      bytes_of("there were so many refused signatures that this one is not "
                               "looked into"));
        return;
    }
    claim->explain(claim, x, c, &e);
    take(&r->string_to_sign, &e.to_sign);
    if (e.found)
        take(&r->likely_signed, &e.likely);
    take(&r->difference, &e.difference);
    explanation_free(&e);
}

/* Keep what explains the refusal, and warn of it. */
static void note(struct exchange *x, const struct claim *claim, const struct credential *c,
                 enum verdict v)
{
    struct namespace *ns = x->namespace;
    struct refused *r = &ns->refused;
    refused_clear(r);
    r->api = claim->api;
    r->at_ms = engine_now_ms(ns->engine);
    buffer_append(&r->action, claim->action);
    buffer_append(&r->secret_id, claim->secret_id);
    if (v == VERDICT_SIGNATURE)
        explain(r, x, claim, c, ns->real_now_ms);
    else
        tell(&r->difference, x, claim, v, namespace_wall_ms(ns));
    refused_keep(r, &ns->host->budgets.messages);
    warnings_say(&x->warnings, WARNING_SIGNATURE,
                 "signature refused: ", buffer_bytes(&r->difference));
}

/* A signature that is right in the way of some clients alone: once for each secret id. */
static void warn_of_variants(struct exchange *x, struct bytes secret_id, unsigned variants)
{
    static const struct {
        enum v2_variant variant;
        const char *what;
    } rows[] = {
        {V2_VARIANT_AT, "values that begin with @ are not signed"},
        {V2_VARIANT_PATH, "the path /v2/index.php is signed instead of the one requested"},
        {V2_VARIANT_PORT, "the host is signed without its port"},
        {V2_VARIANT_WIRE, "values are signed percent-encoded"},
        {V2_VARIANT_DOTS, "names are sorted after their _ has become ."},
        {V2_VARIANT_PLUS, "a + of the signature was not percent-encoded"},
    };
    struct buffer text = {0};
    if (!once_is_new(&x->service->odd_signers, secret_id))
        return;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if ((variants & rows[i].variant) == 0)
            continue;
        buffer_append(&text, bytes_of(rows[i].what));
        buffer_append(&text, bytes_of("; "));
    }
    buffer_append(&text, bytes_of("--auth strict refuses that"));
    warnings_say(&x->warnings, WARNING_SIGNATURE, "signature accepted: ", buffer_bytes(&text));
    buffer_free(&text);
}

static enum verdict authenticate(struct exchange *x, const struct claim *claim,
                                 const char **about)
{
    unsigned variants = 0;
    const struct credential *c = x->caller.credential;
    enum verdict v = judge(x, claim, c, namespace_wall_ms(x->namespace), &variants);
    if (v != VERDICT_PASSED && v != VERDICT_NO_MEMORY)
        note(x, claim, c, v);
    else if (variants != 0)
        warn_of_variants(x, claim->secret_id, variants);
    *about = v == VERDICT_MISSING     ? claim->missing
             : v == VERDICT_NO_NUMBER ? "Timestamp"
                                      : NULL;
    return v;
}

static bool is_judged(const struct exchange *x)
{
    return x->service->config.auth != AUTH_OFF && namespace_has_credentials(x->namespace);
}

/* ---- signed by parameters ---- */

static const char *missing_parameter(const struct exchange *x)
{
    static const char *const names[] = {"SecretId", "Timestamp", "Nonce", "Signature", NULL};
    const char *const *name = names;
    while (*name != NULL && form_value(&x->call.form, *name).len > 0)
        name++;
    return *name;
}

static struct v2_signed signed_by_parameters(const struct exchange *x,
                                             const struct credential *c)
{
    return (struct v2_signed){
        .method = x->method,
        .host = x->head.host,
        .path = {x->target.data, x->path_len},
        .form = &x->call.form,
        .wire = x->call.from_body ? raw_body(x) : raw_query(x),
        .key = bytes_of(c->key),
        .strict = is_strict(x),
    };
}

static bool verify_parameters(const struct claim *claim, const struct exchange *x,
                              const struct credential *c, unsigned *variants)
{
    const struct v2_signed s = signed_by_parameters(x, c);
    (void)claim;
    return v2_signature_verify(&s, variants);
}

static void explain_parameters(const struct claim *claim, const struct exchange *x,
                               const struct credential *c, struct explanation *out)
{
    const struct allocator heap = allocator_heap();
    const struct v2_signed s = signed_by_parameters(x, c);
    (void)claim;
    v2_explain(&s, bytes_of(x->service->config.address), &heap, out);
}

enum verdict authenticate_parameters(struct exchange *x, const char *api, const char **about)
{
    if (!is_judged(x))
        return VERDICT_PASSED;
    const struct claim claim = {
        .api = api,
        .missing = missing_parameter(x),
        .action = form_value(&x->call.form, "Action"),
        .secret_id = form_value(&x->call.form, "SecretId"),
        .timestamp = form_value(&x->call.form, "Timestamp"),
        .token = form_value(&x->call.form, "Token"),
        .verify = verify_parameters,
        .explain = explain_parameters,
    };
    return authenticate(x, &claim, about);
}

/* ---- signed by the head ---- */

/* Of such a call neither the query nor, yet, the body has been written over. */
static struct v3_signed signed_by_head(const struct exchange *x, const struct credential *c)
{
    const struct intake *in = &x->intake;
    size_t has_query = x->path_len < x->target.len; /* so there is a question mark */
    return (struct v3_signed){
        .method = x->method,
        .query = {x->target.data + x->path_len + has_query,
                  x->target.len - x->path_len - has_query},
        .headers = buffer_bytes(&x->headers),
        .body = buffer_bytes(&x->body),
        .hash = {in->hashed ? in->hash : NULL, DIGEST_HEX},
        .key = bytes_of(c->key),
        .strict = is_strict(x),
    };
}

static bool verify_head(const struct claim *claim, const struct exchange *x,
                        const struct credential *c, unsigned *variants)
{
    const struct v3_signed s = signed_by_head(x, c);
    *variants = 0;
    return v3_signature_verify(&s, &claim->authorization) == V3_SIGNATURE_RIGHT;
}

static void explain_head(const struct claim *claim, const struct exchange *x,
                         const struct credential *c, struct explanation *out)
{
    const struct v3_signed s = signed_by_head(x, c);
    const struct v3_surroundings around = {
        .path = {x->target.data, x->path_len},
        .address = bytes_of(x->service->config.address),
    };
    v3_explain(&s, &claim->authorization, v3_signature_verify(&s, &claim->authorization),
               &around, out);
}

enum verdict authenticate_head(struct exchange *x, const char *api, const char **about)
{
    if (!is_judged(x))
        return VERDICT_PASSED;
    struct claim claim = {
        .api = api,
        .missing = x->head.authorization.len == 0 ? "Authorization" : NULL,
        .action = x->head.tc_action,
        .timestamp = x->head.tc_timestamp,
        .token = x->head.tc_token,
        .verify = verify_head,
        .explain = explain_head,
    };
    claim.malformed = !v3_authorization_read(x->head.authorization, &claim.authorization);
    claim.secret_id = claim.authorization.secret_id;
    return authenticate(x, &claim, about);
}
