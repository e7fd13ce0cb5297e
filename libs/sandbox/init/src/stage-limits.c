#include "stage-limits.h"

#include <unistd.h>

#include "wire.h"

#define SAMPLE_US 50000u
#define SAMPLE_MIN_US 2000u

void limits_begin(struct limits *limits, const struct run_message *run, uint64_t now)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    *limits = (struct limits){
        .wall_at = now + run->wall_us,
        .cpu_us = run->cpu_us,
        .usage_us = run->usage_us,
        .sample_at = now,
        .usage_at = now + run->usage_us,
        .processors = processors > 0 ? (uint64_t)processors : 1,
    };
}

uint64_t limits_wait_us(const struct limits *limits, uint64_t now)
{
    uint64_t next = limits->wall_at < limits->sample_at ? limits->wall_at : limits->sample_at;
    if (limits->usage_us > 0 && limits->usage_at < next)
        next = limits->usage_at;
    return next > now ? next - now : 0;
}

/* With all processors busy the rest of the cpu limit can't be used up sooner than this. */
static uint64_t sample_again(const struct limits *limits, uint64_t cpu_us)
{
    if (limits->cpu_us == 0)
        return SAMPLE_US;
    uint64_t soonest = (limits->cpu_us - cpu_us) / limits->processors;
    if (soonest < SAMPLE_MIN_US)
        return SAMPLE_MIN_US;
    return soonest < SAMPLE_US ? soonest : SAMPLE_US;
}

static void tell_usage(struct limits *limits, const struct meter *meter, uint64_t now)
{
    uint8_t payload[64];
    struct attribute_writer writer = {.buffer = payload, .size = sizeof payload};
    meter_put_usage(meter, &writer);
    (void)queue_frame(&wire_out, FRAME_USAGE, payload, writer.used);
    limits->usage_at = now + limits->usage_us;
}

enum cause limits_check(struct limits *limits, struct meter *meter, uint64_t now)
{
    if (now >= limits->wall_at)
        return CAUSE_WALL;
    if (now >= limits->sample_at) {
        meter_sample(meter);
        uint64_t cpu_us = limits->cpu_us > 0 ? meter_cpu_us(meter) : 0;
        if (limits->cpu_us > 0 && cpu_us >= limits->cpu_us)
            return CAUSE_CPU;
        limits->sample_at = now + sample_again(limits, cpu_us);
    }
    if (limits->usage_us > 0 && now >= limits->usage_at)
        tell_usage(limits, meter, now);
    return CAUSE_ITSELF;
}
