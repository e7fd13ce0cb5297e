/* The meaning of the worker's frames: payload in, checked struct out. Pure. */
#ifndef GANTRY_MESSAGE_H
#define GANTRY_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"
#include "glob.h"

#define ARGUMENTS_MAX 256u
#define ENVIRONMENT_MAX 512u
#define JOB_ID_MIN 65536u
#define COLLECT_PATTERNS_MAX 64u

struct owner {
    uint32_t uid;
    uint32_t gid;
};

struct file_message {
    char *path;
    uint32_t mode;
    const uint8_t *content;
    uint32_t length;
};

struct run_message {
    char *argv[ARGUMENTS_MAX + 1];
    char *envp[ENVIRONMENT_MAX + 1];
    char *cwd;
    char *runtime;
    uint64_t wall_us;
    uint64_t cpu_us;      /* 0: no limit */
    uint64_t file_bytes;  /* 0: no limit */
    uint64_t open_files;  /* 0: as it is */
    uint64_t stack_bytes; /* 0: as it is */
    uint64_t stdout_cap;
    uint64_t stderr_cap;
    uint64_t usage_us; /* 0: no USAGE frames */
    bool kill_on_output;
    bool with_stdin;
    bool last; /* the execution ends with this stage, as by END */
};

struct collect_message {
    char *root;
    unsigned count;
    struct glob patterns[COLLECT_PATTERNS_MAX];
    uint64_t max_files;
    uint64_t max_file_bytes;
    uint64_t max_total_bytes;
    uint64_t time_us;
};

/* Each returns NULL, or what is wrong. Strings point into the payload, which is changed. */
const char *message_owner(const struct frame *frame, struct owner *owner);
const char *message_file(const struct frame *frame, struct file_message *file);
const char *message_run(const struct frame *frame, struct run_message *run);
const char *message_preload(const struct frame *frame, char **name);
const char *message_collect(const struct frame *frame, struct collect_message *collect);

/* Absolute, below /workspace or /tmp, every component plain. */
bool message_path_allowed(const char *path);

#endif
