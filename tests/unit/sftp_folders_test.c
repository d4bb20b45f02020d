/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_folders_test.c - what READDIR tells, and in how much memory.
 */
#include "sftp_dialogue.h"

#include "vfs/list_line.h"

#include <stdio.h>
#include <sys/stat.h>

static bool
holds(struct str bytes, const char *text)
{
    return memmem(bytes.data, bytes.len, text, strlen(text)) != NULL;
}

/* Reads one batch: how many names, and the last of them. */
static uint32_t
read_batch(struct dialogue_handle h, char last[VFS_NAME + 1])
{
    CLIENT(SSH_FXP_READDIR, "h", h);
    struct reader body = SERVER_REPLY(SSH_FXP_NAME);
    uint32_t count = read_u32(&body);

    EXPECT(body.rest.len <= 33000);
    for (uint32_t i = 0; i < count; i++) {
        struct vfs_attributes a;
        struct str name = read_string(&body);
        EXPECT(name.len > 0 && name.len <= VFS_NAME);
        memcpy(last, name.data, name.len);
        last[name.len] = '\0';
        struct str line = read_string(&body);
        EXPECT(line.len > name.len);
        EXPECT(memcmp(line.data + line.len - name.len, name.data, name.len) ==
               0);
        EXPECT_OK(sftp_read_attributes(&body, &a));
        EXPECT(a.has & VFS_HAS_SIZE);
    }
    EXPECT(!reader_is_broken(&body) && body.rest.len == 0);
    return count;
}

TEST(a_folder_is_listed_in_batches)
{
    char path[32], last[VFS_NAME + 1];
    uint32_t total = 0;

    make_folder("/d");
    for (int i = 0; i < 250; i++) {
        snprintf(path, sizeof path, "/d/%04d", i);
        make_file(path, STR("x"));
    }
    struct dialogue_handle h = open_folder("/d");
    while (total < 252) {
        uint32_t count = read_batch(h, last);
        EXPECT(count > 0 && count <= 100);
        total += count;
    }
    EXPECT(total == 252); /* and "." and ".." */
    EXPECT_TEXT(last, "0249");
    CLIENT(SSH_FXP_READDIR, "h", h);
    SERVER_STATUS(SSH_FX_EOF);
    CLIENT(SSH_FXP_READDIR, "h", h);
    SERVER_STATUS(SSH_FX_EOF);
    close_handle(h);
}

TEST(two_hundred_thousand_entries_are_listed_in_bounded_memory)
{
    char path[32], last[VFS_NAME + 1];
    uint32_t total = 0;

    for (int i = 0; i < 200000; i++) {
        snprintf(path, sizeof path, "/%06d", i);
        make_file(path, STR_NONE);
    }
    struct dialogue_handle h = open_folder("/");
    while (total < 200002)
        total += read_batch(h, last);
    EXPECT_TEXT(last, "199999");
    EXPECT(sftp_output(dialogue_sftp())->size <= 131072);
}

TEST(the_longest_names_are_listed)
{
    char path[VFS_NAME + 2] = "/", last[VFS_NAME + 1];
    uint32_t total = 0;

    memset(path + 1, '\xff', VFS_NAME);
    for (int i = 0; i < 200; i++) {
        path[1] = (char)('0' + i / 50);
        path[2] = (char)('0' + i % 50);
        make_file(path, STR("x"));
    }
    struct dialogue_handle h = open_folder("/");
    while (total < 202)
        total += read_batch(h, last);
    EXPECT(total == 202 && strlen(last) == VFS_NAME);
}

TEST(a_line_of_a_listing_looks_like_that_of_ls)
{
    struct vfs_entry entry = {
        .name = STR("report.csv"),
        .attributes = { .mode = S_IFREG | 04754,
                        .size = 1234,
                        .uid = 5,
                        .gid = 6,
                        .links = 2,
                        .mtime_ns = 951782400000000000 }, /* 2000-02-29 */
    };
    char line[VFS_LIST_LINE + 1];

    line[vfs_list_line(&entry, "demo", 0, line)] = '\0';
    EXPECT_TEXT(line, "-rwsr-xr--   2 demo     6            1234 "
                      "Feb 29  2000 report.csv");
    entry.attributes.mode = S_IFDIR | 01776;
    entry.attributes.mtime_ns = -1;
    line[vfs_list_line(&entry, "5", 0, line)] = '\0';
    EXPECT_TEXT(line, "drwxrwxrwT   2 5        6            1234 "
                      "Jan  1  1970 report.csv");
    entry.attributes.mtime_ns = 951782400000000000;
    line[vfs_list_line(&entry, "5", 951782401000000000, line)] = '\0';
    EXPECT_TEXT(line, "drwxrwxrwT   2 5        6            1234 "
                      "Feb 29 00:00 report.csv");
}

TEST(the_owner_of_the_root_is_listed_by_the_accounts_name)
{
    struct vfs_attributes other = { .has = VFS_HAS_OWNER, .uid = 77, .gid = 1 };

    put_file("/f", "1");
    EXPECT_OK(vfs_set_attributes(dialogue_files(), STR("/f"), 0, &other));
    struct dialogue_handle h = open_folder("/");
    CLIENT(SSH_FXP_READDIR, "h", h);
    struct reader body = SERVER_REPLY(SSH_FXP_NAME);
    EXPECT(holds(body.rest, " demo     1000"));
    EXPECT(holds(body.rest, " 77       1 "));
}

TEST(a_name_that_would_break_the_columns_of_a_listing_is_not_told)
{
    dialogue_sftp()->account_name = "two words";
    put_file("/f", "1");
    struct dialogue_handle h = open_folder("/");
    CLIENT(SSH_FXP_READDIR, "h", h);
    struct reader body = SERVER_REPLY(SSH_FXP_NAME);
    EXPECT(holds(body.rest, " 1000     1000"));
    EXPECT(!holds(body.rest, "two words"));
}
