/* SPDX-License-Identifier: Apache-2.0 */
/* verbs_data.c - where the next data goes, and in which shape. */
#include "ftp/ftp_private.h"

#include "ftp/passive.h"
#include "net/address.h"

#include <stdio.h>
#include <string.h>

static const struct section *
service_of(const struct ftp_connection *c)
{
    return c->service->section;
}

/* ---- where ---- */

static struct data_options
options_of(const struct ftp_connection *c)
{
    return (struct data_options){
        .peer_address = visitor_address(c->visitor),
        .control_socket = stream_socket(c->control),
        .first_port = c->service->first_port,
        .last_port = c->service->last_port,
        .active_source_port =
            (uint16_t)section_number(service_of(c), "active_source_port"),
        .require_session_reuse =
            section_flag(service_of(c), "ftps_require_session_reuse"),
        .tls_bound_to = str_of(c->tls_session),
        .clock = c->clock,
    };
}

/* RFC 2428, 4: after EPSV ALL nothing else is to be used. */
static bool
is_only_epsv(struct ftp_connection *c, enum status *said)
{
    data_done(&c->data);
    *said = OK;
    if (c->only_epsv)
        *said = ftp_say(c, 503, "You said EPSV ALL.");
    return c->only_epsv;
}

/* What PASV tells: that of passive_address, or our own. */
static bool
passive_address(const struct ftp_connection *c, char text[PEER_ADDRESS])
{
    const char *told = ftp_passive_for(c->service, visitor_address(c->visitor));
    struct sockaddr_storage own = { 0 };
    socklen_t size = sizeof own;
    uint16_t port;

    if (told == NULL) {
        if (getsockname(stream_socket(c->control), (struct sockaddr *)&own,
                        &size) < 0)
            return false;
        address_format(&own, text, &port);
    } else {
        snprintf(text, PEER_ADDRESS, "%s", told);
    }
    return strchr(text, ':') == NULL;
}

enum status
ftp_pasv(struct ftp_connection *c, struct str argument)
{
    struct data_options options = options_of(c);
    char address[PEER_ADDRESS];
    enum status said;
    uint16_t port;

    (void)argument;
    if (is_only_epsv(c, &said))
        return said;
    if (!passive_address(c, address))
        return ftp_say(c, 425, "PASV is for IPv4: use EPSV.");
    if (data_listen(&options, FTP_ANY_FAMILY, &port, &c->data) != OK)
        return ftp_say(c, 425, "No port can be opened: %s.", fail_reason());
    for (char *at = address; *at != '\0'; at++)
        if (*at == '.')
            *at = ',';
    return ftp_say(c, 227, "Entering passive mode (%s,%u,%u).", address,
                   port >> 8, port & 0xffU);
}

enum status
ftp_epsv(struct ftp_connection *c, struct str argument)
{
    struct data_options options = options_of(c);
    enum ftp_family family;
    uint16_t port;
    bool is_all;

    data_done(&c->data);
    enum status status = ftp_parse_epsv(argument, &family, &is_all);
    if (status == ERR_UNSUPPORTED)
        return ftp_say(c, 522, "That protocol is not known, use (1,2).");
    if (status != OK)
        return ftp_say(c, 501, "%s.", fail_reason());
    if (is_all) {
        c->only_epsv = true;
        return ftp_say(c, 200, "Only EPSV from now on.");
    }
    status = data_listen(&options, family, &port, &c->data);
    if (status == ERR_UNSUPPORTED)
        return ftp_say(c, 522, "You came by the other protocol, use (%s).",
                       family == FTP_IPV4 ? "2" : "1");
    if (status != OK)
        return ftp_say(c, 425, "No port can be opened: %s.", fail_reason());
    return ftp_say(c, 229, "Entering extended passive mode (|||%u|).", port);
}

static enum status
go_active(struct ftp_connection *c, const struct ftp_address *address)
{
    struct data_options options = options_of(c);
    enum status status = data_connect_to(&options, address, &c->data);

    if (status == OK)
        return ftp_say(c, 200, "That address will be connected to.");
    return ftp_say(c, status == ERR_DENIED ? 500 : 425, "No: %s.",
                   fail_reason());
}

enum status
ftp_port(struct ftp_connection *c, struct str argument)
{
    struct ftp_address address;
    enum status said;

    if (is_only_epsv(c, &said))
        return said;
    if (ftp_parse_port(argument, &address) != OK)
        return ftp_say(c, 501, "%s.", fail_reason());
    return go_active(c, &address);
}

enum status
ftp_eprt(struct ftp_connection *c, struct str argument)
{
    struct ftp_address address;
    enum status said;

    if (is_only_epsv(c, &said))
        return said;
    enum status status = ftp_parse_eprt(argument, &address);
    if (status == ERR_UNSUPPORTED)
        return ftp_say(c, 522, "That protocol is not known, use (1,2).");
    if (status != OK)
        return ftp_say(c, 501, "%s.", fail_reason());
    return go_active(c, &address);
}

/* ---- in which shape ---- */

static bool
is_word(struct str argument, const char *word)
{
    return str_same_word(str_trim(argument), word);
}

enum status
ftp_type(struct ftp_connection *c, struct str argument)
{
    if (is_word(argument, "I") || is_word(argument, "L 8") ||
        is_word(argument, "L8")) {
        c->type = MOVER_IMAGE;
        return ftp_say(c, 200, "Files are sent as they are.");
    }
    if (!is_word(argument, "A") && !is_word(argument, "A N"))
        return ftp_say(c, 504, "The types are A and I.");
    if (section_flag(service_of(c), "ignore_ascii_data_type")) {
        c->type = MOVER_IMAGE;
        return ftp_say(c, 200,
                       "Type A is accepted, files are sent as they "
                       "are.");
    }
    c->type = MOVER_ASCII;
    return ftp_say(c, 200, "Files are sent as text.");
}

enum status
ftp_mode(struct ftp_connection *c, struct str argument)
{
    if (!is_word(argument, "S") && !is_word(argument, "Z"))
        return ftp_say(c, 504, "The modes are S and Z.");
    c->is_deflated = is_word(argument, "Z");
    return ftp_say(c, 200, "Data is sent %s.",
                   c->is_deflated ? "compressed" : "as a stream");
}

enum status
ftp_stru(struct ftp_connection *c, struct str argument)
{
    if (!is_word(argument, "F"))
        return ftp_say(c, 504, "The only structure is F.");
    return ftp_say(c, 200, "Files have no structure.");
}

/* ---- how much ---- */

/* Where a byte of a text is depends on its line ends, so only files that are
 * sent as they are can be gone on with (RFC 3659, 5). */
static bool
is_text(const struct ftp_connection *c)
{
    return c->type == MOVER_ASCII;
}

enum status
ftp_rest(struct ftp_connection *c, struct str argument)
{
    uint64_t at;

    if (ftp_parse_offset(argument, &at) != OK)
        return ftp_say(c, 501, "%s.", fail_reason());
    if (at > 0 && is_text(c))
        return ftp_say(c, 504, "Only under TYPE I.");
    c->wish.has_range = false;
    c->wish.has_rest = true;
    c->wish.rest = at;
    return ftp_say(c, 350, "The next transfer starts at %llu.",
                   (unsigned long long)at);
}

/* draft-bryan-ftp-range; "1 0" takes a range back. */
enum status
ftp_rang(struct ftp_connection *c, struct str argument)
{
    uint64_t first;
    uint64_t last;

    if (ftp_parse_range(argument, &first, &last) != OK)
        return ftp_say(c, 501, "%s.", fail_reason());
    c->wish.has_rest = c->wish.has_range = false;
    if (first == 1 && last == 0)
        return ftp_say(c, 350, "The next transfer is of the whole file.");
    if (last < first)
        return ftp_say(c, 501, "The range ends before it starts.");
    if (is_text(c))
        return ftp_say(c, 504, "Only under TYPE I.");
    c->wish.has_range = true;
    c->wish.first = first;
    c->wish.last = last;
    return ftp_say(c, 350, "The next transfer is of bytes %llu to %llu.",
                   (unsigned long long)first, (unsigned long long)last);
}

enum status
ftp_allo(struct ftp_connection *c, struct str argument)
{
    if (ftp_parse_size(argument, &c->wish.size) != OK)
        return ftp_say(c, 501, "%s.", fail_reason());
    c->wish.has_size = true;
    return ftp_say(c, 200, "Fewer than %llu bytes will not do.",
                   (unsigned long long)c->wish.size);
}

/* RFC 959, 4.1.3: a transfer that is cut off says 426 first, then comes the
 * 226 of ABOR itself (ftp_end_data). */
enum status
ftp_abor(struct ftp_connection *c, struct str argument)
{
    (void)argument;
    if (c->moving != NULL) {
        c->is_aborted = true;
        return OK;
    }
    data_done(&c->data);
    return ftp_say(c, 226, "There was nothing to be aborted.");
}
