#include "text.h"

#include <string.h>

/* How many bytes follow a first byte, and what of the number is in it. -1: it is none. */
static int lead(uint8_t byte, uint32_t *point)
{
    if (byte < 0x80) {
        *point = byte;
        return 0;
    }
    if (byte >= 0xC2 && byte <= 0xDF) {
        *point = byte & 0x1Fu;
        return 1;
    }
    if (byte >= 0xE0 && byte <= 0xEF) {
        *point = byte & 0x0Fu;
        return 2;
    }
    *point = byte & 0x07u;
    return byte >= 0xF0 && byte <= 0xF4 ? 3 : -1;
}

static bool is_character(uint32_t point, int following)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    return point >= least[following] && point < TEXT_INVALID && !surrogate;
}

size_t text_decode(const char *at, uint32_t *point)
{
    uint32_t number;
    int following = lead((uint8_t)at[0], &number);
    *point = TEXT_INVALID + (uint8_t)at[0];
    if (following < 0)
        return 1;
    for (int index = 1; index <= following; index++) {
        uint8_t byte = (uint8_t)at[index];
        if ((byte & 0xC0u) != 0x80u)
            return 1;
        number = number << 6 | (byte & 0x3Fu);
    }
    if (!is_character(number, following))
        return 1;
    *point = number;
    return (size_t)following + 1;
}

bool text_valid(const char *name)
{
    while (*name != 0) {
        uint32_t point;
        name += text_decode(name, &point);
        if (point >= TEXT_INVALID)
            return false;
    }
    return true;
}

static void put_byte(uint8_t byte, char to[4])
{
    static const char digits[] = "0123456789abcdef";
    to[0] = '\\';
    to[1] = 'x';
    to[2] = digits[byte >> 4];
    to[3] = digits[byte & 15u];
}

void text_escape(const char *from, char *to, size_t size)
{
    char *end = to + size - 1;
    while (*from != 0) {
        uint32_t point;
        size_t length = text_decode(from, &point);
        size_t needed = point >= TEXT_INVALID ? 4 : length;
        if ((size_t)(end - to) < needed)
            break;
        if (point >= TEXT_INVALID)
            put_byte((uint8_t)*from, to);
        else
            memcpy(to, from, length);
        to += needed;
        from += length;
    }
    *to = 0;
}
