/* The files that the worker sends before a stage. */
#ifndef GANTRY_FILES_H
#define GANTRY_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "message.h"

/* Makes parents and an empty new file as the job. Returns a descriptor, or -1 with errno. */
int files_create(const struct owner *owner, char *path, uint32_t mode);
/* 0, or an errno. */
int files_append(int fd, const uint8_t *bytes, size_t count);

#endif
