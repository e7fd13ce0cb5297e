/* What a stage has used: the cgroup's counters since its start, and samples where the kernel keeps no peak. */
#ifndef GANTRY_METER_H
#define GANTRY_METER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "attribute.h"
#include "cgroup.h"

struct meter {
    struct cgroup cgroup;
    struct cgroup_value base[CGROUP_COUNTERS]; /* at the start of the stage */
    struct cgroup_value memory;                /* last sample */
    uint64_t memory_peak;                      /* of the samples */
    uint64_t tasks;                            /* last sample, without the init */
    uint64_t tasks_peak;
    uint64_t reaped_us; /* cpu of all reaped children, at the start */
    pid_t main;         /* 0 once it is reaped */
    uint64_t main_us;   /* its cpu when it became the stage's */
    unsigned others;    /* processes of the container that are of no stage, besides the init; 0: one stage's container */
};

void meter_open(struct meter *meter, const char *cgroup_root);
/* The container outlives the stage: its peaks may be those of another one. */
void meter_share(struct meter *meter, unsigned others);
void meter_begin(struct meter *meter);
void meter_main(struct meter *meter, pid_t main);
void meter_sample(struct meter *meter);
uint64_t meter_cpu_us(const struct meter *meter);
void meter_put_usage(const struct meter *meter, struct attribute_writer *writer);
void meter_put_report(const struct meter *meter, struct attribute_writer *writer);

/* 1: no byte or no inode left in /workspace or /tmp. */
uint64_t meter_places_full(void);

#endif
