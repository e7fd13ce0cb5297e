#include "listing.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH (32u * 1024u)

static struct {
    uint32_t read; /* ever */
    uint32_t count;
    uint32_t bytes;
    uint32_t offsets[LISTING_NAMES_MAX];
    char names[LISTING_BYTES_MAX];
} stack;

static bool is_link_to_directory(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool push(const char *name)
{
    size_t size = strlen(name) + 1;
    if (stack.read == LISTING_NAMES_MAX || size > LISTING_BYTES_MAX - stack.bytes)
        return false;
    memcpy(stack.names + stack.bytes, name, size);
    stack.offsets[stack.count++] = stack.bytes;
    stack.bytes += (uint32_t)size;
    stack.read++;
    return true;
}

static bool push_batch(const char *batch, ssize_t filled)
{
    for (ssize_t at = 0; at < filled;) {
        struct dirent64 entry;
        size_t left = (size_t)(filled - at);
        memcpy(&entry, batch + at, left < sizeof entry ? left : sizeof entry);
        if (!is_link_to_directory(entry.d_name) && !push(entry.d_name))
            return false;
        at += entry.d_reclen;
    }
    return true;
}

static int by_bytes(const void *one, const void *other)
{
    uint32_t left;
    uint32_t right;
    memcpy(&left, one, sizeof left);
    memcpy(&right, other, sizeof right);
    return strcmp(stack.names + left, stack.names + right);
}

struct listing listing_read(int directory)
{
    static char batch[BATCH];
    struct listing listing = {.first = stack.count, .bytes_before = stack.bytes};
    ssize_t filled = 0;
    while (!listing.cut && (filled = getdents64(directory, batch, sizeof batch)) > 0)
        listing.cut = !push_batch(batch, filled);
    listing.failed = filled < 0;
    listing.count = stack.count - listing.first;
    qsort(stack.offsets + listing.first, listing.count, sizeof stack.offsets[0], by_bytes);
    return listing;
}

const char *listing_name(const struct listing *listing, uint32_t index)
{
    return stack.names + stack.offsets[listing->first + index];
}

void listing_drop(const struct listing *listing)
{
    stack.count = listing->first;
    stack.bytes = listing->bytes_before;
}
