#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <plait/core/protocol.hpp>
#include <string>
#include <vector>

namespace plait::testing {

/// One end of a connection: what a test wants done in its callbacks, and what has happened to it.
/// It outlives the protocol, which does nothing but record and run the script.
///
/// It fails the test when a callback is called that must not be: inside of another, after
/// `connectionLost`, or data while the connection is paused or closing.
class End {
 public:
  /// `name` is the protocol's name in the log.
  explicit End(std::string name) : name(std::move(name)) {}
  End(const End&) = delete;

  /// The protocol of this end; call it once.
  std::shared_ptr<Protocol> makeProtocol();

  // --- The script --------------------------------------------------------------------------------

  std::function<void()> whenMade;
  std::function<void(BytesView)> whenData;
  std::function<void()> whenReadLost;
  std::function<void()> whenWriteLost;
  std::function<void()> whenLost;
  /// Makes the protocol a HalfCloseableProtocol.
  bool halfCloseable = false;
  /// What the protocol gives up when another takes over (`Protocol::takeUnread`).
  Bytes unread;
  /// Set it when another protocol has taken over: this one is not told of anything any more.
  bool handedOver = false;

  // --- What happened -----------------------------------------------------------------------------

  const std::string name;
  /// Every callback, in order: "made", "data", "read lost", "write lost", "lost".
  std::vector<std::string> journal;
  Bytes received;
  int chunks = 0;  ///< calls of dataReceived
  bool made = false;
  bool handshakeCompleted = false;
  int lost = 0;  ///< calls of connectionLost
  std::optional<Failure> reason;
  /// From connectionMade on; also after the loss.
  std::shared_ptr<Transport> transport;
  std::weak_ptr<Protocol> protocol;

  /// The class of the reason, such as "plait::ConnectionDone"; "still connected" before the loss.
  std::string lossReason() const;

  // --- Flow control ------------------------------------------------------------------------------

  void pause();
  void resume();

 private:
  class Script;
  class HalfCloseableScript;
  class Call;

  std::string running_;  // the callback that runs now
  bool paused_ = false;
};

}  // namespace plait::testing
