/* Most rules do not fit most calls, and a hash of each text tells so: of a call, only those are
 * made that a rule asks for. They are over small letters, since some texts are compared without
 * regard to case; is_same() has the last word. */
#include "namespace/faults.h"

#include "base/random.h"

void faults_init(struct faults *f, const struct allocator *a, struct budget *budget,
                 uint64_t seed)
{
    *f = (struct faults){.allocator = *a, .budget = budget, .seed = seed};
    list_init(&f->rules);
}

void faults_clear(struct faults *f)
{
    for (struct fault_rule *r; (r = faults_next(f, NULL)) != NULL;)
        faults_remove(f, r);
}

void faults_reset(struct faults *f)
{
    uint64_t kept = 0;
    for (struct fault_rule *r = faults_next(f, NULL), *next; r != NULL; r = next) {
        next = faults_next(f, r);
        if (!r->spec.sloppy)
            faults_remove(f, r);
        else
            r->matched = r->applied = 0;
    }
    for (struct fault_rule *r = NULL; (r = faults_next(f, r)) != NULL;)
        kept = r->id > kept ? r->id : kept;
    f->last_id = kept;
    memset(f->applied, 0, sizeof f->applied);
}

/* ---- rules ---- */

static uint64_t hash_of(struct bytes text)
{
    uint64_t h = text.len;
    for (size_t i = 0; i < text.len; i++)
        h = (h ^ (unsigned char)ascii_lower(text.data[i])) * UINT64_C(0x100000001b3);
    return mix64(h);
}

static size_t text_size(const char *text)
{
    return text != NULL ? strlen(text) + 1 : 0;
}

size_t fault_rule_size(const struct fault_rule_spec *spec)
{
    size_t size =
        spec->text.len + text_size(spec->fault.v3_code) + text_size(spec->fault.message);
    for (size_t k = 0; k < FAULT_KEYS; k++)
        size += spec->scope.keys[k].len;
    return size;
}

bool faults_have_room(const struct faults *f, size_t bytes)
{
    return f->count < FAULTS_MAX && budget_has(f->budget, sizeof(struct fault_rule) + bytes);
}

static struct bytes copy_bytes(char **to, struct bytes text)
{
    struct bytes copy = {*to, text.len};
    if (text.len > 0)
        memcpy(*to, text.data, text.len);
    *to += text.len;
    return copy;
}

static const char *copy_text(char **to, const char *text)
{
    return text == NULL ? NULL : copy_bytes(to, (struct bytes){text, text_size(text)}).data;
}

static void take_texts(struct fault_rule *r)
{
    struct fault_rule_spec *s = &r->spec;
    char *to = r->texts;
    for (size_t k = 0; k < FAULT_KEYS; k++) {
        s->scope.keys[k] = copy_bytes(&to, s->scope.keys[k]);
        if (s->scope.keys[k].len == 0)
            continue;
        r->wanted |= 1U << k;
        r->hashes[k] = hash_of(s->scope.keys[k]);
    }
    s->text = copy_bytes(&to, s->text);
    s->fault.v3_code = copy_text(&to, s->fault.v3_code);
    s->fault.message = copy_text(&to, s->fault.message);
}

static struct list_node *place_of(struct faults *f, bool sloppy)
{
    struct list_node *l = &f->rules;
    while (!sloppy && l->prev != &f->rules &&
           CONTAINER_OF(l->prev, const struct fault_rule, link)->spec.sloppy)
        l = l->prev;
    return l;
}

struct fault_rule *faults_add(struct faults *f, const struct fault_rule_spec *spec)
{
    size_t size = sizeof(struct fault_rule) + fault_rule_size(spec);
    if (f->count >= FAULTS_MAX || !budget_admits(f->budget, size))
        return NULL;
    struct fault_rule *r = allocator_take_zeroed(&f->allocator, size);
    if (r == NULL)
        return NULL;
    budget_charge(f->budget, size);
    r->charged = size;
    r->id = ++f->last_id;
    r->spec = *spec;
    take_texts(r);
    list_insert(place_of(f, spec->sloppy), &r->link);
    f->count++;
    f->wanted |= r->wanted;
    return r;
}

struct fault_rule *faults_next(const struct faults *f, const struct fault_rule *r)
{
    struct list_node *next = r == NULL ? f->rules.next : r->link.next;
    return next == &f->rules ? NULL : CONTAINER_OF(next, struct fault_rule, link);
}

struct fault_rule *faults_find(const struct faults *f, uint64_t id)
{
    struct fault_rule *r = NULL;
    while ((r = faults_next(f, r)) != NULL && r->id != id)
        continue;
    return r;
}

void faults_remove(struct faults *f, struct fault_rule *r)
{
    list_unlink(&r->link);
    f->count--;
    budget_give(f->budget, r->charged);
    allocator_give(&f->allocator, r);
    f->wanted = 0;
    for (struct fault_rule *other = NULL; (other = faults_next(f, other)) != NULL;)
        f->wanted |= other->wanted;
}

bool faults_add_sloppy(struct faults *f)
{
    static const struct {
        double probability;
        struct fault fault;
        const char *text;
    } set[] = {
        {0.05,
         {.kind = FAULT_EMPTY, .without_wait = true},
         "\"probability\":0.05,\"fault\":{\"empty\":\"without-wait\"}"},
        {0.05,
         {.kind = FAULT_DUPLICATE, .n = 1},
         "\"probability\":0.05,\"fault\":{\"duplicate\":1}"},
        {0.25,
         {.kind = FAULT_SHUFFLE, .n = 16},
         "\"probability\":0.25,\"fault\":{\"shuffle\":16}"},
        {0.25, {.kind = FAULT_LAG, .n = 3}, "\"probability\":0.25,\"fault\":{\"lag\":3}"},
    };
    for (size_t i = 0; i < sizeof set / sizeof set[0]; i++) {
        const struct fault_rule_spec spec = {.times = -1,
                                             .probability = set[i].probability,
                                             .until_ms = CMQ_NEVER,
                                             .fault = set[i].fault,
                                             .sloppy = true,
                                             .text = bytes_of(set[i].text)};
        if (faults_add(f, &spec) == NULL) {
            faults_clear(f);
            return false;
        }
    }
    return true;
}

bool faults_copy(struct faults *to, const struct faults *from)
{
    faults_init(to, &from->allocator, from->budget, from->seed);
    for (const struct fault_rule *r = NULL; (r = faults_next(from, r)) != NULL;) {
        struct fault_rule *copy = faults_add(to, &r->spec);
        if (copy == NULL) {
            faults_clear(to);
            return false;
        }
        copy->id = r->id;
        copy->matched = r->matched;
        copy->applied = r->applied;
    }
    to->last_id = from->last_id;
    return true;
}

size_t faults_size(const struct faults *f)
{
    size_t size = 0;
    for (const struct fault_rule *r = NULL; (r = faults_next(f, r)) != NULL;)
        size += r->charged;
    return size;
}

void faults_move(struct faults *to, struct faults *from)
{
    faults_clear(to);
    list_splice(&to->rules, &from->rules);
    to->seed = from->seed;
    to->count = from->count;
    to->last_id = from->last_id;
    to->wanted = from->wanted;
    from->count = 0;
    from->wanted = 0;
}

/* ---- which one acts ---- */

static uint64_t draw(const struct faults *f, const struct fault_rule *r, uint64_t what)
{
    return mix64(mix64(mix64(f->seed) + r->id) ^ what);
}

uint64_t fault_draw(const struct faults *f, const struct fault_rule *r)
{
    return draw(f, r, ~r->applied);
}

static bool is_lucky(const struct faults *f, const struct fault_rule *r)
{
    enum { BITS = 53 };
    const double of_one = 1.0 / (double)(INT64_C(1) << BITS);
    return r->spec.probability >= 1.0 ||
           (double)(draw(f, r, r->matched) >> (64 - BITS)) * of_one < r->spec.probability;
}

static bool is_same(const struct fault_scope *call, enum fault_key key, struct bytes wanted)
{
    bool folds = key == FAULT_ACTION || call->apis == 1U << FAULT_TDMQ;
    return folds ? bytes_equal_nocase(call->keys[key], wanted)
                 : bytes_equal(call->keys[key], wanted);
}

static bool fits(const struct fault_rule *r, const struct fault_call *call,
                 const uint64_t hashes[FAULT_KEYS])
{
    const struct fault_scope *scope = &r->spec.scope;
    if ((call->kinds >> r->spec.fault.kind & 1) == 0 ||
        (scope->apis != 0 && (scope->apis & call->scope.apis) == 0))
        return false;
    for (size_t k = 0; k < FAULT_KEYS; k++)
        if ((r->wanted >> k & 1) != 0 && r->hashes[k] != hashes[k])
            return false;
    for (size_t k = 0; k < FAULT_KEYS; k++)
        if ((r->wanted >> k & 1) != 0 &&
            !is_same(&call->scope, (enum fault_key)k, scope->keys[k]))
            return false;
    return true;
}

static bool acts(const struct faults *f, struct fault_rule *r, cmq_ms now_ms)
{
    const struct fault_rule_spec *s = &r->spec;
    if (now_ms < s->from_ms || now_ms >= s->until_ms)
        return false;
    r->matched++;
    if (r->matched <= s->skip || (s->times >= 0 && r->applied >= (uint64_t)s->times) ||
        !is_lucky(f, r))
        return false;
    r->applied++;
    return true;
}

const char *fault_kind_name(enum fault_kind kind)
{
    static const char *const names[FAULT_KINDS] = {
        [FAULT_ERROR] = "error",
        [FAULT_DELAY] = "delay",
        [FAULT_REAL_DELAY] = "real-delay",
        [FAULT_DROP_REQUEST] = "drop-request",
        [FAULT_DROP_ANSWER] = "drop-answer",
        [FAULT_STATUS] = "status",
        [FAULT_EMPTY] = "empty",
        [FAULT_DUPLICATE] = "duplicate",
        [FAULT_SHUFFLE] = "shuffle",
        [FAULT_LAG] = "lag",
        [FAULT_PUSH] = "push",
    };
    assert(kind < FAULT_KINDS);
    return names[kind];
}

const struct fault_rule *faults_try(struct faults *f, const struct fault_call *call,
                                    cmq_ms now_ms)
{
    uint64_t hashes[FAULT_KEYS] = {0};
    for (size_t k = 0; k < FAULT_KEYS; k++)
        if ((f->wanted >> k & 1) != 0)
            hashes[k] = hash_of(call->scope.keys[k]);
    for (struct fault_rule *r = NULL; (r = faults_next(f, r)) != NULL;) {
        if (!fits(r, call, hashes) || !acts(f, r, now_ms))
            continue;
        f->applied[r->spec.fault.kind]++;
        return r;
    }
    return NULL;
}
