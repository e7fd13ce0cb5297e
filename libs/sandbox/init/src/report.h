/* The EXIT frame: how a stage ended and what it used. */
#ifndef GANTRY_REPORT_H
#define GANTRY_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "meter.h"
#include "stream.h"

enum cause { CAUSE_ITSELF, CAUSE_WALL, CAUSE_CPU, CAUSE_OUTPUT, CAUSE_KILLED };

struct report {
    enum cause cause;
    bool reaped;
    int status;      /* as waitpid() has it, once reaped */
    int start_errno; /* not 0: there was no program */
    uint64_t began_us;
    uint64_t ended_us;
    uint64_t places_full;
};

/* False: the worker has to read first. */
bool report_send(const struct report *report, const struct meter *meter, const struct stream *out,
                 const struct stream *err, uint64_t cpu_limit_us);

#endif
