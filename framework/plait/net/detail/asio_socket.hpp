#pragma once

#include <plait/net/detail/asio.hpp>
#include <plait/net/detail/handler_memory.hpp>
#include <plait/net/detail/socket_user.hpp>
#include <plait/net/detail/unique_descriptor.hpp>
#include <span>

namespace plait::detail {

class Loop;

/// A connected stream socket of Asio's, whatever it stands on (PLAIT_EPOLL off).
///
/// One `async_read_some` into a few hundred bytes of its own is outstanding while idle (that is
/// what an idle connection costs); when these come back full, the rest is read at once into the
/// reader's room. In a busy loop most peers have answered by the end of the turn: then that room is
/// read into directly, without Asio, for as long as that succeeds.
class AsioSocket {
 public:
  /// Throws std::system_error.
  AsioSocket(Loop& loop, UniqueDescriptor socket, bool isUnix, SocketUser& user);
  /// Takes the socket over from `other`, for another user.
  AsioSocket(AsioSocket&& other, SocketUser& user);

  /// -1 when closed.
  int descriptor() const {
    return socket_.is_open() ? const_cast<StreamSocket&>(socket_).native_handle() : -1;
  }
  bool isUnix() const { return isUnix_; }
  void close();

  /// Reads what has come, perhaps into `room`. When nothing has, the user is told of what comes.
  /// `busy`: the peer may have answered already.
  SocketInput read(std::span<char> room, bool busy);
  /// True when `read` returns what was read already.
  bool holdsInput() const { return held_; }
  /// True when `read` must be called again, as it will not be told.
  bool wantsReading() const { return held_ || !reading_; }
  /// The user reads by calls of its own. After one that would have blocked: tells when there is
  /// something to read.
  void awaitInput();
  /// The user does not read now: tells when the connection is broken.
  void awaitReset();
  /// Tells when there is room to send.
  void awaitRoom();

 private:
  class Use;
  class ReadDone;
  static constexpr std::size_t kSmallRead = 256;
  static constexpr std::size_t kOperationSize = 128;

  SocketInput readAhead(std::span<char> room);
  SocketInput takeHeld(std::span<char> room);
  void readDone(ErrorCode error, std::size_t size);

  // What every message touches comes first, and together.
  // Reading ahead that finds nothing costs a system call; where it mostly does, it pauses for a
  // while.
  std::uint8_t readAheadPause_ = 0;
  std::int8_t readAheadScore_ = 0;  // hits minus misses, bounded
  bool reading_ = false;
  bool watching_ = false;
  bool held_ = false;  // a read has ended: its outcome waits below
  const bool isUnix_;
  SocketUser* user_;
  StreamSocket socket_;
  HandlerMemory<kOperationSize> readMemory_;
  char small_[kSmallRead];
  int heldError_ = 0;
  std::size_t heldSize_ = 0;
};

}  // namespace plait::detail
