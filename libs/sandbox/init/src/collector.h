/* The process that looks for artifacts and reads them. It is nobody but the job, after all processes of the job have
 * died. */
#ifndef GANTRY_COLLECTOR_H
#define GANTRY_COLLECTOR_H

#include <stdint.h>

#include "message.h"

/* Walks, sends frames to the descriptor, ends. */
_Noreturn void collector_run(const struct collect_message *order, int to, uint64_t deadline_us);

#endif
