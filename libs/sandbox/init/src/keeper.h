/* PID 1 of a container that serves many executions of one tenant, one after another, each in a world of its own. It
 * reads nothing that comes from the worker or a job: the init of each world does, and has no more than that of a
 * container. */
#ifndef GANTRY_KEEPER_H
#define GANTRY_KEEPER_H

/* The exit status of a world whose execution has ended as it should. */
#define KEEPER_NEXT 64

/* `--tenant` and what tenant-options.h says. Returns in every world, as its first process; never in the keeper. */
void keeper_run(char *const *arguments);

#endif
