/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - A lock and a condition variable in each kind of memory
 *
 * TEST_F(site, name) runs with each scope, in private and in shared memory.
 * When the test ends, the lock must be free and must have no waiters.
 */
#ifndef SELFTESTS_CLOUDABI_LOCKSITE_H
#define SELFTESTS_CLOUDABI_LOCKSITE_H

#include "threads.h"

FIXTURE(site) {
	struct lock_site site;
};

FIXTURE_VARIANT(site) {
	cloudabi_scope_t scope;
	bool shared_memory;
	/* True if the threads map the memory at another address than the test does. */
	bool two_addresses;
};

FIXTURE_VARIANT_ADD(site, private) {
	.scope = PRIVATE_SCOPE,
};

FIXTURE_VARIANT_ADD(site, shared_scope_in_private_memory) {
	.scope = SHARED_SCOPE,
};

FIXTURE_VARIANT_ADD(site, shared) {
	.scope = SHARED_SCOPE,
	.shared_memory = true,
};

FIXTURE_VARIANT_ADD(site, shared_at_two_addresses) {
	.scope = SHARED_SCOPE,
	.shared_memory = true,
	.two_addresses = true,
};

FIXTURE_SETUP(site)
{
	static char private_mem[256] __attribute__((__aligned__(64)));
	char *mem[2] = { private_mem, private_mem };

	if (variant->shared_memory)
		ASSERT_TRUE(map_twice(mem));
	if (!variant->two_addresses)
		mem[1] = mem[0];
	self->site = (struct lock_site){
		.scope = variant->scope,
		.lock = (void *)(mem[0] + 64),
		.their_lock = (void *)(mem[1] + 64),
		.condvar = (void *)(mem[0] + 128),
		.their_condvar = (void *)(mem[1] + 128),
	};
}

FIXTURE_TEARDOWN(site)
{
	EXPECT_EQ(0, word_of(self->site.lock));
	EXPECT_EQ(0, word_of(self->site.condvar));
}

#endif /* SELFTESTS_CLOUDABI_LOCKSITE_H */
