/* The clock of a stage: when something is due, and what has struck. */
#ifndef GANTRY_STAGE_LIMITS_H
#define GANTRY_STAGE_LIMITS_H

#include <stdint.h>

#include "message.h"
#include "meter.h"
#include "report.h"

struct limits {
    uint64_t wall_at;
    uint64_t cpu_us;   /* 0: no limit */
    uint64_t usage_us; /* 0: no USAGE frames */
    uint64_t sample_at;
    uint64_t usage_at;
    uint64_t processors;
};

void limits_begin(struct limits *limits, const struct run_message *run, uint64_t now);
uint64_t limits_wait_us(const struct limits *limits, uint64_t now);
/* Samples and tells the usage when that is due. CAUSE_ITSELF: nothing has struck. */
enum cause limits_check(struct limits *limits, struct meter *meter, uint64_t now);

#endif
