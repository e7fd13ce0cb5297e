#include "frame.h"

#include <string.h>

#include "bytes.h"

uint8_t *frame_space(struct frame_reader *reader, size_t *room)
{
    if (reader->start > 0) {
        reader->end -= reader->start;
        memmove(reader->buffer, reader->buffer + reader->start, reader->end);
        reader->start = 0;
    }
    *room = sizeof reader->buffer - reader->end;
    return reader->buffer + reader->end;
}

void frame_filled(struct frame_reader *reader, size_t count)
{
    reader->end += count;
}

enum frame_result frame_next(struct frame_reader *reader, struct frame *frame)
{
    size_t have = reader->end - reader->start;
    if (have < FRAME_HEADER)
        return FRAME_PARTIAL;
    uint8_t *header = reader->buffer + reader->start;
    uint32_t length = load_u32(header);
    if (length > FRAME_MAX)
        return FRAME_TOO_LONG;
    if (have - FRAME_HEADER < length)
        return FRAME_PARTIAL;
    *frame = (struct frame){.payload = header + FRAME_HEADER, .length = length, .type = header[4]};
    reader->start += FRAME_HEADER + length;
    return FRAME_WHOLE;
}

void frame_header(uint8_t *to, uint8_t type, uint32_t length)
{
    store_u32(to, length);
    to[4] = type;
}
