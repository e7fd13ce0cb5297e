/* The user namespace of a tenant's container. */
#ifndef GANTRY_USER_NAMESPACE_H
#define GANTRY_USER_NAMESPACE_H

#include <stdint.h>

/* From root to `first_id` for good, which inside is INIT_ID; the `jobs` ids after it keep their numbers, and no other
   id is mapped, root least of all. Gives all capabilities, inside. Returns NULL, or what failed. */
const char *user_namespace_enter(uint32_t first_id, uint32_t jobs);

#endif
