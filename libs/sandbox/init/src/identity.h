/* Who this process is to the kernel, and how it becomes the job. */
#ifndef GANTRY_IDENTITY_H
#define GANTRY_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"

#define INIT_ID 65532u

/* From root to the init's own uid with SETUID, SETGID and KILL and nothing else, for good. Returns NULL, or what
 * failed. */
const char *identity_take(void);
uint64_t identity_capabilities(void);
bool identity_no_new_privileges(void);
uint64_t identity_seccomp_mode(void);

/* Between the two, files and pipes are opened and made as the job: it may touch what the job may, and they belong to
   the job. The effective uid stays the init's. */
void identity_borrow(const struct owner *owner);
void identity_return(void);

/* In the child: first makes it the preferred victim of the OOM killer, then gives up everything. 0, or an errno. */
void identity_volunteer(void);
int identity_surrender(const struct owner *owner);

#endif
