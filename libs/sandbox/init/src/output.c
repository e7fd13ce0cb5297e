#include "output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "attribute.h"
#include "program.h"
#include "wire.h"

static uint8_t scratch[FRAME_OUTPUT_MAX];

void output_begin(struct output *output, int *fd, enum frame_type type)
{
    output->fd = fd;
    output->type = type;
    output->gap_told = false;
}

bool output_wanted(const struct output *output)
{
    return *output->fd >= 0 && (output->stream.head_left == 0 || queue_output_room(&wire_out) > 0);
}

static ssize_t read_some(int fd, uint8_t *to, size_t room)
{
    ssize_t count;
    do
        count = read(fd, to, room);
    while (count < 0 && errno == EINTR);
    return count;
}

static enum output_result read_failed(struct output *output, ssize_t count)
{
    if (count == 0 || errno != EAGAIN)
        program_close(output->fd);
    return OUTPUT_NOTHING;
}

static enum output_result pass(struct output *output)
{
    size_t room = queue_output_room(&wire_out);
    if (room == 0)
        return OUTPUT_WAITS;
    if (room > output->stream.head_left)
        room = (size_t)output->stream.head_left;
    ssize_t count = read_some(*output->fd, queue_output_space(&wire_out), room);
    if (count <= 0)
        return read_failed(output, count);
    queue_output_filled(&wire_out, output->type, (size_t)count);
    stream_passed(&output->stream, (size_t)count);
    return OUTPUT_MOVED;
}

enum output_result output_pump(struct output *output)
{
    if (*output->fd < 0)
        return OUTPUT_NOTHING;
    if (output->stream.head_left > 0)
        return pass(output);
    ssize_t count = read_some(*output->fd, scratch, sizeof scratch);
    if (count <= 0)
        return read_failed(output, count);
    return stream_keep(&output->stream, scratch, (size_t)count) ? OUTPUT_MOVED : OUTPUT_LIMIT;
}

static bool tell_gap(struct output *output)
{
    if (output->gap_told || output->stream.left_out == 0 || output->stream.kill)
        return true;
    uint8_t payload[64];
    struct attribute_writer writer = {.buffer = payload, .size = sizeof payload};
    attribute_put_number(&writer, 1, output->type == FRAME_STDOUT ? 1 : 2);
    attribute_put_number(&writer, 2, output->stream.left_out);
    output->gap_told = queue_frame(&wire_out, FRAME_GAP, payload, writer.used);
    return output->gap_told;
}

bool output_finish(struct output *output)
{
    if (!tell_gap(output))
        return false;
    struct ring *tail = &output->stream.tail;
    while (tail->used > 0) {
        size_t room = queue_output_room(&wire_out);
        if (room == 0)
            return false;
        size_t count;
        const uint8_t *bytes = ring_front(tail, &count);
        if (count > room)
            count = room;
        memcpy(queue_output_space(&wire_out), bytes, count);
        queue_output_filled(&wire_out, output->type, count);
        ring_drop(tail, count);
    }
    return true;
}
