/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arguments.h - what stands behind the verbs. Pure; ERR_INVALID says why.
 */
#pragma once

#include "base/status.h"
#include "base/str.h"
#include "net/listener.h"

struct ftp_address {
    char address[PEER_ADDRESS];
    uint16_t port;
    bool is_ipv6;
};

/* PORT h1,h2,h3,h4,p1,p2 (RFC 959, 4.1.2). */
MUST_CHECK enum status ftp_parse_port(struct str, struct ftp_address *out);
/* EPRT |1|132.235.1.2|6275| (RFC 2428, 2); ERR_UNSUPPORTED: another family
 * (522). */
MUST_CHECK enum status ftp_parse_eprt(struct str, struct ftp_address *out);

enum ftp_family { FTP_ANY_FAMILY, FTP_IPV4 = 1, FTP_IPV6 = 2 };
/* EPSV [1|2|ALL] (RFC 2428, 3). */
MUST_CHECK enum status ftp_parse_epsv(struct str, enum ftp_family *out,
                                      bool *is_all_out);

/* REST n; RANG first last (draft-bryan-ftp-range); ALLO n [R m]. */
MUST_CHECK enum status ftp_parse_offset(struct str, uint64_t *out);
MUST_CHECK enum status ftp_parse_range(struct str, uint64_t *first,
                                       uint64_t *last);
MUST_CHECK enum status ftp_parse_size(struct str, uint64_t *out);

/* YYYYMMDDHHMMSS[.sss] in UTC (RFC 3659, 2.3), at the start of *rest, which
 * is left behind it and one space. */
MUST_CHECK enum status ftp_parse_time(struct str *rest, int64_t *ns_out);
enum { FTP_TIME = 24 };
void ftp_format_time(int64_t ns, char text[FTP_TIME]);
