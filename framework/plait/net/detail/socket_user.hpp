#pragma once

#include <cerrno>
#include <plait/core/bytes.hpp>

namespace plait::detail {

/// Who is told what happens to a stream socket (EpollSocket, AsioSocket).
class SocketUser {
 public:
  /// There may be something to read; there may be room to send.
  virtual void socketReady(bool readable, bool writable) = 0;
  /// The connection is broken. What came before that and was not read is lost.
  virtual void socketBroken(int error) = 0;

  /// An operation of Asio's refers to the socket, and ends to do so.
  virtual void retainSocket() = 0;
  virtual void releaseSocket() = 0;

 protected:
  ~SocketUser() = default;
};

/// What a read has brought: bytes, valid until the next read, or none and why.
struct SocketInput {
  static constexpr int kNothingYet = EAGAIN;
  static constexpr int kEndOfFile = -1;

  BytesView bytes{};
  int error = 0;  ///< one of these, or the system's
};

}  // namespace plait::detail
