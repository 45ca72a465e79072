# SPDX-License-Identifier: MIT
# Trust: what is judged by hash and signature, and that nothing else is ever loaded in its place.

TRUST_LDADD = tests/trust/libsigner.la $(HOUSE_LDADD) $(TEST_HOST_LDADD)

check_LTLIBRARIES += tests/trust/libsigner.la
tests_trust_libsigner_la_CPPFLAGS = $(TEST_CPPFLAGS)
tests_trust_libsigner_la_SOURCES = tests/trust/signer.c tests/trust/signer.h

noinst_PROGRAMS += tests/trust/sign
tests_trust_sign_CPPFLAGS = $(TEST_CPPFLAGS)
tests_trust_sign_LDADD = tests/trust/libsigner.la $(SODIUM_LIBS)

# They need no symbol of libcorbel, and so no run path to where that was built.
GUEST_LDFLAGS = $(PLUGIN_LDFLAGS) -rpath $(abs_top_builddir)/tests/trust
GUEST_CPPFLAGS = $(PLUGIN_CPPFLAGS) -iquote $(top_srcdir)/tests

check_LTLIBRARIES += tests/trust/guest_1.la
tests_trust_guest_1_la_CPPFLAGS = $(GUEST_CPPFLAGS) -DGUEST_VERSION='"1.0.0"'
tests_trust_guest_1_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_trust_guest_1_la_LDFLAGS = $(GUEST_LDFLAGS)
tests_trust_guest_1_la_SOURCES = tests/trust/guest.c

check_LTLIBRARIES += tests/trust/guest_2.la
tests_trust_guest_2_la_CPPFLAGS = $(GUEST_CPPFLAGS) -DGUEST_VERSION='"2.0.0"'
tests_trust_guest_2_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_trust_guest_2_la_LDFLAGS = $(GUEST_LDFLAGS)
tests_trust_guest_2_la_SOURCES = tests/trust/guest.c

check_LTLIBRARIES += tests/trust/guest_evil.la
tests_trust_guest_evil_la_CPPFLAGS = $(GUEST_CPPFLAGS) -DGUEST_VERSION='"1.0.0"' -DGUEST_IS_EVIL
tests_trust_guest_evil_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_trust_guest_evil_la_LDFLAGS = $(GUEST_LDFLAGS)
tests_trust_guest_evil_la_SOURCES = tests/trust/guest.c

check_PROGRAMS += tests/trust/test_signature
tests_trust_test_signature_CPPFLAGS = $(TEST_CPPFLAGS)
tests_trust_test_signature_LDADD = $(TRUST_LDADD)

check_PROGRAMS += tests/trust/test_vouch
tests_trust_test_vouch_CPPFLAGS = $(HOUSE_CPPFLAGS)
tests_trust_test_vouch_LDADD = $(TRUST_LDADD)

check_PROGRAMS += tests/trust/test_swap
tests_trust_test_swap_CPPFLAGS = $(HOUSE_CPPFLAGS)
tests_trust_test_swap_LDADD = $(TRUST_LDADD)

dist_check_SCRIPTS += tests/trust/trust.test
dist_check_SCRIPTS += tests/trust/minisign.test
dist_check_SCRIPTS += tests/trust/environment.test
EXTRA_DIST += tests/trust/doorstep.h
