/* SPDX-License-Identifier: Apache-2.0 */
/* name.c - which names an account may have, and paths made with them. */
#include "account/name.h"

static const char user[] = "${USER}";

static bool
is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

enum status
account_name_check(struct str name)
{
    bool only_dots = true;

    if (name.len == 0 || name.len > ACCOUNT_NAME)
        return fail(ERR_INVALID, "a name has 1 to %d bytes", ACCOUNT_NAME);
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        if (is_control(c))
            return fail(ERR_INVALID, "a control character in a name");
        if (c == '/' || c == '%')
            return fail(ERR_INVALID, "'%c' in a name", c);
        if (c == '.' && i > 0 && name.data[i - 1] == '.')
            return fail(ERR_INVALID, "'..' in a name");
        only_dots &= c == '.';
    }
    return only_dots ? fail(ERR_INVALID, "a name of dots only") : OK;
}

enum status
account_path_add(struct buffer *out, const char *path, struct str name)
{
    const char *place;

    while ((place = strstr(path, "${")) != NULL) {
        if (strncmp(place, user, sizeof user - 1) != 0)
            return fail(ERR_UNSUPPORTED,
                        "only ${USER} can stand in a path yet: '%s'", path);
        TRY(buffer_add(out, str_from(path, (size_t)(place - path))));
        TRY(buffer_add(out, name));
        path = place + sizeof user - 1;
    }
    return buffer_add(out, str_of(path));
}

size_t
account_path_shared(const char *path, size_t len)
{
    const char *place = strstr(path, user);

    if (place != NULL && (size_t)(place - path) < len)
        len = (size_t)(place - path);
    while (len > 0 && path[len - 1] != '/')
        len--;
    return len;
}
