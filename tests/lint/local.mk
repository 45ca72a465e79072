# SPDX-License-Identifier: MIT
# Rules of the house that a compiler does not hold.

dist_check_SCRIPTS += tests/lint/includes.test
dist_check_SCRIPTS += tests/lint/headers.test
dist_check_SCRIPTS += tests/lint/sizes.test
dist_check_SCRIPTS += tests/lint/callbacks.test
dist_check_SCRIPTS += tests/lint/symbols.test
dist_check_SCRIPTS += tests/lint/paths.test
dist_check_SCRIPTS += tests/lint/fragments.test
dist_check_SCRIPTS += tests/lint/format.test
dist_check_SCRIPTS += tests/lint/promises.test
