/* The main process of a stage and the init's ends of its pipes. */
#ifndef GANTRY_PROGRAM_H
#define GANTRY_PROGRAM_H

#include <sys/types.h>

#include "message.h"

struct program {
    pid_t pid;
    int started; /* end of file: executed; an int before that: the errno of why not */
    int stdin_to;
    int stdout_from;
    int stderr_from;
};

/* 0, or the errno of why there is no process. Descriptors that are not there are -1. */
int program_start(struct program *program, const struct owner *owner, const struct run_message *run);
void program_close(int *fd);
void program_close_all(struct program *program);

/* What a stage asks of the process itself, in the child: limits, directory, execve. Returns only when it failed, with
 * errno. */
int program_execute(const struct run_message *run);
/* Limits only go down. 0, or an errno. */
int program_limit(const struct run_message *run);

#endif
