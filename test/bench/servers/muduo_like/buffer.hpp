#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace muduo_like {

/// Bytes that come in at one end and leave at the other: `[read | readable | writable]`.
class Buffer {
 public:
  std::string_view readable() const { return {bytes_.data() + read_, written_ - read_}; }

  void retrieve(std::size_t size) {
    read_ += size;
    if (read_ == written_) read_ = written_ = 0;
  }

  void append(std::string_view bytes) {
    makeSpace(bytes.size());
    bytes.copy(bytes_.data() + written_, bytes.size());
    written_ += bytes.size();
  }

  /// One read of whatever is there: into the space, and what does not fit through the stack, so
  /// that idle connections can keep small buffers. Returns what readv() does.
  ssize_t readFrom(int fd) {
    std::array<char, 64 * 1024> extra;
    const std::size_t space = bytes_.size() - written_;
    const std::array<iovec, 2> places{
        {{bytes_.data() + written_, space}, {extra.data(), extra.size()}}};
    const ssize_t got = readv(fd, places.data(), space < extra.size() ? 2 : 1);
    if (got <= 0) return got;
    const auto size = static_cast<std::size_t>(got);
    if (size <= space) {
      written_ += size;
    } else {
      written_ = bytes_.size();
      append({extra.data(), size - space});
    }
    return got;
  }

 private:
  void makeSpace(std::size_t size) {
    if (bytes_.size() - written_ >= size) return;
    if (bytes_.size() - (written_ - read_) < size) {
      bytes_.resize(written_ + size);
      return;
    }
    std::copy(bytes_.data() + read_, bytes_.data() + written_, bytes_.data());
    written_ -= read_;
    read_ = 0;
  }

  std::vector<char> bytes_ = std::vector<char>(1024);
  std::size_t read_ = 0;
  std::size_t written_ = 0;
};

}  // namespace muduo_like
