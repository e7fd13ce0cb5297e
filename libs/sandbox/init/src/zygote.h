/* An interpreter that has started once for all worlds of a container and forks a process into each that asks for one.
 * It never sees a byte of a job: what it forks reads its program itself, once it is in the world and has given up
 * everything. */
#ifndef GANTRY_ZYGOTE_H
#define GANTRY_ZYGOTE_H

#include <stdbool.h>
#include <sys/types.h>

#include "message.h"

enum zygote_end { ZYGOTE_STDIN, ZYGOTE_STDOUT, ZYGOTE_STDERR, ZYGOTE_CHANNEL, ZYGOTE_ENDS };

/* In the keeper. An image without the interpreter, or whose interpreter can't do it, has none: that is no fault. */
void zygote_start(const char *name);
/* 0: there is none. */
pid_t zygote_pid(void);
/* Empty: there is none. */
const char *zygote_name(void);

/* Whether this is what it runs. */
bool zygote_serves(const struct run_message *run);
/* Like fork(), from the world that calls: a child of the caller, which has become the job. -1 with errno. */
pid_t zygote_fork(const struct owner *owner, const int ends[ZYGOTE_ENDS]);

#endif
