#pragma once

#include <plait/core/bytes.hpp>
#include <plait/net/detail/asio.hpp>

namespace plait::detail {

/// Who is told what happens to a stream socket (EpollSocket, AsioSocket).
class SocketUser {
 public:
  /// There may be something to read; there may be room to send.
  virtual void socketReady(bool readable, bool writable) = 0;
  /// The connection is broken, and nothing that came before that is left to read.
  virtual void socketBroken(ErrorCode error) = 0;

  /// An operation of Asio's refers to the socket, and ends to do so.
  virtual void retainSocket() = 0;
  virtual void releaseSocket() = 0;

 protected:
  ~SocketUser() = default;
};

/// What a read has brought. The bytes are valid until the next read; behind them an error may have
/// come: asio::error::eof is the end of the file.
struct SocketInput {
  BytesView bytes;
  ErrorCode error;
};

}  // namespace plait::detail
