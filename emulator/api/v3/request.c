#include "api/v3/request.h"

/* Like 2019-03-04; which days there are does not matter. */
static bool is_date(struct bytes text)
{
    static const char shape[] = "0000-00-00";
    if (text.len != strlen(shape))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        bool digit = text.data[i] >= '0' && text.data[i] <= '9';
        if (shape[i] == '-' ? text.data[i] != '-' : !digit)
            return false;
    }
    return true;
}

/* The <id> of "TC3-HMAC-SHA256 Credential=<id>/<date>/<service>/tc3_request, ..."
 * (api3 3.1). */
static struct bytes credential_id(struct bytes authorization)
{
    static const char key[] = "Credential=";
    for (; authorization.len > 0; authorization.data++, authorization.len--) {
        if (!bytes_begin(authorization, key))
            continue;
        struct bytes id = {authorization.data + strlen(key), 0};
        size_t room = authorization.len - strlen(key);
        while (id.len < room && id.data[id.len] != '/' && id.data[id.len] != ',')
            id.len++;
        return id;
    }
    return (struct bytes){NULL, 0};
}

static const char *product_of(struct bytes version)
{
    if (bytes_equal(version, bytes_of("2019-03-04")))
        return "cmq";
    if (bytes_equal(version, bytes_of("2020-02-17")))
        return "tdmq";
    return NULL;
}

/* Its common parameters are header fields (api3 2.2). */
static bool read_fields(struct v3_request *r)
{
    bool signed_by_tc3 = bytes_begin(r->authorization, "TC3-HMAC-SHA256 ");
    if (r->action_field.data == NULL && r->version_field.data == NULL && !signed_by_tc3)
        return false;
    r->action = r->action_field;
    r->version = r->version_field;
    r->timestamp = r->timestamp_field;
    r->region = r->region_field;
    r->by_fields = true;
    r->secret_id = credential_id(r->authorization);
    return true;
}

/* Its common parameters stand beside those of the Action: signature v1. */
static bool read_parameters(struct v3_request *r)
{
    if (r->form == NULL || !bytes_equal(r->path, bytes_of("/")))
        return false;
    r->by_fields = false;
    r->timestamp = form_value(r->form, "Timestamp");
    r->region = form_value(r->form, "Region");
    r->action = form_value(r->form, "Action");
    r->version = form_value(r->form, "Version");
    r->secret_id = form_value(r->form, "SecretId");
    return r->action.len > 0 && is_date(r->version);
}

bool v3_request_read(struct v3_request *r)
{
    if (!read_fields(r) && !read_parameters(r))
        return false;
    r->product = product_of(r->version);
    return true;
}
