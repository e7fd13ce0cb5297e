#include "check.h"
#include "ring.h"

#define SIZE_MAX_TESTED 9

/* Compares a ring with the last bytes of everything that was put. */
static void keeps_the_newest_bytes(size_t size, size_t step)
{
    uint8_t store[SIZE_MAX_TESTED];
    uint8_t all[200];
    struct ring ring = {.store = store, .size = size};
    size_t lost = 0;
    size_t total = 0;
    for (size_t index = 0; index < sizeof all; index++)
        all[index] = (uint8_t)index;
    while (total + step <= sizeof all) {
        lost += ring_put(&ring, all + total, step);
        total += step;
        size_t kept = total < size ? total : size;
        CHECK(ring.used == kept && lost == total - kept);
        struct ring copy = ring;
        for (size_t at = total - kept; copy.used > 0;) {
            size_t count;
            const uint8_t *front = ring_front(&copy, &count);
            CHECK(count > 0 && memcmp(front, all + at, count) == 0);
            ring_drop(&copy, count);
            at += count;
        }
    }
}

static void gives_back_in_order_while_it_fills(void)
{
    uint8_t store[7];
    struct ring ring = {.store = store, .size = sizeof store};
    uint8_t next_in = 0;
    uint8_t next_out = 0;
    for (unsigned round = 0; round < 1000; round++) {
        uint8_t bytes[3] = {next_in, (uint8_t)(next_in + 1), (uint8_t)(next_in + 2)};
        size_t fits = ring.size - ring.used < round % 4 ? ring.size - ring.used : round % 4;
        CHECK(ring_put(&ring, bytes, fits) == 0);
        next_in = (uint8_t)(next_in + fits);
        size_t count;
        const uint8_t *front = ring_front(&ring, &count);
        if (count > 0 && round % 3 != 0) {
            CHECK(*front == next_out);
            ring_drop(&ring, 1);
            next_out++;
        }
    }
    CHECK(next_out > 100);
}

void test_rings(void)
{
    for (size_t size = 0; size <= SIZE_MAX_TESTED; size++)
        for (size_t step = 1; step <= 25; step++)
            keeps_the_newest_bytes(size, step);
    gives_back_in_order_while_it_fills();
}
