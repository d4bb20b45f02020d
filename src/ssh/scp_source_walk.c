/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scp_source_walk.c - from words to files: wildcards, and trees.
 *
 * Names are worked on as the listings give them, so that memory stays bounded
 * however many match. A listing is open for each folder of a tree, and for
 * each part of a word that has wildcards.
 */
#include "ssh/scp_private.h"

#include <sys/stat.h>

static bool
is_dots(struct str name)
{
    return str_is(name, ".") || str_is(name, "..");
}

static struct scp_listing *
push(struct scp_source *source, struct vfs_folder *folder)
{
    struct scp_listing *listing = &source->listings[source->depth++];

    *listing =
        (struct scp_listing){ .folder = folder, .path_len = source->path.len };
    return listing;
}

/* A folder that was sent has an end that is told. */
static enum status
pop(struct scp *s)
{
    struct scp_listing *listing = &s->source.listings[--s->source.depth];

    vfs_folder_close(&listing->folder);
    if (listing->is_glob)
        return OK;
    s->source.state = SOURCE_AFTER_FOLDER;
    return buffer_add(&s->output, STR("E\n"));
}

void
scp_source_enter(struct scp *s)
{
    struct scp_listing *listing = push(&s->source, s->source.folder);

    s->source.folder = NULL;
    listing->inode = s->source.attributes.inode;
    listing->mtime_ns = s->source.attributes.mtime_ns;
}

/* Names here that match the first part of `rest`. As for a shell, a folder
 * that cannot be listed has none. */
static enum status
list_matches(struct scp *s, struct str rest)
{
    struct scp_source *source = &s->source;
    struct str path = scp_path_str(&source->path);
    struct vfs_folder *folder;

    if (source->depth == SCP_DEPTH)
        return scp_say(s, SCP_ERROR, path, "too many wildcards");
    if (vfs_list(s->files, path, &folder) != OK)
        return OK;
    struct scp_listing *listing = push(source, folder);
    listing->is_glob = true;
    listing->pattern = str_cut(&rest, '/');
    listing->rest = rest;
    return OK;
}

static bool
must_be_folder(const struct scp *s)
{
    struct str word = s->source.word;

    return word.len > 0 && word.data[word.len - 1] == '/';
}

/* What a word has led to, be it there or not. */
static enum status
offer_named(struct scp *s)
{
    struct scp_source *source = &s->source;
    bool is_match = source->depth > 0;
    struct vfs_attributes is;

    if (!is_match && !must_be_folder(s))
        return scp_source_offer(s, NULL);
    struct str path = scp_path_str(&source->path);
    enum status status = vfs_stat(s->files, path, VFS_FOLLOW, &is);
    if (status == OK && must_be_folder(s) && !S_ISDIR(is.mode))
        status = fail(ERR_NO_FOLDER, "it is no folder");
    if (status != OK) /* a wildcard's other matches may do better */
        return is_match ? OK : scp_say_failure(s, path, status);
    source->has_matched = true;
    return scp_source_offer(s, &is);
}

/* Go on by a part of a word that has no wildcard. Above a listing's folder
 * there is no way back to it. */
static enum status
go_by(struct scp_source *source, struct str part)
{
    char name[2 * VFS_NAME];

    if (part.len == 0 || str_is(part, "."))
        return OK;
    if (part.len > sizeof name)
        return fail(ERR_LIMIT, "a name is too long");
    if (!str_is(part, ".."))
        return scp_path_add(&source->path, glob_text(part, name));
    if (source->depth > 0)
        return fail(ERR_NOT_FOUND, "nothing is above a wildcard");
    scp_path_up(&source->path);
    return OK;
}

/* Go on from the path by the rest of the word. */
static enum status
expand(struct scp *s, struct str rest)
{
    struct scp_source *source = &s->source;

    while (rest.len > 0) {
        struct str behind = rest;
        struct str part = str_cut(&behind, '/');

        if (glob_is_pattern(part))
            return list_matches(s, rest);
        enum status status = go_by(source, part);
        if (status != OK)
            return source->depth > 0
                       ? OK
                       : scp_say_failure(s, scp_path_str(&source->path),
                                         status);
        rest = behind;
    }
    return offer_named(s);
}

static enum status
begin_word(struct scp *s)
{
    struct scp_source *source = &s->source;

    source->word = str_cut(&source->words, '\0');
    source->has_matched = !glob_is_pattern(source->word);
    scp_path_root(&source->path);
    return expand(s, scp_word_at_home(s, source->word));
}

/* As for a shell: what nothing matches stands for itself. */
static enum status
offer_word_itself(struct scp *s)
{
    struct scp_source *source = &s->source;
    char text[2 * SCP_COMMAND];
    struct str name = glob_text(scp_word_at_home(s, source->word), text);

    source->has_matched = true;
    enum status status =
        vfs_normalise(name, source->path.text, &source->path.len);
    return status == OK ? offer_named(s) : scp_say_failure(s, name, status);
}

static enum status
take_match(struct scp *s, const struct scp_listing *listing,
           const struct vfs_entry *entry)
{
    if (listing->rest.len > 0)
        return expand(s, listing->rest);
    if (must_be_folder(s))
        return offer_named(s);
    s->source.has_matched = true;
    return scp_source_offer(s, &entry->attributes);
}

static enum status
next_entry(struct scp *s)
{
    struct scp_source *source = &s->source;
    struct scp_listing *listing = &source->listings[source->depth - 1];
    struct vfs_entry entry;
    bool more = false;

    scp_path_cut(&source->path, listing->path_len);
    enum status status = vfs_folder_next(listing->folder, &entry, &more);
    if (status != OK)
        TRY(scp_say_failure(s, scp_path_str(&source->path), status));
    if (status != OK || !more)
        return pop(s);
    if (is_dots(entry.name) ||
        (listing->is_glob && !glob_matches(listing->pattern, entry.name)))
        return OK;
    status = scp_path_add(&source->path, entry.name);
    if (status != OK)
        return scp_say_failure(s, scp_path_str(&source->path), status);
    return listing->is_glob ? take_match(s, listing, &entry)
                            : scp_source_offer(s, &entry.attributes);
}

enum status
scp_source_next(struct scp *s)
{
    struct scp_source *source = &s->source;

    if (source->depth > 0)
        return next_entry(s);
    if (!source->has_matched)
        return offer_word_itself(s);
    if (source->words.len > 0)
        return begin_word(s);
    s->is_over = true;
    return OK;
}

void
scp_source_done(struct scp *s)
{
    scp_source_leave(s);
    while (s->source.depth > 0)
        vfs_folder_close(&s->source.listings[--s->source.depth].folder);
}
