#include "check.h"
#include "frame.h"

static struct frame_reader reader;

static void give(const uint8_t *bytes, size_t count)
{
    while (count > 0) {
        size_t room;
        uint8_t *space = frame_space(&reader, &room);
        CHECK(room > 0);
        size_t piece = count < room ? count : room;
        memcpy(space, bytes, piece);
        frame_filled(&reader, piece);
        bytes += piece;
        count -= piece;
    }
}

static void takes_frames_in_any_pieces(void)
{
    static const uint8_t bytes[] = {3, 0, 0, 0, 4, 'a', 'b', 'c', 0, 0, 0, 0, 5, 1, 0, 0, 0, 4, 'd'};
    for (size_t piece = 1; piece <= sizeof bytes; piece++) {
        static const struct {
            uint32_t length;
            uint8_t type;
            uint8_t first;
        } wanted[] = {{3, 4, 'a'}, {0, 5, 0}, {1, 4, 'd'}};
        size_t seen = 0;
        for (size_t at = 0; at < sizeof bytes; at += piece) {
            give(bytes + at, sizeof bytes - at < piece ? sizeof bytes - at : piece);
            struct frame frame;
            while (frame_next(&reader, &frame) == FRAME_WHOLE) {
                CHECK(seen < 3 && frame.length == wanted[seen].length && frame.type == wanted[seen].type);
                CHECK(frame.length == 0 || frame.payload[0] == wanted[seen].first);
                seen++;
            }
        }
        CHECK(seen == 3);
    }
}

static void takes_the_longest_frame_and_no_longer_one(void)
{
    static uint8_t bytes[FRAME_HEADER + FRAME_MAX];
    struct frame frame;
    frame_header(bytes, FRAME_FILE_DATA, FRAME_MAX);
    bytes[sizeof bytes - 1] = 9;
    give(bytes, sizeof bytes - 1);
    CHECK(frame_next(&reader, &frame) == FRAME_PARTIAL);
    give(bytes + sizeof bytes - 1, 1);
    CHECK(frame_next(&reader, &frame) == FRAME_WHOLE && frame.length == FRAME_MAX && frame.payload[FRAME_MAX - 1] == 9);
    CHECK(frame_next(&reader, &frame) == FRAME_PARTIAL);
    frame_header(bytes, FRAME_FILE_DATA, FRAME_MAX + 1);
    give(bytes, FRAME_HEADER);
    CHECK(frame_next(&reader, &frame) == FRAME_TOO_LONG);
}

void test_frames(void)
{
    takes_frames_in_any_pieces();
    takes_the_longest_frame_and_no_longer_one();
}
