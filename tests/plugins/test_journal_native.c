/* SPDX-License-Identifier: MIT */
/* The journal's native protocol, received by a socket of the test's own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <check.h>

#include "native.h"
#include "tree.h"

Suite *test_suite(void);

#define LARGE (4u << 20)

static struct tree tree;
static struct sink *sink;
static struct corbel_error error;
static int receiver = -1;

static void receiver_bind(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", tree_path(&tree, "socket"));
	receiver = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(receiver, (struct sockaddr *)&address, sizeof(address)), 0);
}

static void setup(void)
{
	tree_make(&tree);
	receiver_bind();
	ck_assert_int_eq(native_open(tree_path(&tree, "socket"), &sink, &error), 0);
}

static void teardown(void)
{
	if (sink)
		sink->kind->close(sink);
	sink = NULL;
	if (receiver >= 0)
		close(receiver);
	tree_remove(&tree);
}

static int put(const char *message, size_t length)
{
	struct line line = { (char *)(uintptr_t)message, length, length + 1, false };
	struct line_event event = { .topic = "corbel.sensors.sample", .publisher = "sensors" };

	return sink->kind->write(sink, &line, &event);
}

#define REST \
	"PRIORITY=6\nSYSLOG_IDENTIFIER=corbel\nCORBEL_TOPIC=corbel.sensors.sample\nCORBEL_PLUGIN=" \
	"sensors\n"

static void assert_received(const char *expected, size_t length)
{
	char bytes[1024];
	ssize_t count = recv(receiver, bytes, sizeof(bytes), 0);

	ck_assert_int_eq(count, (ssize_t)length);
	ck_assert_mem_eq(bytes, expected, length);
}

START_TEST(an_entry_is_one_datagram_of_fields)
{
	static const char expected[] = "MESSAGE=load.1 is 0.5\n" REST;

	ck_assert(sink->kind->takes_messages);
	ck_assert_int_eq(put("load.1 is 0.5", 13), 0);
	assert_received(expected, sizeof(expected) - 1);
}
END_TEST

START_TEST(a_value_with_line_ends_has_its_length_before_it)
{
	static const char expected[] = "MESSAGE\n\x03\0\0\0\0\0\0\0a\nb\n" REST;

	ck_assert_int_eq(put("a\nb", 3), 0);
	assert_received(expected, sizeof(expected) - 1);
}
END_TEST

/* The descriptor that came instead of bytes, or -1. */
static int descriptor_receive(void)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec bytes = { &byte, 1 };
	struct msghdr message = { .msg_iov = &bytes,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	int descriptor = -1;

	ck_assert_int_eq(recvmsg(receiver, &message, MSG_CMSG_CLOEXEC), 0);

	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(&descriptor, CMSG_DATA(header), sizeof(descriptor));
	return descriptor;
}

START_TEST(an_entry_too_large_for_a_datagram_is_a_sealed_memory_file)
{
	char *message = malloc(LARGE), *received = malloc(LARGE + 200);

	memset(message, 'x', LARGE);
	ck_assert_int_eq(put(message, LARGE), 0);

	int descriptor = descriptor_receive();
	ssize_t count = pread(descriptor, received, LARGE + 200, 0);

	ck_assert_int_eq(fcntl(descriptor, F_GET_SEALS),
			 F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
	ck_assert_int_eq(count, (ssize_t)(8 + LARGE + 1 + sizeof(REST) - 1));
	ck_assert_mem_eq(received, "MESSAGE=xxx", 11);
	ck_assert_mem_eq(received + 8 + LARGE, "\n" REST, sizeof(REST));
	close(descriptor);
	free(message);
	free(received);
}
END_TEST

START_TEST(a_journal_that_was_started_again_gets_the_next_entry)
{
	close(receiver);
	ck_assert_int_eq(put("lost", 4), -ECONNREFUSED);
	tree_delete(&tree, "socket");
	ck_assert_int_eq(put("lost", 4), -ENOENT);
	receiver_bind();
	ck_assert_int_eq(put("kept", 4), 0);
	assert_received("MESSAGE=kept\n" REST, sizeof("MESSAGE=kept\n" REST) - 1);
}
END_TEST

START_TEST(a_missing_journal_is_named_with_the_remedy)
{
	struct sink *other = NULL;

	ck_assert_int_eq(native_open("/nowhere/socket", &other, &error), -ENOENT);
	ck_assert_str_eq(error.text, "cannot reach the journal at /nowhere/socket: No such "
				     "file or directory (start "
				     "systemd-journald, set socket to where it listens, or "
				     "set target to file or "
				     "stderr)");
	tree_write(&tree, "plain", "");
	ck_assert_int_eq(native_open(tree_path(&tree, "plain"), &other, &error), -ENOTSOCK);
	ck_assert_ptr_null(other);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("journal native");
	TCase *cases = tcase_create("native");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, an_entry_is_one_datagram_of_fields);
	tcase_add_test(cases, a_value_with_line_ends_has_its_length_before_it);
	tcase_add_test(cases, an_entry_too_large_for_a_datagram_is_a_sealed_memory_file);
	tcase_add_test(cases, a_journal_that_was_started_again_gets_the_next_entry);
	tcase_add_test(cases, a_missing_journal_is_named_with_the_remedy);
	suite_add_tcase(suite, cases);
	return suite;
}
