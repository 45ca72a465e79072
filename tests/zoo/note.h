/* SPDX-License-Identifier: MIT */
/*
 * Puts a manifest into a zoo plugin by hand, as corbel-scanner does, so that it can be a wrong one.
 */
#ifndef NOTE_H
#define NOTE_H

/* The text is a string for the assembler inside one for the compiler: a line ends in "\\n". */
#define ZOO_MANIFEST(text) \
	__asm__(".pushsection .note.corbel.manifest, \"a\", %note\n" \
		"	.balign 4\n" \
		"	.long 2f - 1f, 4f - 3f, 1\n" \
		"1:	.asciz \"Corbel\"\n" \
		"2:	.balign 4\n" \
		"3:	.ascii \"" text "\"\n" \
		"4:	.balign 4\n" \
		"	.popsection\n")

/* A right one. */
#define ZOO_PLUGIN(name) ZOO_MANIFEST("[plugin]\\nname = " name "\\nversion = 1.0.0\\nabi = 1.0\\n")

#endif
