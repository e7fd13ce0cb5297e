/* A coverage-guided fuzzing loop for where there is no libFuzzer: gcc's trace-pc tells which code an input reaches,
   inputs that reach something new are kept and changed further. usage: fuzz-x SECONDS CORPUS [SEED]. Any fault ends it
   through the sanitizers; the input at fault is then in the file fuzz-x-crash. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define INPUT_MAX 65536u
#define POOL_MAX 4096u
#define EDGES (1u << 16)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void __sanitizer_cov_trace_pc(void);
void __sanitizer_set_death_callback(void (*callback)(void));

struct input {
    uint8_t *bytes;
    size_t size;
};

static struct input pool[POOL_MAX];
static size_t pooled;
static uint8_t reached[EDGES];
static unsigned reached_new;
static uintptr_t previous;
static uint64_t state;
static char crash_file[256];
static uint8_t current[INPUT_MAX];
static size_t current_size;

void __sanitizer_cov_trace_pc(void)
{
    uintptr_t here = (uintptr_t)__builtin_return_address(0);
    size_t edge = (size_t)((here ^ (previous >> 1)) * 0x9E3779B97F4A7C15u >> 48);
    previous = here;
    if (reached[edge] == 0) {
        reached[edge] = 1;
        reached_new++;
    }
}

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static size_t below(size_t limit)
{
    return (size_t)(next_random() % limit);
}

static void save(void)
{
    int fd = open(crash_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd >= 0)
        (void)!write(fd, current, current_size);
}

static void on_abort(int number)
{
    save();
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static void keep(void)
{
    size_t slot = pooled < POOL_MAX ? pooled++ : below(POOL_MAX);
    free(pool[slot].bytes);
    pool[slot] = (struct input){.bytes = malloc(current_size + 1), .size = current_size};
    if (pool[slot].bytes == NULL)
        abort();
    memcpy(pool[slot].bytes, current, current_size);
}

static void try_current(void)
{
    reached_new = 0;
    previous = 0;
    (void)LLVMFuzzerTestOneInput(current, current_size);
    if (reached_new > 0)
        keep();
}

static void insert(const uint8_t *bytes, size_t count)
{
    if (count > INPUT_MAX - current_size)
        return;
    size_t at = below(current_size + 1);
    memmove(current + at + count, current + at, current_size - at);
    memcpy(current + at, bytes, count);
    current_size += count;
}

static void overwrite_number(void)
{
    static const uint32_t edges[] = {
        0, 1, 2, 4, 5, 7, 8, 9, 127, 128, 255, 256, 65535, 65536, 1u << 20, (1u << 20) + 1, 0x7FFFFFFF, 0xFFFFFFFF};
    size_t width = (size_t)1 << below(3);
    if (current_size < width)
        return;
    uint32_t value = edges[below(sizeof edges / sizeof edges[0])];
    memcpy(current + below(current_size - width + 1), &value, width);
}

static void change(void)
{
    if (current_size == 0 || below(8) == 0) {
        const struct input *other = &pool[below(pooled)];
        size_t from = below(other->size + 1);
        insert(other->bytes + from, below(other->size - from + 1));
        return;
    }
    size_t at = below(current_size);
    switch (below(5)) {
    case 0:
        current[at] ^= (uint8_t)(1u << below(8));
        break;
    case 1:
        current[at] = (uint8_t)next_random();
        break;
    case 2:
        overwrite_number();
        break;
    case 3: {
        size_t count = below(current_size - at < 16 ? current_size - at + 1 : 17);
        memmove(current + at, current + at + count, current_size - at - count);
        current_size -= count;
        break;
    }
    default: {
        uint8_t copy[64];
        size_t count = below(current_size - at < sizeof copy ? current_size - at + 1 : sizeof copy + 1);
        memcpy(copy, current + at, count);
        insert(copy, count);
    }
    }
}

static void load(const char *directory)
{
    DIR *files = opendir(directory);
    if (files == NULL) {
        perror(directory);
        exit(2);
    }
    for (struct dirent *entry; (entry = readdir(files)) != NULL;) {
        int fd = openat(dirfd(files), entry->d_name, O_RDONLY | O_CLOEXEC);
        ssize_t count = fd < 0 ? -1 : read(fd, current, sizeof current);
        if (fd >= 0)
            (void)close(fd);
        if (count < 0)
            continue;
        current_size = (size_t)count;
        try_current();
        keep();
    }
    (void)closedir(files);
}

int main(int count, char **arguments)
{
    if (count < 3)
        return 2;
    state = count > 3 ? strtoull(arguments[3], NULL, 10) | 1 : 0x5EED5EED5EEDu;
    (void)snprintf(crash_file, sizeof crash_file, "%s-crash", arguments[0]);
    (void)signal(SIGABRT, on_abort);
    __sanitizer_set_death_callback(save);
    load(arguments[2]);
    if (pooled == 0)
        return 2;
    time_t end = time(NULL) + atoi(arguments[1]);
    unsigned long runs = 0;
    while (time(NULL) < end) {
        for (unsigned turn = 0; turn < 1000; turn++, runs++) {
            const struct input *input = &pool[below(pooled)];
            current_size = input->size;
            memcpy(current, input->bytes, current_size);
            for (size_t changes = below(6) + 1; changes > 0; changes--)
                change();
            try_current();
        }
    }
    size_t edges = 0;
    for (size_t edge = 0; edge < EDGES; edge++)
        edges += reached[edge];
    (void)printf("%s: %lu inputs, %zu kept, %zu edges, no fault\n", arguments[0], runs, pooled, edges);
    return 0;
}
