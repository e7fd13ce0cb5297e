/* Names as UTF-8, which no kernel promises. Pure. */
#ifndef GANTRY_TEXT_H
#define GANTRY_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_INVALID UINT32_C(0x110000) /* and the byte: no character has such a number */

/* The character at this place of a C string and how many bytes it has, at least one; a byte that begins none stands
   for itself. */
size_t text_decode(const char *at, uint32_t *point);
bool text_valid(const char *name);
/* A copy in which every byte that is part of no character is written as \xNN; cut where it would not fit. */
void text_escape(const char *from, char *to, size_t size);

#endif
