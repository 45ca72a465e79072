/* SPDX-License-Identifier: MIT */
/* Committed states: what a plugin wants to have again after a fault. */
#include "commit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "usage.h"

/* "corbel" and a format. */
#define MAGIC UINT64_C(0x31006c6562726f63)
/* Pages that nothing was written to take no memory. */
#define PLACE_SIZE ((off_t)1 << 32)

/* A state in the file: this, the descriptors, the bytes. */
struct head {
	uint64_t sum; /* of all that follows */
	uint64_t magic;
	uint64_t sequence;
	uint64_t byte_count;
	uint32_t version;
	uint32_t descriptor_count;
};

struct held {
	int64_t number;
	uint64_t device, inode;
};

struct place {
	off_t at;
	struct head head;
	struct held held[COMMIT_DESCRIPTORS_MAX];
};

static off_t place_of(uint64_t sequence)
{
	return sequence % 2 ? PLACE_SIZE : 0;
}

static off_t bytes_of(const struct place *place)
{
	return place->at +
	       (off_t)(sizeof(place->head) + place->head.descriptor_count * sizeof(*place->held));
}

static int put(int file, off_t at, const void *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t written =
			pwrite(file, (const char *)bytes + done, size - done, at + (off_t)done);

		if (written < 0 && errno != EINTR)
			return -errno;
		done += written > 0 ? (size_t)written : 0;
	}
	return 0;
}

static int get(int file, off_t at, void *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t got = pread(file, (char *)bytes + done, size - done, at + (off_t)done);

		if (got == 0)
			return -EBADMSG;
		if (got < 0 && errno != EINTR)
			return -errno;
		done += got > 0 ? (size_t)got : 0;
	}
	return 0;
}

static uint64_t mix(uint64_t sum, const uint64_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		sum = (sum ^ words[i]) * UINT64_C(0x9fb21c651e98df25);
		sum ^= sum >> 32;
	}
	return sum;
}

/* Of what is in the file, whoever else may have written to where that came from. */
static int sum_up(int file, const struct place *place, uint64_t *out)
{
	off_t at = place->at + (off_t)sizeof(place->head.sum);
	size_t left = (size_t)(bytes_of(place) - at) + place->head.byte_count;
	uint64_t words[512], sum = MAGIC;

	while (left > 0) {
		size_t size = left < sizeof(words) ? left : sizeof(words);
		size_t count = (size + sizeof(*words) - 1) / sizeof(*words);

		words[count - 1] = 0;
		int result = get(file, at, words, size);
		if (result < 0)
			return result;
		sum = mix(sum, words, count);
		at += (off_t)size;
		left -= size;
	}
	*out = sum;
	return 0;
}

static bool holds(const struct held *held)
{
	struct stat file;

	return fstat((int)held->number, &file) == 0 && file.st_dev == held->device &&
	       file.st_ino == held->inode;
}

/* Head and descriptors; -EBADMSG: there are none that could be right. */
static int look(int file, off_t at, struct place *place)
{
	struct head *head = &place->head;

	place->at = at;
	int result = get(file, at, head, sizeof(*head));
	if (result < 0)
		return result;
	if (head->magic != MAGIC || head->byte_count > COMMIT_BYTES_MAX ||
	    head->descriptor_count > COMMIT_DESCRIPTORS_MAX)
		return -EBADMSG;
	return get(file, at + (off_t)sizeof(*head), place->held,
		   head->descriptor_count * sizeof(*place->held));
}

static bool is_whole(int file, const struct place *place)
{
	uint64_t sum;

	if (sum_up(file, place, &sum) < 0 || sum != place->head.sum)
		return false;
	for (uint32_t i = 0; i < place->head.descriptor_count; i++)
		if (!holds(&place->held[i]))
			return false;
	return true;
}

/* The newer of the two, if it is whole, or else the other. */
static int find(int file, struct place *place)
{
	struct place other;
	bool has_first = look(file, 0, place) == 0 && is_whole(file, place);
	bool has_second = look(file, PLACE_SIZE, &other) == 0 && is_whole(file, &other);

	if (has_second && (!has_first || other.head.sequence > place->head.sequence))
		*place = other;
	return has_first || has_second ? 0 : -ENOENT;
}

static void drop(int file, off_t at)
{
	static const struct head none;
	struct place place;

	if (look(file, at, &place) < 0)
		return;
	put(file, at, &none, sizeof(none));
	for (uint32_t i = 0; i < place.head.descriptor_count; i++)
		if (holds(&place.held[i]))
			close((int)place.held[i].number);
}

/* Somebody may have closed it, and something of others may have its number by now. */
static bool is_ours(const struct commit *commit)
{
	struct stat file;

	return commit->file >= 0 && fstat(commit->file, &file) == 0 &&
	       file.st_dev == commit->device && file.st_ino == commit->inode;
}

static int take_file(struct commit *commit, int file)
{
	struct stat found;

	if (fstat(file, &found) < 0)
		return -errno;
	commit->file = file;
	commit->device = found.st_dev;
	commit->inode = found.st_ino;
	return 0;
}

int commit_new(struct commit **out)
{
	struct commit *commit = calloc(1, sizeof(*commit));

	if (!commit)
		return -ENOMEM;
	pthread_mutex_init(&commit->lock, NULL);
	commit->file = -1;
	*out = commit;
	return 0;
}

static void clear(struct commit *commit)
{
	if (is_ours(commit)) {
		drop(commit->file, 0);
		drop(commit->file, PLACE_SIZE);
		close(commit->file);
	}
	commit->file = -1;
}

void commit_free(struct commit *commit)
{
	if (!commit)
		return;
	clear(commit);
	pthread_mutex_destroy(&commit->lock);
	free(commit);
}

void commit_clear(struct commit *commit)
{
	pthread_mutex_lock(&commit->lock);
	clear(commit);
	pthread_mutex_unlock(&commit->lock);
}

static int hold(struct held *held, int number)
{
	struct stat file;

	held->number = fcntl(number, F_DUPFD_CLOEXEC, 0);
	if (held->number < 0 || fstat((int)held->number, &file) < 0)
		return -errno;
	held->device = file.st_dev;
	held->inode = file.st_ino;
	return 0;
}

static int hold_all(struct place *place, const struct corbel_state *state)
{
	uint32_t *count = &place->head.descriptor_count;
	int result = 0;

	while (*count < state->descriptor_count && result == 0) {
		result = hold(&place->held[*count], state->descriptors[*count]);
		*count += result == 0;
	}
	return result;
}

static void let_go(const struct place *place)
{
	for (uint32_t i = 0; i < place->head.descriptor_count; i++)
		close((int)place->held[i].number);
}

/* The sum comes last: until then there is nothing in this place. */
static int fill(int file, struct place *place, const void *bytes)
{
	struct head *head = &place->head;
	off_t held = place->at + (off_t)sizeof(*head);
	int result = put(file, held, place->held, head->descriptor_count * sizeof(*place->held));

	if (result == 0)
		result = put(file, bytes_of(place), bytes, head->byte_count);
	if (result == 0)
		result = put(file, place->at, head, sizeof(*head));
	if (result == 0)
		result = sum_up(file, place, &head->sum);
	return result < 0 ? result : put(file, place->at, &head->sum, sizeof(head->sum));
}

static int open_file(struct commit *commit)
{
	if (is_ours(commit))
		return 0;
	int file = memfd_create("corbel-state", MFD_CLOEXEC);

	return file < 0 ? -errno : take_file(commit, file);
}

/* With the lock held. */
static int replace(struct commit *commit, struct place *place, const void *bytes)
{
	int result = open_file(commit);

	if (result < 0)
		return result;
	place->head.sequence = commit->sequence + 1;
	place->at = place_of(place->head.sequence);
	drop(commit->file, place->at);
	result = fill(commit->file, place, bytes);
	if (result < 0)
		return result;
	drop(commit->file, place_of(commit->sequence));
	commit->sequence++;
	return 0;
}

int commit_write(struct commit *commit, const struct corbel_state *state)
{
	struct corbel_state given = { 0 };
	struct place place;

	memcpy(&given, state, state->size < sizeof(given) ? state->size : sizeof(given));
	if (given.byte_count > COMMIT_BYTES_MAX || given.descriptor_count > COMMIT_DESCRIPTORS_MAX)
		return -EMSGSIZE;
	place.head = (struct head){ .magic = MAGIC,
				    .byte_count = given.byte_count,
				    .version = given.version };
	int result = hold_all(&place, &given);

	if (result == 0) {
		pthread_mutex_lock(&commit->lock);
		result = replace(commit, &place, given.bytes);
		pthread_mutex_unlock(&commit->lock);
	}
	if (result < 0)
		let_go(&place);
	return result;
}

static int read_descriptors(const struct place *place, struct corbel_state *state)
{
	size_t count = place->head.descriptor_count;

	state->descriptors = usage_alloc(NULL, (count + 1) * sizeof(*state->descriptors));
	if (!state->descriptors)
		return -ENOMEM;
	for (; state->descriptor_count < count; state->descriptor_count++) {
		int number = (int)place->held[state->descriptor_count].number;
		int copy = fcntl(number, F_DUPFD_CLOEXEC, 0);

		if (copy < 0)
			return -errno;
		state->descriptors[state->descriptor_count] = copy;
	}
	return 0;
}

static int read_bytes(int file, const struct place *place, struct corbel_state *state)
{
	state->bytes = usage_alloc(NULL, place->head.byte_count + 1);
	if (!state->bytes)
		return -ENOMEM;
	state->byte_count = place->head.byte_count;
	return get(file, bytes_of(place), state->bytes, state->byte_count);
}

int commit_read(struct commit *commit, struct corbel_state *out)
{
	struct corbel_state state = { .size = sizeof(state) };
	struct place place;

	pthread_mutex_lock(&commit->lock);
	int result = is_ours(commit) ? find(commit->file, &place) : -ENOENT;

	if (result == 0)
		result = read_bytes(commit->file, &place, &state);
	if (result == 0)
		result = read_descriptors(&place, &state);
	pthread_mutex_unlock(&commit->lock);
	if (result < 0) {
		state_fini(&state);
		return result;
	}
	state.version = place.head.version;
	*out = state;
	return 0;
}

int commit_keep(const struct commit *commit)
{
	struct place place;

	if (!is_ours(commit) || find(commit->file, &place) < 0)
		return -ENOENT;
	for (uint32_t i = 0; i < place.head.descriptor_count; i++)
		fcntl((int)place.held[i].number, F_SETFD, 0);
	fcntl(commit->file, F_SETFD, 0);
	return commit->file;
}

int commit_adopt(struct commit *commit, int file)
{
	struct place place;
	int result = find(file, &place);

	if (result < 0)
		return result;
	fcntl(file, F_SETFD, FD_CLOEXEC);
	for (uint32_t i = 0; i < place.head.descriptor_count; i++)
		fcntl((int)place.held[i].number, F_SETFD, FD_CLOEXEC);
	pthread_mutex_lock(&commit->lock);
	clear(commit);
	result = take_file(commit, file);
	commit->sequence = place.head.sequence;
	pthread_mutex_unlock(&commit->lock);
	return result;
}

void state_fini(struct corbel_state *state)
{
	for (size_t i = 0; i < state->descriptor_count; i++)
		if (state->descriptors[i] >= 0)
			close(state->descriptors[i]);
	usage_free(state->descriptors);
	usage_free(state->bytes);
	*state = (struct corbel_state){ 0 };
}
