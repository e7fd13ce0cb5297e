/* Attributes: u8 tag, u32 length, value; the inside of every structured payload. Pure. */
#ifndef GANTRY_ATTRIBUTE_H
#define GANTRY_ATTRIBUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct attribute {
    uint8_t *value;
    uint32_t length;
    uint8_t tag;
};

struct attribute_cursor {
    uint8_t *at;
    uint8_t *end;
};

enum attribute_result { ATTRIBUTE_END, ATTRIBUTE_FOUND, ATTRIBUTE_BROKEN };

enum attribute_result attribute_next(struct attribute_cursor *cursor, struct attribute *attribute);
bool attribute_number(const struct attribute *attribute, uint64_t *number);

/* The value as a C string, or NULL if it holds a NUL. The value moves one byte down, over the length field that has
   been read already, so that the terminator fits without a copy; each attribute can be taken as a string once. */
char *attribute_string(const struct attribute *attribute);

struct attribute_writer {
    uint8_t *buffer;
    size_t size;
    size_t used;
};

/* What does not fit is left out as a whole. */
void attribute_put_number(struct attribute_writer *writer, uint8_t tag, uint64_t number);
void attribute_put_string(struct attribute_writer *writer, uint8_t tag, const char *text);

#endif
