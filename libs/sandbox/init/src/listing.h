/* The names of a directory, sorted by their bytes. Those of all directories on the way down lie in one bounded piece of
 * memory, like a stack. */
#ifndef GANTRY_LISTING_H
#define GANTRY_LISTING_H

#include <stdbool.h>
#include <stdint.h>

#define LISTING_NAMES_MAX 100000u /* ever read */
#define LISTING_BYTES_MAX (8u * 1024u * 1024u)

struct listing {
    uint32_t first;
    uint32_t count;
    uint32_t bytes_before;
    bool cut;    /* there are more names than are looked at */
    bool failed; /* the rest can't be read */
};

struct listing listing_read(int directory);
const char *listing_name(const struct listing *listing, uint32_t index);
/* The last one that was read. */
void listing_drop(const struct listing *listing);

#endif
