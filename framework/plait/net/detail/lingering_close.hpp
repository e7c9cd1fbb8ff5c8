#pragma once

#include <plait/net/detail/connection_socket.hpp>
#include <plait/net/detail/loop.hpp>

namespace plait::detail {

/// The end of an orderly close. Everything has been sent, but closing a socket while the peer still
/// sends makes the system reset the connection and drop what the peer has not read yet. So: close
/// the sending half, read and throw away what the peer sends until it closes too, then close.
///
/// Two things bound it. After 5 seconds it closes, come what may. After
/// `ReactorOptions::lingerLimit` it reads no more, which makes a peer that goes on sending wait;
/// from then on, and from the start when the reactor stops, it closes as soon as the peer's system
/// has acknowledged everything, the end of file included: then nothing is left that a reset could
/// destroy, but for what a peer that does not read at that moment has not looked at.
class LingeringClose final : public LoopMember,
                             public std::enable_shared_from_this<LingeringClose>,
                             private SocketUser {
 public:
  /// Takes over `socket`.
  static void start(Loop& loop, ConnectionSocket&& socket);

  LingeringClose(Loop& loop, ConnectionSocket&& socket)
      : loop_(loop), socket_(std::move(socket), *this) {}

  void shutDown() override;
  void end() override;

 private:
  void socketReady(bool readable, bool writable) override;
  void socketBroken(int) override { end(); }
  void retainSocket() override;
  void releaseSocket() override;

  void drain();
  void drainOn();
  void awaitAcknowledgement();
  /// True when the peer's system has taken everything.
  bool allAcknowledged();

  Loop& loop_;
  ConnectionSocket socket_;
  DelayedCall deadline_;
  std::size_t drained_ = 0;
  bool onlyAcknowledgement_ = false;  // is waited for: no more input
  bool polling_ = false;
  bool drainsOn_ = false;  // in the next turn
  int uses_ = 0;           // of Asio's operations, which keep it alive
  std::shared_ptr<LingeringClose> self_;
};

}  // namespace plait::detail
