#include "report.h"

#include <signal.h>
#include <sys/wait.h>

#include "attribute.h"
#include "wire.h"

enum kind { KIND_EXITED, KIND_SIGNALLED, KIND_NOT_STARTED };

static void put_status(struct attribute_writer *writer, const struct report *report)
{
    if (report->start_errno != 0) {
        attribute_put_number(writer, 1, KIND_NOT_STARTED);
        attribute_put_number(writer, 4, (uint64_t)report->start_errno);
    } else if (WIFSIGNALED(report->status)) {
        attribute_put_number(writer, 1, KIND_SIGNALLED);
        attribute_put_number(writer, 3, (uint64_t)WTERMSIG(report->status));
    } else {
        attribute_put_number(writer, 1, KIND_EXITED);
        attribute_put_number(writer, 2, (uint64_t)WEXITSTATUS(report->status));
    }
}

/* A process that RLIMIT_CPU has killed before the init looked at the clock. */
static enum cause cause_of(const struct report *report, uint64_t cpu_us, uint64_t cpu_limit_us)
{
    bool killed =
        WIFSIGNALED(report->status) && (WTERMSIG(report->status) == SIGKILL || WTERMSIG(report->status) == SIGXCPU);
    bool struck = report->cause == CAUSE_ITSELF && killed && cpu_limit_us > 0 && cpu_us >= cpu_limit_us;
    return struck ? CAUSE_CPU : report->cause;
}

bool report_send(const struct report *report, const struct meter *meter, const struct stream *out,
                 const struct stream *err, uint64_t cpu_limit_us)
{
    uint8_t payload[512];
    struct attribute_writer writer = {.buffer = payload, .size = sizeof payload};
    put_status(&writer, report);
    attribute_put_number(&writer, 5, cause_of(report, meter_cpu_us(meter), cpu_limit_us));
    attribute_put_number(&writer, 6, report->ended_us - report->began_us);
    meter_put_report(meter, &writer);
    attribute_put_number(&writer, 13, out->written);
    attribute_put_number(&writer, 14, err->written);
    attribute_put_number(&writer, 15, out->left_out);
    attribute_put_number(&writer, 16, err->left_out);
    attribute_put_number(&writer, 17, report->places_full);
    return queue_frame(&wire_out, FRAME_EXIT, payload, writer.used);
}
