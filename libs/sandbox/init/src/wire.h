/* The two descriptors that lead to the worker. There is one of them in this process, as there is one worker. */
#ifndef GANTRY_WIRE_H
#define GANTRY_WIRE_H

#include "frame.h"
#include "queue.h"

#define WIRE_IN 0
#define WIRE_OUT 1

extern struct frame_reader wire_in;
extern struct queue wire_out;

/* Kills every process, tells the worker why, exits with 120. It waits a second at most for a worker that does not read.
 */
_Noreturn void wire_fail(const char *code, const char *text);
/* The same, with a part that comes from outside and is cleaned of what is not printable. */
_Noreturn void wire_fail_about(const char *code, const char *what, const char *about, int error);
/* Ends with this status once the worker has been sent everything. */
_Noreturn void wire_leave(int status);
/* The worker is gone: kills every process and exits. */
_Noreturn void wire_gone(void);

#endif
