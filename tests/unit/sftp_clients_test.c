/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_clients_test.c - the clients of the field get what they expect.
 *
 * Here over files in memory, where writing is seen at once; what staging adds
 * is tested where it is made.
 */
#include "sftp_sequences.h"

#include <stdlib.h>

enum { CONTENT = 700001 };

static char content[CONTENT];

static struct str
whole(void)
{
    for (size_t i = 0; i < CONTENT; i++)
        content[i] = (char)(i * 7919 >> 8);
    return str_from(content, CONTENT);
}

/* What is left of `expected` from `at` on, and nothing else, is there. */
static void
expect_content(const char *path, size_t at, struct str expected)
{
    struct vfs_open how = { .flags = VFS_READ };
    AUTO(vfs_close) struct vfs_file *file = NULL;
    AUTO(str_free) char *bytes = malloc(2 * CONTENT + 1);
    size_t got;

    EXPECT_OK(vfs_open(dialogue_files(), str_of(path), &how, &file));
    EXPECT_OK(vfs_read(file, at, bytes, 2 * CONTENT + 1, &got));
    EXPECT(got == expected.len);
    EXPECT(memcmp(bytes, expected.data, got) == 0);
}

TEST(every_client_uploads_a_new_file)
{
    for (size_t i = 0; i < sequence_count; i++) {
        if (sequences[i].does & NEEDS_ONE)
            continue;
        sequence_upload(&sequences[i], "/new", whole());
        expect_content("/new", 0, whole());
        EXPECT_OK(vfs_remove(dialogue_files(), STR("/new"), VFS_REMOVE_FILE));
    }
}

TEST(every_client_replaces_resumes_or_appends_to_a_file)
{
    struct str part = str_from(whole().data, 300000);

    for (size_t i = 0; i < sequence_count; i++) {
        unsigned does = sequences[i].does;
        /* RENAME does not replace: restic never writes a name twice. */
        if ((does & NEEDS_NONE) || ((does & MOVES) && !(does & REMOVES_FIRST)))
            continue;
        make_file("/old", part);
        sequence_upload(&sequences[i], "/old", whole());
        expect_content("/old", (does & APPENDS) ? part.len : 0, whole());
    }
}

TEST(every_client_uploads_an_empty_file)
{
    for (size_t i = 0; i < sequence_count; i++) {
        if (sequences[i].does & NEEDS_ONE)
            continue;
        sequence_upload(&sequences[i], "/empty", STR_NONE);
        expect_content("/empty", 0, STR_NONE);
        EXPECT_OK(vfs_remove(dialogue_files(), STR("/empty"), VFS_REMOVE_FILE));
    }
}

TEST(every_client_uploads_through_a_wire_that_cuts_anywhere)
{
    static const size_t pieces[] = { 1000, 16384, 32759, 65537 };

    for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
        dialogue_cut_into(pieces[p]);
        for (size_t i = 0; i < sequence_count; i++) {
            if (sequences[i].does & NEEDS_ONE)
                continue;
            sequence_upload(&sequences[i], "/new", whole());
            expect_content("/new", 0, whole());
            EXPECT_OK(
                vfs_remove(dialogue_files(), STR("/new"), VFS_REMOVE_FILE));
        }
    }
}

TEST(a_client_that_goes_away_leaves_what_it_sent_to_the_files)
{
    struct dialogue *gone = dialogue_new(dialogue_files());
    struct upload u = sequence_begin(sequence_of("curl -T"), "/part", whole());

    sequence_write(&u, 100000);
    dialogue_free(&gone);
    dialogue_use(dialogue_first());
    expect_content("/part", 0, str_from(whole().data, 100000));
    sequence_upload(sequence_of("curl -T -C -"), "/part", whole());
    expect_content("/part", 0, whole());
}

TEST(paramiko_x_makes_an_empty_file_and_fails_the_second_time)
{
    close_handle(open_file("/x", C | X));
    expect_content("/x", 0, STR_NONE);
    CLIENT(SSH_FXP_OPEN, "sua", "/x", (uint32_t)(C | X), NULL);
    SERVER_STATUS(SSH_FX_FAILURE);
}

/* Requests of a size until the end, all of them in flight, as sftp and lftp
 * do; the server may answer with less than was asked for. */
static void
download(const char *path, uint32_t piece, struct str expected)
{
    struct dialogue_handle h = open_file(path, R);
    size_t sent = 0;

    for (uint64_t at = 0; at < expected.len; at += piece, sent++)
        CLIENT(SSH_FXP_READ, "hqu", h, at, piece);
    CLIENT(SSH_FXP_READ, "hqu", h, (uint64_t)expected.len, piece);
    for (size_t at = 0; sent > 0; at += piece, sent--) {
        struct str rest = str_from_offset(expected, at);
        SERVER_DATA(str_from(rest.data, rest.len < piece ? rest.len : piece));
    }
    SERVER_STATUS(SSH_FX_EOF);
    close_handle(h);
}

TEST(every_client_downloads_with_many_requests_in_flight)
{
    static const uint32_t pieces[] = { 4096, 30000, 32768, 261120 };

    make_file("/f", whole());
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
        download("/f", pieces[i], whole());
}

TEST(an_editor_over_sshfs_writes_aside_and_renames_over)
{
    put_file("/notes", "old");
    sequence_upload(sequence_of("sshfs create"), "/.notes.swp", STR("new"));
    CLIENT(SSH_FXP_EXTENDED, "sss", "posix-rename@openssh.com", "/.notes.swp",
           "/notes");
    SERVER_OK();
    expect_file("/notes", "new");
    expect_missing("/.notes.swp");
}

TEST(a_database_over_sshfs_edits_and_syncs_in_place)
{
    put_file("/db", "0123456789");
    struct dialogue_handle h = open_file("/db", R | W);
    CLIENT(SSH_FXP_WRITE, "hqs", h, (uint64_t)3, "abc");
    CLIENT(SSH_FXP_EXTENDED, "sh", "fsync@openssh.com", h);
    CLIENT(SSH_FXP_READ, "hqu", h, (uint64_t)0, 100U);
    SERVER_OK();
    SERVER_OK();
    SERVER_DATA(STR("012abc6789"));
    close_handle(h);
}
