/* What the worker wants of a container that serves many executions of one tenant: its command line. Pure. */
#ifndef GANTRY_TENANT_OPTIONS_H
#define GANTRY_TENANT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define PLACES_MAX 32u

/* A fresh tmpfs in every world. */
struct place {
    const char *path;
    const char *options; /* size, inodes and mode, as mount() takes them; the owner is added */
    bool exec;
};

struct tenant_options {
    uint32_t first_id; /* of the range on the host: the first is the container's own, the others are for one job each */
    uint32_t jobs;
    const char *zygote; /* interpreter to fork jobs from; empty: none */
    const char *ahead;  /* interpreter that is started in every world before anybody asks; empty: none, "-" on the command line */
    struct place places[PLACES_MAX];
    unsigned place_count;
};

/* FIRST_ID JOBS ZYGOTE AHEAD PLACE...; a PLACE is exec|noexec:OPTIONS:PATH. The strings are kept and changed.
   Returns NULL, or what is wrong. */
const char *tenant_options(char *const *arguments, struct tenant_options *options);

#endif
