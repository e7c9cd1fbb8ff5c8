#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <plait/core/log.hpp>
#include <plait/core/protocol.hpp>
#include <plait/core/reactor_time.hpp>
#include <string>
#include <vector>

namespace plait::testing {

/// Where connections are made over one medium, and where a test lets things happen to them: the
/// seam between the scenarios and the transports. Nothing happens but in the functions of this
/// class.
class Link {
 public:
  virtual ~Link() = default;

  /// Connects two protocols, and returns when both have been told; the client may be none the wiser
  /// if the server resets the connection at once. A link may have several connections.
  virtual void connect(std::shared_ptr<Protocol> server, std::shared_ptr<Protocol> client,
                       const TransportOptions& options) = 0;

  /// Lets things happen until `condition()` holds. False, and a failed test, when it does not come
  /// to hold within a generous time.
  virtual bool runUntil(const std::function<bool()>& condition) = 0;
  /// Lets all happen that can happen now: for showing that something does not.
  virtual void settle() = 0;
  /// Lets this much time pass; real time where there is no other, so ask for little.
  virtual void pass(Duration duration) = 0;

  /// Destroys the medium, as a program does that destroys its reactor with connections open.
  /// Afterwards only the destructor may be called.
  virtual void destroy() = 0;
};

/// A medium: how its links are made, and what a scenario must know about it.
struct LinkKind {
  std::string name;
  std::function<std::unique_ptr<Link>(Log& log)> make;
  /// How the loss may look at the other end of one that aborts. Where there are no resets, an abort
  /// is the end of the stream, unless something shows that it came too early.
  std::vector<std::string> lossesByAbort = {"plait::ConnectionLost"};
  /// A closed end goes on taking what the other sends, until that one has closed too.
  bool lingers = true;
  /// Time passes when nothing else happens, and costs nothing.
  bool virtualTime = false;
  /// TLS runs on it already.
  bool secure = false;
  /// What has been sent counts as buffered until a transport further down has sent it, too.
  bool buffersBelow = secure;

  /// An abort is told as what it is.
  bool tellsResets() const { return lossesByAbort.size() == 1; }
};

/// Every kind there is.
const std::vector<LinkKind>& allLinks();

/// What googletest prints.
inline void PrintTo(const LinkKind& kind, std::ostream* out) {
  *out << kind.name;
}

}  // namespace plait::testing
