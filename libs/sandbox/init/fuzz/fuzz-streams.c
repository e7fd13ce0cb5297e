/* Head, tail and gap against a plain model that keeps everything. */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEADER 5u

static struct stream stream;
static uint8_t got[1u << 20];

static void demand(int condition)
{
    if (!condition)
        abort();
}

/* Bytes 0-3: the cap; 4: the size of a step; the rest is what the program writes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEADER || size > sizeof got)
        return 0;
    uint64_t cap = load_u32(data) & 0x1FFFF;
    size_t step = (size_t)data[4] + 1;
    const uint8_t *written = data + HEADER;
    size_t total = size - HEADER;
    size_t tail = cap / 4 < TAIL_MAX ? (size_t)cap / 4 : TAIL_MAX;
    size_t head = 0;
    stream_begin(&stream, cap, false);
    for (size_t at = 0; at < total;) {
        size_t count = total - at < step ? total - at : step;
        if (stream.head_left > 0) {
            count = count < stream.head_left ? count : (size_t)stream.head_left;
            memcpy(got + head, written + at, count);
            head += count;
            stream_passed(&stream, count);
        } else {
            demand(stream_keep(&stream, written + at, count));
        }
        at += count;
    }
    size_t kept = head;
    while (stream.tail.used > 0) {
        size_t count;
        const uint8_t *front = ring_front(&stream.tail, &count);
        demand(count > 0);
        memcpy(got + kept, front, count);
        kept += count;
        ring_drop(&stream.tail, count);
    }
    demand(stream.written == total);
    if (total <= cap) {
        demand(stream.left_out == 0 && kept == total && memcmp(got, written, total) == 0);
    } else {
        demand(stream.left_out == total - cap && kept == cap && head == cap - tail);
        demand(memcmp(got, written, head) == 0 && memcmp(got + head, written + total - tail, tail) == 0);
    }
    return 0;
}
