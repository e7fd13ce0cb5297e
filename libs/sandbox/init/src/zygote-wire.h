/* What a world and the zygote say to each other: one packet each way; both are built together. */
#ifndef GANTRY_ZYGOTE_WIRE_H
#define GANTRY_ZYGOTE_WIRE_H

#include <stdint.h>

#include "world.h"
#include "zygote.h"

#define ZYGOTE_CONTROL 254                   /* the zygote's end of the socket */
#define ZYGOTE_READY 'W'                     /* its first word */
#define ZYGOTE_VARIABLE "GANTRY_ZYGOTE=254"  /* how the preloader knows what it is */

/* With descriptors: the namespaces of the world, then the ends. */
#define ZYGOTE_DESCRIPTORS (WORLD_NAMESPACES + ZYGOTE_ENDS)

struct zygote_request {
    uint32_t uid;
    uint32_t gid;
};

struct zygote_reply {
    int32_t pid; /* in the world; -1: none */
    int32_t error;
};

#endif
