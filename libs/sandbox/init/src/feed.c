#include "feed.h"

#include <errno.h>
#include <unistd.h>

#include "program.h"

void feed_begin(struct feed *feed, int *fd, bool with_frames)
{
    feed->fd = fd;
    feed->ended = !with_frames;
    feed->credit = 0;
    feed->ring = (struct ring){.store = feed->store, .size = FEED_MAX};
}

bool feed_put(struct feed *feed, const uint8_t *bytes, size_t count)
{
    if (feed->ended || count > FEED_MAX - feed->ring.used)
        return false;
    if (*feed->fd < 0)
        feed->credit += count;
    else
        (void)ring_put(&feed->ring, bytes, count);
    return true;
}

bool feed_end(struct feed *feed)
{
    if (feed->ended)
        return false;
    feed->ended = true;
    return true;
}

void feed_refused(struct feed *feed)
{
    program_close(feed->fd);
    feed->credit += feed->ring.used;
    ring_drop(&feed->ring, feed->ring.used);
}

void feed_pump(struct feed *feed)
{
    while (*feed->fd >= 0 && feed->ring.used > 0) {
        size_t count;
        const uint8_t *bytes = ring_front(&feed->ring, &count);
        ssize_t written = write(*feed->fd, bytes, count);
        if (written < 0) {
            if (errno != EAGAIN && errno != EINTR)
                feed_refused(feed);
            return;
        }
        ring_drop(&feed->ring, (size_t)written);
        feed->credit += (uint64_t)written;
    }
    if (feed->ended)
        program_close(feed->fd);
}

bool feed_waiting(const struct feed *feed)
{
    return *feed->fd >= 0 && feed->ring.used > 0;
}
