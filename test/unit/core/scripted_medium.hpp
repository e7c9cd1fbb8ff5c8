#pragma once

#include <algorithm>
#include <functional>
#include <plait/core/errors.hpp>
#include <plait/core/stream_transport.hpp>
#include <plait/testing/clock.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../support/recorded_log.hpp"

/// StreamTransport on a medium that does what a test says.
namespace plait::testing {

/// Everything that happens to a connection, in order: "made", "data x", "lost ...", "close
/// orderly".
using Journal = std::vector<std::string>;

class ScriptedMedium final : public StreamTransport {
 public:
  ScriptedMedium(Clock& clock, Log& log, TransportGroup& group, Journal& journal,
                 const TransportOptions& options = {})
      : StreamTransport(clock, log, group, options), journal_(journal) {}

  // --- The script ----------------------------------------------------------------------

  std::size_t room = SIZE_MAX;         ///< bytes it takes before it would block
  std::size_t largestSend = SIZE_MAX;  ///< bytes one send takes
  int failingSend = 0;                 ///< the send that fails, from 1; 0 = none

  void connect(std::shared_ptr<Protocol> protocol) {
    start(std::move(protocol));
    run();
  }
  /// Bytes from the peer: delivered if they are wanted.
  bool give(BytesView data) {
    if (!wantsRead()) return false;
    received(data);
    run();
    return true;
  }
  void giveEOF() {
    if (!wantsRead()) return;
    receivedEOF();
    run();
  }
  void makeRoom(std::size_t bytes) {
    room = bytes;
    writable();
    run();
  }
  void breakDown(std::errc why) {
    failed(Failure(ConnectionLost(std::make_error_code(why))));
    run();
  }
  /// The turns that were asked for: the end of a callback, or the loop.
  void run() {
    while (std::exchange(turnWanted_, false)) {
      ++turns;
      turn();
    }
  }
  bool wantsTurn() const { return turnWanted_; }
  bool reading() const { return wantsRead(); }

  // --- What came of it -----------------------------------------------------------------

  Bytes sent;
  std::vector<Bytes> sends;  ///< what each send took
  int sendCalls = 0;
  int turns = 0;

  std::size_t below = 0;                  ///< what `bufferedBelow` answers
  std::function<void()> whenSendingEnds;  ///< `endSending`

 private:
  Address mediumPeer() const override { return IPv4Address{{1, 2, 3, 4}, 5}; }
  Address mediumHost() const override { return IPv4Address{{10, 0, 0, 1}, 80}; }
  std::size_t bufferedBelow() const override { return below; }
  std::optional<Failure> endSending() override {
    if (whenSendingEnds) whenSendingEnds();
    return std::nullopt;
  }
  SendResult send(const OutputBuffer& out) override {
    if (++sendCalls == failingSend) {
      return {.error = std::make_error_code(std::errc::broken_pipe)};
    }
    BytesView pieces[64];
    const std::size_t count = out.gather(pieces);
    Bytes offered;
    for (std::size_t i = 0; i < count; ++i) offered += pieces[i];
    SendResult result;
    result.sent = std::min({offered.size(), room, largestSend});
    result.wouldBlock = result.sent == room && result.sent < offered.size();
    room -= room == SIZE_MAX ? 0 : result.sent;
    sends.push_back(offered.substr(0, result.sent));
    sent += sends.back();
    return result;
  }
  void readingChanged() override {}
  void closeWriteSide() override { journal_.push_back("close write side"); }
  void close(CloseKind kind) override {
    journal_.push_back(kind == CloseKind::reset ? "close reset" : "close orderly");
  }
  void requestTurn() override {
    if (turnWanted_) throw std::logic_error("a turn was asked for twice");
    turnWanted_ = true;
  }
  void lost(const Failure&) override { journal_.push_back("medium lost"); }

  Journal& journal_;
  bool turnWanted_ = false;
};

/// A protocol that does what a test says, and notes what happens.
class ScriptedProtocol : public Protocol {
 public:
  explicit ScriptedProtocol(Journal& journal) : journal(journal) {}

  void connectionMade() override {
    journal.push_back("made");
    if (whenMade) whenMade();
  }
  void dataReceived(BytesView data) override {
    journal.push_back("data " + Bytes(data));
    if (whenData) whenData(data);
  }
  void connectionLost(const Failure& reason) override {
    journal.push_back("lost " + reason.typeName());
    why = reason;
    if (whenLost) whenLost();
  }

  Journal& journal;
  std::optional<Failure> why;
  std::function<void()> whenMade, whenLost;
  std::function<void(BytesView)> whenData;
};

class HalfCloseableScript : public ScriptedProtocol, public HalfCloseableProtocol {
 public:
  using ScriptedProtocol::ScriptedProtocol;
  void readConnectionLost() override {
    journal.push_back("read lost");
    if (whenReadLost) whenReadLost();
  }
  void writeConnectionLost() override {
    journal.push_back("write lost");
    if (whenWriteLost) whenWriteLost();
  }

  std::function<void()> whenReadLost, whenWriteLost;
};

/// A producer of either kind that notes what it is told.
template <class Kind>
class ScriptedProducer final : public Kind {
 public:
  explicit ScriptedProducer(Journal& journal) : journal(journal) {}
  // None is marked `override`: only a push producer overrides the first.
  void pauseProducing() {
    journal.push_back("pause");
    if (whenPaused) whenPaused();
  }
  void resumeProducing() {
    journal.push_back("resume");
    if (whenResumed) whenResumed();
  }
  void stopProducing() {
    journal.push_back("stop");
    if (whenStopped) whenStopped();
  }

  Journal& journal;
  std::function<void()> whenPaused, whenResumed, whenStopped;
};
using ScriptedPush = ScriptedProducer<PushProducer>;
using ScriptedPull = ScriptedProducer<PullProducer>;

/// One connection of `P` on a scripted medium. Set the script, then `connect`.
template <class P = ScriptedProtocol>
struct ScriptedConnection {
  explicit ScriptedConnection(const TransportOptions& options = {})
      : medium(std::make_shared<ScriptedMedium>(clock, log.log, group, journal, options)) {}

  ~ScriptedConnection() {
    medium->unregisterProducer();  // a test's may be gone
    medium->abortConnection();     // medium and protocol hold each other until the loss
    medium->run();
  }

  void connect() { medium->connect(protocol); }
  /// What happened since `journal` was last cleared.
  Journal takeJournal() { return std::exchange(journal, {}); }

  Clock clock;
  RecordedLog log;
  TransportGroup group;
  Journal journal;
  std::shared_ptr<ScriptedMedium> medium;
  std::shared_ptr<P> protocol = std::make_shared<P>(journal);
  ScriptedPush push{journal};
  ScriptedPull pull{journal};
};

}  // namespace plait::testing
