/* SPDX-License-Identifier: MIT */
/* The report of a fault, put together in a signal handler. */
#include <link.h>
#include <string.h>
#include <sys/prctl.h>
#include <ucontext.h>
#include <unistd.h>

#include "fault_symbol.h"
#include "guard_thread.h"
#include "image_map.h"

#define NAME_SIZE 128

/* Which frame is meant, and what it says. */
struct spot {
	const char *plugin, *version, *label, *method;
};

static const char *method_of(const struct gate *gate, uint32_t method)
{
	const struct corbel_interface *interface = gate->interface;

	return interface && method < interface->method_count ? interface->methods[method].name : "";
}

static bool spot_at(const struct frame_thread *thread, uint32_t depth, struct spot *spot)
{
	const struct gate *gate = frame_service(thread, depth);

	if (!gate || !gate->owner)
		return false;
	*spot = (struct spot){ gate->owner->name, gate->owner->version, gate->label,
			       method_of(gate, thread->frames[depth].method) };
	return true;
}

/* The innermost frame of a plugin; or else the image that the address is in. */
static void spot_find(const struct guard_thread *thread, const struct fault_facts *facts,
		      struct spot *spot)
{
	const struct image_place *place = image_map_find((uintptr_t)facts->pc);

	*spot = (struct spot){ "", "", "", "" };
	for (uint32_t depth = thread->thread ? thread->thread->record.depth : 0; depth-- > 0;)
		if (spot_at(thread->thread, depth, spot))
			return;
	if (place) {
		spot->plugin = place->name;
		spot->version = place->version;
	} else if (image_map_loads()) {
		spot->plugin = image_map_loads();
	}
}

static const char *signal_name(int signal)
{
	const char *name = signal ? sigabbrev_np(signal) : NULL;

	return name ? name : "";
}

/* What the kernel says of the reason, where that helps. */
static const char *reason_of(const struct fault_facts *facts)
{
	if (facts->code <= 0)
		return "";
	switch (facts->signal) {
	case SIGSEGV:
		return facts->code == SEGV_MAPERR   ? ", where nothing is mapped"
		       : facts->code == SEGV_ACCERR ? ", which may not be used so"
						    : "";
	case SIGFPE:
		return facts->code == FPE_INTDIV ? ", an integer divided by zero" : "";
	case SIGBUS:
		return facts->code == BUS_ADRERR ? ", beyond the end of a mapped file" : "";
	default:
		return "";
	}
}

/* The gaps around the plugin stack. */
static const char *overflow_of(const struct guard_thread *thread, const struct fault_facts *facts)
{
	const char *address = facts->address;

	if (facts->signal != SIGSEGV || !thread->stack || !address)
		return "";
	if (address < thread->stack && address >= thread->stack - GAP_BELOW)
		return ": its stack is full";
	if (guard_is_overrun(thread, address))
		return ": it ran over the upper end of its stack";
	return "";
}

/* "read+0x12", or "sensors+0x1234" where functions have no names; or nothing. */
static void put_place(struct plain_text *to, uintptr_t address)
{
	const struct image_place *place = image_map_find(address);
	char name[NAME_SIZE] = "";
	uint64_t beyond = address;

	if (!place) {
		const char *file = place_name((const void *)address, &beyond);

		if (file) {
			plain_put(to, " in ");
			plain_put(to, file);
			plain_put(to, "+");
			plain_put_hex(to, beyond, 1);
		}
		return;
	}
	fault_symbol(place, address, name, sizeof(name), &beyond);
	plain_put(to, " in ");
	plain_put(to, *name ? name : place->name);
	plain_put(to, "+");
	plain_put_hex(to, *name ? beyond : address - place->base, 1);
}

static void put_what(struct plain_text *to, const struct guard_thread *thread,
		     const struct fault_facts *facts)
{
	if (facts->words) {
		plain_put(to, facts->words);
	} else {
		plain_put(to, "SIG");
		plain_put(to, signal_name(facts->signal));
	}
	if (facts->context && facts->code > 0 && !facts->words) {
		plain_put(to, " at address ");
		plain_put_hex(to, (uintptr_t)facts->address, 1);
		plain_put(to, reason_of(facts));
		plain_put(to, overflow_of(thread, facts));
	}
	put_place(to, (uintptr_t)facts->pc);
}

static void put_spot(struct plain_text *to, const struct spot *spot)
{
	plain_put(to, spot->plugin);
	plain_put(to, " ");
	plain_put(to, spot->version);
	if (*spot->label && strcmp(spot->label, spot->plugin) != 0) {
		plain_put(to, ", ");
		plain_put(to, spot->label);
		plain_put(to, *spot->method ? "." : "");
		plain_put(to, spot->method);
	}
}

static void put_frames(struct plain_text *to, const struct frame_thread *thread)
{
	struct spot spot;

	if (!thread || thread->record.depth == 0)
		return;
	plain_put(to, "inside, innermost first:\n");
	for (uint32_t depth = thread->record.depth; depth-- > 0;) {
		if (!spot_at(thread, depth, &spot))
			continue;
		plain_put(to, "  ");
		put_spot(to, &spot);
		plain_put(to, "\n");
	}
}

/* The note is in the first page or so of the image, which is mapped as long as somebody is in it.
 */
static void put_build_id(struct plain_text *to, const struct image_place *place)
{
	const ElfW(Ehdr) *header = (const void *)place->base;
	const ElfW(Phdr) *segments = (const void *)(place->base + header->e_phoff);

	for (unsigned i = 0; i < header->e_phnum; i++) {
		const char *at = (const char *)(place->bias + segments[i].p_vaddr);
		const char *end = at + segments[i].p_memsz;

		while (segments[i].p_type == PT_NOTE && at + sizeof(ElfW(Nhdr)) < end) {
			const ElfW(Nhdr) *note = (const void *)at;
			const char *bytes = at + sizeof(*note) + ((note->n_namesz + 3) & ~3u);

			if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
			    memcmp(at + sizeof(*note), "GNU", 4) == 0) {
				plain_put(to, "build-id: ");
				plain_put_bytes(to, (const unsigned char *)bytes, note->n_descsz);
				plain_put(to, "\n");
			}
			at = bytes + ((note->n_descsz + 3) & ~3u);
		}
	}
}

static void put_register(struct plain_text *to, const char *name, uint64_t value, int column)
{
	plain_put(to, column ? " " : "  ");
	plain_put(to, name);
	plain_put(to, "=");
	plain_put_hex(to, value, 16);
	plain_put(to, column == 3 ? "\n" : "");
}

static void put_registers(struct plain_text *to, const void *context)
{
	const ucontext_t *user = context;

	if (!user)
		return;
	plain_put(to, "registers:\n");
#if defined(__x86_64__)
	static const struct {
		const char *name;
		int at;
	} names[] = { { "rip", REG_RIP }, { "rsp", REG_RSP }, { "rbp", REG_RBP },
		      { "rax", REG_RAX }, { "rbx", REG_RBX }, { "rcx", REG_RCX },
		      { "rdx", REG_RDX }, { "rsi", REG_RSI }, { "rdi", REG_RDI },
		      { "r8 ", REG_R8 },  { "r9 ", REG_R9 },  { "r10", REG_R10 },
		      { "r11", REG_R11 }, { "r12", REG_R12 }, { "r13", REG_R13 },
		      { "r14", REG_R14 }, { "r15", REG_R15 }, { "efl", REG_EFL } };

	for (int i = 0; i < 18; i++)
		put_register(to, names[i].name, (uint64_t)user->uc_mcontext.gregs[names[i].at],
			     i % 4);
#elif defined(__aarch64__)
	put_register(to, "pc", user->uc_mcontext.pc, 0);
	put_register(to, "sp", user->uc_mcontext.sp, 1);
	put_register(to, "lr", user->uc_mcontext.regs[30], 2);
	put_register(to, "x0", user->uc_mcontext.regs[0], 3);
#endif
	plain_put(to, "\n");
}

static void put_images(struct plain_text *to)
{
	const struct image_place *place = NULL;

	plain_put(to, "images:\n");
	while ((place = image_map_next(place))) {
		plain_put(to, "  ");
		plain_put_hex(to, place->base, 12);
		plain_put(to, "-");
		plain_put_hex(to, place->end, 12);
		plain_put(to, " ");
		plain_put(to, place->name);
		plain_put(to, " ");
		plain_put(to, place->version);
		plain_put(to, " ");
		plain_put(to, place->path);
		plain_put(to, "\n");
	}
}

static void put_all(struct plain_text *to, const struct guard_thread *thread,
		    const struct fault_facts *facts, const struct spot *spot)
{
	const struct image_place *place = image_map_find((uintptr_t)facts->pc);
	char name[17] = "";

	prctl(PR_GET_NAME, name);
	plain_put(to, "fault: ");
	put_what(to, thread, facts);
	plain_put(to, "\nplugin: ");
	put_spot(to, spot);
	plain_put(to, "\nend: ");
	plain_put(to, corbel_fault_end_name(thread->fault.end));
	plain_put(to, "\nthread: ");
	plain_put_decimal(to, gettid());
	plain_put(to, " (");
	plain_put(to, name);
	plain_put(to, ")\n");
	if (place && strcmp(place->name, spot->plugin) == 0)
		put_build_id(to, place);
	put_frames(to, thread->thread);
	put_registers(to, facts->context);
	put_images(to);
}

void fault_report(struct guard_thread *thread, const struct fault_facts *facts)
{
	struct plain_text words = { thread->words, sizeof(thread->words), 0 };
	struct plain_text report = { thread->report, sizeof(thread->report), 0 };
	struct spot spot;

	spot_find(thread, facts, &spot);
	put_what(&words, thread, facts);
	put_all(&report, thread, facts, &spot);
	thread->fault = (struct corbel_fault){
		.size = sizeof(thread->fault),
		.end = thread->fault.end,
		.signal = facts->signal,
		.thread = gettid(),
		.plugin = spot.plugin,
		.version = spot.version,
		.label = spot.label,
		.method = spot.method,
		.words = thread->words,
		.report = thread->report,
		.report_size = report.length < REPORT_SIZE ? report.length : REPORT_SIZE - 1,
	};
}
