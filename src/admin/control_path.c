/* SPDX-License-Identifier: Apache-2.0 */
/* control_path.c - where the control socket is. */
#include "admin/control_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

enum { FOLDER_PATH = 4096 };

enum status
control_path_of(const struct config *config, struct buffer *out)
{
    return config_resolve_path(
        config, section_text(config_server(config), "control_socket"), out);
}

static socklen_t
address_len(const struct sockaddr_un *address)
{
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
                       strlen(address->sun_path) + 1);
}

/* The kernel follows /proc/self/fd/N/leaf to the folder that is open. */
static enum status
address_by_folder(const char *path, struct sockaddr_un *out, int *folder_out)
{
    const char *leaf = strrchr(path, '/');
    char folder[FOLDER_PATH];

    if (leaf == NULL || leaf == path || leaf - path >= FOLDER_PATH)
        return fail(ERR_LIMIT, "control_socket: the path '%s' is too long",
                    path);
    snprintf(folder, sizeof folder, "%.*s", (int)(leaf - path), path);
    int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(errno, "control_socket: the folder '%s'", folder);
    int len = snprintf(out->sun_path, sizeof out->sun_path,
                       "/proc/self/fd/%d%s", fd, leaf);
    if (len < 0 || (size_t)len >= sizeof out->sun_path) {
        close(fd);
        return fail(ERR_LIMIT, "control_socket: the name '%s' is too long",
                    leaf + 1);
    }
    *folder_out = fd;
    return OK;
}

enum status
control_address(const char *path, struct sockaddr_un *out, socklen_t *len_out,
                int *folder_out)
{
    *out = (struct sockaddr_un){ .sun_family = AF_UNIX };
    *folder_out = -1;
    if (strlen(path) < sizeof out->sun_path)
        snprintf(out->sun_path, sizeof out->sun_path, "%s", path);
    else
        TRY(address_by_folder(path, out, folder_out));
    *len_out = address_len(out);
    return OK;
}
