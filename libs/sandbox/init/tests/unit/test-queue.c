#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "bytes.h"
#include "check.h"
#include "queue.h"

static struct queue queue;

static void fill_with_output(void)
{
    size_t room;
    while ((room = queue_output_room(&queue)) > 0) {
        CHECK(room <= FRAME_OUTPUT_MAX);
        memset(queue_output_space(&queue), 'x', room);
        queue_output_filled(&queue, FRAME_STDOUT, room);
    }
}

static void a_full_queue_still_takes_control_frames(void)
{
    fill_with_output();
    uint8_t payload[500] = {0};
    for (int count = 0; count < 10; count++)
        CHECK(queue_frame(&queue, FRAME_EXIT, payload, sizeof payload));
    unsigned more = 0;
    while (queue_frame(&queue, FRAME_USAGE, payload, sizeof payload))
        more++;
    CHECK(more < 100);
}

/* Reads the pipe back: whole frames in their order, whatever pieces the pipe has taken. */
static void a_pipe_takes_it_piece_by_piece(void)
{
    int ends[2];
    CHECK(pipe2(ends, O_NONBLOCK) == 0);
    static uint8_t got[QUEUE_SIZE];
    size_t have = 0;
    while (!queue_empty(&queue)) {
        CHECK(queue_flush(&queue, ends[1]));
        ssize_t count = read(ends[0], got + have, 1000);
        CHECK(count > 0);
        have += (size_t)count;
    }
    ssize_t count;
    while ((count = read(ends[0], got + have, sizeof got - have)) > 0)
        have += (size_t)count;
    size_t at = 0;
    unsigned outputs = 0;
    unsigned others = 0;
    while (at < have) {
        uint32_t length = load_u32(got + at);
        *(got[at + 4] == FRAME_STDOUT ? &outputs : &others) += 1;
        CHECK(got[at + 4] != FRAME_STDOUT ||
              (others == 0 && got[at + FRAME_HEADER] == 'x' && length <= FRAME_OUTPUT_MAX));
        at += FRAME_HEADER + length;
    }
    CHECK(at == have && outputs >= 4 && others >= 10);
    CHECK(close(ends[0]) == 0);
    CHECK(queue_frame(&queue, FRAME_STARTED, NULL, 0));
    CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    CHECK(!queue_flush(&queue, ends[1]));
    CHECK(close(ends[1]) == 0);
}

void test_queues(void)
{
    a_full_queue_still_takes_control_frames();
    a_pipe_takes_it_piece_by_piece();
}
