# SPDX-License-Identifier: MIT
HTTP_TEST_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS) -I$(top_srcdir)/plugins/http -I$(top_builddir)/plugins/sensors
HTTP_TEST_LDADD = plugins/http/libhttp.la $(PLUGIN_TEST_LIBS)

if WITH_MICROHTTPD
check_PROGRAMS += tests/plugins/http/test_text
tests_plugins_http_test_text_CPPFLAGS = $(HTTP_TEST_CPPFLAGS)
tests_plugins_http_test_text_LDADD = $(HTTP_TEST_LDADD)

check_PROGRAMS += tests/plugins/http/test_readings
tests_plugins_http_test_readings_CPPFLAGS = $(HTTP_TEST_CPPFLAGS)
tests_plugins_http_test_readings_LDADD = $(HTTP_TEST_LDADD)

check_PROGRAMS += tests/plugins/http/test_settings
tests_plugins_http_test_settings_CPPFLAGS = $(HTTP_TEST_CPPFLAGS)
tests_plugins_http_test_settings_LDADD = $(HTTP_TEST_LDADD)

check_PROGRAMS += tests/plugins/http/test_http_reload
tests_plugins_http_test_http_reload_CPPFLAGS = $(HTTP_TEST_CPPFLAGS) -I$(top_builddir)/plugins/rules $(MICROHTTPD_CFLAGS)
tests_plugins_http_test_http_reload_LDADD = $(HTTP_TEST_LDADD) $(MICROHTTPD_LIBS)
tests_plugins_http_test_http_reload_SOURCES = tests/plugins/http/test_http_reload.c plugins/http/http.c
endif

# Tells of a host that is not there.
check_LTLIBRARIES += tests/plugins/http/teller.la
tests_plugins_http_teller_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
tests_plugins_http_teller_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_plugins_http_teller_la_LDFLAGS = $(PLUGIN_LDFLAGS) -rpath $(abs_top_builddir)/tests/plugins/http
tests_plugins_http_teller_la_LIBADD = $(PLUGIN_LIBADD)
tests_plugins_http_teller_la_SOURCES = tests/plugins/http/teller.c
nodist_tests_plugins_http_teller_la_SOURCES = tests/plugins/http/teller.plugin.c
CLEANFILES += tests/plugins/http/teller.plugin.c
EXTRA_DIST += tests/plugins/http/teller.plugin

dist_check_SCRIPTS += tests/plugins/http/http.test tests/plugins/http/crowd.test
EXTRA_DIST += tests/plugins/http/wire.py tests/plugins/http/answers.py tests/plugins/http/crowd.py

dist_check_SCRIPTS += tests/plugins/http/page.test
EXTRA_DIST += tests/plugins/http/browser.py tests/plugins/http/page.py
CLEANFILES += tests/plugins/http/page-light.png tests/plugins/http/page-dark.png \
	tests/plugins/http/page-phone.png
