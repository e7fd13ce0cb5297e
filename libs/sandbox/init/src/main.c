/* PID 1 of a sandbox: one loop around poll(), nothing in it ever waits for anything else. PROTOCOL.md says what it
 * speaks. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "collect.h"
#include "identity.h"
#include "keeper.h"
#include "preload.h"
#include "session.h"
#include "stage.h"
#include "wire.h"

#define EXIT_NOT_INIT 120

/* While a program runs, little that it writes waits this long for more: each frame that leaves by itself wakes three
 * processes on its way, and a short program's last words leave together with its end. */
#define HOLD_US 1000u
#define HOLD_BYTES 4096u
/* That it has started is no news worth a message of its own when its first words are about to come. */
#define HOLD_STARTED_US 20000u
/* READY leaves together with PRELOADED, for the worker can do nothing before; not one that takes its time. */
#define HOLD_READY_US 20000u

enum watched {
    WATCH_IN,
    WATCH_OUT,
    WATCH_CHILDREN,
    WATCH_PRELOAD,
    WATCH_COLLECT,
    WATCH_STAGE,
    WATCH_ALL = WATCH_STAGE + STAGE_DESCRIPTORS,
};

/* Only the three standard descriptors, all of them open: a pipe that is made later never gets one of their numbers. */
static void tidy_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", O_RDWR);
    if (syscall(SYS_close_range, 3u, ~0u, 0u) == 0)
        return;
    for (int fd = 3; fd < 1024; fd++)
        (void)close(fd);
}

/* All signals wait for the descriptor or are never taken: nothing is interrupted and there is no handler. */
static int watch_children(void)
{
    sigset_t all;
    sigset_t children;
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    (void)signal(SIGCHLD, SIG_DFL); /* ignored, it would let the kernel throw every exit status away */
    (void)sigemptyset(&children);
    (void)sigaddset(&children, SIGCHLD);
    return signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void never_wait(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
        wire_fail("internal", "a descriptor of the worker can't be made non-blocking");
}

static int prepare(char *const *arguments)
{
    struct rlimit none = {0, 0};
    tidy_descriptors();
    (void)umask(022);
    (void)setrlimit(RLIMIT_CORE, &none);
    int children = watch_children();
    const char *wrong = NULL;
    if (arguments[0] != NULL)
        keeper_run(arguments); /* from here on this is the init of a world, which has everything but its session */
    else
        wrong = identity_take();
    if (wrong != NULL)
        wire_fail("not_confined", wrong);
    if (children < 0)
        wire_fail("internal", "no signalfd");
    never_wait(WIRE_IN);
    never_wait(WIRE_OUT);
    if (arguments[0] == NULL)
        stage_open();
    session_ready();
    return children;
}

static void take_frames(void)
{
    size_t room;
    uint8_t *space = frame_space(&wire_in, &room);
    ssize_t count = read(WIRE_IN, space, room);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0)
        wire_gone();
    frame_filled(&wire_in, (size_t)count);
    struct frame frame;
    enum frame_result result;
    while ((result = frame_next(&wire_in, &frame)) == FRAME_WHOLE)
        session_take(&frame);
    if (result == FRAME_TOO_LONG)
        wire_fail("bad_frame", "a frame is longer than 1 MiB");
}

static void forget_signals(int children)
{
    struct signalfd_siginfo information[8];
    while (read(children, information, sizeof information) > 0)
        continue;
}

static uint64_t held_since; /* 0: nothing is held back */
static bool held_started;   /* and nothing else */

static uint64_t hold_us(void)
{
    if (stage_alive())
        return held_started ? HOLD_STARTED_US : HOLD_US;
    return preload_pending() ? HOLD_READY_US : 0;
}

/* No other frame of a running stage is as short. */
static bool only_started(void)
{
    return stage_alive() && queue_bytes(&wire_out) == FRAME_HEADER;
}

static bool holds_back(uint64_t now)
{
    if (queue_empty(&wire_out))
        held_since = 0;
    else if (held_since == 0 || (held_started && !only_started()))
        held_since = now;
    held_started = only_started();
    return held_since != 0 && queue_bytes(&wire_out) < HOLD_BYTES && now < held_since + hold_us();
}

static void wait_for_something(struct pollfd *watched)
{
    uint64_t now = clock_us();
    uint64_t wait = stage_wait_us(now);
    uint64_t preload = preload_wait_us(now);
    uint64_t collect = collect_wait_us(now);
    wait = preload < wait ? preload : wait;
    wait = collect < wait ? collect : wait;
    if (holds_back(now))
        wait = held_since + hold_us() - now < wait ? held_since + hold_us() - now : wait;
    else if (!queue_empty(&wire_out))
        watched[WATCH_OUT].events = POLLOUT;
    struct timespec timeout = {.tv_sec = (time_t)(wait / 1000000u), .tv_nsec = (long)(wait % 1000000u) * 1000};
    (void)ppoll(watched, WATCH_ALL, wait == STAGE_NEVER ? NULL : &timeout, NULL);
}

static void turn(int children)
{
    struct pollfd watched[WATCH_ALL] = {
        [WATCH_IN] = {.fd = WIRE_IN, .events = POLLIN},
        [WATCH_OUT] = {.fd = WIRE_OUT},
        [WATCH_CHILDREN] = {.fd = children, .events = POLLIN},
    };
    preload_watch(watched + WATCH_PRELOAD);
    collect_watch(watched + WATCH_COLLECT);
    stage_watch(watched + WATCH_STAGE);
    wait_for_something(watched);
    if ((watched[WATCH_OUT].revents & (POLLERR | POLLNVAL)) != 0)
        wire_gone();
    if (watched[WATCH_CHILDREN].revents != 0)
        forget_signals(children);
    if (watched[WATCH_IN].revents != 0)
        take_frames();
    preload_serve(watched + WATCH_PRELOAD);
    stage_serve(watched + WATCH_STAGE);
    collect_serve();
    if (!holds_back(clock_us()) && !queue_flush(&wire_out, WIRE_OUT))
        wire_gone();
}

int main(int count, char **arguments)
{
    /* It kills every process that it can see: that must never be a whole machine. */
    if (getpid() != 1) {
        static const char refusal[] = "gantry-init only runs as the first process of a container\n";
        (void)!write(STDERR_FILENO, refusal, sizeof refusal - 1);
        return EXIT_NOT_INIT;
    }
    int children = prepare(count > 0 ? arguments + 1 : arguments);
    for (;;)
        turn(children);
}
