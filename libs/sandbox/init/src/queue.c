#include "queue.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define OUTPUT_MIN (4u * 1024u) /* a queue that is nearly full waits instead of cutting output into crumbs */

static size_t room(const struct queue *queue)
{
    return sizeof queue->buffer - (queue->end - queue->start);
}

/* The free end of the buffer, with all the room there is behind it. */
static uint8_t *space(struct queue *queue)
{
    if (queue->start > 0) {
        queue->end -= queue->start;
        memmove(queue->buffer, queue->buffer + queue->start, queue->end);
        queue->start = 0;
    }
    return queue->buffer + queue->end;
}

bool queue_empty(const struct queue *queue)
{
    return queue->start == queue->end;
}

size_t queue_bytes(const struct queue *queue)
{
    return queue->end - queue->start;
}

bool queue_frame(struct queue *queue, enum frame_type type, const void *payload, size_t length)
{
    if (room(queue) < FRAME_HEADER + length)
        return false;
    uint8_t *to = space(queue);
    frame_header(to, (uint8_t)type, (uint32_t)length);
    if (length > 0)
        memcpy(to + FRAME_HEADER, payload, length);
    queue->end += FRAME_HEADER + length;
    return true;
}

size_t queue_output_room(const struct queue *queue)
{
    size_t free = room(queue);
    if (free < QUEUE_CONTROL + FRAME_HEADER + OUTPUT_MIN)
        return 0;
    free -= QUEUE_CONTROL + FRAME_HEADER;
    return free < FRAME_OUTPUT_MAX ? free : FRAME_OUTPUT_MAX;
}

uint8_t *queue_output_space(struct queue *queue)
{
    return space(queue) + FRAME_HEADER;
}

void queue_output_filled(struct queue *queue, enum frame_type type, size_t length)
{
    frame_header(queue->buffer + queue->end, (uint8_t)type, (uint32_t)length);
    queue->end += FRAME_HEADER + length;
}

bool queue_flush(struct queue *queue, int fd)
{
    while (!queue_empty(queue)) {
        ssize_t count = write(fd, queue->buffer + queue->start, queue->end - queue->start);
        if (count < 0)
            return errno == EAGAIN || errno == EINTR;
        queue->start += (size_t)count;
    }
    queue->start = queue->end = 0;
    return true;
}
