#pragma once

#include <cstddef>
#include <new>

namespace plait::detail {

/// Room for the one operation of a kind that a connection has outstanding, so that starting the
/// next allocates nothing. What does not fit, or finds the room taken, comes from the heap.
template <std::size_t Size>
class HandlerMemory {
 public:
  HandlerMemory() = default;
  HandlerMemory(const HandlerMemory&) = delete;
  HandlerMemory& operator=(const HandlerMemory&) = delete;

  void* allocate(std::size_t size) {
    if (taken_ || size > Size) return ::operator new(size);
    taken_ = true;
    return room_;
  }
  void deallocate(void* at) noexcept {
    if (at == room_) {
      taken_ = false;
    } else {
      ::operator delete(at);
    }
  }

 private:
  alignas(std::max_align_t) std::byte room_[Size];
  bool taken_ = false;
};

/// The allocator Asio asks a handler for, over a HandlerMemory.
template <class T, std::size_t Size>
class HandlerAllocator {
 public:
  using value_type = T;
  template <class U>
  struct rebind {
    using other = HandlerAllocator<U, Size>;
  };

  explicit HandlerAllocator(HandlerMemory<Size>& memory) noexcept : memory_(&memory) {}
  template <class U>
  HandlerAllocator(const HandlerAllocator<U, Size>& other) noexcept : memory_(other.memory()) {}

  T* allocate(std::size_t count) { return static_cast<T*>(memory_->allocate(count * sizeof(T))); }
  void deallocate(T* at, std::size_t) noexcept { memory_->deallocate(at); }

  HandlerMemory<Size>* memory() const noexcept { return memory_; }
  friend bool operator==(const HandlerAllocator& a, const HandlerAllocator& b) noexcept {
    return a.memory_ == b.memory_;
  }

 private:
  HandlerMemory<Size>* memory_;
};

}  // namespace plait::detail
