#pragma once

#include <array>
#include <cstddef>
#include <memory>

namespace plait::detail {

/// 64 KiB for the time of a call, from a few that the thread keeps: where records are decrypted and
/// small writes are joined. Two that live at once (TLS over TLS) are two buffers.
class Scratch {
 public:
  static constexpr std::size_t kSize = 64 * 1024;
  using Buffer = std::array<char, kSize>;

  Scratch();
  Scratch(const Scratch&) = delete;
  ~Scratch();

  char* data() { return buffer_->data(); }

 private:
  std::unique_ptr<Buffer> buffer_;
};

}  // namespace plait::detail
