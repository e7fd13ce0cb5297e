/* One execution's surroundings: namespaces, mounts and an identity that nobody had before. */
#ifndef GANTRY_WORLD_H
#define GANTRY_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "message.h"
#include "tenant-options.h"

/* What a process has to enter to be in the world; descriptors. */
enum world_namespace { WORLD_PID, WORLD_MOUNT, WORLD_IPC, WORLD_UTS, WORLD_NET, WORLD_NAMESPACES };

/* The first process of a new world, which has number 1 in it: like fork(). Everything in the world dies with it.
 */
pid_t world_fork(void);

/* In that process: mounts everything fresh, for jobs of this uid, then gives up all that made it possible and becomes the
   init of the world, with what the init of a container has. Returns NULL, or what failed. */
const char *world_settle(const struct tenant_options *options, uint32_t uid);

/* True in a world. */
bool world_is(void);
/* The only owner that jobs of this world may have; {0, 0} when this is no world. */
struct owner world_owner(void);
/* Interpreter that is started in every world; empty: none. */
const char *world_ahead(void);
const int *world_namespaces(void);

#endif
