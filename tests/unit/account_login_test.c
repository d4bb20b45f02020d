/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account_login_test.c - who may come in, with what, and what they inherit.
 */
#include "account/account.h"
#include "account/check.h"
#include "account/name.h"
#include "base/thread.h"
#include "base/wire.h"
#include "keys/public_key.h"
#include "sample_keys.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* "correct horse" and "other", cheaply hashed. */
#define HORSE                                                                  \
    "$pbkdf2-sha256$1000$MDEyMzQ1Njc4OWFiY2RlZv/.$KMzVciEK.j9Oy5eYEdRCc3BqCFJ" \
    "ALo.fTIU7b.TaxZ4"

enum { START_MS = 1000000 };

static struct report report;
static struct config *config;
static struct clock *clock_;
static struct accounts *accounts;
static unsigned proved;
static const struct account *who;

static void
clean_up(void)
{
    accounts_unref(&accounts);
    config_unref(&config);
    clock_free(&clock_);
    report_done(&report);
    report = (struct report){ 0 };
    proved = 0;
    who = NULL;
}

TEARDOWN()
{
    clean_up();
}

static void
configure(const char *text)
{
    clean_up();
    clock_ = clock_settable(START_MS);
    EXPECT_OK(config_parse(str_of(text), test_folder(), &report, &config));
    EXPECT_OK(accounts_new(config, clock_, &accounts));
}

static enum login
password(const char *name, const char *text)
{
    return account_check_password(accounts, str_of(name), str_of(text), &proved,
                                  &who);
}

static enum login
key_of(const char *name, const char *line, bool is_offer)
{
    struct public_key key = PUBLIC_KEY;

    EXPECT_OK(public_key_parse(str_of(line), &key));
    enum login login = account_check_key(
        accounts, str_of(name), str_of(key.type), buffer_str(&key.blob),
        is_offer ? NULL : &proved, &who);
    public_key_done(&key);
    return login;
}

static enum login
key(const char *name, const char *line)
{
    return key_of(name, line, false);
}

static bool
reason_has(const char *words)
{
    return strstr(fail_reason(), words) != NULL;
}

static const struct account *
account(const char *name)
{
    const struct account *found = accounts_find(accounts, str_of(name));

    EXPECT(found != NULL);
    return found;
}

static void
write_file(const char *name, const char *text)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", test_folder(), name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    EXPECT(file >= 0);
    EXPECT(write(file, text, strlen(text)) == (ssize_t)strlen(text));
    close(file);
}

TEST(the_right_password_lets_in)
{
    configure("[accounts/u1]\nname = alice\nemail = a@example.net\n"
              "password = " HORSE "\n");
    EXPECT(password("alice", "correct horse") == LOGIN_ACCEPTED);
    EXPECT_TEXT(who->uuid, "u1");
    EXPECT_TEXT(who->name, "alice");
    EXPECT_TEXT(who->email, "a@example.net");
    EXPECT_TEXT(who->group, "DEFAULT_GROUP");
    EXPECT(proved == CREDENTIAL_PASSWORD);
}

TEST(a_wrong_password_or_name_does_not)
{
    configure("[accounts/u1]\nname = alice\npassword = " HORSE "\n");
    EXPECT(password("alice", "wrong") == LOGIN_REFUSED);
    EXPECT(reason_has("password is wrong"));
    EXPECT(password("bob", "correct horse") == LOGIN_REFUSED);
    EXPECT(reason_has("no account has this name"));
    EXPECT(password("", "correct horse") == LOGIN_REFUSED);
    EXPECT(proved == 0 && who == NULL);
}

TEST(names_are_bytes_and_case_counts)
{
    configure("[accounts/u1]\nname = alice\npassword = " HORSE "\n"
              "[accounts/u2]\nname = Zoë\npassword = " HORSE "\n");
    EXPECT(password("Alice", "correct horse") == LOGIN_REFUSED);
    EXPECT(password("alice ", "correct horse") == LOGIN_REFUSED);
    EXPECT(password("Zoë", "correct horse") == LOGIN_ACCEPTED);
}

TEST(S11_a_name_with_a_nul_is_nobodys_name)
{
    configure("[accounts/u1]\nname = alice\npassword = " HORSE "\n");
    EXPECT(account_check_password(accounts, STR("alice\0"),
                                  STR("correct horse"), &proved,
                                  &who) == LOGIN_REFUSED);
    EXPECT(account_check_password(accounts, STR("alice\0]]/../x"),
                                  STR("correct horse"), &proved,
                                  &who) == LOGIN_REFUSED);
    EXPECT(account_check_password(accounts, STR("alice"),
                                  STR("correct horse\0"), &proved,
                                  &who) == LOGIN_REFUSED);
}

TEST(S11_hostile_names_never_log_in_and_are_errors)
{
    static const char *const names[] = { "../root", "a/b",     "..",
                                         ".",       "...",     "a..b",
                                         "%2e",     "%name%",  "a\tb",
                                         "a\x7f.b", "a\x1b[0m" };
    char text[4096];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(text, sizeof text,
                 "[accounts/u1]\nname = %s\npassword = " HORSE
                 "\nssh_authorized_keys_content = " KEY_LINE_ED25519
                 "\n[groups/DEFAULT_GROUP]\nhome_folder_path = /srv/${USER}\n",
                 names[i]);
        EXPECT(account_name_check(str_of(names[i])) == ERR_INVALID);
        clean_up();
        clock_ = clock_settable(START_MS);
        if (config_parse(str_of(text), "/", &report, &config) != OK)
            continue; /* then nothing can be made of it */
        accounts_check(config, &report);
        EXPECT(report.errors == 1 && report.lines[0].line == 2);
        EXPECT_OK(accounts_new(config, clock_, &accounts));
        EXPECT(password(names[i], "correct horse") == LOGIN_REFUSED);
        EXPECT(key(names[i], KEY_LINE_ED25519) == LOGIN_REFUSED);
        EXPECT_TEXT(account(names[i])->home_folder_path, "");
    }
}

TEST(S17_an_account_without_a_password_has_none_that_is_right)
{
    static const char *const values[] = { "", "!", "!!", "*", "x" };
    char text[256];

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        snprintf(text, sizeof text,
                 "[accounts/u1]\nname = alice\npassword = %s\n", values[i]);
        configure(text);
        EXPECT(password("alice", "") == LOGIN_REFUSED);
        EXPECT(password("alice", values[i]) == LOGIN_REFUSED);
        EXPECT(password("alice", "x") == LOGIN_REFUSED);
        EXPECT(reason_has("locked"));
    }
    configure("[accounts/u1]\nname = alice\n");
    EXPECT(password("alice", "") == LOGIN_REFUSED);
}

TEST(disabled_and_expired_accounts_and_those_of_disabled_groups_stay_out)
{
    configure("[accounts/u1]\nname = off\nenabled = No\npassword = " HORSE "\n"
              "[accounts/u2]\nname = old\npassword = " HORSE "\n"
              "expire_datetime = 1970-01-01 00:16:41\n"
              "[accounts/u3]\nname = grouped\ngroup = closed, open\n"
              "password = " HORSE "\n"
              "[accounts/u4]\nname = second\ngroup = open, closed\n"
              "password = " HORSE "\n"
              "[groups/closed]\nenabled = No\n[groups/open]\nname = Open\n");
    EXPECT(password("off", "correct horse") == LOGIN_REFUSED);
    EXPECT(reason_has("account is disabled"));
    EXPECT(password("off", "wrong") == LOGIN_REFUSED);
    EXPECT(reason_has("password is wrong"));
    EXPECT(password("grouped", "correct horse") == LOGIN_REFUSED);
    EXPECT(reason_has("group of the account is disabled"));
    EXPECT(password("second", "correct horse") == LOGIN_ACCEPTED);
    EXPECT_TEXT(who->group, "Open");
    EXPECT_TEXT(who->group_uuid, "open");
    EXPECT(password("old", "correct horse") == LOGIN_ACCEPTED);
    clock_advance(clock_, 999);
    EXPECT(password("old", "correct horse") == LOGIN_ACCEPTED);
    clock_advance(clock_, 1);
    EXPECT(password("old", "correct horse") == LOGIN_REFUSED);
    EXPECT(reason_has("expired"));
}

TEST(accounts_of_the_operating_system_are_not_let_in_yet)
{
    configure("[accounts/u1]\nname = root\ntype = os\npassword = " HORSE "\n");
    EXPECT(password("root", "correct horse") == LOGIN_REFUSED);
    EXPECT(reason_has("type"));
    EXPECT(report.errors == 0 && report.warnings > 0);
}

TEST(of_two_accounts_with_one_name_the_configuration_is_refused)
{
    struct config *two = NULL;

    EXPECT_STATUS(config_parse(STR("[accounts/a]\nname = x\n"
                                   "[accounts/b]\nname = x\n"),
                               "/", &report, &two),
                  ERR_INVALID);
}

static enum login
certificate(const char *name)
{
    who = NULL;
    return account_check_certificate(accounts, str_of(name), &proved, &who);
}

TEST(a_certificate_lets_in_whom_account_and_group_allow)
{
    configure("[groups/g]\nname = g\nallow_certificate_authentication = No\n"
              "[accounts/u1]\nname = alice\n"
              "[accounts/u2]\nname = bob\n"
              "allow_certificate_authentication = No\n"
              "[accounts/u3]\nname = carol\ngroup = g\n"
              "[accounts/u4]\nname = dave\nenabled = No\n"
              "[accounts/u5]\nname = erin\nrequired_credentials = password\n");
    EXPECT(certificate("alice") == LOGIN_ACCEPTED);
    EXPECT_TEXT(who->name, "alice");
    const char *refused[] = { "bob", "carol", "dave", "erin", "Alice", "" };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        proved = 0;
        EXPECT(certificate(refused[i]) == LOGIN_REFUSED);
        EXPECT(proved == 0 && who == NULL);
    }
}

TEST(a_listed_key_lets_in_and_another_does_not)
{
    configure("[accounts/u1]\nname = alice\nssh_authorized_keys_content =\n"
              "    " KEY_LINE_P256 " one\n    " KEY_LINE_ED25519 " two\n"
              "[accounts/u2]\nname = bob\nssh_authorized_keys_content "
              "= " KEY_LINE_RSA2048 "\n");
    EXPECT(key("alice", KEY_LINE_ED25519) == LOGIN_ACCEPTED);
    EXPECT(proved == CREDENTIAL_SSH_KEY);
    EXPECT(key("alice", KEY_LINE_P256) == LOGIN_ACCEPTED);
    EXPECT(key("bob", KEY_LINE_RSA2048) == LOGIN_ACCEPTED);
}

TEST(S2_a_key_of_somebody_else_or_a_broken_one_always_fails)
{
    configure("[accounts/u1]\nname = alice\nssh_authorized_keys_content "
              "= " KEY_LINE_ED25519 "\n"
              "[accounts/u2]\nname = bob\nssh_authorized_keys_content "
              "= " KEY_LINE_P256 "\n");
    EXPECT(key("alice", KEY_LINE_P256) == LOGIN_REFUSED);
    EXPECT(key("bob", KEY_LINE_ED25519) == LOGIN_REFUSED);
    EXPECT(key("nobody", KEY_LINE_ED25519) == LOGIN_REFUSED);
    static const struct str blobs[] = {
        { "", 0 },
        { "\0\0\0\0", 4 },
        { "/etc/passwd", 11 },
        { "\\\\host\\share", 12 },
        { "\xff\xff\xff\xff", 4 },
        { "\0\0\0\x0bssh-ed25519\0\0\0\x20", 19 },
    };
    for (size_t i = 0; i < sizeof blobs / sizeof *blobs; i++)
        for (int is_offer = 0; is_offer < 2; is_offer++)
            EXPECT(account_check_key(accounts, STR("alice"), STR("ssh-ed25519"),
                                     blobs[i], is_offer ? NULL : &proved,
                                     &who) == LOGIN_REFUSED);
    EXPECT(proved == 0 && who == NULL);
}

TEST(an_offered_key_proves_nothing)
{
    configure("[accounts/u1]\nname = alice\nrequired_credentials = any\n"
              "ssh_authorized_keys_content = " KEY_LINE_ED25519 "\n"
              "[accounts/u2]\nname = off\nenabled = No\n"
              "ssh_authorized_keys_content = " KEY_LINE_ED25519 "\n");
    EXPECT(key_of("alice", KEY_LINE_ED25519, true) == LOGIN_ACCEPTED);
    EXPECT(proved == 0);
    EXPECT(key_of("alice", KEY_LINE_P256, true) == LOGIN_REFUSED);
    EXPECT(key_of("off", KEY_LINE_ED25519, true) == LOGIN_REFUSED);
    EXPECT(key_of("nobody", KEY_LINE_ED25519, true) == LOGIN_REFUSED);
}

TEST(a_key_with_options_is_refused_and_the_log_is_told_why)
{
    configure("[accounts/u1]\nname = alice\nssh_authorized_keys_content =\n"
              "    from=\"10.0.0.1\" " KEY_LINE_ED25519 "\n");
    EXPECT(key("alice", KEY_LINE_ED25519) == LOGIN_REFUSED);
    EXPECT(reason_has("options"));
    accounts_check(config, &report);
    EXPECT(report.errors == 0 && report.warnings == 1);
    EXPECT(report.lines[0].line == 4);
}

TEST(required_credentials_may_ask_for_both_in_any_order)
{
    configure("[accounts/u1]\nname = alice\npassword = " HORSE "\n"
              "required_credentials = password, ssh-key\n"
              "ssh_authorized_keys_content = " KEY_LINE_ED25519 "\n");
    EXPECT(password("alice", "correct horse") == LOGIN_PARTIAL);
    EXPECT(who == NULL);
    EXPECT(password("alice", "correct horse") == LOGIN_PARTIAL);
    EXPECT(key_of("alice", KEY_LINE_ED25519, true) != LOGIN_REFUSED);
    EXPECT(proved == CREDENTIAL_PASSWORD);
    EXPECT(key("alice", KEY_LINE_ED25519) == LOGIN_ACCEPTED);

    proved = 0;
    EXPECT(key("alice", KEY_LINE_ED25519) == LOGIN_PARTIAL);
    EXPECT(password("alice", "wrong") == LOGIN_REFUSED);
    EXPECT(password("alice", "correct horse") == LOGIN_ACCEPTED);
}

TEST(a_credential_that_is_not_asked_for_does_not_let_in)
{
    configure("[accounts/u1]\nname = keys\npassword = " HORSE "\n"
              "required_credentials = ssh-key\n"
              "ssh_authorized_keys_content = " KEY_LINE_ED25519 "\n"
              "[accounts/u2]\nname = words\npassword = " HORSE "\n"
              "required_credentials = password\n"
              "ssh_authorized_keys_content = " KEY_LINE_ED25519 "\n");
    EXPECT(password("keys", "correct horse") == LOGIN_REFUSED);
    EXPECT(proved == 0);
    EXPECT(key("keys", KEY_LINE_ED25519) == LOGIN_ACCEPTED);
    proved = 0;
    EXPECT(key_of("words", KEY_LINE_ED25519, true) == LOGIN_REFUSED);
    EXPECT(key("words", KEY_LINE_ED25519) == LOGIN_REFUSED);
    EXPECT(password("words", "correct horse") == LOGIN_ACCEPTED);
}

TEST(an_empty_required_credentials_does_not_weaken_the_group)
{
    configure("[accounts/u1]\nname = alice\npassword = " HORSE "\n"
              "required_credentials =\n"
              "[groups/DEFAULT_GROUP]\n"
              "required_credentials = password, ssh-key\n");
    EXPECT(password("alice", "correct horse") == LOGIN_PARTIAL);
}

TEST(what_an_account_does_not_say_its_primary_group_says)
{
    configure("[server]\ndurability = cache\n"
              "[accounts/u1]\nname = alice\ngroup = g, h\n"
              "[accounts/u2]\nname = bob\ngroup = g\nhome_folder_path = /b/\n"
              "create_home_folder = Inherit\nrequired_credentials = any\n"
              "staged_uploads = Yes\nmaximum_file_size = 7\n"
              "durability = disk\n"
              "[accounts/u3]\nname = carol\nhome_folder_path = rel/${USER}\n"
              "[groups/g]\nhome_folder_path = /srv/${USER}/in\n"
              "create_home_folder = Yes\nrequired_credentials = ssh-key\n"
              "staged_uploads = No\nmaximum_file_size = 5\n"
              "home_folder_structure = inbox\n"
              "[groups/h]\nhome_folder_path = /other\n");
    const struct account *alice = account("alice");
    const struct account *bob = account("bob");
    const struct account *carol = account("carol");
    char path[4096];

    EXPECT_TEXT(alice->home_folder_path, "/srv/alice/in");
    EXPECT(alice->home_shared_len == 5);
    EXPECT(alice->create_home_folder && !alice->staged_uploads);
    EXPECT(alice->required == CREDENTIAL_SSH_KEY);
    EXPECT(alice->maximum_file_size == 5 && alice->durability_cache);
    EXPECT_TEXT(section_item(account_section_of(alice, "home_folder_structure"),
                             "home_folder_structure", 0),
                "inbox");

    EXPECT_TEXT(bob->home_folder_path, "/b");
    EXPECT(bob->home_shared_len == 1);
    EXPECT(bob->create_home_folder && bob->staged_uploads);
    EXPECT(bob->required == 0 && !bob->durability_cache);
    EXPECT(bob->maximum_file_size == 7);

    snprintf(path, sizeof path, "%s/rel/carol", test_folder());
    EXPECT_TEXT(carol->home_folder_path, path);
    EXPECT(carol->home_shared_len == strlen(path) - strlen("carol"));
    EXPECT(carol->required == 0 && !carol->create_home_folder);
    EXPECT(carol->staged_uploads && carol->maximum_file_size == 0);
    EXPECT_TEXT(
        section_text(account_section_of(carol, "permissions"), "permissions"),
        "allow-full-control");
}

TEST(a_name_is_filled_into_a_path_once)
{
    configure("[accounts/u1]\nname = ${USER}x\n"
              "[accounts/u2]\nname = bob\nhome_folder_path = ${OS_HOME}\n"
              "password = " HORSE "\n"
              "[groups/DEFAULT_GROUP]\n"
              "home_folder_path = /srv/${USER}/${USER}\n");
    EXPECT_TEXT(account("${USER}x")->home_folder_path,
                "/srv/${USER}x/${USER}x");
    EXPECT_TEXT(account("bob")->home_folder_path, "");
    EXPECT(password("bob", "correct horse") == LOGIN_REFUSED);
    EXPECT(reason_has("home_folder_path"));
    accounts_check(config, &report);
    EXPECT(report.warnings == 1 && report.lines[0].line == 5);
}

TEST(keys_in_a_file_count_as_soon_as_it_is_changed)
{
    write_file("keys", "# none yet\n");
    configure("[accounts/u1]\nname = alice\nssh_authorized_keys_path = keys\n");
    EXPECT(key("alice", KEY_LINE_ED25519) == LOGIN_REFUSED);
    EXPECT(reason_has("does not list"));
    write_file("keys", KEY_LINE_ED25519 "\n");
    EXPECT(key("alice", KEY_LINE_ED25519) == LOGIN_ACCEPTED);
    write_file("keys", KEY_LINE_P256 "\n");
    EXPECT(key("alice", KEY_LINE_ED25519) == LOGIN_REFUSED);
}

TEST(the_key_file_of_a_group_is_one_for_each_account)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/keys", test_folder());
    EXPECT(mkdir(path, 0700) == 0);
    write_file("keys/alice", KEY_LINE_ED25519 "\n");
    write_file("bob.pub", KEY_LINE_P256 "\n");
    configure("[accounts/u1]\nname = alice\ngroup = folder\n"
              "[accounts/u2]\nname = bob\ngroup = template\n"
              "[accounts/u3]\nname = carol\ngroup = folder\n"
              "[groups/folder]\nssh_authorized_keys_path = keys\n"
              "[groups/template]\nssh_authorized_keys_path = ${USER}.pub\n");
    EXPECT(key("alice", KEY_LINE_ED25519) == LOGIN_ACCEPTED);
    EXPECT(key("alice", KEY_LINE_P256) == LOGIN_REFUSED);
    EXPECT(key("bob", KEY_LINE_P256) == LOGIN_ACCEPTED);
    EXPECT(key("carol", KEY_LINE_ED25519) == LOGIN_REFUSED);
}

TEST(a_key_file_that_is_no_regular_file_holds_up_nobody)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/pipe", test_folder());
    EXPECT(mkfifo(path, 0600) == 0);
    configure("[accounts/u1]\nname = alice\nssh_authorized_keys_path = pipe\n"
              "[accounts/u2]\nname = bob\n"
              "ssh_authorized_keys_path = /dev/zero\n");
    EXPECT(key("alice", KEY_LINE_ED25519) == LOGIN_REFUSED);
    EXPECT(key("bob", KEY_LINE_ED25519) == LOGIN_REFUSED);
    EXPECT(reason_has("regular"));
}

/* The session answers at a fixed time; here the answer itself and what is
 * computed for it must not depend on the name. */
TEST(S28_unknown_names_get_the_same_answer_as_wrong_passwords)
{
    configure("[accounts/u1]\nname = alice\npassword = " HORSE "\n"
              "[accounts/u2]\nname = off\nenabled = No\npassword = " HORSE "\n"
              "[accounts/u3]\nname = locked\npassword = !\n");
    static const char *const names[] = { "alice", "off", "locked", "nobody" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        EXPECT(password(names[i], "wrong") == LOGIN_REFUSED);
        EXPECT(key(names[i], KEY_LINE_ED25519) == LOGIN_REFUSED);
        EXPECT(key_of(names[i], KEY_LINE_ED25519, true) == LOGIN_REFUSED);
        EXPECT(account_check_key(accounts, str_of(names[i]), STR("ssh-rsa"),
                                 STR("broken"), NULL, &who) == LOGIN_REFUSED);
        EXPECT(proved == 0 && who == NULL);
    }
}

TEST(S36_no_reason_holds_the_password)
{
    configure("[accounts/u1]\nname = alice\npassword = canary-hash\n");
    EXPECT(password("alice", "canary-word") == LOGIN_REFUSED);
    EXPECT(!reason_has("canary"));
    EXPECT(password("nobody", "canary-word") == LOGIN_REFUSED);
    EXPECT(!reason_has("canary"));
    accounts_check(config, &report);
    EXPECT(report.count > 0);
    for (size_t i = 0; i < report.count; i++)
        EXPECT(strstr(report.lines[i].text, "canary") == NULL);
}

TEST(a_check_names_placeholders_with_their_lines)
{
    configure("[accounts/u1]\nname = acme\n"
              "password = $6$rounds=80000$SALT$HASH\n"
              "ssh_authorized_keys_content =\n"
              "    ssh-ed25519 AAAAC3…KEY acme-1\n"
              "ssh_authorized_keys_path = missing-file\n");
    accounts_check(config, &report);
    EXPECT(report.errors == 0 && report.count == 3);
    EXPECT(report.lines[0].line == 3);
    EXPECT(report.lines[1].line == 5);
    EXPECT(report.lines[2].line == 6);
}

TEST(an_account_lives_as_long_as_the_accounts_are_held)
{
    configure("[accounts/u1]\nname = alice\npassword = " HORSE "\n");
    struct accounts *held = accounts_ref(accounts);

    EXPECT(password("alice", "correct horse") == LOGIN_ACCEPTED);
    accounts_unref(&accounts);
    config_unref(&config);
    EXPECT_TEXT(who->name, "alice");
    accounts_unref(&held);
    EXPECT(held == NULL);
}

enum { THREADS = 16, LOGINS = 20 };

static void *
log_in_often(void *arg)
{
    size_t *right = arg;

    for (int i = 0; i < LOGINS; i++) {
        const struct account *found = NULL;
        unsigned mine = 0;

        if (account_check_password(accounts, STR("alice"), STR("correct horse"),
                                   &mine, &found) == LOGIN_ACCEPTED &&
            account_check_password(accounts, STR("alice"), STR("no"), &mine,
                                   &found) == LOGIN_REFUSED)
            ++*right;
    }
    return NULL;
}

TEST(many_logins_at_once_all_get_their_turn)
{
    pthread_t threads[THREADS];
    size_t right[THREADS] = { 0 };

    configure("[accounts/u1]\nname = alice\npassword = " HORSE "\n");
    for (int i = 0; i < THREADS; i++)
        EXPECT_OK(thread_start(&threads[i], "login", log_in_often, &right[i]));
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        EXPECT(right[i] == LOGINS);
    }
}

TEST(a_hundred_thousand_accounts_are_all_found)
{
    enum { MANY = 100000 };
    struct buffer text = BUFFER(16777216);
    char name[32];

    for (int i = 0; i < MANY; i++)
        EXPECT_OK(buffer_addf(&text, "[accounts/%d]\nname = user%d\n",
                              i * 7 % MANY, i * 7 % MANY));
    configure(buffer_text(&text));
    buffer_done(&text);
    for (int i = 0; i < MANY; i += 37) {
        snprintf(name, sizeof name, "user%d", i);
        EXPECT_TEXT(account(name)->name, name);
    }
    EXPECT(accounts_find(accounts, STR("user100000")) == NULL);
}
