#pragma once

#include <sys/epoll.h>

#include <plait/net/detail/poller.hpp>
#include <plait/net/detail/socket_calls.hpp>
#include <span>

namespace plait::detail {

/// A connected stream socket in the Poller's set: nothing is outstanding while it is idle, and a
/// message costs one recv(2) and one send(2).
///
/// *Edges.* The system tells once that something has come, and nothing has to be set again. So it
/// is remembered (`mayRead_`) until a read has emptied the socket. On TCP a read that does not fill
/// its buffer has, unless it stopped in front of something; that spares the one that would find
/// nothing. (test/bench: system calls of `pingpong64x64`.) On UNIX sockets it may only have come to
/// a descriptor that was passed.
class EpollSocket final : private Watched {
 public:
  /// Throws std::system_error.
  EpollSocket(Loop& loop, UniqueDescriptor socket, bool isUnix, SocketUser& user);
  /// Takes the socket over from `other`, for another user.
  EpollSocket(EpollSocket&& other, SocketUser& user);
  ~EpollSocket() { close(); }

  /// -1 when closed.
  int descriptor() const { return socket_.get(); }
  bool isUnix() const { return isUnix_; }
  void close();

  /// Reads what has come, into `room`. When nothing has, the user is told of what comes.
  SocketInput read(std::span<char> room, bool) {
    if (!mayRead_) return {.error = SocketInput::kNothingYet};
    const SocketInput input = receiveSome(socket_.get(), room);
    const bool emptied = input.bytes.size() < room.size() && !stopsShort_ && !isUnix_;
    if (emptied || input.error == SocketInput::kNothingYet) mayRead_ = false;
    return input;
  }
  /// True when `read` returns what was read already.
  bool holdsInput() const { return false; }
  /// True when `read` must be called again, as it will not be told.
  bool wantsReading() const { return mayRead_; }
  /// The user reads by calls of its own. After one that would have blocked: tells when there is
  /// something to read.
  void awaitInput() { mayRead_ = false; }
  /// The user does not read now: tells when the connection is broken.
  void awaitReset();
  /// Tells when there is room to send.
  void awaitRoom();

 private:
  void ready(std::uint32_t events) override {
    constexpr std::uint32_t kEnd = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
    const bool readable = (events & (EPOLLIN | EPOLLPRI | kEnd)) != 0;
    if (readable) mayRead_ = true;
    if ((events & (EPOLLPRI | kEnd)) != 0) stopsShort_ = true;
    if ((events & EPOLLERR) != 0) broken_ = true;
    // An error, or a hang-up, shows itself in the next send.
    const bool writable = awaitsRoom_ && (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
    if (writable) awaitsRoom_ = false;
    user_->socketReady(readable, writable);
  }

  Poller& poller_;
  SocketUser* user_;
  UniqueDescriptor socket_;
  const bool isUnix_;
  bool mayRead_ = false;
  /// There is, or was, something that a read stops in front of: the end, an error, TCP urgent data.
  bool stopsShort_ = false;
  bool broken_ = false;  // an error was told
  bool awaitsRoom_ = false;
};

}  // namespace plait::detail
