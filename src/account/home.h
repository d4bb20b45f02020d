/* SPDX-License-Identifier: Apache-2.0 */
/*
 * home.h - the folder that an account comes home to.
 */
#pragma once

#include "account/account.h"

/*
 * Make sure that the home is there. With create_home_folder it is made (mode
 * 0750 less the umask of [server]) together with what lies between it and the
 * part of the configured path that is the same for every account, and so are
 * the sub-folders of home_folder_structure that are missing; what was made is
 * synced unless durability is cache. No link is followed in what is made, and
 * none inside the home.
 *
 * *path_out (the absolute path) belongs to the account. *made_out says whether
 * the home is new. ERR_NOT_FOUND when it is missing and must not be made, or
 * none is configured; ERR_NO_FOLDER, ERR_LINK, ERR_DENIED, ERR_INVALID,
 * ERR_IO.
 */
MUST_CHECK enum status account_prepare_home(const struct account *,
                                            const char **path_out,
                                            bool *made_out);
