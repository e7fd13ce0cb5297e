#include "attribute.h"
#include "check.h"
#include "message.h"

static uint8_t buffer[4096];
static struct attribute_writer writer;
static struct frame frame;

static void start(void)
{
    writer = (struct attribute_writer){.buffer = buffer, .size = sizeof buffer};
}

static const struct frame *built(void)
{
    frame = (struct frame){.payload = buffer, .length = (uint32_t)writer.used};
    return &frame;
}

static void start_run(void)
{
    start();
    attribute_put_string(&writer, 1, "prog");
    attribute_put_string(&writer, 3, "/workspace");
    attribute_put_number(&writer, 4, 1500);
}

static void a_run_has_all_its_parts(void)
{
    static struct run_message run;
    start_run();
    attribute_put_string(&writer, 2, "A=1");
    attribute_put_string(&writer, 1, "one");
    attribute_put_string(&writer, 2, "B==");
    attribute_put_string(&writer, 1, "");
    for (uint8_t tag = 5; tag <= 10; tag++)
        attribute_put_number(&writer, tag, tag);
    attribute_put_number(&writer, 11, 1);
    attribute_put_number(&writer, 12, 1);
    attribute_put_number(&writer, 13, 250);
    attribute_put_string(&writer, 14, "python");
    CHECK(message_run(built(), &run) == NULL);
    CHECK_TEXT(run.argv[0], "prog");
    CHECK_TEXT(run.argv[1], "one");
    CHECK_TEXT(run.argv[2], "");
    CHECK(run.argv[3] == NULL);
    CHECK_TEXT(run.envp[0], "A=1");
    CHECK_TEXT(run.envp[1], "B==");
    CHECK(run.envp[2] == NULL);
    CHECK_TEXT(run.cwd, "/workspace");
    CHECK_TEXT(run.runtime, "python");
    CHECK(run.wall_us == 1500000 && run.cpu_us == 5000 && run.file_bytes == 6 && run.open_files == 7 &&
          run.stack_bytes == 8);
    CHECK(run.stdout_cap == 9 && run.stderr_cap == 10 && run.kill_on_output && run.with_stdin &&
          run.usage_us == 250000);
}

static void what_a_run_leaves_out_is_nothing(void)
{
    static struct run_message run;
    memset(&run, 0xFF, sizeof run);
    start_run();
    CHECK(message_run(built(), &run) == NULL);
    CHECK(run.argv[1] == NULL && run.envp[0] == NULL);
    CHECK_TEXT(run.runtime, "");
    CHECK(run.cpu_us == 0 && run.file_bytes == 0 && run.open_files == 0 && run.stack_bytes == 0 && run.usage_us == 0);
    CHECK(run.stdout_cap == 0 && run.stderr_cap == 0 && !run.kill_on_output && !run.with_stdin);
}

static void argv_and_env_go_up_to_their_maximum(void)
{
    static struct run_message run;
    for (size_t extra = 0; extra < 2; extra++) {
        start_run();
        for (size_t count = 1; count < ARGUMENTS_MAX + extra; count++)
            attribute_put_string(&writer, 1, "x");
        CHECK((message_run(built(), &run) == NULL) == (extra == 0));
        start_run();
        for (size_t count = 0; count < ENVIRONMENT_MAX + extra; count++)
            attribute_put_string(&writer, 2, "a=");
        CHECK((message_run(built(), &run) == NULL) == (extra == 0));
    }
}

static void times_never_overflow(void)
{
    static struct run_message run;
    for (uint8_t tag = 4; tag <= 13; tag++) {
        if (tag != 4 && tag != 5 && tag != 13)
            continue;
        start();
        attribute_put_string(&writer, 1, "prog");
        attribute_put_string(&writer, 3, "/");
        if (tag != 4)
            attribute_put_number(&writer, 4, 1);
        attribute_put_number(&writer, tag, (UINT64_C(1) << 40) + 1);
        CHECK_TEXT(message_run(built(), &run), "a time is too long");
    }
}

static void an_owner_is_never_of_the_system(void)
{
    static const uint64_t refused[] = {0, 1, 65532, 65534, 65535, UINT32_MAX, (UINT64_C(1) << 32) + 70000, UINT64_MAX};
    struct owner owner;
    for (size_t index = 0; index < sizeof refused / sizeof refused[0]; index++)
        for (uint8_t tag = 1; tag <= 2; tag++) {
            start();
            attribute_put_number(&writer, tag, refused[index]);
            attribute_put_number(&writer, (uint8_t)(3 - tag), 70000);
            CHECK(message_owner(built(), &owner) != NULL);
        }
    start();
    attribute_put_number(&writer, 2, UINT32_MAX - 1);
    attribute_put_number(&writer, 1, 65536);
    CHECK(message_owner(built(), &owner) == NULL && owner.uid == 65536 && owner.gid == UINT32_MAX - 1);
}

static void a_path_is_plain_and_below_a_writable_place(void)
{
    static const char *const allowed[] = {"/workspace/a",   "/tmp/a",   "/workspace/a/b/.c",
                                          "/workspace/..a", "/tmp/...", "/workspace/a b"};
    static const char *const refused[] = {
        "",         "/",         "a",       "/workspace",    "/workspace/", "/tmp/",       "/tmp//a",
        "/tmp/a/",  "/tmp/a//b", "/tmp/.",  "/tmp/..",       "/tmp/../a",   "/tmp/a/../b", "/tmp/./a",
        "/tmp/a/.", "/tmp/a/..", "/tmpa/b", "/workspaceb/c", "/etc/passwd", "//tmp/a",     "tmp/a",
        "/TMP/a"};
    for (size_t index = 0; index < sizeof allowed / sizeof allowed[0]; index++)
        CHECK(message_path_allowed(allowed[index]));
    for (size_t index = 0; index < sizeof refused / sizeof refused[0]; index++)
        CHECK(!message_path_allowed(refused[index]));
    char path[300] = "/tmp/";
    memset(path + 5, 'n', 255);
    CHECK(message_path_allowed(path));
    path[260] = 'n';
    CHECK(!message_path_allowed(path));
}

static void a_file_has_path_mode_and_content(void)
{
    struct file_message file;
    start();
    attribute_put_string(&writer, 3, "content");
    attribute_put_number(&writer, 2, 0640);
    attribute_put_string(&writer, 1, "/tmp/f");
    CHECK(message_file(built(), &file) == NULL);
    CHECK_TEXT(file.path, "/tmp/f");
    CHECK(file.mode == 0640 && file.length == 7 && memcmp(file.content, "content", 7) == 0);
    start();
    attribute_put_string(&writer, 1, "/tmp/f");
    attribute_put_number(&writer, 2, 01000);
    CHECK(message_file(built(), &file) != NULL);
}

void test_messages(void)
{
    a_run_has_all_its_parts();
    what_a_run_leaves_out_is_nothing();
    argv_and_env_go_up_to_their_maximum();
    times_never_overflow();
    an_owner_is_never_of_the_system();
    a_path_is_plain_and_below_a_writable_place();
    a_file_has_path_mode_and_content();
}
