/* The kernel's text files. Byte 0 chooses the key. */
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const keys[] = {NULL, "oom_kill", "max", "throttled_time", "usage_usec"};
    if (size == 0)
        return 0;
    /* Exactly as long as it is, so that a sanitizer sees one byte too many. */
    char *text = malloc(size);
    if (text == NULL)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = 0;
    uint64_t number = 12345;
    if (!cgroup_parse(text, keys[data[0] % 5], &number) && number != 12345)
        abort();
    free(text);
    return 0;
}
