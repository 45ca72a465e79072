# SPDX-License-Identifier: MIT
HTTP_PAGE = plugins/http/page/index.html plugins/http/page/page.css plugins/http/page/page.js \
	plugins/http/page/icon.svg

if WITH_MICROHTTPD
# All but the entry table is in a library of its own, which the tests link too.
noinst_LTLIBRARIES += plugins/http/libhttp.la
plugins_http_libhttp_la_CPPFLAGS = $(PLUGIN_CPPFLAGS) -I$(top_builddir)/plugins/sensors \
	-I$(top_builddir)/plugins/rules $(MICROHTTPD_CFLAGS)
plugins_http_libhttp_la_CFLAGS = $(PLUGIN_CFLAGS) -Wa,-I$(top_srcdir)
plugins_http_libhttp_la_LIBADD = $(MICROHTTPD_LIBS)
plugins_http_libhttp_la_SOURCES = \
	plugins/http/alerts.c plugins/http/alerts.h \
	plugins/http/answer.c plugins/http/answer.h \
	plugins/http/connection.c plugins/http/connection.h \
	plugins/http/feeds.c plugins/http/feeds.h \
	plugins/http/handover.c plugins/http/handover.h \
	plugins/http/http.h \
	plugins/http/listener.c plugins/http/listener.h \
	plugins/http/metrics.c plugins/http/metrics.h \
	plugins/http/page.c plugins/http/page.h \
	plugins/http/readings.c plugins/http/readings.h \
	plugins/http/routes.c plugins/http/routes.h \
	plugins/http/server.c plugins/http/server.h \
	plugins/http/settings.c plugins/http/settings.h \
	plugins/http/snapshot.c plugins/http/snapshot.h \
	plugins/http/state.c plugins/http/state.h \
	plugins/http/text.c plugins/http/text.h \
	plugins/http/view.c plugins/http/view.h

plugin_LTLIBRARIES += plugins/http/http.la
plugins_http_http_la_CPPFLAGS = $(plugins_http_libhttp_la_CPPFLAGS)
plugins_http_http_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_http_http_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_http_http_la_LIBADD = plugins/http/libhttp.la $(PLUGIN_LIBADD)
plugins_http_http_la_SOURCES = plugins/http/http.c
nodist_plugins_http_http_la_SOURCES = plugins/http/http.plugin.c
dist_man_MANS += plugins/http/corbel-http.7

# The compiler does not see what the assembler includes. By its plain name automake would take this for the
# whole rule of the object, and leave its own away.
HTTP_PAGE_OBJECT = plugins/http/libhttp_la-page.lo
$(HTTP_PAGE_OBJECT): $(HTTP_PAGE)
endif

CLEANFILES += plugins/http/http.plugin.c
EXTRA_DIST += plugins/http/http.plugin $(HTTP_PAGE)
