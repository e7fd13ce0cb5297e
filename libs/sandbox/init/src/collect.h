/* From COLLECT to COLLECTED: starts the collector, passes on what it says, and ends it. At most one at a time, and
 * never beside a stage. */
#ifndef GANTRY_COLLECT_H
#define GANTRY_COLLECT_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "message.h"

void collect_begin(const struct owner *owner, const struct collect_message *order);
bool collect_alive(void);
void collect_stop(void);

/* What the loop waits for, and for how long at most. */
void collect_watch(struct pollfd *watched);
uint64_t collect_wait_us(uint64_t now);
/* Never blocks. */
void collect_serve(void);

#endif
