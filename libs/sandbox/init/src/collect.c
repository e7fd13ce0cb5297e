#include "collect.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "collector.h"
#include "identity.h"
#include "parcel.h"
#include "program.h"
#include "stage.h"
#include "wire.h"

#define GRACE_US 200000u /* the collector looks at the clock itself; this is for one that waits for the worker */
#define PIPE_TO 3
#define REPORT_MAX 64u

static struct {
    bool alive;
    pid_t pid; /* 0: reaped */
    int from;  /* -1: it has said everything */
    uint64_t kill_at_us;
    enum collected fate; /* COLLECTED_ALL: it has not been killed */
    bool file_open;
    bool waits; /* the frame is to be sent as soon as there is room */
    struct frame frame;
    uint8_t report[REPORT_MAX]; /* of COLLECTED, which comes when the collector is gone */
    uint32_t report_length;
} collect = {.from = -1};
static struct frame_reader reader; /* on its own, lest its zeros become part of the program's file */

bool collect_alive(void)
{
    return collect.alive;
}

static bool make_pipe(const struct owner *owner, int ends[2])
{
    identity_borrow(owner);
    bool made = pipe2(ends, O_CLOEXEC) == 0;
    identity_return();
    return made && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

/* Without the worker's descriptors, and with the job's rights only. */
static _Noreturn void child_main(const struct owner *owner, const struct collect_message *order, int to)
{
    uint64_t deadline = clock_us() + order->time_us;
    if (dup2(to, PIPE_TO) < 0)
        _exit(1);
    for (int fd = 0; fd < PIPE_TO; fd++)
        (void)close(fd);
    if (syscall(SYS_close_range, PIPE_TO + 1u, ~0u, 0u) != 0)
        for (int fd = PIPE_TO + 1; fd < 1024; fd++)
            (void)close(fd);
    identity_volunteer();
    if (identity_surrender(owner) != 0)
        _exit(1);
    collector_run(order, PIPE_TO, deadline);
}

void collect_begin(const struct owner *owner, const struct collect_message *order)
{
    int ends[2] = {-1, -1};
    collect.alive = true;
    collect.fate = COLLECTED_ALL;
    collect.file_open = collect.waits = false;
    collect.report_length = 0;
    reader.start = reader.end = 0;
    collect.kill_at_us = clock_us() + order->time_us + GRACE_US;
    collect.pid = make_pipe(owner, ends) ? fork() : -1;
    if (collect.pid == 0)
        child_main(owner, order, ends[1]);
    collect.from = ends[0];
    program_close(&ends[1]);
    if (collect.pid < 0) {
        collect.pid = 0;
        program_close(&collect.from);
    }
}

static void end(enum collected fate)
{
    if (collect.pid == 0 || collect.fate != COLLECTED_ALL)
        return;
    collect.fate = fate;
    (void)kill(collect.pid, SIGKILL);
}

void collect_stop(void)
{
    if (collect.alive)
        end(COLLECTED_STOPPED);
}

/* The collector has the job's rights: nothing of it may pass for what the init itself says. */
static bool is_of_a_collection(const struct frame *frame)
{
    return frame->type >= FRAME_ARTIFACT && frame->type <= FRAME_COLLECTED && frame->length <= FRAME_OUTPUT_MAX;
}

/* True when there is a frame that has to go out. */
static bool take_frame(void)
{
    enum frame_result result = frame_next(&reader, &collect.frame);
    if (result == FRAME_PARTIAL)
        return false;
    if (result == FRAME_TOO_LONG || !is_of_a_collection(&collect.frame))
        wire_fail("internal", "the collector said something unheard-of");
    if (collect.frame.type != FRAME_COLLECTED)
        return true;
    if (collect.frame.length <= REPORT_MAX) {
        for (uint32_t index = 0; index < collect.frame.length; index++)
            collect.report[index] = collect.frame.payload[index];
        collect.report_length = collect.frame.length;
    }
    return false;
}

static bool pass_on(void)
{
    enum frame_type type = (enum frame_type)collect.frame.type;
    if (!queue_frame(&wire_out, type, collect.frame.payload, collect.frame.length))
        return false;
    if (type == FRAME_ARTIFACT)
        collect.file_open = true;
    else if (type == FRAME_ARTIFACT_END)
        collect.file_open = false;
    return true;
}

/* False: nothing more comes now. */
static bool fill(void)
{
    size_t room;
    uint8_t *space = frame_space(&reader, &room);
    ssize_t count = read(collect.from, space, room < FRAME_OUTPUT_MAX ? room : FRAME_OUTPUT_MAX);
    if (count > 0) {
        frame_filled(&reader, (size_t)count);
        return true;
    }
    if (count == 0 || (errno != EAGAIN && errno != EINTR))
        program_close(&collect.from);
    return false;
}

static void relay(void)
{
    for (;;) {
        if (!collect.waits)
            collect.waits = take_frame();
        if (collect.waits) {
            if (!pass_on())
                return;
            collect.waits = false;
        } else if (collect.from < 0 || !fill()) {
            return;
        }
    }
}

/* What a collector that was killed, by whomever, has not come to say. */
static bool close_file(void)
{
    if (!collect.file_open)
        return true;
    uint8_t payload[REPORT_MAX];
    enum omission why = collect.fate == COLLECTED_LATE ? OMITTED_TIME : OMITTED_UNREADABLE;
    size_t length = parcel_end_payload(payload, sizeof payload, why);
    collect.file_open = !queue_frame(&wire_out, FRAME_ARTIFACT_END, payload, length);
    return !collect.file_open;
}

static void finish(void)
{
    if (!close_file())
        return;
    if (collect.report_length == 0) {
        enum collected fate = collect.fate == COLLECTED_ALL ? COLLECTED_LOST : collect.fate;
        collect.report_length = (uint32_t)parcel_collected_payload(collect.report, REPORT_MAX, 0, fate);
    }
    if (queue_frame(&wire_out, FRAME_COLLECTED, collect.report, collect.report_length))
        collect.alive = false;
}

void collect_watch(struct pollfd *watched)
{
    *watched = (struct pollfd){.fd = collect.alive && !collect.waits ? collect.from : -1, .events = POLLIN};
}

uint64_t collect_wait_us(uint64_t now)
{
    if (!collect.alive)
        return STAGE_NEVER;
    bool stuck = collect.waits || (collect.from < 0 && collect.pid == 0);
    if (stuck && queue_empty(&wire_out))
        return 0;
    if (collect.pid == 0 || collect.fate != COLLECTED_ALL)
        return STAGE_NEVER;
    return now < collect.kill_at_us ? collect.kill_at_us - now : 0;
}

void collect_serve(void)
{
    if (!collect.alive)
        return;
    if (clock_us() >= collect.kill_at_us)
        end(COLLECTED_LATE);
    relay();
    if (collect.pid > 0 && waitpid(collect.pid, NULL, WNOHANG) == collect.pid)
        collect.pid = 0;
    if (collect.pid == 0 && collect.from < 0 && !collect.waits)
        finish();
}
