/* What a world and the zygote say to each other: one packet each way; both are built together. */
#ifndef GANTRY_ZYGOTE_WIRE_H
#define GANTRY_ZYGOTE_WIRE_H

#include <linux/capability.h>
#include <stddef.h>
#include <stdint.h>

#include "world.h"
#include "zygote.h"

#define ZYGOTE_CONTROL 254                   /* the zygote's end of the socket */
#define ZYGOTE_READY 'W'                     /* its first word */
#define ZYGOTE_VARIABLE "GANTRY_ZYGOTE=254"  /* how the preloader knows what it is */
#define ZYGOTE_BINDS "LD_BIND_NOW=1"         /* what it looks up late every job would look up again */

/* With descriptors: the namespaces of the world, then the ends. */
#define ZYGOTE_DESCRIPTORS (WORLD_NAMESPACES + ZYGOTE_ENDS)

/* All that it has, even in its bounding set: to enter a world's namespaces, and to become a job there with an empty
 * one. */
static const unsigned zygote_needs[] = {CAP_SYS_ADMIN, CAP_SYS_CHROOT, CAP_SETUID, CAP_SETGID, CAP_SETPCAP};
#define ZYGOTE_NEEDS (sizeof zygote_needs / sizeof zygote_needs[0])

struct zygote_request {
    uint32_t uid;
    uint32_t gid;
};

struct zygote_reply {
    int32_t pid; /* in the world; -1: none */
    int32_t error;
};

#endif
