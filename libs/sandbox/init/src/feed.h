/* The program's stdin: bytes that the worker has sent and the program has not read yet. */
#ifndef GANTRY_FEED_H
#define GANTRY_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ring.h"

#define FEED_MAX (1024u * 1024u)

struct feed {
    int *fd;         /* the program's; -1 once it is closed */
    bool ended;      /* no more comes from the worker */
    uint64_t credit; /* handed over or thrown away, not yet told */
    struct ring ring;
    uint8_t store[FEED_MAX];
};

void feed_begin(struct feed *feed, int *fd, bool with_frames);
/* False: more than the worker may have outstanding, or after the end. */
bool feed_put(struct feed *feed, const uint8_t *bytes, size_t count);
bool feed_end(struct feed *feed);
/* Hands over what the pipe takes; closes it at the end, or when the program has closed its own end. */
void feed_pump(struct feed *feed);
/* The program has closed its end: what is and what will be sent is thrown away. */
void feed_refused(struct feed *feed);
bool feed_waiting(const struct feed *feed);

#endif
