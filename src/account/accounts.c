/* SPDX-License-Identifier: Apache-2.0 */
/* accounts.c - what an account and its primary group say together. */
#include "account/accounts_private.h"

#include "account/name.h"
#include "base/thread.h"
#include "config/option.h"

#include <stdlib.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static const struct option *
row_of(const char *family, const char *option)
{
    return option_find(family_find(str_of(family)), "", str_of(option));
}

/*
 * Whether the section says it itself. An empty value is the default
 * (config.h), so where that is Inherit it says nothing; empty permissions and
 * virtual folders are kept, as nobody may gain any by leaving them empty.
 */
static bool
says(const struct section *section, const struct option *row)
{
    if (row == NULL || !section_has(section, row->name) ||
        section_inherits(section, row->name))
        return false;
    return row->kind == KIND_PERMISSIONS ||
           strcmp(row->name, "virtual_folders") == 0 || row->fallback == NULL ||
           strcmp(row->fallback, "Inherit") != 0 ||
           section_text(section, row->name)[0] != '\0';
}

const struct section *
account_section_of(const struct account *account, const char *option)
{
    const struct option *group_row = row_of("groups", option);

    if (says(account->section, row_of("accounts", option)))
        return account->section;
    if (says(account->group_section, group_row))
        return account->group_section;
    if (row_of("server", option) != NULL)
        return config_server(section_config(account->section));
    return group_row != NULL ? account->group_section : account->section;
}

static const char *
text_of(const struct account *account, const char *option)
{
    return section_text(account_section_of(account, option), option);
}

static bool
flag_of(const struct account *account, const char *option)
{
    return section_flag(account_section_of(account, option), option);
}

/* What the configuration has already refused is taken for the strictest. */
static unsigned
read_required(const struct account *account)
{
    static const char option[] = "required_credentials";
    const struct section *section = account_section_of(account, option);
    unsigned required = 0;
    const char *item;

    for (size_t i = 0; (item = section_item(section, option, i)) != NULL; i++) {
        if (str_same_word(str_of(item), "any"))
            return 0;
        if (str_same_word(str_of(item), "password"))
            required |= CREDENTIAL_PASSWORD;
        else if (str_same_word(str_of(item), "ssh-key"))
            required |= CREDENTIAL_SSH_KEY;
        else
            required |= CREDENTIAL_PASSWORD | CREDENTIAL_SSH_KEY;
    }
    return required;
}

static int64_t
read_expiry(const struct section *section)
{
    const char *text = section_text(section, "expire_datetime");
    int64_t expires_ms = 0;

    if (text[0] == '\0')
        return 0;
    if (!clock_parse(text, &expires_ms) || expires_ms <= 0)
        return 1; /* long ago */
    return expires_ms;
}

/* The template with its name in, made absolute, without slashes at its end. */
static enum status
work_out_home(struct entry *entry)
{
    AUTO(buffer_done) struct buffer filled = BUFFER(PATH_BYTES);
    AUTO(buffer_done) struct buffer path = BUFFER(PATH_BYTES);
    struct account *account = &entry->account;
    const char *template = text_of(account, "home_folder_path");

    TRY(account_name_check(str_of(account->name)));
    if (template[0] == '\0')
        return OK;
    TRY(account_path_add(&filled, template, str_of(account->name)));
    while (buffer_len(&filled) > 1 &&
           buffer_str(&filled).data[buffer_len(&filled) - 1] == '/')
        buffer_cut(&filled, buffer_len(&filled) - 1);
    size_t shared = account_path_shared(template, buffer_len(&filled));
    const char *text = buffer_text(&filled);
    if (text == NULL)
        return fail(ERR_MEMORY, "no memory for a path");
    TRY(config_resolve_path(section_config(account->section), text, &path));
    entry->home = str_copy(buffer_str(&path));
    if (entry->home == NULL)
        return fail(ERR_MEMORY, "no memory for a path");
    account->home_folder_path = entry->home;
    /* Resolving adds in front, if anything. */
    size_t own = buffer_len(&filled) - shared;
    account->home_shared_len =
        own <= buffer_len(&path) ? buffer_len(&path) - own : 0;
    return OK;
}

static const char *
why_blocked(const struct account *account)
{
    const struct section *group = account->group_section;

    if (account_name_check(str_of(account->name)) != OK)
        return "the name of the account is not one that may log in";
    if (strcmp(section_text(account->section, "type"), "application") != 0)
        return "accounts of this type are not supported yet";
    if (!section_flag(account->section, "enabled"))
        return "the account is disabled";
    if (!section_flag(group, "enabled"))
        return "the group of the account is disabled";
    return NULL;
}

/* The first of the list; one that is not there has the defaults. */
static const struct section *
primary_group(const struct section *section, const char **id_out)
{
    const struct config *config = section_config(section);
    const char *id = section_item(section, "group", 0);

    *id_out = id ? id : "DEFAULT_GROUP";
    const struct section *group = config_section(config, "groups", *id_out);
    return group ? group : config_defaults(config, "groups", "");
}

static const char *
group_name(const struct section *group, const char *id)
{
    const char *name = section_text(group, "name");

    return name[0] != '\0' ? name : id;
}

static enum status
read_entry(const struct section *section, struct entry *entry)
{
    const char *group_id;
    const struct section *group = primary_group(section, &group_id);
    struct account *account = &entry->account;

    *account = (struct account){
        .uuid = section_id(section),
        .name = section_text(section, "name"),
        .email = section_text(section, "email"),
        .group = group_name(group, group_id),
        .group_uuid = group_id,
        .home_folder_path = "",
        .section = section,
        .group_section = group,
        .expires_ms = read_expiry(section),
    };
    account->required = read_required(account);
    account->create_home_folder = flag_of(account, "create_home_folder");
    account->staged_uploads = flag_of(account, "staged_uploads");
    account->durability_cache =
        strcmp(text_of(account, "durability"), "cache") == 0;
    account->maximum_file_size = section_number(
        account_section_of(account, "maximum_file_size"), "maximum_file_size");
    entry->password = section_text(section, "password");
    entry->blocked = why_blocked(account);
    enum status status = work_out_home(entry);
    if (status == ERR_MEMORY)
        return status;
    if (status != OK && entry->blocked == NULL)
        entry->blocked = "its home_folder_path cannot be used";
    return OK;
}

/* By name; of the same name, the first of the file first. */
static int
compare_entries(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    int order = str_compare(str_of(x->account.name), str_of(y->account.name));
    int x_line = section_line(x->account.section, "name");
    int y_line = section_line(y->account.section, "name");

    return order != 0 ? order : (x_line > y_line) - (x_line < y_line);
}

static void
drop_repeated(struct accounts *accounts)
{
    size_t kept = 0;

    for (size_t i = 0; i < accounts->count; i++) {
        struct entry *entry = &accounts->entries[i];

        if (kept > 0 && strcmp(accounts->entries[kept - 1].account.name,
                               entry->account.name) == 0)
            free(entry->home);
        else
            accounts->entries[kept++] = *entry;
    }
    accounts->count = kept;
}

static enum status
read_all(struct accounts *accounts)
{
    size_t count = config_count(accounts->config, "accounts");

    accounts->entries = calloc(count + 1, sizeof *accounts->entries);
    if (accounts->entries == NULL)
        return fail(ERR_MEMORY, "no memory for %zu accounts", count);
    for (size_t i = 0; i < count; i++) {
        TRY(read_entry(config_at(accounts->config, "accounts", i),
                       &accounts->entries[i]));
        accounts->count++;
    }
    qsort(accounts->entries, accounts->count, sizeof *accounts->entries,
          compare_entries);
    drop_repeated(accounts);
    return OK;
}

enum status
accounts_new(struct config *config, struct clock *clock,
             struct accounts **accounts_out)
{
    AUTO(accounts_unref)
    struct accounts *accounts = calloc(1, sizeof *accounts);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (accounts == NULL)
        return fail(ERR_MEMORY, "no memory for accounts");
    atomic_init(&accounts->references, 1);
    accounts->config = config_ref(config);
    accounts->clock = clock;
    accounts->places = processors > 1 ? (unsigned)processors : 1;
    pthread_mutex_init(&accounts->lock, NULL);
    thread_condition_init(&accounts->a_place_is_free);
    TRY(password_hash_dummy(
        section_text(config_server(config), "password_hashing_scheme"),
        accounts->dummy));
    TRY(read_all(accounts));
    *accounts_out = accounts;
    accounts = NULL;
    return OK;
}

struct accounts *
accounts_ref(struct accounts *accounts)
{
    atomic_fetch_add(&accounts->references, 1);
    return accounts;
}

void
accounts_unref(struct accounts **handle)
{
    struct accounts *accounts = *handle;

    *handle = NULL;
    if (accounts == NULL || atomic_fetch_sub(&accounts->references, 1) != 1)
        return;
    for (size_t i = 0; i < accounts->count; i++)
        free(accounts->entries[i].home);
    free(accounts->entries);
    pthread_cond_destroy(&accounts->a_place_is_free);
    pthread_mutex_destroy(&accounts->lock);
    config_unref(&accounts->config);
    free(accounts);
}

const struct entry *
accounts_entry(const struct accounts *accounts, struct str name)
{
    size_t low = 0;
    size_t high = accounts->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct entry *entry = &accounts->entries[middle];
        int order = str_compare(name, str_of(entry->account.name));

        if (order == 0)
            return entry;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct account *
accounts_find(const struct accounts *accounts, struct str name)
{
    const struct entry *entry = accounts_entry(accounts, name);

    return entry ? &entry->account : NULL;
}
