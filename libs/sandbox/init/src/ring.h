/* A byte ring over memory that somebody else owns. Pure. */
#ifndef GANTRY_RING_H
#define GANTRY_RING_H

#include <stddef.h>
#include <stdint.h>

struct ring {
    uint8_t *store;
    size_t size;
    size_t start;
    size_t used;
};

/* Appends; the oldest bytes make room. Returns how many bytes were lost, of the old ones or of these. */
size_t ring_put(struct ring *ring, const uint8_t *bytes, size_t count);
/* The oldest bytes that lie in one piece. */
const uint8_t *ring_front(const struct ring *ring, size_t *count);
void ring_drop(struct ring *ring, size_t count);

#endif
