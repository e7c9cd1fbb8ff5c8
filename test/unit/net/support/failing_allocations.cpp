#include "support/failing_allocations.hpp"

#include <cstdlib>
#include <new>

// Takes the place of the program's operator new.

namespace plait::testing {

namespace {

thread_local std::size_t left = 0;  // 0: none is to fail
thread_local bool failed = false;

void* allocate(std::size_t size) {
  if (failsNow()) throw std::bad_alloc();
  if (void* memory = std::malloc(size != 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}

}  // namespace

FailingAllocation::FailingAllocation(std::size_t nth) {
  failed = false;
  left = nth;
}

FailingAllocation::~FailingAllocation() {
  left = 0;
}

bool FailingAllocation::happened() const {
  return failed;
}

bool failsNow() {
  if (left == 0 || --left > 0) return false;
  return failed = true;
}

}  // namespace plait::testing

void* operator new(std::size_t size) {
  return plait::testing::allocate(size);
}
void* operator new[](std::size_t size) {
  return plait::testing::allocate(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
