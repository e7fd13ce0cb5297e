#include "stream.h"

void stream_begin(struct stream *stream, uint64_t cap, bool kill)
{
    uint64_t tail = cap / 4 < TAIL_MAX ? cap / 4 : TAIL_MAX;
    stream->head_left = cap - tail;
    stream->written = 0;
    stream->left_out = 0;
    stream->kill = kill;
    stream->tail = (struct ring){.store = stream->store, .size = (size_t)tail};
}

void stream_passed(struct stream *stream, size_t count)
{
    stream->head_left -= count;
    stream->written += count;
}

bool stream_keep(struct stream *stream, const uint8_t *bytes, size_t count)
{
    size_t room = stream->tail.size - stream->tail.used;
    size_t excess = count > room ? count - room : 0;
    stream->written += count;
    if (excess == 0 || !stream->kill) {
        stream->left_out += ring_put(&stream->tail, bytes, count);
        return true;
    }
    (void)ring_put(&stream->tail, bytes, room);
    stream->left_out += excess;
    return false;
}
