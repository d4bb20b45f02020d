/* SPDX-License-Identifier: Apache-2.0 */
/* arguments.c - what stands behind the verbs, read strictly. */
#include "ftp/arguments.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    PORT_PARTS = 6,
    TIME_DIGITS = 14,
    FRACTION_DIGITS = 9,
    NS_A_SECOND = 1000000000,
};

/* In the year 2262: later ones are too many nanoseconds. */
static const int64_t latest_s = INT64_MAX / NS_A_SECOND;

enum status
ftp_parse_port(struct str text, struct ftp_address *out)
{
    uint64_t part[PORT_PARTS];
    struct str rest = text;

    for (size_t i = 0; i < PORT_PARTS; i++) {
        bool is_last = i == PORT_PARTS - 1;
        struct str word = is_last ? rest : str_cut(&rest, ',');

        if (!str_to_number(word, UINT8_MAX, &part[i]))
            return fail(ERR_INVALID, "six numbers from 0 to 255 are wanted");
    }
    snprintf(out->address, sizeof out->address, "%u.%u.%u.%u",
             (unsigned)part[0], (unsigned)part[1], (unsigned)part[2],
             (unsigned)part[3]);
    out->port = (uint16_t)(part[4] << 8 | part[5]);
    out->is_ipv6 = false;
    return OK;
}

/* As the kernel would write it, so that it can be compared. */
static enum status
take_address(struct str text, int family, struct ftp_address *out)
{
    char copy[PEER_ADDRESS];
    unsigned char bytes[sizeof(struct in6_addr)];

    if (text.len == 0 || text.len >= sizeof copy || str_has_nul(text))
        return fail(ERR_INVALID, "that is no address");
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    if (inet_pton(family, copy, bytes) != 1 ||
        inet_ntop(family, bytes, out->address, sizeof out->address) == NULL)
        return fail(ERR_INVALID, "that is no address");
    return OK;
}

enum status
ftp_parse_eprt(struct str text, struct ftp_address *out)
{
    uint64_t port;

    if (text.len < 2 || text.data[0] < 33 || text.data[0] > 126)
        return fail(ERR_INVALID, "a delimiter is wanted first");
    char delimiter = text.data[0];
    struct str rest = str_from_offset(text, 1);
    struct str family = str_cut(&rest, delimiter);
    struct str address = str_cut(&rest, delimiter);
    struct str number = str_cut(&rest, delimiter);

    /* Three times the delimiter behind the first, and nothing then. */
    if (rest.len != 0 || text.data[text.len - 1] != delimiter ||
        number.len == 0)
        return fail(ERR_INVALID, "|family|address|port| is wanted");
    if (!str_is(family, "1") && !str_is(family, "2"))
        return fail(ERR_UNSUPPORTED, "only (1,2) are supported");
    out->is_ipv6 = str_is(family, "2");
    TRY(take_address(address, out->is_ipv6 ? AF_INET6 : AF_INET, out));
    if (!str_to_number(number, UINT16_MAX, &port) || port == 0)
        return fail(ERR_INVALID, "that is no port");
    out->port = (uint16_t)port;
    return OK;
}

enum status
ftp_parse_epsv(struct str text, enum ftp_family *out, bool *is_all_out)
{
    *is_all_out = str_same_word(text, "ALL");
    *out = FTP_ANY_FAMILY;
    if (*is_all_out || text.len == 0)
        return OK;
    if (!str_is(text, "1") && !str_is(text, "2"))
        return fail(ERR_UNSUPPORTED, "only (1,2) are supported");
    *out = str_is(text, "1") ? FTP_IPV4 : FTP_IPV6;
    return OK;
}

enum status
ftp_parse_offset(struct str text, uint64_t *out)
{
    if (!str_to_number(text, INT64_MAX, out))
        return fail(ERR_INVALID, "a number of bytes is wanted");
    return OK;
}

enum status
ftp_parse_range(struct str text, uint64_t *first, uint64_t *last)
{
    struct str rest = text;
    struct str word = str_cut(&rest, ' ');

    TRY(ftp_parse_offset(word, first));
    return ftp_parse_offset(rest, last);
}

/* ALLO n R m: of records there are none, so m says nothing. */
enum status
ftp_parse_size(struct str text, uint64_t *out)
{
    struct str rest = text;
    uint64_t record;

    TRY(ftp_parse_offset(str_cut(&rest, ' '), out));
    if (rest.len == 0)
        return OK;
    if (!str_same_word(str_cut(&rest, ' '), "R"))
        return fail(ERR_INVALID, "a number of bytes is wanted");
    return ftp_parse_offset(rest, &record);
}

/* So many digits off the front. */
static bool
take_digits(struct str *rest, size_t digits, int *out)
{
    uint64_t number;

    if (rest->len < digits ||
        !str_to_number(str_from(rest->data, digits), INT32_MAX, &number))
        return false;
    *rest = str_from_offset(*rest, digits);
    *out = (int)number;
    return true;
}

static bool
take_moment(struct str *rest, struct tm *out)
{
    *out = (struct tm){ 0 };
    return take_digits(rest, 4, &out->tm_year) &&
           take_digits(rest, 2, &out->tm_mon) &&
           take_digits(rest, 2, &out->tm_mday) &&
           take_digits(rest, 2, &out->tm_hour) &&
           take_digits(rest, 2, &out->tm_min) &&
           take_digits(rest, 2, &out->tm_sec);
}

/* A moment that exists: what the calendar makes of it is what was said. */
static bool
to_seconds(const struct tm *said, int64_t *seconds_out)
{
    struct tm is = *said;

    is.tm_year -= 1900;
    is.tm_mon -= 1;
    is.tm_sec = said->tm_sec == 60 ? 59 : said->tm_sec; /* a leap second */
    struct tm wanted = is;
    *seconds_out = timegm(&is);
    return said->tm_year >= 1900 && *seconds_out < latest_s &&
           is.tm_mon == wanted.tm_mon && is.tm_mday == wanted.tm_mday &&
           is.tm_hour == wanted.tm_hour && is.tm_min == wanted.tm_min &&
           is.tm_sec == wanted.tm_sec;
}

/* ".123", of which nine digits count. */
static bool
take_fraction(struct str *rest, int64_t *ns_out)
{
    int64_t unit = NS_A_SECOND;
    size_t at = 1;

    *ns_out = 0;
    if (rest->len == 0 || rest->data[0] != '.')
        return true;
    while (at < rest->len && rest->data[at] >= '0' && rest->data[at] <= '9') {
        unit /= at <= FRACTION_DIGITS ? 10 : 1;
        if (at <= FRACTION_DIGITS)
            *ns_out += unit * (rest->data[at] - '0');
        at++;
    }
    *rest = str_from_offset(*rest, at);
    return at > 1;
}

enum status
ftp_parse_time(struct str *rest, int64_t *ns_out)
{
    struct str left = *rest;
    struct tm moment;
    int64_t seconds;
    int64_t fraction;

    if (!take_moment(&left, &moment) || !to_seconds(&moment, &seconds) ||
        !take_fraction(&left, &fraction) ||
        (left.len > 0 && left.data[0] != ' '))
        return fail(ERR_INVALID, "a time is YYYYMMDDHHMMSS, in UTC");
    *rest = str_from_offset(left, 1);
    *ns_out = seconds * NS_A_SECOND + fraction;
    return OK;
}

void
ftp_format_time(int64_t ns, char text[FTP_TIME])
{
    int64_t seconds = ns / NS_A_SECOND - (ns % NS_A_SECOND < 0);
    time_t when = (time_t)seconds;
    struct tm moment = { 0 };

    gmtime_r(&when, &moment);
    if (moment.tm_year + 1900 < 0 || moment.tm_year + 1900 > 9999)
        moment = (struct tm){ .tm_mday = 1, .tm_year = 70 };
    strftime(text, FTP_TIME, "%Y%m%d%H%M%S", &moment);
}
