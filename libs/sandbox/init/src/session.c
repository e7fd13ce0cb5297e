#include "session.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include "attribute.h"
#include "collect.h"
#include "files.h"
#include "identity.h"
#include "keeper.h"
#include "message.h"
#include "preload.h"
#include "program.h"
#include "stage.h"
#include "wire.h"
#include "world.h"
#include "zygote.h"

#define PROTOCOL_VERSION 1

static struct {
    struct owner owner;
    bool owned;
    bool introduced; /* OWNER has come */
    bool has_run;
    bool has_preload;
    int file; /* of the last FILE; -1 when there is none */
} session = {.file = -1};

static _Noreturn void bad(const char *text)
{
    wire_fail("bad_frame", text);
}

/* A world knows its owner and what to start ahead: a worker that had to say so would be waited for. */
static void begin_world(void)
{
    session.owner = world_owner();
    session.owned = true;
    session.has_preload = world_ahead()[0] != 0;
    if (session.has_preload)
        preload_start(&session.owner, world_ahead());
}

void session_ready(void)
{
    uint8_t payload[256];
    struct attribute_writer writer = {.buffer = payload, .size = sizeof payload};
    attribute_put_number(&writer, 1, PROTOCOL_VERSION);
    attribute_put_number(&writer, 2, (uint64_t)stage_cgroup_version());
    attribute_put_number(&writer, 3, identity_capabilities());
    attribute_put_number(&writer, 4, (uint64_t)getuid());
    attribute_put_number(&writer, 5, identity_no_new_privileges() ? 1 : 0);
    attribute_put_number(&writer, 6, identity_seccomp_mode());
    attribute_put_string(&writer, 7, zygote_name());
    if (world_is())
        attribute_put_number(&writer, 8, world_owner().uid);
    (void)queue_frame(&wire_out, FRAME_READY, payload, writer.used);
    if (world_is())
        begin_world();
}

static void take_owner(const struct frame *frame)
{
    if (session.introduced)
        bad("OWNER comes twice");
    struct owner owner;
    const char *wrong = message_owner(frame, &owner);
    if (wrong != NULL)
        bad(wrong);
    if (world_is() && (session.has_run || owner.uid != session.owner.uid || owner.gid != session.owner.gid))
        bad("OWNER is not the one this world was made for");
    session.owner = owner;
    session.introduced = session.owned = true;
}

/* What prepares a stage has to come after OWNER and between stages. */
static void need_calm(void)
{
    if (!session.owned)
        bad("OWNER has not come yet");
    if (stage_alive())
        bad("a stage is running");
    if (collect_alive())
        bad("artifacts are being collected");
}

static _Noreturn void file_failed(const char *path, int error)
{
    bool no_space = error == ENOSPC || error == EDQUOT;
    wire_fail_about(no_space ? "file_no_space" : "file_failed", "a file can't be written: ", path, error);
}

static void append(const char *path, const uint8_t *bytes, size_t count)
{
    int error = files_append(session.file, bytes, count);
    if (error != 0)
        file_failed(path, error);
}

static void take_file(const struct frame *frame)
{
    need_calm();
    program_close(&session.file);
    struct file_message file;
    const char *wrong = message_file(frame, &file);
    if (wrong != NULL)
        bad(wrong);
    session.file = files_create(&session.owner, file.path, file.mode);
    if (session.file < 0)
        file_failed(file.path, errno);
    append(file.path, file.content, file.length);
}

static void take_file_data(const struct frame *frame)
{
    if (session.file < 0)
        bad("FILE_DATA without FILE");
    append("the last one", frame->payload, frame->length);
}

static void take_run(const struct frame *frame)
{
    static struct run_message run;
    need_calm();
    const char *wrong = message_run(frame, &run);
    if (wrong != NULL)
        bad(wrong);
    if (run.last && !world_is())
        bad("only the execution of a world ends with a stage");
    program_close(&session.file); /* a file that is open for writing can't be executed */
    session.has_run = true;
    stage_begin(&session.owner, &run);
}

static void take_preload(const struct frame *frame)
{
    char *name;
    need_calm();
    if (session.has_preload || session.has_run)
        bad("PRELOAD comes once, before the first RUN");
    const char *wrong = message_preload(frame, &name);
    if (wrong != NULL)
        bad(wrong);
    session.has_preload = true;
    preload_start(&session.owner, name);
}

static void take_collect(const struct frame *frame)
{
    static struct collect_message collect;
    need_calm();
    if (!session.has_run)
        bad("COLLECT comes after a stage");
    const char *wrong = message_collect(frame, &collect);
    if (wrong != NULL)
        bad(wrong);
    program_close(&session.file);
    collect_begin(&session.owner, &collect);
}

/* The end of the execution and of its world. What comes next is for the next world, once that has said READY. */
static _Noreturn void take_end(const struct frame *frame)
{
    if (!world_is())
        bad("unknown type");
    if (frame->length != 0 || stage_alive() || collect_alive() || wire_in.start != wire_in.end)
        bad("END is not the last frame of an execution");
    wire_leave(KEEPER_NEXT);
}

static void need_run(void)
{
    if (!session.has_run)
        bad("no RUN yet");
}

static void take_stdin(const struct frame *frame)
{
    need_run();
    if (!stage_stdin(frame->payload, frame->length))
        bad("STDIN is not expected, or too much of it is outstanding");
}

static void need_empty(const struct frame *frame)
{
    need_run();
    if (frame->length != 0)
        bad("a frame without payload has one");
}

void session_take(const struct frame *frame)
{
    switch (frame->type) {
    case FRAME_OWNER:
        take_owner(frame);
        break;
    case FRAME_FILE:
        take_file(frame);
        break;
    case FRAME_FILE_DATA:
        take_file_data(frame);
        break;
    case FRAME_RUN:
        take_run(frame);
        break;
    case FRAME_PRELOAD:
        take_preload(frame);
        break;
    case FRAME_COLLECT:
        take_collect(frame);
        break;
    case FRAME_END:
        take_end(frame);
    case FRAME_STDIN:
        take_stdin(frame);
        break;
    case FRAME_STDIN_EOF:
        need_empty(frame);
        if (!stage_stdin_end())
            bad("STDIN_EOF is not expected");
        break;
    case FRAME_KILL:
        if (world_is() && !session.has_run && frame->length == 0)
            break; /* It has crossed the end of the execution before. */
        need_empty(frame);
        stage_kill();
        collect_stop();
        break;
    default:
        bad("unknown type");
    }
}
