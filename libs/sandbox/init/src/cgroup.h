/* What the kernel counted for this container: cgroup v1 or v2, as they appear inside it. */
#ifndef GANTRY_CGROUP_H
#define GANTRY_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

enum cgroup_counter {
    CGROUP_CPU_US,
    CGROUP_MEMORY,
    CGROUP_MEMORY_PEAK,
    CGROUP_OOM_KILLS,
    CGROUP_THROTTLED_US,
    CGROUP_TASKS,
    CGROUP_TASKS_PEAK,
    CGROUP_REFUSED_FORKS,
    CGROUP_COUNTERS,
};

struct cgroup_value {
    uint64_t value;
    bool known; /* false: the kernel does not offer it here */
};

struct cgroup {
    int version; /* 0: neither can be read */
    int files[CGROUP_COUNTERS];
};

/* `root` is /sys/fs/cgroup outside tests. The files stay open. */
void cgroup_open(struct cgroup *cgroup, const char *root);
struct cgroup_value cgroup_read(const struct cgroup *cgroup, enum cgroup_counter counter);
/* How much a counter has grown; unknown if either is. */
struct cgroup_value cgroup_growth(struct cgroup_value before, struct cgroup_value now);

/* The number of a file that is one number (key NULL) or lines of "key number". */
bool cgroup_parse(const char *text, const char *key, uint64_t *number);

#endif
