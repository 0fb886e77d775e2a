/* prepared.h - the state that the calls of tests/failing begin with: one of everything.
 *
 * Time stands. There are the queues q, with messages in each state, dl, whose source is src, and
 * empty; the topics t, with tags, k, with keys, each with a subscription s to q, and bare; the sink
 * s; a hold; and the namespace other with a credential. */
#ifndef CMQ_TESTS_PREPARED_H
#define CMQ_TESTS_PREPARED_H

void prepare(void);

/* Of the message of q that has been received. */
const char *prepared_handle(void);

#endif
