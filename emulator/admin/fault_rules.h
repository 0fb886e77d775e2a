/* fault_rules.h - rules of faults as JSON (namespace/faults.h): read from what a call or the
 * configuration file gives, and shown as they were given.
 *
 *   {"api":"v2","action":"SendMessage","queue":"q","topic":"t","subscription":"s",
 *    "secretId":"AKID...", "skip":2,"times":1,"probability":0.5,
 *    "from":INSTANT,"until":INSTANT, "fault":{...}}
 *
 * All but the fault are optional. The fault is one of
 *
 *   {"error":"10050"}  {"code":6000,"message":"..."}  {"delay":"2s"}  {"realDelay":"2s"}
 *   {"drop":"request"}  {"drop":"answer"}  {"status":503}  {"empty":true}  {"duplicate":1}
 *   {"shuffle":16}  {"lag":3}  {"push":{"status":503}}  {"push":{"error":"timeout"}}
 *   {"push":{"delay":"2s"}} */
#ifndef CMQ_ADMIN_FAULT_RULES_H
#define CMQ_ADMIN_FAULT_RULES_H

#include "admin/mistake.h"
#include "admin/schema.h"
#include "base/buffer.h"
#include "namespace/namespace.h"

struct cJSON;

/* A rule as it is given, and as it is shown. */
extern const struct schema fault_rule_schema, fault_shown_schema;

/* Add the rule to those of ns. NULL, with *m naming the member by its path below prefix, when it is
 * wrong or there is no room for it. */
struct fault_rule *fault_rule_make(const struct cJSON *object, const char *prefix,
                                   struct namespace *ns, struct mistake *m);

/* The same of other rules, by the words that the host of ns knows. */
struct fault_rule *fault_rule_add(const struct cJSON *object, const char *prefix,
                                  struct faults *all, const struct fault_words *words,
                                  struct mistake *m);

/* Append the rule as an object, with its id and counts. */
void fault_rule_write(struct buffer *b, const struct fault_rule *r);

#endif
