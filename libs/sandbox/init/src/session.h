/* Which frame may come when, and what it does. */
#ifndef GANTRY_SESSION_H
#define GANTRY_SESSION_H

#include "frame.h"

void session_ready(void);
/* Ends the container if the frame breaks the protocol. */
void session_take(const struct frame *frame);

#endif
