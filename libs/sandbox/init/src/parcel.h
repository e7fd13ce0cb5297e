/* What the collector says, as whole frames into its pipe. It waits there until the init has taken them. */
#ifndef GANTRY_PARCEL_H
#define GANTRY_PARCEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"

/* As the wire has them. */
enum omission {
    OMITTED_NONE,
    OMITTED_NO_FILE,
    OMITTED_FILE_SIZE,
    OMITTED_TOTAL_SIZE,
    OMITTED_NUMBER,
    OMITTED_NO_TEXT,
    OMITTED_CHANGED,
    OMITTED_UNREADABLE,
    OMITTED_DEPTH,
    OMITTED_TIME,
};

enum collected { COLLECTED_ALL, COLLECTED_LATE, COLLECTED_LOST, COLLECTED_STOPPED };

#define PARCEL_OMISSIONS_MAX 100u
#define PARCEL_PATH_MAX 1024u

void parcel_to(int fd);
void parcel_artifact(const char *path, uint64_t size);
/* Room for one piece of a file, and the frame that is made of what came into it. */
uint8_t *parcel_space(void);
void parcel_data(size_t length);
/* OMITTED_NONE: what was announced has come whole. */
void parcel_end(enum omission why);
/* Told as often as is allowed, then only counted. */
void parcel_omitted(const char *path, enum omission why);
_Noreturn void parcel_close(enum collected end);

/* The payload of a frame of that kind; returns its length. */
size_t parcel_end_payload(uint8_t *to, size_t size, enum omission why);
size_t parcel_collected_payload(uint8_t *to, size_t size, uint64_t untold, enum collected end);

#endif
