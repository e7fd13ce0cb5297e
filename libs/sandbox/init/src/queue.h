/* Frames on their way to the worker: one bounded piece of memory, written without ever blocking. */
#ifndef GANTRY_QUEUE_H
#define GANTRY_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"

#define QUEUE_CONTROL (8u * 1024u) /* kept free of output, so that a slow worker still learns how a stage ended */
#define QUEUE_SIZE (4u * (FRAME_HEADER + FRAME_OUTPUT_MAX) + QUEUE_CONTROL)

struct queue {
    size_t start;
    size_t end;
    uint8_t buffer[QUEUE_SIZE];
};

bool queue_empty(const struct queue *queue);
/* That wait to be written. */
size_t queue_bytes(const struct queue *queue);
/* False when it does not fit now. */
bool queue_frame(struct queue *queue, enum frame_type type, const void *payload, size_t length);

/* How many bytes of output one frame may carry now; 0 when the worker has to read first. */
size_t queue_output_room(const struct queue *queue);
/* Where to put them (at most the room), and the frame that is made of what came. */
uint8_t *queue_output_space(struct queue *queue);
void queue_output_filled(struct queue *queue, enum frame_type type, size_t length);

/* Writes what the descriptor takes. False: nobody reads any more. */
bool queue_flush(struct queue *queue, int fd);

#endif
