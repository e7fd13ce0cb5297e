#include "stage.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "feed.h"
#include "keeper.h"
#include "output.h"
#include "preload.h"
#include "program.h"
#include "report.h"
#include "stage-limits.h"
#include "wire.h"

#define SWEEP_US 5000u

enum phase { PHASE_NONE, PHASE_RUNNING, PHASE_ENDING };
enum watched { WATCH_STARTED, WATCH_STDIN, WATCH_STDOUT, WATCH_STDERR };

static struct {
    enum phase phase;
    bool last;  /* its end is that of the execution */
    bool alone; /* every other process in the container is dead and reaped */
    struct limits limits;
    struct program program;
    struct feed feed;
    struct output out;
    struct output err;
    struct meter meter;
    struct report report;
} stage;

void stage_open(void)
{
    meter_open(&stage.meter, "/sys/fs/cgroup");
}

int stage_cgroup_version(void)
{
    return stage.meter.cgroup.version;
}

void stage_share(unsigned others)
{
    meter_share(&stage.meter, others);
}

bool stage_alive(void)
{
    return stage.phase != PHASE_NONE;
}

void stage_begin(const struct owner *owner, const struct run_message *run)
{
    uint64_t now = clock_us();
    stage.report = (struct report){.began_us = now, .ended_us = now};
    limits_begin(&stage.limits, run, now);
    output_begin(&stage.out, &stage.program.stdout_from, FRAME_STDOUT);
    output_begin(&stage.err, &stage.program.stderr_from, FRAME_STDERR);
    stream_begin(&stage.out.stream, run->stdout_cap, run->kill_on_output);
    stream_begin(&stage.err.stream, run->stderr_cap, run->kill_on_output);
    stage.last = run->last;
    bool preloaded = preload_prepare(owner, run);
    meter_begin(&stage.meter);
    preloaded = preloaded && preload_release(&stage.program);
    int error = preloaded ? 0 : program_start(&stage.program, owner, run, -1);
    meter_main(&stage.meter, stage.program.pid);
    stage.report.start_errno = error;
    stage.report.reaped = error != 0;
    stage.alone = error != 0;
    stage.phase = error != 0 ? PHASE_ENDING : PHASE_RUNNING;
    feed_begin(&stage.feed, &stage.program.stdin_to, run->with_stdin);
    feed_pump(&stage.feed);
}

/* The pipe is close-on-exec: end of file without a word means that the program runs. */
static void check_started(void)
{
    if (stage.program.started < 0)
        return;
    int error;
    ssize_t count = read(stage.program.started, &error, sizeof error);
    if (count < 0)
        return;
    if (count == sizeof error) {
        stage.report.start_errno = error;
    } else if (stage.phase == PHASE_RUNNING) {
        if (!queue_frame(&wire_out, FRAME_STARTED, NULL, 0))
            return;
    }
    program_close(&stage.program.started);
}

/* Evidence first: what the dead leave free is no longer to be seen. */
static void end(enum cause cause)
{
    if (stage.phase != PHASE_RUNNING)
        return;
    check_started();
    meter_sample(&stage.meter);
    stage.report.cause = cause;
    stage.report.places_full = meter_places_full();
    stage.phase = PHASE_ENDING;
    (void)kill(-1, SIGKILL);
    program_close(&stage.program.stdin_to);
}

void stage_kill(void)
{
    end(CAUSE_KILLED);
}

bool stage_stdin(const uint8_t *bytes, size_t count)
{
    if (stage.phase != PHASE_RUNNING)
        return true;
    return feed_put(&stage.feed, bytes, count);
}

bool stage_stdin_end(void)
{
    return stage.phase != PHASE_RUNNING || feed_end(&stage.feed);
}

static void main_ended(int status)
{
    stage.report.reaped = true;
    stage.report.status = status;
    stage.report.ended_us = clock_us();
    stage.meter.main = 0;
    check_started();
}

static void reap(void)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
        if (pid == stage.program.pid && !stage.report.reaped)
            main_ended(status);
    stage.alone = pid < 0;
}

static void keep_limits(uint64_t now)
{
    enum cause struck = limits_check(&stage.limits, &stage.meter, now);
    if (struck != CAUSE_ITSELF)
        end(struck);
}

static void tell_credit(void)
{
    if (stage.feed.credit == 0)
        return;
    uint8_t payload[16];
    struct attribute_writer writer = {.buffer = payload, .size = sizeof payload};
    attribute_put_number(&writer, 1, stage.feed.credit);
    if (queue_frame(&wire_out, FRAME_STDIN_CREDIT, payload, writer.used))
        stage.feed.credit = 0;
}

static void pump(struct output *output)
{
    if (output_pump(output) == OUTPUT_LIMIT)
        end(CAUSE_OUTPUT);
}

/* Nobody is left who could write: an empty pipe is at its end, even if a descriptor of it is still on its way through a
 * socket. */
static bool drain(struct output *output)
{
    enum output_result result;
    do
        result = output_pump(output);
    while (result == OUTPUT_MOVED || result == OUTPUT_LIMIT);
    return result == OUTPUT_NOTHING;
}

static void finish(void)
{
    if (!drain(&stage.out) || !drain(&stage.err) || !output_finish(&stage.out) || !output_finish(&stage.err))
        return;
    if (!report_send(&stage.report, &stage.meter, &stage.out.stream, &stage.err.stream, stage.limits.cpu_us))
        return;
    if (stage.last)
        wire_leave(KEEPER_NEXT);
    program_close_all(&stage.program);
    stage.phase = PHASE_NONE;
}

void stage_watch(struct pollfd watched[STAGE_DESCRIPTORS])
{
    for (int index = 0; index < STAGE_DESCRIPTORS; index++)
        watched[index] = (struct pollfd){.fd = -1};
    if (stage.phase != PHASE_RUNNING)
        return;
    watched[WATCH_STARTED] = (struct pollfd){.fd = stage.program.started, .events = POLLIN};
    watched[WATCH_STDIN] =
        (struct pollfd){.fd = stage.program.stdin_to, .events = feed_waiting(&stage.feed) ? POLLOUT : 0};
    if (stage.program.started < 0) {
        if (output_wanted(&stage.out))
            watched[WATCH_STDOUT] = (struct pollfd){.fd = stage.program.stdout_from, .events = POLLIN};
        if (output_wanted(&stage.err))
            watched[WATCH_STDERR] = (struct pollfd){.fd = stage.program.stderr_from, .events = POLLIN};
    }
}

uint64_t stage_wait_us(uint64_t now)
{
    if (stage.phase == PHASE_NONE)
        return STAGE_NEVER;
    if (stage.phase == PHASE_ENDING)
        return !stage.alone ? SWEEP_US : queue_empty(&wire_out) ? 0 : STAGE_NEVER;
    return limits_wait_us(&stage.limits, now);
}

void stage_serve(const struct pollfd watched[STAGE_DESCRIPTORS])
{
    if (stage.phase == PHASE_NONE)
        return;
    if (watched[WATCH_STARTED].revents != 0)
        check_started();
    if (watched[WATCH_STDOUT].revents != 0)
        pump(&stage.out);
    if (watched[WATCH_STDERR].revents != 0)
        pump(&stage.err);
    if ((watched[WATCH_STDIN].revents & POLLERR) != 0)
        feed_refused(&stage.feed);
    if (stage.phase == PHASE_RUNNING) {
        feed_pump(&stage.feed);
        tell_credit();
    }
    if (!stage.alone)
        reap();
    if (stage.phase == PHASE_RUNNING && stage.report.reaped)
        end(CAUSE_ITSELF);
    if (stage.phase == PHASE_RUNNING)
        keep_limits(clock_us());
    if (stage.phase == PHASE_ENDING && !stage.alone) {
        (void)kill(-1, SIGKILL);
        reap();
    }
    if (stage.phase == PHASE_ENDING && stage.alone)
        finish();
}
