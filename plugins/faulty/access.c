/* SPDX-License-Identifier: MIT */
/* Memory that is not there, or not for this. */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "classes.h"

/* Far from all that the kernel, or a sanitizer, ever maps by itself. */
#define UNMAPPED ((uintptr_t)0x100000001000)
/* No address of this machine: a general protection fault, which has no address. */
#define NO_ADDRESS ((uintptr_t)0xfeedfeedfeedfeed)

/* Volatile, so that the compiler neither sees what comes nor leaves it out. */
static void read_from(uintptr_t address)
{
	volatile const char *volatile place = (volatile const char *)address;

	(void)*place;
}

static void write_to(uintptr_t address)
{
	volatile char *volatile place = (volatile char *)address;

	*place = 1;
}

static void call_into(uintptr_t address)
{
	void (*volatile place)(void) = (void (*)(void))address;

	place();
}

void null_read(void)
{
	read_from(0);
}

void null_write(void)
{
	write_to(0);
}

void null_call(void)
{
	call_into(0);
}

void wild_read(void)
{
	read_from(UNMAPPED);
}

void wild_write(void)
{
	write_to(UNMAPPED);
}

void wild_call(void)
{
	call_into(UNMAPPED);
}

void foreign_read(void)
{
	read_from(NO_ADDRESS);
}

void code_write(void)
{
	write_to((uintptr_t)read_from);
}

void rodata_write(void)
{
	static const char words[] = "not to be written";

	write_to((uintptr_t)words);
}

void data_call(void)
{
	static char code[16] = "\xc3"; /* would return, if it could be run */

	call_into((uintptr_t)code);
}

/* The file is shorter than what is mapped of it, as when somebody truncates it. */
void bus_error(void)
{
	int file = memfd_create("truncated", MFD_CLOEXEC);
	void *place = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);

	close(file);
	read_from((uintptr_t)place);
}
