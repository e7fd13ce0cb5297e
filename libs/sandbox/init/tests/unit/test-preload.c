#include "attribute.h"
#include "bytes.h"
#include "check.h"
#include "interpreter.h"
#include "message.h"

static uint8_t buffer[256];
static uint8_t order[INTERPRETER_ORDER_MAX];
static struct run_message run;

/* Descriptors of texts are not const, as execve() wants them. */
static char *text(const char *literal)
{
    static char store[4096];
    static size_t used;
    size_t length = strlen(literal) + 1;
    CHECK(length <= sizeof store - used);
    char *copy = memcpy(store + used, literal, length);
    used += length;
    return copy;
}

static size_t count(char *const *texts)
{
    size_t found = 0;
    while (texts[found] != NULL)
        found++;
    return found;
}

static void add(char **texts, const char *literal)
{
    texts[count(texts)] = text(literal);
}

static const char *named(const struct attribute_writer *writer, char **name)
{
    struct frame frame = {.payload = buffer, .length = (uint32_t)writer->used};
    return message_preload(&frame, name);
}

static void a_preload_names_an_interpreter(void)
{
    char *name;
    struct attribute_writer writer = {.buffer = buffer, .size = sizeof buffer};
    CHECK_TEXT(named(&writer, &name), "no interpreter is named");
    attribute_put_string(&writer, 1, "python");
    CHECK(named(&writer, &name) == NULL);
    CHECK_TEXT(name, "python");
    writer.used = 0;
    attribute_put_string(&writer, 1, "a");
    attribute_put_string(&writer, 1, "b");
    CHECK_TEXT(named(&writer, &name), "a tag comes twice");
    writer.used = 0;
    attribute_put_string(&writer, 2, "a");
    CHECK_TEXT(named(&writer, &name), "unknown tag");
    writer.used = 0;
    attribute_put_number(&writer, 1, 7);
    CHECK_TEXT(named(&writer, &name), "a string contains NUL");
    writer.used = 3;
    CHECK_TEXT(named(&writer, &name), "an attribute is longer than its frame");
}

/* What a worker asks for when it has nothing special to ask for. */
static const struct interpreter *usual(const char *name)
{
    const struct interpreter *interpreter = interpreter_named(name);
    CHECK(interpreter != NULL);
    CHECK_TEXT(interpreter_name(interpreter), name);
    interpreter_start(interpreter, &run);
    memmove(run.envp, run.envp + 1, count(run.envp) * sizeof run.envp[0]);
    return interpreter;
}

static void an_interpreter_starts_with_its_hook(void)
{
    CHECK(interpreter_named("") == NULL && interpreter_named("python3") == NULL);
    interpreter_start(interpreter_named("python"), &run);
    CHECK_TEXT(run.envp[0], "PYTHONPATH=/opt/gantry/preload/python");
    CHECK(!interpreter_fits(interpreter_named("python"), &run));
    CHECK(run.file_bytes == 0 && run.cpu_us == 0 && run.open_files == 0);
    interpreter_start(interpreter_named("node"), &run);
    CHECK_TEXT(run.envp[0], "NODE_OPTIONS=--require=/opt/gantry/preload/node/preload.cjs");
    CHECK(!interpreter_fits(interpreter_named("node"), &run));
}

static void it_fits_what_is_usual(void)
{
    CHECK(interpreter_fits(usual("python"), &run));
    const struct interpreter *node = usual("node");
    add(run.argv, "--help");
    add(run.argv, "");
    add(run.envp, "MINE=PATH=1");
    add(run.envp, "NODE_ENV=production");
    add(run.envp, "PYTHONPATH=/tmp");
    CHECK(interpreter_fits(node, &run));
}

static void check_variable(const char *name, const char *variable)
{
    const struct interpreter *interpreter = usual(name);
    add(run.envp, variable);
    CHECK(!interpreter_fits(interpreter, &run));
}

static void it_does_not_fit_another_start(void)
{
    const struct interpreter *python = usual("python");
    CHECK(!interpreter_fits(interpreter_named("node"), &run));
    run.argv[1] = text("/workspace/other.py");
    CHECK(!interpreter_fits(python, &run));
    run.argv[1] = NULL;
    CHECK(!interpreter_fits(python, &run));
    (void)usual("python");
    run.argv[0] = text("/usr/bin/python3");
    CHECK(!interpreter_fits(python, &run));
    (void)usual("python");
    run.cwd = text("/tmp");
    CHECK(!interpreter_fits(python, &run));
    (void)usual("python");
    run.stack_bytes = 1;
    CHECK(!interpreter_fits(python, &run));
    (void)usual("python");
    for (size_t missing = count(run.envp); missing-- > 0;) {
        (void)usual("python");
        run.envp[missing] = text("X=1");
        CHECK(!interpreter_fits(python, &run));
    }
    static const char *const both[] = {"PATH=/bin",       "HOME=/",         "LANG=C",       "LANGUAGE=de",
                                       "LC_ALL=C",        "TZ=UTC",         "LD_PRELOAD=x", "GLIBC_TUNABLES=",
                                       "MALLOC_ARENA_MAX=1", "OPENSSL_CONF=", "SSL_CERT_FILE=x"};
    for (size_t index = 0; index < sizeof both / sizeof both[0]; index++) {
        check_variable("python", both[index]);
        check_variable("node", both[index]);
    }
    check_variable("python", "PYTHONHASHSEED=0");
    check_variable("node", "NODE_OPTIONS=");
    check_variable("node", "UV_THREADPOOL_SIZE=1");
}

static void an_order_holds_arguments_and_variables(void)
{
    run = (struct run_message){.argv = {text("a"), text(""), NULL}, .envp = {text("B=c"), NULL}};
    static const uint8_t wanted[] = "\x0b\0\0\0\x02\0\0\0a\0\0B=c";
    CHECK(interpreter_order(&run, order) == sizeof wanted && memcmp(order, wanted, sizeof wanted) == 0);
    static char big[INTERPRETER_ORDER_MAX];
    size_t room = sizeof big - 8 - 3 - 4;
    memset(big, 'x', room);
    run.argv[2] = big;
    CHECK(interpreter_order(&run, order) == 0);
    big[room - 1] = 0;
    CHECK(interpreter_order(&run, order) == sizeof order && load_u32(order) == sizeof order - 4);
    CHECK(load_u32(order + 4) == 3 && order[sizeof order - 1] == 0);
}

void test_preload(void)
{
    a_preload_names_an_interpreter();
    an_interpreter_starts_with_its_hook();
    it_fits_what_is_usual();
    it_does_not_fit_another_start();
    an_order_holds_arguments_and_variables();
}
