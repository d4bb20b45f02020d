/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listing.c - entries copied from one state of the store.
 *
 * Copied, so that whoever is shown them may call the store meanwhile and no
 * lock or read transaction lasts as long as a stranger's callback.
 */
#include "store/store_private.h"

#include <stdlib.h>

static enum status
make_room(struct listing *list)
{
    size_t room = list->room == 0 ? 16 : list->room * 2;
    struct store_entry *entries;

    if (list->count < list->room)
        return OK;
    entries = reallocarray(list->entries, room, sizeof *entries);
    if (entries == NULL)
        return fail(ERR_MEMORY, "no memory for %zu keys", room);
    list->entries = entries;
    list->room = room;
    return OK;
}

enum status
listing_add(struct listing *list, const struct store_entry *entry,
            bool with_value)
{
    struct store_entry copy = *entry;

    TRY(make_room(list));
    copy.value = with_value ? entry->value : STR_NONE;
    char *bytes = malloc(entry->key.len + 1 + copy.value.len);
    if (bytes == NULL)
        return fail(ERR_MEMORY, "no memory for a copy of a key");
    memcpy(bytes, entry->key.data, entry->key.len);
    bytes[entry->key.len] = '\0';
    copy.key.data = bytes;
    if (copy.value.len > 0) {
        char *value = bytes + entry->key.len + 1;
        memcpy(value, copy.value.data, copy.value.len);
        copy.value.data = value;
    }
    list->entries[list->count++] = copy;
    return OK;
}

enum status
listing_visit(const struct listing *list, store_visit *visit, void *arg)
{
    for (size_t i = 0; i < list->count; i++)
        TRY(visit(arg, &list->entries[i]));
    return OK;
}

void
listing_done(struct listing *list)
{
    for (size_t i = 0; i < list->count; i++)
        free((char *)list->entries[i].key.data);
    free(list->entries);
    *list = (struct listing){ 0 };
}
