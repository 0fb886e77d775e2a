/* converse_form.h - name=value pairs, percent-encoded, as a query or a form has them. */
#ifndef CMQ_TESTS_CONVERSE_FORM_H
#define CMQ_TESTS_CONVERSE_FORM_H

#include "base/buffer.h"

/* Add name=value, with a "&" before it unless it is the first. */
void append_pair(struct buffer *form, struct bytes name, struct bytes value);

#endif
