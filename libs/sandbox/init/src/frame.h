/* Frames: u32 payload length, u8 type, payload. Pure: no descriptor is touched here. */
#ifndef GANTRY_FRAME_H
#define GANTRY_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER 5u
#define FRAME_MAX (1024u * 1024u)
#define FRAME_OUTPUT_MAX (64u * 1024u)

enum frame_type {
    FRAME_FILE = 0x01,
    FRAME_FILE_DATA = 0x02,
    FRAME_RUN = 0x03,
    FRAME_STDIN = 0x04,
    FRAME_STDIN_EOF = 0x05,
    FRAME_KILL = 0x06,
    FRAME_OWNER = 0x07,
    FRAME_PRELOAD = 0x08,
    FRAME_END = 0x09,
    FRAME_COLLECT = 0x0a,
    FRAME_READY = 0x81,
    FRAME_STARTED = 0x82,
    FRAME_STDOUT = 0x83,
    FRAME_STDERR = 0x84,
    FRAME_GAP = 0x85,
    FRAME_STDIN_CREDIT = 0x86,
    FRAME_USAGE = 0x87,
    FRAME_EXIT = 0x88,
    FRAME_ERROR = 0x89,
    FRAME_PRELOADED = 0x8a,
    FRAME_ARTIFACT = 0x8b,
    FRAME_ARTIFACT_DATA = 0x8c,
    FRAME_ARTIFACT_END = 0x8d,
    FRAME_OMITTED = 0x8e,
    FRAME_COLLECTED = 0x8f,
};

struct frame {
    uint8_t *payload; /* inside the reader's buffer; valid until the next frame_space() */
    uint32_t length;
    uint8_t type;
};

struct frame_reader {
    size_t start;
    size_t end;
    uint8_t buffer[FRAME_HEADER + FRAME_MAX];
};

enum frame_result { FRAME_PARTIAL, FRAME_WHOLE, FRAME_TOO_LONG };

/* Where the next bytes go, and how many fit (at least one once frame_next() has said FRAME_PARTIAL). */
uint8_t *frame_space(struct frame_reader *reader, size_t *room);
void frame_filled(struct frame_reader *reader, size_t count);
enum frame_result frame_next(struct frame_reader *reader, struct frame *frame);

void frame_header(uint8_t *to, uint8_t type, uint32_t length);

#endif
