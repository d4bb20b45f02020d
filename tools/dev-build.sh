# SPDX-License-Identifier: Apache-2.0
# dev-build.sh - ./dev build: the release program, at build/convoy.
# shellcheck shell=bash
set -euo pipefail
. tools/dev-common.sh

need build
build_release
printf 'build/convoy: %s\n' "$(build/convoy --version)"
