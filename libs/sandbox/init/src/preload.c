#include "preload.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attribute.h"
#include "clock.h"
#include "identity.h"
#include "interpreter.h"
#include "stage.h"
#include "wire.h"

#define GIVE_UP_US 10000000u
#define WAITS 'W' /* the only word of a preloader */

static struct {
    const struct interpreter *interpreter; /* NULL: there is none */
    struct program program;
    int channel;
    bool waits;
    uint64_t give_up_at;
    size_t order_size;
    uint8_t order[INTERPRETER_ORDER_MAX];
} preload = {.channel = -1};

static void tell(const char *name)
{
    uint8_t payload[64];
    struct attribute_writer writer = {.buffer = payload, .size = sizeof payload};
    attribute_put_string(&writer, 1, name);
    (void)queue_frame(&wire_out, FRAME_PRELOADED, payload, writer.used);
}

/* Waited for, and not for long: it could still count against the limits of the program that is started instead. */
static void discard(void)
{
    if (preload.interpreter == NULL)
        return;
    (void)kill(-1, SIGKILL);
    while (waitpid(-1, NULL, __WALL) > 0)
        continue;
    program_close_all(&preload.program);
    program_close(&preload.channel);
    preload.interpreter = NULL;
    if (!preload.waits)
        tell("");
}

static int open_channel(int *other)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return -1;
    *other = ends[1];
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return ends[0];
}

void preload_start(const struct owner *owner, const char *name)
{
    static struct run_message run;
    int other = -1;
    preload.interpreter = interpreter_named(name);
    if (preload.interpreter == NULL) {
        tell("");
        return;
    }
    interpreter_start(preload.interpreter, &run);
    preload.channel = open_channel(&other);
    preload.waits = false;
    preload.give_up_at = clock_us() + GIVE_UP_US;
    int error = preload.channel < 0 ? errno : program_start(&preload.program, owner, &run, other);
    program_close(&other);
    if (error != 0) {
        preload.interpreter = NULL;
        program_close(&preload.channel);
        tell("");
    }
}

void preload_watch(struct pollfd *watched)
{
    *watched = (struct pollfd){.fd = preload.channel, .events = POLLIN};
}

uint64_t preload_wait_us(uint64_t now)
{
    if (preload.interpreter == NULL || preload.waits)
        return STAGE_NEVER;
    return preload.give_up_at > now ? preload.give_up_at - now : 0;
}

bool preload_pending(void)
{
    return preload.interpreter != NULL && !preload.waits;
}

/* Its one word, or its end. */
void preload_serve(const struct pollfd *watched)
{
    if (preload.interpreter == NULL)
        return;
    if (watched->fd == preload.channel && watched->revents != 0) {
        char word = 0;
        ssize_t count = recv(preload.channel, &word, 1, 0);
        if (count < 0 && errno == EAGAIN)
            return;
        if (preload.waits || count != 1 || word != WAITS) {
            discard();
            return;
        }
        preload.waits = true;
        tell(interpreter_name(preload.interpreter));
    }
    if (!preload.waits && clock_us() >= preload.give_up_at)
        discard();
}

/* What it has written so far would pass for the program's. */
static bool silent(void)
{
    int out = -1;
    int err = -1;
    return ioctl(preload.program.stdout_from, FIONREAD, &out) == 0 &&
           ioctl(preload.program.stderr_from, FIONREAD, &err) == 0 && out == 0 && err == 0;
}

static bool limited(const struct owner *owner, const struct run_message *run)
{
    identity_borrow(owner);
    int error = program_limit(preload.program.pid, run);
    identity_return();
    return error == 0;
}

bool preload_prepare(const struct owner *owner, const struct run_message *run)
{
    if (preload.interpreter == NULL)
        return false;
    bool wanted = preload.waits && strcmp(run->runtime, interpreter_name(preload.interpreter)) == 0 &&
                  interpreter_fits(preload.interpreter, run);
    preload.order_size = wanted ? interpreter_order(run, preload.order) : 0;
    if (preload.order_size > 0 && silent() && limited(owner, run))
        return true;
    discard();
    return false;
}

/* From here on it is a program like any other. The channel takes the place of the pipe that ends with execve(): the
 * preloader closes it when it lets the program go. */
bool preload_release(struct program *program)
{
    size_t size = preload.order_size;
    if (send(preload.channel, preload.order, size, MSG_NOSIGNAL) != (ssize_t)size) {
        discard();
        return false;
    }
    explicit_bzero(preload.order, size);
    program_close(&preload.program.started);
    *program = preload.program;
    program->started = preload.channel;
    preload.channel = -1;
    preload.interpreter = NULL;
    return true;
}
