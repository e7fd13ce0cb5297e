/* What becomes of the bytes of one output stream: head, tail, left out. Pure. */
#ifndef GANTRY_STREAM_H
#define GANTRY_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ring.h"

#define TAIL_MAX (256u * 1024u)

struct stream {
    uint64_t head_left; /* bytes that still leave at once */
    uint64_t written;
    uint64_t left_out;
    bool kill; /* past the cap the stage ends and nothing of the excess is kept */
    struct ring tail;
    uint8_t store[TAIL_MAX];
};

void stream_begin(struct stream *stream, uint64_t cap, bool kill);
/* Counts bytes that have left at once; never more than head_left. */
void stream_passed(struct stream *stream, size_t count);
/* Takes bytes past the head. False: the limit is struck (only with kill). */
bool stream_keep(struct stream *stream, const uint8_t *bytes, size_t count);

#endif
