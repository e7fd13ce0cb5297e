#include "interpreter.h"

#include <string.h>

#include "bytes.h"

#define PLACE "/opt/gantry/preload/"
#define HEADER 8u

struct interpreter {
    const char *name;
    char *const *argv;
    char *const *envp;          /* the first one brings the preloader in, and is gone before a program looks */
    const char *const *heeded;  /* beginnings of variables that matter to a start */
    const char *const *ignored; /* but not these */
};

/* A program gets these from the worker anyway; they are here because an interpreter looks at them when it starts. */
static char working_directory[] = "/workspace";
static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
static char home[] = "HOME=/workspace";
static char language[] = "LANG=C.UTF-8";

static char python_program[] = "python3";
static char python_file[] = "/workspace/main.py";
static char python_hook[] = "PYTHONPATH=" PLACE "python";
static char python_unbuffered[] = "PYTHONUNBUFFERED=1";
static char python_no_bytecode[] = "PYTHONDONTWRITEBYTECODE=1";

static char node_program[] = "node";
static char node_file[] = "/workspace/main.js";
static char node_hook[] = "NODE_OPTIONS=--require=" PLACE "node/preload.cjs";

static char *const python_argv[] = {python_program, python_file, NULL};
static char *const python_envp[] = {python_hook, path, home, language, python_unbuffered, python_no_bytecode, NULL};
static char *const node_argv[] = {node_program, node_file, NULL};
static char *const node_envp[] = {node_hook, path, home, language, NULL};

/* The C library, OpenSSL and the search for the interpreter itself. */
#define ALWAYS_HEEDED "PATH=", "HOME=", "LANG", "LC_", "TZ", "LD_", "GLIBC_", "MALLOC_", "OPENSSL_", "SSL_"
static const char *const python_heeded[] = {ALWAYS_HEEDED, "PYTHON", NULL};
static const char *const node_heeded[] = {ALWAYS_HEEDED, "NODE_", "UV_", "ICU_", NULL};
static const char *const nothing[] = {NULL};
static const char *const node_ignored[] = {"NODE_ENV=", NULL}; /* for programs, not for Node.js */

static const struct interpreter interpreters[] = {
    {"python", python_argv, python_envp, python_heeded, nothing},
    {"node", node_argv, node_envp, node_heeded, node_ignored},
};

const struct interpreter *interpreter_named(const char *name)
{
    for (size_t index = 0; index < sizeof interpreters / sizeof interpreters[0]; index++)
        if (strcmp(interpreters[index].name, name) == 0)
            return &interpreters[index];
    return NULL;
}

const char *interpreter_name(const struct interpreter *interpreter)
{
    return interpreter->name;
}

void interpreter_start(const struct interpreter *interpreter, struct run_message *run)
{
    *run = (struct run_message){.cwd = working_directory};
    for (size_t index = 0; interpreter->argv[index] != NULL; index++)
        run->argv[index] = interpreter->argv[index];
    for (size_t index = 0; interpreter->envp[index] != NULL; index++)
        run->envp[index] = interpreter->envp[index];
}

static bool begins_with_one(const char *const *beginnings, const char *text)
{
    for (; *beginnings != NULL; beginnings++)
        if (strncmp(text, *beginnings, strlen(*beginnings)) == 0)
            return true;
    return false;
}

static bool is_one(char *const *texts, const char *text)
{
    for (; *texts != NULL; texts++)
        if (strcmp(*texts, text) == 0)
            return true;
    return false;
}

/* Of the variables that matter to a start it has those that the interpreter was started with, and no others. */
static bool same_start(const struct interpreter *interpreter, char *const *envp)
{
    char *const *base = interpreter->envp + 1;
    for (char *const *variable = envp; *variable != NULL; variable++)
        if (begins_with_one(interpreter->heeded, *variable) && !begins_with_one(interpreter->ignored, *variable) &&
            !is_one(base, *variable))
            return false;
    for (; *base != NULL; base++)
        if (!is_one(envp, *base))
            return false;
    return true;
}

bool interpreter_fits(const struct interpreter *interpreter, const struct run_message *run)
{
    for (size_t index = 0; interpreter->argv[index] != NULL; index++)
        if (run->argv[index] == NULL || strcmp(run->argv[index], interpreter->argv[index]) != 0)
            return false;
    /* The C library takes the size of a thread's stack from the limit that it sees at its start. */
    return strcmp(run->cwd, working_directory) == 0 && run->stack_bytes == 0 && same_start(interpreter, run->envp);
}

static bool append(uint8_t order[INTERPRETER_ORDER_MAX], size_t *used, char *const *texts)
{
    for (; *texts != NULL; texts++) {
        size_t length = strlen(*texts) + 1;
        if (length > INTERPRETER_ORDER_MAX - *used)
            return false;
        memcpy(order + *used, *texts, length);
        *used += length;
    }
    return true;
}

size_t interpreter_order(const struct run_message *run, uint8_t order[INTERPRETER_ORDER_MAX])
{
    size_t used = HEADER;
    uint32_t arguments = 0;
    if (!append(order, &used, run->argv) || !append(order, &used, run->envp))
        return 0;
    while (run->argv[arguments] != NULL)
        arguments++;
    store_u32(order, (uint32_t)(used - 4));
    store_u32(order + 4, arguments);
    return used;
}
