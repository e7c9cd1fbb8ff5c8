#include "support/failing_openssl_allocations.hpp"

#include <openssl/crypto.h>

#include <cstdlib>

#include "../../net/support/failing_allocations.hpp"

namespace plait::testing {

namespace {

void* allocate(std::size_t size, const char*, int) {
  return failsNow() ? nullptr : std::malloc(size);
}
void* reallocate(void* memory, std::size_t size, const char*, int) {
  return failsNow() ? nullptr : std::realloc(memory, size);
}
void release(void* memory, const char*, int) {
  std::free(memory);
}

// OpenSSL takes them only as long as it has allocated nothing.
const bool taken = CRYPTO_set_mem_functions(allocate, reallocate, release) == 1;

}  // namespace

bool opensslAllocationsFail() {
  return taken;
}

}  // namespace plait::testing
