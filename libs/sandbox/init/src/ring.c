#include "ring.h"

#include <string.h>

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t ring_put(struct ring *ring, const uint8_t *bytes, size_t count)
{
    size_t lost = 0;
    if (count > ring->size) {
        lost = count - ring->size;
        bytes += lost;
        count = ring->size;
    }
    if (count == 0)
        return lost;
    size_t room = ring->size - ring->used;
    if (count > room) {
        lost += count - room;
        ring_drop(ring, count - room);
    }
    size_t at = (ring->start + ring->used) % ring->size;
    size_t piece = smaller(count, ring->size - at);
    memcpy(ring->store + at, bytes, piece);
    memcpy(ring->store, bytes + piece, count - piece);
    ring->used += count;
    return lost;
}

const uint8_t *ring_front(const struct ring *ring, size_t *count)
{
    *count = smaller(ring->used, ring->size - ring->start);
    return ring->store + ring->start;
}

void ring_drop(struct ring *ring, size_t count)
{
    ring->used -= count;
    ring->start = ring->used == 0 ? 0 : (ring->start + count) % ring->size;
}
