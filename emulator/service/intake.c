#include "service/intake.h"

#include "api/v3/json_check.h"

void intake_begin(struct intake *in, bool scans, bool hashes)
{
    in->begun = true;
    in->scans = scans;
    in->hashes = hashes;
    if (scans)
        json_scan_begin(&in->scan, &v3_json_bounds);
    if (hashes)
        sha256_begin(&in->sha256);
}

void intake_follow(struct intake *in, struct bytes body)
{
    struct bytes piece = bytes_behind(body, in->seen);
    if (piece.len == 0)
        return;
    if (in->scans)
        json_scan_add(&in->scan, piece);
    if (in->hashes)
        sha256_add(&in->sha256, piece);
    in->seen = body.len;
}

void intake_end(struct intake *in)
{
    uint8_t digest[DIGEST_MAX];
    in->scanned = in->scans;
    in->hashed = in->hashes;
    if (in->scans)
        json_scan_end(&in->scan);
    if (!in->hashes)
        return;
    sha256_end(&in->sha256, digest);
    digest_hex(digest, sizeof digest, in->hash);
}
