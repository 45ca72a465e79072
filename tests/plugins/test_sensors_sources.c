/* SPDX-License-Identifier: MIT */
/* The sources of sensors, on made-up trees of procfs and sysfs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "reading.h"
#include "source.h"
#include "tree.h"

Suite *test_suite(void);

#define SECOND INT64_C(1000000000)

static struct tree tree;
static struct source *source;
static struct readings readings;

static void make(const struct source_kind *kind, bool loopback)
{
	struct machine machine = { tree_path(&tree, "proc"), tree_path(&tree, "sys"), loopback };

	source = kind->make(&machine);
	ck_assert_ptr_nonnull(source);
}

static int round_at(int64_t now)
{
	readings_clear(&readings, 0);
	return source->kind->read(source, &readings, now);
}

static void setup(void)
{
	tree_make(&tree);
}

static void teardown(void)
{
	if (source)
		source->kind->free(source);
	source = NULL;
	readings_fini(&readings);
	tree_remove(&tree);
}

static void assert_value(const char *name, double value)
{
	const struct reading *reading = readings_find(&readings, name);

	ck_assert_msg(reading != NULL, "no %s", name);
	ck_assert_msg(reading->error == 0, "%s: error %d", name, reading->error);
	ck_assert_msg(reading->value == value, "%s is %.17g, expected %.17g", name, reading->value,
		      value);
}

static void assert_error(const char *name, int error)
{
	const struct reading *reading = readings_find(&readings, name);

	ck_assert_msg(reading != NULL, "no %s", name);
	ck_assert_msg(reading->error == error, "%s: error %d, expected %d", name, reading->error,
		      error);
}

static void assert_absent(const char *name)
{
	ck_assert_msg(readings_find(&readings, name) == NULL, "there is a %s", name);
}

START_TEST(cpu_is_busy_for_the_ticks_that_are_not_idle)
{
	tree_write(&tree, "proc/stat",
		   "cpu  100 10 50 1000 20 5 5 10 99 9\n"
		   "cpu0 100 10 50 1000 20 5 5 10 99 9\nintr 1 2 3\nctxt 5\n");
	make(&cpu_source, false);
	ck_assert_int_eq(round_at(0), 0);
	assert_error("cpu.busy", -EAGAIN);
	tree_write(&tree, "proc/stat",
		   "cpu  130 12 58 1050 30 6 6 13 200 50\n"
		   "cpu0 100 10 50 1100 20 5 5 10 99 9\nintr 1 2 3\nctxt 5\n");
	ck_assert_int_eq(round_at(SECOND), 0);
	/*
	 * 30 + 2 + 8 + 1 + 1 + 3 of 105: guest time is part of user, and waiting for a disk
	 * is idle.
	 */
	assert_value("cpu.busy", 100.0 * 45.0 / 105.0);
	assert_value("cpu.0.busy", 0.0);
	ck_assert_uint_eq(readings.count, 2);
}
END_TEST

START_TEST(cpu_has_no_value_when_no_tick_passed_or_counters_began_anew)
{
	tree_write(&tree, "proc/stat", "cpu 100 10 50 1000 20 5 5 10\n");
	make(&cpu_source, false);
	round_at(0);
	round_at(SECOND);
	assert_error("cpu.busy", -EAGAIN);
	tree_write(&tree, "proc/stat", "cpu 1 0 1 10 0 0 0 0\n");
	round_at(2 * SECOND);
	assert_error("cpu.busy", -EAGAIN);
	tree_write(&tree, "proc/stat", "cpu 2 0 1 11 0 0 0 0\n");
	round_at(3 * SECOND);
	assert_value("cpu.busy", 50.0);
}
END_TEST

START_TEST(cpu_takes_a_small_step_back_of_idle_as_none)
{
	tree_write(&tree, "proc/stat", "cpu 100 0 0 1000 50 0 0 0\n");
	make(&cpu_source, false);
	round_at(0);
	tree_write(&tree, "proc/stat", "cpu 110 0 0 1010 49 0 0 0\n");
	round_at(SECOND);
	assert_value("cpu.busy", 50.0);
}
END_TEST

START_TEST(cpu_that_goes_offline_vanishes_and_comes_back_as_new)
{
	tree_write(&tree, "proc/stat", "cpu 1 0 0 9\ncpu0 1 0 0 4\ncpu1 0 0 0 5\n");
	make(&cpu_source, false);
	round_at(0);
	tree_write(&tree, "proc/stat", "cpu 2 0 0 18\ncpu0 2 0 0 8\n");
	round_at(SECOND);
	assert_absent("cpu.1.busy");
	assert_value("cpu.0.busy", 20.0);
	tree_write(&tree, "proc/stat", "cpu 3 0 0 27\ncpu0 3 0 0 12\ncpu1 900 0 0 5\n");
	round_at(2 * SECOND);
	assert_error("cpu.1.busy", -EAGAIN);
}
END_TEST

START_TEST(cpu_skips_lines_that_are_cut_or_odd)
{
	tree_write(&tree, "proc/stat",
		   "cpu 1 2\ncpufreq 1 2 3 4 5\ncpu0 1 x 3 4\ncpu1 99999999999999999999 0 "
		   "0 1\n"
		   "cpu2 1 2 3 4 5 6 7 8\ncpu3 1 2");
	make(&cpu_source, false);
	ck_assert_int_eq(round_at(0), 0);
	ck_assert_uint_eq(readings.count, 1);
	assert_error("cpu.2.busy", -EAGAIN);
}
END_TEST

START_TEST(cpu_says_which_file_holds_no_processor)
{
	tree_write(&tree, "proc/stat", "nothing of use\n");
	make(&cpu_source, false);
	ck_assert_int_eq(round_at(0), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(source->fault, "proc/stat has no line of a processor"));
	tree_write(&tree, "proc/stat", "");
	ck_assert_int_eq(round_at(0), -EBADMSG);
}
END_TEST

START_TEST(a_missing_file_is_a_fault_in_words_until_it_is_there)
{
	make(&memory_source, false);
	ck_assert_int_eq(round_at(0), -ENOENT);
	ck_assert_ptr_nonnull(strstr(source->fault, "proc/meminfo: No such file or directory"));
	ck_assert_uint_eq(readings.count, 0);
	tree_write(&tree, "proc/meminfo", "MemTotal: 1 kB\n");
	ck_assert_int_eq(round_at(0), 0);
	assert_value("memory.total", 1024.0);
}
END_TEST

START_TEST(memory_is_in_bytes)
{
	tree_write(&tree, "proc/meminfo",
		   "MemTotal:       16314280 kB\nMemFree:         1000000 kB\n"
		   "MemAvailable:   10000000 kB\nSwapTotal:       2097148 kB\n"
		   "SwapFree:        2097000 kB\n");
	make(&memory_source, false);
	ck_assert_int_eq(round_at(0), 0);
	assert_value("memory.total", 16314280.0 * 1024.0);
	assert_value("memory.available", 10000000.0 * 1024.0);
	assert_value("memory.used", 6314280.0 * 1024.0);
	assert_value("swap.total", 2097148.0 * 1024.0);
	assert_value("swap.used", 148.0 * 1024.0);
	ck_assert_uint_eq(readings.count, 5);
}
END_TEST

START_TEST(memory_leaves_out_what_the_kernel_does_not_say)
{
	tree_write(&tree, "proc/meminfo", "MemTotal: 100 kB\nMemFree: 10 kB\nSwapFree: x kB\n");
	make(&memory_source, false);
	ck_assert_int_eq(round_at(0), 0);
	ck_assert_uint_eq(readings.count, 1);
	tree_write(&tree, "proc/meminfo", "MemFree: 10 kB\n");
	ck_assert_int_eq(round_at(0), -EBADMSG);
}
END_TEST

#define DISKSTATS(read, written, busy) \
	"   7       0 loop0 9 0 9 0 9 0 9 0 0 9 9\n" \
	" 259       0 nvme0n1 100 0 " read " 5 200 0 " written " 7 0 " busy " 99 0 0 0 0\n" \
	" 259       1 nvme0n1p1 100 0 " read " 5 200 0 " written " 7 0 " busy " 99\n"

START_TEST(disk_rates_are_sectors_of_512_bytes_and_busy_milliseconds_a_second)
{
	tree_write(&tree, "sys/block/nvme0n1/size", "1\n");
	tree_write(&tree, "sys/block/loop0/size", "1\n");
	tree_write(&tree, "proc/diskstats", DISKSTATS("1000", "3000", "500"));
	make(&disk_source, false);
	ck_assert_int_eq(round_at(SECOND), 0);
	assert_error("disk.nvme0n1.read", -EAGAIN);
	tree_write(&tree, "proc/diskstats", DISKSTATS("1100", "3007", "1500"));
	ck_assert_int_eq(round_at(3 * SECOND), 0);
	assert_value("disk.nvme0n1.read", 25600.0);
	assert_value("disk.nvme0n1.written", 1792.0);
	assert_value("disk.nvme0n1.busy", 50.0);
	ck_assert_uint_eq(readings.count, 3);
}
END_TEST

START_TEST(disk_counters_that_go_backwards_have_no_rate)
{
	tree_write(&tree, "sys/block/nvme0n1/size", "1\n");
	tree_write(&tree, "proc/diskstats", DISKSTATS("1000", "3000", "500"));
	make(&disk_source, false);
	round_at(0);
	tree_write(&tree, "proc/diskstats", DISKSTATS("10", "3002", "2500"));
	round_at(SECOND);
	assert_error("disk.nvme0n1.read", -EAGAIN);
	assert_value("disk.nvme0n1.written", 1024.0);
	assert_value("disk.nvme0n1.busy", 100.0);
	tree_write(&tree, "proc/diskstats", DISKSTATS("12", "3002", "2500"));
	round_at(2 * SECOND);
	assert_value("disk.nvme0n1.read", 1024.0);
}
END_TEST

START_TEST(disk_that_vanishes_and_another_that_appears_are_seen)
{
	tree_write(&tree, "sys/block/sda/size", "1\n");
	tree_write(&tree, "sys/block/cciss!c0d0/size", "1\n");
	tree_write(&tree, "proc/diskstats", "8 0 sda 1 0 2 0 0 0 0 0 0 0 0\n");
	make(&disk_source, false);
	round_at(0);
	tree_write(&tree, "proc/diskstats", "104 0 cciss/c0d0 1 0 2 0 0 0 0 0 0 0 0\n");
	round_at(SECOND);
	assert_absent("disk.sda.read");
	assert_error("disk.cciss/c0d0.read", -EAGAIN);
	tree_write(&tree, "proc/diskstats", "8 0 sda 1 0 9 0 0 0 0 0 0 0 0\n");
	round_at(2 * SECOND);
	assert_error("disk.sda.read", -EAGAIN);
}
END_TEST

START_TEST(a_machine_without_disks_is_no_fault_but_another_text_is)
{
	tree_write(&tree, "proc/diskstats", "");
	make(&disk_source, false);
	ck_assert_int_eq(round_at(0), 0);
	ck_assert_uint_eq(readings.count, 0);
	tree_write(&tree, "proc/diskstats", "8 0 sda one two\n");
	ck_assert_int_eq(round_at(0), -EBADMSG);
}
END_TEST

#define NETDEV_HEAD \
	"Inter-|   Receive                                                |  Transmit\n" \
	" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets\n"
#define NETDEV(received, sent) \
	NETDEV_HEAD "    lo:    50 1 0 0 0 0 0 0 50 1 0 0 0 0 0 0\n" \
		    "eth0.7:" received " 9 0 0 0 0 0 0 " sent " 9 0 0 0 0 0 0\n"

START_TEST(network_rates_are_bytes_a_second_without_loopback)
{
	tree_write(&tree, "proc/net/dev", NETDEV("1000", "500"));
	make(&network_source, false);
	ck_assert_int_eq(round_at(0), 0);
	tree_write(&tree, "proc/net/dev", NETDEV("3000", "1000"));
	ck_assert_int_eq(round_at(SECOND / 2), 0);
	assert_value("network.eth0.7.received", 4000.0);
	assert_value("network.eth0.7.sent", 1000.0);
	ck_assert_uint_eq(readings.count, 2);
}
END_TEST

START_TEST(network_reads_loopback_when_told)
{
	tree_write(&tree, "proc/net/dev", NETDEV("1000", "500"));
	make(&network_source, true);
	round_at(0);
	assert_error("network.lo.received", -EAGAIN);
}
END_TEST

START_TEST(network_without_an_interface_is_no_fault_but_another_text_is)
{
	tree_write(&tree, "proc/net/dev", NETDEV_HEAD);
	make(&network_source, false);
	ck_assert_int_eq(round_at(0), 0);
	ck_assert_uint_eq(readings.count, 0);
	tree_write(&tree, "proc/net/dev", "eth0: 1 2 3\n");
	ck_assert_int_eq(round_at(0), -EBADMSG);
}
END_TEST

START_TEST(a_round_without_time_between_has_no_rates)
{
	tree_write(&tree, "proc/net/dev", NETDEV("1000", "500"));
	make(&network_source, false);
	round_at(SECOND);
	round_at(SECOND);
	assert_error("network.eth0.7.sent", -EAGAIN);
}
END_TEST

static void chips_make(void)
{
	tree_write(&tree, "sys/class/hwmon/hwmon0/name", "coretemp\n");
	tree_write(&tree, "sys/class/hwmon/hwmon0/temp1_input", "48250\n");
	tree_write(&tree, "sys/class/hwmon/hwmon0/temp1_label", "Package id 0\n");
	tree_write(&tree, "sys/class/hwmon/hwmon0/temp1_max", "100000\n");
	tree_write(&tree, "sys/class/hwmon/hwmon0/fan1_input", "1200\n");
	tree_write(&tree, "sys/class/hwmon/hwmon2/name", "nvme\n");
	tree_write(&tree, "sys/class/hwmon/hwmon2/temp1_input", "30000\n");
	tree_write(&tree, "sys/class/hwmon/hwmon10/name", "nvme\n");
	tree_write(&tree, "sys/class/hwmon/hwmon10/temp1_input", "-5500\n");
}

START_TEST(temperatures_are_named_by_chip_and_label)
{
	chips_make();
	make(&temperature_source, false);
	ck_assert_int_eq(round_at(0), 0);
	assert_value("temperature.coretemp.package-id-0", 48250 * 0.001);
	assert_value("temperature.nvme.temp1", 30.0);
	assert_value("temperature.nvme.temp1.2", -5.5);
	ck_assert_uint_eq(readings.count, 3);
}
END_TEST

START_TEST(thermal_zones_count_unless_they_are_in_hwmon)
{
	tree_write(&tree, "sys/class/thermal/thermal_zone0/type", "x86_pkg_temp\n");
	tree_write(&tree, "sys/class/thermal/thermal_zone0/temp", "51000\n");
	tree_write(&tree, "sys/class/thermal/thermal_zone1/type", "acpitz\n");
	tree_write(&tree, "sys/class/thermal/thermal_zone1/temp", "20000\n");
	tree_write(&tree, "sys/class/thermal/thermal_zone1/hwmon3/name", "acpitz\n");
	tree_write(&tree, "sys/class/thermal/cooling_device0/type", "Fan\n");
	make(&temperature_source, false);
	round_at(0);
	assert_value("temperature.thermal.x86_pkg_temp", 51.0);
	ck_assert_uint_eq(readings.count, 1);
}
END_TEST

START_TEST(temperature_of_a_device_that_vanishes_goes_at_the_next_search)
{
	chips_make();
	make(&temperature_source, false);
	round_at(0);
	tree_delete(&tree, "sys/class/hwmon/hwmon0");
	tree_write(&tree, "sys/class/hwmon/hwmon3/name", "k10temp\n");
	tree_write(&tree, "sys/class/hwmon/hwmon3/temp1_input", "60000\n");
	tree_write(&tree, "sys/class/hwmon/hwmon3/temp1_label", "Tctl\n");
	round_at(10 * SECOND);
	assert_absent("temperature.coretemp.package-id-0");
	assert_value("temperature.k10temp.tctl", 60.0);
}
END_TEST

START_TEST(a_temperature_that_makes_no_sense_is_an_input_error)
{
	chips_make();
	tree_write(&tree, "sys/class/hwmon/hwmon0/temp1_input", "warm\n");
	make(&temperature_source, false);
	ck_assert_int_eq(round_at(0), 0);
	assert_error("temperature.coretemp.package-id-0", -EIO);
	assert_value("temperature.nvme.temp1", 30.0);
}
END_TEST

START_TEST(a_machine_without_temperatures_is_no_fault)
{
	make(&temperature_source, false);
	ck_assert_int_eq(round_at(0), 0);
	ck_assert_uint_eq(readings.count, 0);
}
END_TEST

START_TEST(load_and_uptime_are_read_to_the_last_digit)
{
	tree_write(&tree, "proc/loadavg", "0.07 1.10 12.34 2/345 6789\n");
	tree_write(&tree, "proc/uptime", "12345.67 54321.00\n");
	make(&load_source, false);
	ck_assert_int_eq(round_at(0), 0);
	assert_value("load.1", 0.07);
	assert_value("load.5", 1.10);
	assert_value("load.15", 12.34);
	assert_value("uptime", 12345.67);
}
END_TEST

START_TEST(one_half_of_load_goes_on_without_the_other)
{
	tree_write(&tree, "proc/loadavg", "0.07 nan\n");
	tree_write(&tree, "proc/uptime", "5.00 1.00\n");
	make(&load_source, false);
	ck_assert_int_eq(round_at(0), -EBADMSG);
	ck_assert_uint_eq(readings.count, 1);
	assert_value("uptime", 5.0);
}
END_TEST

START_TEST(a_text_longer_than_one_buffer_is_read_whole)
{
	static char text[40000];
	size_t length = 0;

	for (int i = 0; i < 600; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length,
					   "cpu%d %d 0 0 1000000 0 0 0 0\n", i, i);
	tree_write(&tree, "proc/stat", text);
	make(&cpu_source, false);
	ck_assert_int_eq(round_at(0), 0);
	ck_assert_uint_eq(readings.count, 600);
}
END_TEST

START_TEST(each_group_is_found_by_its_name)
{
	ck_assert_ptr_eq(source_kind_find("cpu"), &cpu_source);
	ck_assert_ptr_eq(source_kind_find("load"), &load_source);
	ck_assert_ptr_null(source_kind_find("cpus"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("sensors sources");
	TCase *cases = tcase_create("sources");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, cpu_is_busy_for_the_ticks_that_are_not_idle);
	tcase_add_test(cases, cpu_has_no_value_when_no_tick_passed_or_counters_began_anew);
	tcase_add_test(cases, cpu_takes_a_small_step_back_of_idle_as_none);
	tcase_add_test(cases, cpu_that_goes_offline_vanishes_and_comes_back_as_new);
	tcase_add_test(cases, cpu_skips_lines_that_are_cut_or_odd);
	tcase_add_test(cases, cpu_says_which_file_holds_no_processor);
	tcase_add_test(cases, a_missing_file_is_a_fault_in_words_until_it_is_there);
	tcase_add_test(cases, memory_is_in_bytes);
	tcase_add_test(cases, memory_leaves_out_what_the_kernel_does_not_say);
	tcase_add_test(cases, disk_rates_are_sectors_of_512_bytes_and_busy_milliseconds_a_second);
	tcase_add_test(cases, disk_counters_that_go_backwards_have_no_rate);
	tcase_add_test(cases, disk_that_vanishes_and_another_that_appears_are_seen);
	tcase_add_test(cases, a_machine_without_disks_is_no_fault_but_another_text_is);
	tcase_add_test(cases, network_rates_are_bytes_a_second_without_loopback);
	tcase_add_test(cases, network_reads_loopback_when_told);
	tcase_add_test(cases, network_without_an_interface_is_no_fault_but_another_text_is);
	tcase_add_test(cases, a_round_without_time_between_has_no_rates);
	tcase_add_test(cases, temperatures_are_named_by_chip_and_label);
	tcase_add_test(cases, thermal_zones_count_unless_they_are_in_hwmon);
	tcase_add_test(cases, temperature_of_a_device_that_vanishes_goes_at_the_next_search);
	tcase_add_test(cases, a_temperature_that_makes_no_sense_is_an_input_error);
	tcase_add_test(cases, a_machine_without_temperatures_is_no_fault);
	tcase_add_test(cases, load_and_uptime_are_read_to_the_last_digit);
	tcase_add_test(cases, one_half_of_load_goes_on_without_the_other);
	tcase_add_test(cases, a_text_longer_than_one_buffer_is_read_whole);
	tcase_add_test(cases, each_group_is_found_by_its_name);
	suite_add_tcase(suite, cases);
	return suite;
}
