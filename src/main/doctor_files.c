/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_files.c - the configuration and what it names, but for storages. */
#include "main/doctor.h"

#include "admin/control_path.h"
#include "base/random.h"
#include "keys/secret.h"
#include "keys/vault.h"
#include "main/check.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum {
    PATH_LENGTH = 4096,
    STATE_LEAST_MIB = 64,
    DAYS_LEFT = 30,
    DAY = 86400,
};

void
doctor_configuration(struct doctor *d)
{
    struct report report = { 0 };
    enum status status = config_examine(d->config_path, &report);

    if (status != OK && report.errors == 0)
        doctor_say(d, FAILURE, "%s", fail_reason());
    else if (report.errors > 0)
        doctor_say(d, FAILURE,
                   "%s has %zu errors: `convoy check %s` lists them",
                   d->config_path, report.errors, d->config_path);
    else if (report.warnings > 0)
        doctor_say(d, WARNING,
                   "%s is right, but %zu lines deserve a look: `convoy check "
                   "%s` lists them",
                   d->config_path, report.warnings, d->config_path);
    else
        doctor_say(d, HEALTHY, "%s has no errors", d->config_path);
    report_done(&report);
}

/* ---- the state folder ---- */

static void
check_state_room(struct doctor *d, const char *path, int folder)
{
    const char *kind = "";
    const char *advice = "";
    struct statvfs room;
    enum health health = doctor_file_system(folder, &kind, &advice);

    if (fstatvfs(folder, &room) == 0 &&
        room.f_bavail * room.f_frsize / 1024 / 1024 < STATE_LEAST_MIB)
        doctor_say(d, FAILURE, "%s: less than %d MiB are free", path,
                   STATE_LEAST_MIB);
    else if (health != HEALTHY)
        doctor_say(d, WARNING,
                   "%s is on %s: %s; the database wants a disk of this "
                   "machine",
                   path, kind, advice);
    else
        doctor_say(d, HEALTHY, "%s on %s can be written", path, kind);
}

static void
check_state(struct doctor *d, const char *path, int folder)
{
    char uuid[UUID_TEXT];
    char name[UUID_TEXT + 16];
    struct stat st;

    random_uuid(uuid);
    snprintf(name, sizeof name, ".doctor-%s", uuid);
    int file =
        openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        doctor_say(d, FAILURE, "nothing can be written in %s: %s", path,
                   strerror(errno));
        return;
    }
    close(file);
    unlinkat(folder, name, 0);
    if (fstat(folder, &st) == 0 && (st.st_mode & (S_IWOTH | S_IROTH)) != 0)
        doctor_say(d, WARNING, "%s can be read by everybody: chmod o= it",
                   path);
    else
        check_state_room(d, path, folder);
}

/* Only the folder itself is made at the first start. */
static bool
can_be_made(const char *path)
{
    AUTO(str_free) char *parent = str_copy(str_of(path));
    char *slash = parent != NULL ? strrchr(parent, '/') : NULL;

    if (slash == NULL)
        return false;
    slash[slash == parent] = '\0';
    return access(parent, W_OK | X_OK) == 0;
}

static void
check_state_path(struct doctor *d, const char *path)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (folder >= 0) {
        check_state(d, path, folder);
        close(folder);
    } else if (errno == ENOENT && can_be_made(path)) {
        doctor_say(d, HEALTHY, "%s is made at the first start", path);
    } else {
        doctor_say(d, FAILURE, "%s: %s", path, strerror(errno));
    }
}

void
doctor_state_folder(struct doctor *d)
{
    AUTO(buffer_done) struct buffer path = BUFFER(PATH_LENGTH);
    const char *name = section_text(config_server(d->config), "state_folder");

    if (config_resolve_path(d->config, name, &path) == OK &&
        buffer_text(&path) != NULL)
        check_state_path(d, buffer_text(&path));
    else
        doctor_say(d, FAILURE, "state_folder: %s", fail_reason());
}

/* ---- the control socket ---- */

static void
knock(struct doctor *d, const char *path, const struct sockaddr_un *address,
      socklen_t length)
{
    int door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error = connect(door, (const struct sockaddr *)address, length) == 0
                    ? 0
                    : errno;

    if (door >= 0)
        close(door);
    if (error == 0)
        doctor_say(d, HEALTHY, "a server answers at %s", path);
    else if (error == ENOENT || error == ECONNREFUSED)
        doctor_say(d, HEALTHY, "no server runs at %s", path);
    else
        doctor_say(d, WARNING, "%s cannot be reached: %s", path,
                   strerror(error));
}

void
doctor_control_socket(struct doctor *d)
{
    AUTO(buffer_done) struct buffer path = BUFFER(PATH_LENGTH);
    struct sockaddr_un address = { 0 };
    socklen_t length = 0;
    int folder = -1;
    enum status status = control_path_of(d->config, &path);

    if (status != OK || buffer_text(&path) == NULL) {
        doctor_say(d, FAILURE, "control_socket: %s", fail_reason());
        return;
    }
    status = control_address(buffer_text(&path), &address, &length, &folder);
    if (status == OK)
        knock(d, buffer_text(&path), &address, length);
    else
        doctor_say(d, status == ERR_NOT_FOUND ? HEALTHY : WARNING,
                   "no server runs: %s", fail_reason());
    if (folder >= 0)
        close(folder);
}

/* ---- keys and certificates ---- */

static bool
holds_a_secret(const struct section *item)
{
    const char *type = section_text(item, "type");

    return strstr(type, "private") != NULL;
}

/* 0 when others can read the file; 1 when they cannot. */
static size_t
check_key_file(struct doctor *d, const struct section *item)
{
    static const char prefix[] = "external-file:";
    AUTO(buffer_done) struct buffer path = BUFFER(PATH_LENGTH);
    struct str content = str_trim(str_of(section_text(item, "content")));
    struct stat st;

    if (!str_starts(content, STR(prefix)))
        return 1;
    content = str_trim(str_from_offset(content, sizeof prefix - 1));
    AUTO(str_free) char *name = str_copy(content);
    if (name == NULL || config_resolve_path(d->config, name, &path) != OK ||
        stat(buffer_text(&path), &st) != 0)
        return 1; /* the configuration's check says so */
    if ((st.st_mode & (S_IRWXO | S_IWGRP)) == 0)
        return 1;
    doctor_say(d, WARNING,
               "%s holds a private key and is open to others: chmod 600 it",
               buffer_text(&path));
    return 0;
}

void
doctor_keys(struct doctor *d)
{
    size_t keys = 0;
    size_t closed = 0;
    struct stat ini;

    for (size_t i = 0; i < config_count(d->config, "vault-items"); i++) {
        const struct section *item = config_at(d->config, "vault-items", i);

        if (!holds_a_secret(item))
            continue;
        keys++;
        closed += check_key_file(d, item);
    }
    /* It may hold keys itself, and hashes of passwords. */
    if (stat(d->config_path, &ini) == 0 && (ini.st_mode & S_IWOTH) != 0)
        doctor_say(d, FAILURE, "everybody can write %s: chmod o-w it",
                   d->config_path);
    else if (keys == closed)
        doctor_say(d, HEALTHY, "%zu private keys, open to nobody else", keys);
}

static void
judge_certificate(struct doctor *d, const char *id, const X509 *certificate)
{
    int days = 0;
    int seconds = 0;

    if (ASN1_TIME_diff(&days, &seconds, NULL,
                       X509_get0_notAfter(certificate)) != 1)
        doctor_say(d, FAILURE, "[vault-items/%s]: its end cannot be read", id);
    else if (days < 0 || seconds < 0)
        doctor_say(d, FAILURE,
                   "[vault-items/%s] is over since %d days: renew "
                   "the certificate",
                   id, -days);
    else if (days < DAYS_LEFT)
        doctor_say(d, WARNING,
                   "[vault-items/%s] ends in %d days: renew the certificate",
                   id, days);
    else
        doctor_say(d, HEALTHY, "[vault-items/%s] is good for %d days", id,
                   days);
}

static void
check_certificate(struct doctor *d, const struct section *item)
{
    AUTO(secret_done) struct buffer text = BUFFER(0);
    const char *id = section_id(item);

    if (vault_read(d->config, id, section_text(item, "type"), &text) != OK) {
        doctor_say(d, WARNING, "[vault-items/%s]: %s", id, fail_reason());
        return;
    }
    struct str pem = buffer_str(&text);
    BIO *from = BIO_new_mem_buf(pem.data, (int)pem.len);
    X509 *certificate =
        from != NULL ? PEM_read_bio_X509(from, NULL, NULL, NULL) : NULL;
    if (certificate == NULL)
        doctor_say(d, FAILURE, "[vault-items/%s] holds no certificate", id);
    else
        judge_certificate(d, id, certificate);
    X509_free(certificate);
    BIO_free(from);
}

void
doctor_certificates(struct doctor *d)
{
    size_t found = 0;

    for (size_t i = 0; i < config_count(d->config, "vault-items"); i++) {
        const struct section *item = config_at(d->config, "vault-items", i);

        if (strcmp(section_text(item, "type"), "private-certificate") != 0)
            continue;
        found++;
        check_certificate(d, item);
    }
    if (found == 0)
        doctor_say(d, HEALTHY, "none is configured");
}
