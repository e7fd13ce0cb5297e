/* One program from RUN to EXIT. At most one stage is alive at a time. */
#ifndef GANTRY_STAGE_H
#define GANTRY_STAGE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"

#define STAGE_DESCRIPTORS 4
#define STAGE_NEVER UINT64_MAX

void stage_open(void);
int stage_cgroup_version(void);
/* The container serves many executions; so many of its processes, besides the init, are of none. */
void stage_share(unsigned others);

bool stage_alive(void);
void stage_begin(const struct owner *owner, const struct run_message *run);
void stage_kill(void);
/* False: not allowed now. */
bool stage_stdin(const uint8_t *bytes, size_t count);
bool stage_stdin_end(void);

/* What the loop waits for, and for how long at most. */
void stage_watch(struct pollfd watched[STAGE_DESCRIPTORS]);
uint64_t stage_wait_us(uint64_t now);
/* Never blocks. Every effect of time, of a child's end and of the pipes happens here. */
void stage_serve(const struct pollfd watched[STAGE_DESCRIPTORS]);

#endif
