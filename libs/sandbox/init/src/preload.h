/* An interpreter that is started before its program is known, and waits for it. At most one, and it runs one program.
 */
#ifndef GANTRY_PRELOAD_H
#define GANTRY_PRELOAD_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "message.h"
#include "program.h"

/* Starts it. PRELOADED is sent when it waits, or when there is none. */
void preload_start(const struct owner *owner, const char *name);

/* What the loop waits for, and for how long at most. */
void preload_watch(struct pollfd *watched);
uint64_t preload_wait_us(uint64_t now);
/* It has been started and does not wait yet. */
bool preload_pending(void);
void preload_serve(const struct pollfd *watched);

/* True: one waits that can run exactly this, and has its limits. False: there is none any more, nor any process. */
bool preload_prepare(const struct owner *owner, const struct run_message *run);
/* Hands over what preload_prepare() has approved. False: it is gone after all, as is every process. */
bool preload_release(struct program *program);

#endif
