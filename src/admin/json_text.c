/* SPDX-License-Identifier: Apache-2.0 */
/* json_text.c - text of strangers as members of JSON. */
#include "admin/json_text.h"

#include "base/clock.h"
#include "event/text.h"

#include <stdio.h>

enum {
    TEXT_MAX = 64 * 1024,
    MENDED_MAX = 3 * TEXT_MAX, /* U+FFFD has three bytes */
    HEX_MAX = 2 * TEXT_MAX + 1,
    MEMBER = 64,
};

enum status
json_set(json_t *object, const char *name, json_t *value)
{
    if (value == NULL || json_object_set_new(object, name, value) != 0)
        return fail(ERR_MEMORY, "no memory for an answer");
    return OK;
}

enum status
json_append(json_t *list, json_t *value)
{
    if (value == NULL || json_array_append_new(list, value) != 0)
        return fail(ERR_MEMORY, "no memory for an answer");
    return OK;
}

enum status
json_set_time(json_t *object, const char *name, int64_t wall_ms)
{
    char text[CLOCK_TEXT];

    if (wall_ms == 0)
        return json_set(object, name, json_null());
    clock_format(wall_ms, text);
    return json_set(object, name, json_string(text));
}

enum status
json_set_number(json_t *object, const char *name, uint64_t number)
{
    return json_set(
        object, name,
        json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number));
}

/* The valid characters, and U+FFFD for each byte that begins none. */
static enum status
mend(struct str text, struct buffer *out)
{
    while (text.len > 0) {
        uint32_t code;
        size_t len;
        bool is_valid = event_code_point(text, &code, &len);

        TRY(buffer_add(out, is_valid ? str_from(text.data, len)
                                     : STR("\xef\xbf\xbd")));
        text = str_from_offset(text, len);
    }
    return OK;
}

static enum status
set_hex(json_t *object, const char *name, struct str text)
{
    AUTO(buffer_done) struct buffer hex = BUFFER(HEX_MAX);
    char member[MEMBER];

    for (size_t i = 0; i < text.len; i++)
        TRY(buffer_addf(&hex, "%02x", (unsigned char)text.data[i]));
    snprintf(member, sizeof member, "%s_hex", name);
    struct str digits = buffer_str(&hex);
    return json_set(object, member, json_stringn(digits.data, digits.len));
}

enum status
json_set_text(json_t *object, const char *name, struct str text)
{
    AUTO(buffer_done) struct buffer mended = BUFFER(MENDED_MAX);

    if (text.len > TEXT_MAX)
        text.len = TEXT_MAX;
    TRY(mend(text, &mended));
    struct str shown = buffer_str(&mended);
    TRY(json_set(object, name, json_stringn(shown.data, shown.len)));
    return str_equal(shown, text) ? OK : set_hex(object, name, text);
}

enum status
json_set_texts(json_t *object, const struct json_text *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        TRY(json_set_text(object, texts[i].name, str_of(texts[i].text)));
    return OK;
}
