/* The main process of a stage and the init's ends of its pipes. */
#ifndef GANTRY_PROGRAM_H
#define GANTRY_PROGRAM_H

#include <sys/types.h>

#include "message.h"

/* Far above what programs open, so that their own numbers are what they are without it. */
#define PROGRAM_INHERITED 255

struct program {
    pid_t pid;
    int started; /* end of file: executed; an int before that: the errno of why not */
    int stdin_to;
    int stdout_from;
    int stderr_from;
};

/* 0, or the errno of why there is no process. Descriptors that are not there are -1. The program has `inherited`, if it
 * is one, under the number PROGRAM_INHERITED. */
int program_start(struct program *program, const struct owner *owner, const struct run_message *run, int inherited);
void program_close(int *fd);
void program_close_all(struct program *program);

/* What a stage asks of the process itself, in the child: limits, directory, execve. Returns only when it failed, with
 * errno. */
int program_execute(const struct run_message *run);
/* Limits only go down. The process is the caller (0) or one with the caller's real ids. 0, or an errno. */
int program_limit(pid_t pid, const struct run_message *run);

#endif
