#pragma once

#include <sys/uio.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <optional>
#include <plait/net/detail/asio.hpp>
#include <plait/net/detail/unique_descriptor.hpp>
#include <span>

namespace plait::detail {

/// One direction of a DescriptorConnection: a descriptor that is read or written without holding up
/// the loop, and without setting O_NONBLOCK where others would see it. That flag belongs to the
/// open file, and a program shares its standard input and output with the shell that started it,
/// which would trip over it. So what is shared is
///
/// * opened anew when it is a pipe or a terminal: then the flag is ours alone;
/// * left as it is when it is a file (or /dev/null and its like): that never waits long, and cannot
///   be waited for;
/// * used with MSG_DONTWAIT when it is a socket;
/// * else, also when opening it anew is not allowed, asked each time whether it is ready, and
///   written to in small pieces.
class DescriptorEnd {
 public:
  enum class Direction { in, out };

  /// None: not open.
  DescriptorEnd() = default;
  /// Takes over one that is ours alone.
  static DescriptorEnd own(const Executor& executor, UniqueDescriptor descriptor,
                           Direction direction);
  /// For one that others may share; it stays open, and as it is. std::system_error (EBADF) when it
  /// is not open, or not in this direction.
  static DescriptorEnd share(const Executor& executor, int descriptor, Direction direction);

  bool isOpen() const { return descriptor_ >= 0; }
  /// False when it is always ready, and cannot be waited for.
  bool canWait() const { return kind_ != Kind::file; }
  bool isSocket() const { return kind_ == Kind::socket; }

  /// Reads what is there. 0 without an error is the end; `would_block`: wait.
  std::size_t read(std::span<char> into, ErrorCode& error);
  /// Writes some of the pieces. Nobody there to read is EPIPE, without a signal.
  std::size_t write(std::span<const iovec> pieces, ErrorCode& error);

  /// Calls `handler(ErrorCode)` when it is ready in its direction.
  template <class Handler>
  void asyncWait(Handler handler) {
    const bool writes = direction_ == Direction::out && !watched_;
    watch_->async_wait(writes ? watch_->wait_write : watch_->wait_read, std::move(handler));
  }
  /// The same when something is wrong with it. Of one that is shared it never tells.
  template <class Handler>
  void asyncWaitForError(Handler handler) {
    if (kind_ == Kind::nonBlocking) watch_->async_wait(watch_->wait_error, std::move(handler));
  }
  /// What poll(2) says of it now.
  short poll(short events) const;

  /// Tells a socket's peer that nothing more will come.
  void shutdownWrite();
  void close();

 private:
  enum class Kind { nonBlocking, file, socket, polled };

  bool openAnew(const Executor& executor, int descriptor);
  void watch(const Executor& executor, UniqueDescriptor descriptor);
  void watchFromBeside(const Executor& executor);

  Kind kind_ = Kind::nonBlocking;
  Direction direction_ = Direction::in;
  bool master_ = false;  // of a pseudo-terminal
  int descriptor_ = -1;
  UniqueDescriptor watched_;  // the descriptor, where Asio must not have it
  // None once closed: the transport may outlive the context.
  std::optional<asio::posix::basic_stream_descriptor<Executor>> watch_;
};

}  // namespace plait::detail
