# SPDX-License-Identifier: MIT
# Tests of the INI reader, values, schemas and settings.

check_PROGRAMS += tests/config/test_error
tests_config_test_error_CPPFLAGS = $(TEST_CPPFLAGS)
tests_config_test_error_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/config/test_hostile
tests_config_test_hostile_CPPFLAGS = $(TEST_CPPFLAGS)
tests_config_test_hostile_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/config/test_ini
tests_config_test_ini_CPPFLAGS = $(TEST_CPPFLAGS)
tests_config_test_ini_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/config/test_nearest
tests_config_test_nearest_CPPFLAGS = $(TEST_CPPFLAGS)
tests_config_test_nearest_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/config/test_schema
tests_config_test_schema_CPPFLAGS = $(TEST_CPPFLAGS)
tests_config_test_schema_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/config/test_principal
tests_config_test_principal_CPPFLAGS = $(TEST_CPPFLAGS)
tests_config_test_principal_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/config/test_settings
tests_config_test_settings_CPPFLAGS = $(TEST_CPPFLAGS)
tests_config_test_settings_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/config/test_value
tests_config_test_value_CPPFLAGS = $(TEST_CPPFLAGS)
tests_config_test_value_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/config/test_manifest
tests_config_test_manifest_CPPFLAGS = $(TEST_CPPFLAGS)
tests_config_test_manifest_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/config/test_version
tests_config_test_version_CPPFLAGS = $(TEST_CPPFLAGS)
tests_config_test_version_LDADD = $(TEST_LDADD)
