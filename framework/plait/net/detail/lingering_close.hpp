#pragma once

#include <plait/net/detail/loop.hpp>

namespace plait::detail {

/// The end of an orderly close. Everything has been sent, but closing a socket while the peer still
/// sends makes the system reset the connection and drop what the peer has not read yet. So: close
/// the sending half, read and throw away what the peer sends until it closes too, then close.
///
/// Two things bound it. After 5 seconds it closes, come what may. After 1 MiB it reads no more,
/// which makes a peer that goes on sending wait; from then on, and from the start when the reactor
/// stops, it closes as soon as the peer's system has acknowledged everything, the end of file
/// included: then nothing is left that a reset could destroy.
class LingeringClose final : public LoopMember,
                             public std::enable_shared_from_this<LingeringClose> {
 public:
  /// Takes over `socket`, which has no operation outstanding.
  static void start(Loop& loop, StreamSocket socket);

  LingeringClose(Loop& loop, StreamSocket socket) : loop_(loop), socket_(std::move(socket)) {}

  void shutDown() override;
  void end() override;

 private:
  void drain();
  void awaitInput();
  void awaitAcknowledgement();
  /// True when the peer's system has taken everything.
  bool allAcknowledged();
  bool isUnix() const;

  Loop& loop_;
  StreamSocket socket_;
  DelayedCall deadline_;
  std::size_t drained_ = 0;
  bool onlyAcknowledgement_ = false;  // is waited for: no more input
  bool polling_ = false;
};

}  // namespace plait::detail
