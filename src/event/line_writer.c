/* SPDX-License-Identifier: Apache-2.0 */
/* line_writer.c - whole lines to a descriptor. */
#include "event/sink_private.h"

#include <errno.h>
#include <sys/uio.h>

enum status
line_write(struct line_writer *writer, struct str line)
{
    struct iovec parts[] = {
        { .iov_base = (void *)"\n", .iov_len = writer->is_torn ? 1 : 0 },
        { .iov_base = (void *)line.data, .iov_len = line.len },
    };
    size_t all = parts[0].iov_len + parts[1].iov_len;
    ssize_t done;

    do
        done = writev(writer->fd, parts, 2);
    while (done < 0 && errno == EINTR);
    if (done < 0)
        return fail_errno(errno, "cannot write an event");
    if ((size_t)done == all) {
        writer->is_torn = false;
        return OK;
    }
    /* No second try for the rest: another process may have come between. */
    writer->is_torn = writer->is_torn ? done != 1 : done > 0;
    return fail(ERR_FULL, "only a part of an event could be written");
}
