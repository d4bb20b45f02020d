/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revocation_lists.c - lists of revoked certificates that come from an address.
 *
 * Lists are signed, so http is as good as https, but for one thing: an old list
 * stays well signed until its time is over. What is older than our copy is
 * therefore not taken.
 */
#include "keys/revocation_lists.h"

#include "keys/fetch.h"
#include "keys/key_file.h"
#include "keys/secret.h"
#include "keys/tls_pem.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_LENGTH = 4096 };

/* ---- where the copies are ---- */

static enum status
folder_of(const struct config *config, struct buffer *path)
{
    const char *state = section_text(config_server(config), "state_folder");

    TRY(config_resolve_path(config, state, path));
    if (buffer_text(path) == NULL)
        return fail(ERR_MEMORY, "no memory for a path");
    (void)mkdir(buffer_text(path), 0700);
    TRY(buffer_add(path, STR("/revocation-lists")));
    if (buffer_text(path) == NULL)
        return fail(ERR_MEMORY, "no memory for a path");
    if (mkdir(buffer_text(path), 0700) != 0 && errno != EEXIST)
        return fail_errno(errno, "cannot make '%s'", buffer_text(path));
    return OK;
}

/* An address may have any characters, its digest has none that matter. */
static enum status
add_name(const char *address, struct buffer *path)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (EVP_Digest(address, strlen(address), sum, &len, EVP_sha256(), NULL) !=
        1)
        return fail(ERR_MEMORY, "no digest of an address");
    TRY(buffer_add(path, STR("/")));
    for (unsigned i = 0; i < len; i++)
        TRY(buffer_addf(path, "%02x", sum[i]));
    return buffer_add(path, STR(".pem"));
}

static enum status
path_of(const struct config *config, const char *address, struct buffer *path)
{
    TRY(folder_of(config, path));
    TRY(add_name(address, path));
    return buffer_text(path) != NULL ? OK
                                     : fail(ERR_MEMORY, "no memory for a path");
}

/* ---- writing one ---- */

static enum status
write_all(int file, const char *path, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t done = write(file, bytes.data, bytes.len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return fail_errno(errno, "cannot write '%s'", path);
        bytes = str_from_offset(bytes, (size_t)done);
    }
    if (fsync(file) != 0)
        return fail_errno(errno, "cannot sync '%s'", path);
    return OK;
}

/* All at once: another process may read it meanwhile. */
static enum status
replace(const char *path, struct str bytes)
{
    char fresh[PATH_LENGTH + 8];

    snprintf(fresh, sizeof fresh, "%s.XXXXXX", path);
    int file = mkostemp(fresh, O_CLOEXEC);
    if (file < 0)
        return fail_errno(errno, "cannot make '%s'", fresh);
    enum status status = write_all(file, fresh, bytes);

    close(file);
    if (status == OK && rename(fresh, path) != 0)
        status = fail_errno(errno, "cannot rename '%s'", fresh);
    if (status != OK)
        unlink(fresh);
    return status;
}

/* ---- fetching ---- */

static enum status
read_copy(const char *path, struct buffer *out)
{
    AUTO(secret_done) struct buffer text = BUFFER(0);

    TRY(key_file_read(path, TLS_PEM_TEXT, &text));
    return buffer_add(out, buffer_str(&text));
}

static enum status
fetch_list(const char *address, const struct tls_material *material,
           struct buffer *pem)
{
    AUTO(buffer_done) struct buffer raw = BUFFER(REVOCATION_LIST_BYTES);

    TRY(fetch(address, REVOCATION_FETCH_MS, &raw));
    enum status status = tls_pem_revocations(buffer_str(&raw), pem);

    if (status == OK)
        status = tls_pem_revocations_signed(buffer_str(pem),
                                            tls_material_authorities(material));
    if (status == OK)
        return OK;
    AUTO(str_free) char *why = str_copy(str_of(fail_reason()));
    return fail(status, "%s: %s", address, why != NULL ? why : "");
}

static enum status
renew(const char *path, const char *address,
      const struct tls_material *material)
{
    AUTO(buffer_done) struct buffer copy = BUFFER(TLS_PEM_TEXT);
    AUTO(buffer_done) struct buffer pem = BUFFER(TLS_PEM_TEXT);

    TRY(fetch_list(address, material, &pem));
    if (read_copy(path, &copy) == OK &&
        tls_pem_revocations_older(buffer_str(&pem), buffer_str(&copy)))
        return fail(ERR_CONFLICT,
                    "%s: the list there is older than the one we have",
                    address);
    return replace(path, buffer_str(&pem));
}

static enum status
read_one(const struct section *service, const char *address,
         const struct tls_material *material, struct buffer *out)
{
    AUTO(buffer_done) struct buffer path = BUFFER(PATH_LENGTH);

    TRY(path_of(section_config(service), address, &path));
    enum status status = read_copy(buffer_text(&path), out);
    if (status != ERR_NOT_FOUND)
        return status;
    TRY(renew(buffer_text(&path), address, material));
    return read_copy(buffer_text(&path), out);
}

enum status
revocation_lists_read(const struct section *service,
                      const struct tls_material *material, struct buffer *out)
{
    const char *address;

    for (size_t i = 0; (address = tls_material_url(material, i)) != NULL; i++)
        TRY(read_one(service, address, material, out));
    return OK;
}

static enum status
refresh_one(const struct section *service, const char *address,
            const struct tls_material *material)
{
    AUTO(buffer_done) struct buffer path = BUFFER(PATH_LENGTH);

    TRY(path_of(section_config(service), address, &path));
    return renew(buffer_text(&path), address, material);
}

size_t
revocation_lists_refresh(const struct section *service,
                         const struct tls_material *material,
                         revocation_failed *failed, void *arg)
{
    const char *address;
    size_t count = 0;

    for (size_t i = 0; (address = tls_material_url(material, i)) != NULL; i++) {
        if (refresh_one(service, address, material) == OK)
            count++;
        else
            failed(arg, address, fail_reason());
    }
    return count;
}
