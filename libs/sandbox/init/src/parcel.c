#include "parcel.h"

#include <errno.h>
#include <unistd.h>

#include "attribute.h"
#include "text.h"

static struct {
    int fd;
    unsigned told;
    uint64_t untold;
    uint8_t frame[FRAME_HEADER + FRAME_OUTPUT_MAX];
} parcel;

void parcel_to(int fd)
{
    parcel.fd = fd;
}

static void send(enum frame_type type, size_t length)
{
    frame_header(parcel.frame, (uint8_t)type, (uint32_t)length);
    const uint8_t *at = parcel.frame;
    size_t left = FRAME_HEADER + length;
    while (left > 0) {
        ssize_t written = write(parcel.fd, at, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            _exit(1);
        at += written;
        left -= (size_t)written;
    }
}

static struct attribute_writer payload(void)
{
    return (struct attribute_writer){.buffer = parcel_space(), .size = FRAME_OUTPUT_MAX};
}

uint8_t *parcel_space(void)
{
    return parcel.frame + FRAME_HEADER;
}

void parcel_artifact(const char *path, uint64_t size)
{
    struct attribute_writer writer = payload();
    attribute_put_string(&writer, 1, path);
    attribute_put_number(&writer, 2, size);
    send(FRAME_ARTIFACT, writer.used);
}

void parcel_data(size_t length)
{
    send(FRAME_ARTIFACT_DATA, length);
}

size_t parcel_end_payload(uint8_t *to, size_t size, enum omission why)
{
    struct attribute_writer writer = {.buffer = to, .size = size};
    attribute_put_number(&writer, 1, why == OMITTED_NONE ? 1 : 0);
    if (why != OMITTED_NONE)
        attribute_put_number(&writer, 2, why);
    return writer.used;
}

void parcel_end(enum omission why)
{
    send(FRAME_ARTIFACT_END, parcel_end_payload(parcel_space(), FRAME_OUTPUT_MAX, why));
}

void parcel_omitted(const char *path, enum omission why)
{
    if (parcel.told == PARCEL_OMISSIONS_MAX) {
        parcel.untold++;
        return;
    }
    parcel.told++;
    char shown[PARCEL_PATH_MAX + 1];
    text_escape(path, shown, sizeof shown);
    struct attribute_writer writer = payload();
    attribute_put_string(&writer, 1, shown);
    attribute_put_number(&writer, 2, why);
    send(FRAME_OMITTED, writer.used);
}

size_t parcel_collected_payload(uint8_t *to, size_t size, uint64_t untold, enum collected end)
{
    struct attribute_writer writer = {.buffer = to, .size = size};
    attribute_put_number(&writer, 1, untold);
    attribute_put_number(&writer, 2, end);
    return writer.used;
}

void parcel_close(enum collected end)
{
    send(FRAME_COLLECTED, parcel_collected_payload(parcel_space(), FRAME_OUTPUT_MAX, parcel.untold, end));
    _exit(0);
}
