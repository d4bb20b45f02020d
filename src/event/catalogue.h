/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalogue.h - the numbers of events.
 *
 * A number that SFTPPlus has means the same here, so that rules and reports
 * written for it go on working; what is Convoy's own starts at 70001. The
 * table in catalogue.c has the groups and the sentence of each.
 */
#pragma once

#include <stddef.h>

enum event_id {
    /* the process */
    EVENT_SERVER_STARTED = 20001,
    EVENT_SERVER_STOPPED = 20002,
    EVENT_PROXY_HEADER_APPLIED = 20003,
    EVENT_INTERNAL_ERROR = 20004,
    /* coming in */
    EVENT_SOURCE_BLOCKED = 20005,
    EVENT_HOME_FOLDER_FAILED = 20075,
    EVENT_LOGIN_PARTIAL = 20126,
    EVENT_LOGIN_FORBIDDEN = 20136, /* right credentials, but not allowed in */
    EVENT_LOGIN_ACCEPTED = 20137,
    EVENT_LOGIN_REJECTED = 20142,
    /* components */
    EVENT_COMPONENT_STARTED = 20156,
    EVENT_COMPONENT_STOPPED = 20157,
    EVENT_COMPONENT_START_FAILED = 20158,
    /* FTP */
    EVENT_FTP_SECURED = 10034,
    EVENT_FTP_REMOVED = 10044,
    EVENT_FTP_REMOVE_FAILED = 10045,
    EVENT_FTP_LISTED = 10047,
    EVENT_FTP_LIST_FAILED = 10048,
    EVENT_FTP_FOLDER_MADE = 10053,
    EVENT_FTP_FOLDER_MAKE_FAILED = 10054,
    EVENT_FTP_DOWNLOADED = 10069,
    EVENT_FTP_DOWNLOAD_FAILED = 10070,
    EVENT_FTP_FOLDER_REMOVED = 10072,
    EVENT_FTP_FOLDER_REMOVE_FAILED = 10073,
    EVENT_FTP_RENAMED = 10075,
    EVENT_FTP_RENAME_FAILED = 10076,
    EVENT_FTP_UPLOADED = 10078,
    EVENT_FTP_UPLOAD_FAILED = 10079,
    EVENT_FTP_TLS_FAILED = 10084,
    EVENT_FTP_ATTRIBUTES_SET = 10097,
    EVENT_FTP_ATTRIBUTES_FAILED = 10098,
    /* SSH */
    EVENT_SSH_REQUEST_REFUSED = 30048,
    EVENT_SSH_OPENED = 30014,
    EVENT_SSH_NEGOTIATED = 30015,
    EVENT_SSH_FAILED = 30006,
    /* SFTP */
    EVENT_SFTP_STARTED = 30064,
    EVENT_SFTP_LISTED = 30020,
    EVENT_SFTP_LIST_FAILED = 30021,
    EVENT_SFTP_FOLDER_REMOVED = 30023,
    EVENT_SFTP_FOLDER_REMOVE_FAILED = 30024,
    EVENT_SFTP_RENAMED = 30026,
    EVENT_SFTP_RENAME_FAILED = 30027,
    EVENT_SFTP_FOLDER_MADE = 30029,
    EVENT_SFTP_FOLDER_MAKE_FAILED = 30030,
    EVENT_SFTP_REMOVED = 30032,
    EVENT_SFTP_REMOVE_FAILED = 30033,
    EVENT_SFTP_ATTRIBUTES_SET = 30038,
    EVENT_SFTP_ATTRIBUTES_FAILED = 30039,
    EVENT_SFTP_DOWNLOAD_FAILED = 30041,
    EVENT_SFTP_UPLOAD_FAILED = 30042,
    EVENT_SFTP_OPEN_FAILED = 30044,
    EVENT_SFTP_LINK_MADE = 30057,
    EVENT_SFTP_LINK_FAILED = 30058,
    EVENT_SFTP_DOWNLOADED = 30067,
    EVENT_SFTP_UPLOADED = 30068,
    /* Convoy's own */
    EVENT_SESSION_OPENED = 70001,
    EVENT_SESSION_CLOSED = 70002,
    EVENT_CONNECTION_REFUSED = 70003, /* a cap, not a ban */
    EVENT_HOME_FOLDER_MADE = 70005,
    EVENT_UPLOAD_KEPT = 70010, /* cut; a left-over is kept for resuming */
    EVENT_UPLOAD_RESUMED = 70011,
    EVENT_UPLOAD_TAKEN_OVER = 70012,
    EVENT_UPLOAD_DISCARDED = 70013,
    EVENT_UPLOAD_LOCK_LOST = 70014,
    EVENT_STORAGE_PROBED = 70020,
    EVENT_STORAGE_FAILED = 70021,
    EVENT_STORE_LOST = 70022,
    EVENT_STORE_BACK = 70023,
    EVENT_CONFIGURATION_WARNING = 70030,
    EVENT_CONFIGURATION_APPLIED = 70031,
    EVENT_CONFIGURATION_REFUSED = 70032,
    EVENT_DRAINING = 70040,
    EVENT_HANDED_ON = 70041,
    EVENT_CONFINED = 70050,
    EVENT_CONFINEMENT_MISSING = 70051,
    EVENT_PASSWORD_CHANGED = 70060, /* by its owner, as the next */
    EVENT_PASSWORD_NOT_CHANGED = 70061,
    EVENT_OPERATOR_COMMAND = 70070,
    EVENT_CONTROL_REFUSED = 70071,
    EVENT_FTP_OPEN_FAILED = 70080,
    EVENT_FTP_FOREIGN = 70081,           /* another protocol on FTP's port */
    EVENT_FTP_PLAINTEXT_DROPPED = 70082, /* it came ahead of TLS */
    EVENT_FTP_NO_CLOSE_NOTIFY = 70083,   /* and it was forgiven */
    EVENT_REVOCATION_LIST_FAILED = 70090,
    EVENT_CERTIFICATE_UNUSABLE = 70091, /* its file has changed so */
};

struct event_kind {
    enum event_id id;
    const char *name;    /* the constant's, in lower case, without EVENT_ */
    const char *groups;  /* SFTPPlus's groups, comma separated */
    const char *message; /* with {field} where data goes */
};

/* The row of a number, or NULL. */
const struct event_kind *event_kind_of(enum event_id id);

/* The index-th row, in the order of the numbers; NULL behind the last. */
const struct event_kind *event_kind_at(size_t index);
