#include "wire.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attribute.h"
#include "clock.h"

#define EXIT_FAILED 120
#define PATIENCE_US 1000000u

struct frame_reader wire_in;
struct queue wire_out;

static void flush_patiently(void)
{
    uint64_t until = clock_us() + PATIENCE_US;
    while (queue_flush(&wire_out, WIRE_OUT) && !queue_empty(&wire_out) && clock_us() < until) {
        struct pollfd writable = {.fd = WIRE_OUT, .events = POLLOUT};
        (void)poll(&writable, 1, 50);
    }
}

void wire_fail(const char *code, const char *text)
{
    (void)kill(-1, SIGKILL);
    uint8_t payload[1024];
    struct attribute_writer writer = {.buffer = payload, .size = sizeof payload};
    attribute_put_string(&writer, 1, code);
    attribute_put_string(&writer, 2, text);
    if (!queue_frame(&wire_out, FRAME_ERROR, payload, writer.used)) {
        flush_patiently();
        (void)queue_frame(&wire_out, FRAME_ERROR, payload, writer.used);
    }
    flush_patiently();
    _exit(EXIT_FAILED);
}

void wire_fail_about(const char *code, const char *what, const char *about, int error)
{
    char text[512];
    (void)snprintf(text, sizeof text, "%s%.300s: %s", what, about, strerror(error));
    for (char *at = text; *at != 0; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
    wire_fail(code, text);
}

void wire_leave(int status)
{
    flush_patiently();
    _exit(queue_empty(&wire_out) ? status : EXIT_FAILED);
}

void wire_gone(void)
{
    (void)kill(-1, SIGKILL);
    _exit(0);
}
