#pragma once

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <plait/core/bytes.hpp>
#include <plait/net/detail/unique_descriptor.hpp>
#include <system_error>

namespace plait::testing {

using plait::detail::UniqueDescriptor;

/// One end of something without a framework. Neither reading nor writing ever blocks: do it from
/// the condition of a runUntil.
class RawEnd {
 public:
  RawEnd() = default;
  explicit RawEnd(UniqueDescriptor descriptor) : descriptor_(std::move(descriptor)) {}

  int get() const { return descriptor_.get(); }
  void close() { descriptor_ = UniqueDescriptor(); }

  /// Writes what there is room for; returns how much.
  std::size_t send(BytesView data) {
    std::size_t sent = 0;
    while (sent < data.size() && is(POLLOUT)) {
      const ssize_t size = ::write(get(), data.data() + sent, std::min(data.size() - sent, kPiece));
      if (size <= 0) break;
      sent += static_cast<std::size_t>(size);
    }
    return sent;
  }
  /// Reads what is there, and appends it to `received`.
  void receive() {
    char buffer[kPiece];
    while (!ended_ && is(POLLIN | POLLHUP)) {
      const ssize_t size = ::read(get(), buffer, sizeof buffer);
      if (size <= 0) {
        ended_ = true;
      } else {
        received.append(buffer, static_cast<std::size_t>(size));
      }
    }
  }
  /// Reads what is there, and tells whether the end has come.
  bool ended() {
    receive();
    return ended_;
  }

  Bytes received;

 private:
  static constexpr std::size_t kPiece = 4096;  // what a pipe that is ready takes or gives at once

  bool is(short events) const {
    pollfd asked{get(), events, 0};
    return ::poll(&asked, 1, 0) > 0 && (asked.revents & events) != 0;
  }

  UniqueDescriptor descriptor_;
  bool ended_ = false;
};

/// A pipe; what is written to `in` comes out of `out`.
struct RawPipe {
  RawPipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::system_category());
    out = RawEnd(UniqueDescriptor(ends[0]));
    in = RawEnd(UniqueDescriptor(ends[1]));
  }

  RawEnd in;
  RawEnd out;
};

/// The flags of the open file, such as O_NONBLOCK.
inline int fileFlags(int descriptor) {
  return ::fcntl(descriptor, F_GETFL);
}

}  // namespace plait::testing
