/* A pattern, then after each newline a path. What matches is compared with a matcher that tries everything. */
#include <stdlib.h>
#include <string.h>

#include "glob.h"
#include "text.h"

#define NAME_LENGTH_MAX 255u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Exactly as long as it is, so that a sanitizer sees one byte too many. */
static char *copy(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (text == NULL)
        return NULL;
    memcpy(text, data, size);
    text[size] = 0;
    if (strlen(text) != size) {
        free(text);
        return NULL;
    }
    return text;
}

/* Stars and plain bytes only: what the fast one does, by definition. A table over both lengths. */
static bool reference(const char *pattern, size_t length, const char *name)
{
    static bool table[NAME_LENGTH_MAX + 1];
    size_t size = strlen(name);
    memset(table, 0, sizeof table);
    table[0] = true;
    for (size_t at = 0; at < length; at++) {
        bool diagonal = table[0];
        if (pattern[at] != '*')
            table[0] = false;
        for (size_t index = 1; index <= size; index++) {
            bool above = table[index];
            table[index] = pattern[at] == '*' ? above || table[index - 1] : diagonal && pattern[at] == name[index - 1];
            diagonal = above;
        }
    }
    return table[size];
}

static void compare(const struct glob *glob, const char *name, bool whole)
{
    const char *start = glob->parts[0].start;
    size_t length = (size_t)(glob->parts[0].end - start);
    bool simple = glob->count == 1 && memchr(start, '?', length) == NULL && memchr(start, '[', length) == NULL;
    if (simple && text_valid(name) && text_valid(start) && reference(start, length, name) != whole)
        abort();
}

static void go_down(const struct glob *glob, const uint8_t *path, size_t size)
{
    glob_state state = glob_begin(glob);
    unsigned depth = 0;
    for (size_t at = 0; at < size; depth++) {
        const uint8_t *slash = memchr(path + at, '/', size - at);
        size_t length = slash == NULL ? size - at : (size_t)(slash - path) - at;
        char *name = length > 0 && length <= NAME_LENGTH_MAX ? copy(path + at, length) : NULL;
        if (name == NULL)
            return;
        bool whole;
        glob_state next = glob_step(glob, state, name, &whole);
        if (state == 0 && (next != 0 || whole))
            abort();
        if (glob->count < GLOB_PARTS_MAX && next >> glob->count != 0)
            abort();
        if (depth == 0)
            compare(glob, name, whole);
        free(name);
        state = next;
        at += length + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 4096)
        return 0;
    const uint8_t *end = memchr(data, '\n', size);
    size_t length = end == NULL ? size : (size_t)(end - data);
    char *pattern = copy(data, length);
    struct glob glob;
    if (pattern != NULL && glob_compile(&glob, pattern) == NULL) {
        for (size_t at = length + 1; at < size;) {
            const uint8_t *next = memchr(data + at, '\n', size - at);
            size_t taken = next == NULL ? size - at : (size_t)(next - data) - at;
            go_down(&glob, data + at, taken);
            at += taken + 1;
        }
    }
    char shown[64];
    if (pattern != NULL) {
        text_escape(pattern, shown, sizeof shown);
        if (!text_valid(shown))
            abort();
    }
    free(pattern);
    return 0;
}
