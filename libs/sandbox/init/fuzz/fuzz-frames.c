/* Everything that is done with bytes of the worker before anything is done to the system. The input is cut at odd
 * places, as reads do. */
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct frame_reader reader;
static struct run_message run;
static struct collect_message collect;

static void demand(int condition)
{
    if (!condition)
        abort();
}

/* A message that was taken holds what it promises. */
static void check_run(const struct frame *frame)
{
    const uint8_t *low = frame->payload;
    const uint8_t *high = frame->payload + frame->length;
    size_t count = 0;
    for (; run.argv[count] != NULL; count++) {
        const uint8_t *text = (const uint8_t *)run.argv[count];
        demand(text >= low && text + strlen(run.argv[count]) < high);
    }
    demand(count >= 1 && count <= ARGUMENTS_MAX && run.argv[0][0] != 0);
    for (count = 0; run.envp[count] != NULL; count++)
        demand(strchr(run.envp[count], '=') > run.envp[count]);
    demand(count <= ENVIRONMENT_MAX && run.cwd[0] == '/' && run.wall_us > 0);
    demand(run.wall_us <= UINT64_MAX / 4 && run.cpu_us <= UINT64_MAX / 4 && run.usage_us <= UINT64_MAX / 4);
}

static void check_file(const struct file_message *file, const struct frame *frame)
{
    demand(strncmp(file->path, "/workspace/", 11) == 0 || strncmp(file->path, "/tmp/", 5) == 0);
    demand(strstr(file->path, "/../") == NULL && strstr(file->path, "//") == NULL && file->mode <= 0777);
    demand(file->length == 0 ||
           (file->content >= frame->payload && file->content + file->length <= frame->payload + frame->length));
}

static void check_collect(const struct frame *frame)
{
    demand(collect.count >= 1 && collect.count <= COLLECT_PATTERNS_MAX && collect.time_us > 0);
    demand(strcmp(collect.root, "/tmp") == 0 || strcmp(collect.root, "/workspace") == 0 ||
           message_path_allowed(collect.root));
    for (unsigned index = 0; index < collect.count; index++) {
        const struct glob *glob = &collect.patterns[index];
        demand(glob->count >= 1 && glob->count <= GLOB_PARTS_MAX);
        demand((const uint8_t *)glob->parts[0].start >= frame->payload &&
               (const uint8_t *)glob->parts[glob->count - 1].end < frame->payload + frame->length);
    }
}

static void take_copy(const struct frame *frame)
{
    struct owner owner;
    struct file_message file;
    char *name;
    if (frame->type == FRAME_PRELOAD && message_preload(frame, &name) == NULL)
        demand((uint8_t *)name >= frame->payload && (uint8_t *)name + strlen(name) < frame->payload + frame->length);
    if (frame->type == FRAME_OWNER && message_owner(frame, &owner) == NULL)
        demand(owner.uid >= JOB_ID_MIN && owner.gid >= JOB_ID_MIN && owner.uid != UINT32_MAX &&
               owner.gid != UINT32_MAX);
    if (frame->type == FRAME_FILE && message_file(frame, &file) == NULL)
        check_file(&file, frame);
    if (frame->type == FRAME_RUN && message_run(frame, &run) == NULL)
        check_run(frame);
    if (frame->type == FRAME_COLLECT && message_collect(frame, &collect) == NULL)
        check_collect(frame);
}

/* The reader's buffer is large: only in a copy of exactly its length a sanitizer sees one byte too many. */
static void take(const struct frame *frame)
{
    struct frame copy = *frame;
    copy.payload = malloc(frame->length);
    if (copy.payload == NULL)
        return;
    memcpy(copy.payload, frame->payload, frame->length);
    take_copy(&copy);
    free(copy.payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t step = (size_t)data[0] * 16 + 1;
    reader.start = reader.end = 0;
    for (size_t at = 1; at < size;) {
        size_t room;
        uint8_t *space = frame_space(&reader, &room);
        size_t count = size - at < step ? size - at : step;
        count = count < room ? count : room;
        demand(count > 0);
        memcpy(space, data + at, count);
        frame_filled(&reader, count);
        at += count;
        struct frame frame;
        enum frame_result result;
        while ((result = frame_next(&reader, &frame)) == FRAME_WHOLE)
            take(&frame);
        if (result == FRAME_TOO_LONG)
            return 0;
    }
    return 0;
}
