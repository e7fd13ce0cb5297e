#include "check.h"
#include "stream.h"

static struct stream stream;
static uint8_t data[4 * TAIL_MAX * 2 + 100];

/* Does what the output loop does: whole steps to the head as long as it takes them, the rest to the tail. */
static void write_all(size_t total, size_t step, size_t *head)
{
    *head = 0;
    for (size_t at = 0; at < total;) {
        size_t count = total - at < step ? total - at : step;
        if (stream.head_left > 0) {
            count = count < stream.head_left ? count : (size_t)stream.head_left;
            stream_passed(&stream, count);
            *head += count;
        } else {
            CHECK(stream_keep(&stream, data + at, count));
        }
        at += count;
    }
}

static void check_tail(size_t total, size_t kept)
{
    CHECK(stream.tail.used == kept);
    for (size_t at = total - kept; stream.tail.used > 0;) {
        size_t count;
        const uint8_t *front = ring_front(&stream.tail, &count);
        CHECK(memcmp(front, data + at, count) == 0);
        ring_drop(&stream.tail, count);
        at += count;
    }
}

static void cut(size_t cap, size_t total, size_t step)
{
    size_t tail = cap / 4 < TAIL_MAX ? cap / 4 : TAIL_MAX;
    size_t head;
    stream_begin(&stream, cap, false);
    write_all(total, step, &head);
    CHECK(head == (total < cap - tail ? total : cap - tail));
    CHECK(stream.written == total && stream.left_out == (total > cap ? total - cap : 0));
    check_tail(total, total - head < tail ? total - head : tail);
}

static void head_tail_and_gap_are_exact(void)
{
    for (size_t cap = 0; cap <= 40; cap++)
        for (size_t total = 0; total <= 3 * cap + 5; total++)
            for (size_t step = 1; step <= 7; step += 3)
                cut(cap, total, step);
    static const size_t large[] = {65536, 4 * TAIL_MAX - 1, 4 * TAIL_MAX, 4 * TAIL_MAX + 3};
    for (size_t index = 0; index < 4; index++)
        for (size_t over = 0; over < 3; over++)
            cut(large[index], large[index] + over - 1, 65536);
}

static void kill_keeps_nothing_of_the_excess(void)
{
    for (size_t cap = 0; cap <= 40; cap++) {
        size_t head;
        stream_begin(&stream, cap, true);
        write_all(cap, 5, &head);
        CHECK(stream.left_out == 0 && stream.written == cap);
        CHECK(!stream_keep(&stream, data, 3) && !stream_keep(&stream, data, 1));
        CHECK(stream.left_out == 4 && stream.written == cap + 4);
        check_tail(cap, cap / 4);
    }
    stream_begin(&stream, 8, true);
    stream_passed(&stream, 6);
    CHECK(!stream_keep(&stream, data + 6, 10));
    CHECK(stream.left_out == 8 && stream.written == 16);
    check_tail(8, 2);
}

static void the_largest_cap_is_all_head(void)
{
    stream_begin(&stream, UINT64_MAX, false);
    CHECK(stream.head_left == UINT64_MAX - TAIL_MAX && stream.tail.size == TAIL_MAX);
}

void test_streams(void)
{
    for (size_t index = 0; index < sizeof data; index++)
        data[index] = (uint8_t)(index * 31 + index / 251);
    head_tail_and_gap_are_exact();
    kill_keeps_nothing_of_the_excess();
    the_largest_cap_is_all_head();
}
