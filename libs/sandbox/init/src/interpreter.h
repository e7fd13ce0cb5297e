/* The interpreters that can be started before their program is there: how they start, and which programs they then
 * can take. Pure. */
#ifndef GANTRY_INTERPRETER_H
#define GANTRY_INTERPRETER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"

#define INTERPRETER_ORDER_MAX (64u * 1024u)

struct interpreter;

/* NULL when there is none of this name. */
const struct interpreter *interpreter_named(const char *name);
const char *interpreter_name(const struct interpreter *interpreter);

/* What to execute ahead of time. No limit is set in it. */
void interpreter_start(const struct interpreter *interpreter, struct run_message *run);

/* Whether a process that was started so can become what RUN asks for without anybody seeing a difference. */
bool interpreter_fits(const struct interpreter *interpreter, const struct run_message *run);

/* What the waiting process is told: u32 length of the rest, u32 number of arguments, then every argument and every
 * variable, each ended by a NUL. Returns how long it is, or 0 when it is longer than INTERPRETER_ORDER_MAX. */
size_t interpreter_order(const struct run_message *run, uint8_t order[INTERPRETER_ORDER_MAX]);

#endif
