/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fingerprint.c - whether an account is still what it was.
 *
 * Every row of the options goes in, those of the future as well: an option
 * that is forgotten here would leave a session with what its account no longer
 * has. A few that concern nobody's rights are named instead.
 */
#include "account/fingerprint.h"

#include "account/authorized_keys.h"
#include "config/option.h"
#include "keys/secret.h"

#include <openssl/evp.h>

/* Text for people, and when it was written. */
static const char *const harmless[] = {
    "description", "email", "created", "changed", "last_password_update",
};
static const char *const of_password[] = { "password" };

static bool
is_among(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

#define IS_AMONG(names, name)                                                  \
    is_among((names), sizeof(names) / sizeof(names)[0], (name))

/* With its length, so that no two lists of texts look the same. */
static void
add(EVP_MD_CTX *sum, const void *bytes, size_t len)
{
    uint64_t size = len;

    EVP_DigestUpdate(sum, &size, sizeof size);
    EVP_DigestUpdate(sum, bytes, len);
}

static void
add_text(EVP_MD_CTX *sum, const char *text)
{
    add(sum, text, strlen(text));
}

static void
add_items(EVP_MD_CTX *sum, const struct section *section, const char *option)
{
    const char *item;

    for (size_t i = 0; (item = section_item(section, option, i)) != NULL; i++)
        add_text(sum, item);
    add(sum, "", 1);
}

/* What it says, however it is written. */
static void
add_option(EVP_MD_CTX *sum, const struct section *section,
           const struct option *row)
{
    uint64_t number;

    add_text(sum, row->name);
    switch (row->kind) {
    case KIND_FLAG:
        number = section_flag(section, row->name);
        add(sum, &number, sizeof number);
        return;
    case KIND_NUMBER:
    case KIND_OCTAL:
        number = section_number(section, row->name);
        add(sum, &number, sizeof number);
        return;
    case KIND_LIST:
    case KIND_LINES:
    case KIND_MATCHING:
    case KIND_PATH_FLAG:
    case KIND_PERMISSIONS: add_items(sum, section, row->name); return;
    case KIND_TEXT:
    case KIND_BLOCK:
    case KIND_CHOICE:
    case KIND_PATH:
    case KIND_ADDRESS:
    case KIND_DATE:
    case KIND_HASH: break;
    }
    add_text(sum, section_text(section, row->name));
}

static void
add_own_options(EVP_MD_CTX *sum, const struct account *account)
{
    const struct family *family = family_find(STR("accounts"));
    const char *type = section_text(account->section, "type");
    const struct option *row;

    for (size_t i = 0; (row = option_at(family, type, i)) != NULL; i++)
        if (!IS_AMONG(harmless, row->name) && !IS_AMONG(of_password, row->name))
            add_option(sum, account_section_of(account, row->name), row);
}

/* Where the account has the same option, its own word has been counted; but
 * of these both are asked. */
static bool
is_of_groups_alone(const struct option *row)
{
    return option_find(family_find(STR("accounts")), "", str_of(row->name)) ==
               NULL ||
           strcmp(row->name, "enabled") == 0 ||
           strcmp(row->name, "source_ip_filter") == 0;
}

static void
add_group(EVP_MD_CTX *sum, const struct section *group)
{
    const struct option *row;

    add_text(sum, section_id(group));
    for (size_t i = 0;
         (row = option_at(family_find(STR("groups")), "", i)) != NULL; i++)
        if (is_of_groups_alone(row) && !IS_AMONG(harmless, row->name))
            add_option(sum, group, row);
}

static void
add_groups(EVP_MD_CTX *sum, const struct account *account)
{
    const struct config *config = section_config(account->section);
    const char *id;

    add_group(sum, account->group_section);
    for (size_t i = 1;
         (id = section_item(account->section, "group", i)) != NULL; i++) {
        const struct section *group = config_section(config, "groups", id);

        if (group != NULL)
            add_group(sum, group);
    }
}

static enum status
add_key_file(EVP_MD_CTX *sum, const struct account *account)
{
    AUTO(secret_done) struct buffer text = BUFFER(0);
    enum status status = authorized_keys_read(account, &text);

    if (status == ERR_MEMORY)
        return status;
    add(sum, &status, sizeof status);
    if (status == OK)
        add(sum, buffer_str(&text).data, buffer_len(&text));
    return OK;
}

static enum status
add_rest(EVP_MD_CTX *sum, const struct account *account)
{
    const struct section *server =
        config_server(section_config(account->section));

    add_text(sum, account->uuid);
    add_text(sum, account->name);
    add_text(sum, account->home_folder_path);
    add_own_options(sum, account);
    add_groups(sum, account);
    add_items(sum, server, "allowed_link_targets");
    return add_key_file(sum, account);
}

static enum status
sum_up(EVP_MD_CTX *sum, const struct account *account,
       struct account_fingerprint *out)
{
    const char *password = section_text(account->section, "password");
    enum status status = OK;

    if (EVP_Digest(password, strlen(password), out->password, NULL,
                   EVP_sha256(), NULL) != 1 ||
        EVP_DigestInit_ex(sum, EVP_sha256(), NULL) != 1)
        return fail(ERR_IO, "no SHA-256");
    status = add_rest(sum, account);
    if (status == OK && EVP_DigestFinal_ex(sum, out->rest, NULL) != 1)
        return fail(ERR_IO, "no SHA-256");
    return status;
}

enum status
account_fingerprint(const struct account *account,
                    struct account_fingerprint *out)
{
    struct account_fingerprint made = { 0 };
    EVP_MD_CTX *sum = EVP_MD_CTX_new();

    if (sum == NULL)
        return fail(ERR_MEMORY, "no memory for a fingerprint");
    enum status status = sum_up(sum, account, &made);
    EVP_MD_CTX_free(sum);
    if (status == OK)
        *out = made;
    return status;
}

bool
account_fingerprint_equal(const struct account_fingerprint *a,
                          const struct account_fingerprint *b,
                          bool but_password)
{
    return memcmp(a->rest, b->rest, sizeof a->rest) == 0 &&
           (but_password ||
            memcmp(a->password, b->password, sizeof a->password) == 0);
}
