#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "servers/framing.hpp"

namespace bench {

/// Received bytes of one connection that wait for the rest of their frame. What had one such frame
/// gets more of them, so memory is kept for the next.
class FrameBuffer {
 public:
  bool empty() const { return size_ == 0; }
  std::string_view bytes() const { return {data_.get(), size_}; }

  /// Where to receive: room for the frame that is being waited for, never empty.
  std::span<char> room() {
    reserve(std::max(wanted_, size_ + kBufferSize));
    return {data_.get() + size_, capacity_ - size_};
  }
  /// `size` bytes were received there. Returns false when it is known that the frame is not
  /// complete yet, so that there is no sense in looking.
  bool received(std::size_t size) {
    size_ += size;
    return size_ >= wanted_;
  }

  /// Keeps `rest`, a part of bytes() or anything while empty, of a frame of `wanted` bytes; 0 = not
  /// known.
  void keep(std::string_view rest, std::size_t wanted) {
    wanted_ = wanted;
    if (empty() && !rest.empty()) {
      reserve(rest.size());
      std::memcpy(data_.get(), rest.data(), rest.size());
    } else if (!rest.empty()) {
      std::memmove(data_.get(), rest.data(), rest.size());
    }
    size_ = rest.size();
  }

 private:
  void reserve(std::size_t needed) {
    if (needed <= capacity_) return;
    capacity_ = std::max(needed, 2 * capacity_);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    if (size_ != 0) std::memcpy(larger.get(), data_.get(), size_);
    data_ = std::move(larger);
  }

  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  std::size_t wanted_ = 0;
};

}  // namespace bench
