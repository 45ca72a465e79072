/* SPDX-License-Identifier: MIT */
/* The files of the status page, which are part of the plugin. */
#include "page.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

/* The assembler looks for the file below the top folder (-Wa,-I in local.mk). */
#define EMBED(name, file) \
	__asm__(".pushsection .rodata\n" \
		".hidden page_" #name "\n" \
		".hidden page_" #name "_end\n" \
		".globl page_" #name "\n" \
		".globl page_" #name "_end\n" \
		"page_" #name ":\n" \
		".incbin \"plugins/http/page/" file "\"\n" \
		"page_" #name "_end:\n" \
		".popsection\n"); \
	extern const char page_##name[] __attribute__((visibility("hidden"))); \
	extern const char page_##name##_end[] __attribute__((visibility("hidden")))

EMBED(index, "index.html");
EMBED(style, "page.css");
EMBED(script, "page.js");
EMBED(icon, "icon.svg");

/* FNV-1a, 64 bits: enough to tell versions of one file apart. */
static uint64_t hash(const char *bytes, size_t size)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static void page_init(struct page *page, const char *path, const char *type, const char *begin,
		      const char *end)
{
	page->path = path;
	page->type = type;
	page->bytes = begin;
	page->size = (size_t)(end - begin);
	snprintf(page->tag, sizeof(page->tag), "\"%016" PRIx64 "\"", hash(begin, page->size));
}

void pages_init(struct page pages[PAGE_COUNT])
{
	page_init(&pages[0], "/", "text/html; charset=utf-8", page_index, page_index_end);
	page_init(&pages[1], "/page.css", "text/css; charset=utf-8", page_style, page_style_end);
	page_init(&pages[2], "/page.js", "text/javascript; charset=utf-8", page_script,
		  page_script_end);
	page_init(&pages[3], "/icon.svg", "image/svg+xml", page_icon, page_icon_end);
}
