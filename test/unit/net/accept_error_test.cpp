#include "support/failing_accept.hpp"
#include "support/net_test.hpp"

namespace plait::testing {
namespace {

class AcceptError : public ServerTest {
 protected:
  std::size_t complaints() const { return captured.count(LogLevel::error, "cannot accept on"); }
};

TEST_F(AcceptError, OfThePeersDoingIsPassedOver) {
  for (const int error : {ECONNABORTED, ECONNRESET, EPERM, EPROTO}) {
    const std::size_t before = server->connections.size();
    FailingAccept failing(error, 3);
    RawPeer peer(port->getHost());
    runUntil([&] { return server->connections.size() > before; });
    EXPECT_EQ(failing.attempts(), 3) << error;
  }
  EXPECT_EQ(complaints(), 0u);
}

TEST_F(AcceptError, OfOursIsToldAndSurvived) {
  for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
    const std::size_t before = server->connections.size();
    FailingAccept failing(error, 2);
    RawPeer peer(port->getHost());
    runUntil([&] { return server->connections.size() > before; });
    EXPECT_EQ(failing.attempts(), 2) << error;
  }
  EXPECT_GE(complaints(), 1u);
  EXPECT_EQ(captured.count(LogLevel::error, fmt::format("{}", port->getHost())), complaints());
}

TEST_F(AcceptError, IsToldOnceASecondAndDoesNotSpin) {
  FailingAccept failing(EMFILE);
  const TimePoint start = reactor.now();
  RawPeer waiting(port->getHost());
  runUntil([&] { return failing.attempts() == 6; });
  const Duration passed = reactor.now() - start;
  EXPECT_GE(passed, 5 * 100ms);  // a tenth of a second between two attempts
  EXPECT_LE(complaints(), 1 + static_cast<std::size_t>(passed / 1s));
}

TEST_F(AcceptError, TheNextAttemptIsMadeAsSoonAsAConnectionHasClosed) {
  constexpr int kConnections = 10;
  std::vector<RawPeer> peers;
  for (int i = 0; i < kConnections; ++i) peers.push_back(connectRaw());
  FailingAccept failing(EMFILE);
  RawPeer waiting(port->getHost());
  runUntil([&] { return failing.attempts() == 1; });
  const TimePoint start = reactor.now();
  for (const auto& served : server->connections) {
    const int before = failing.attempts();
    served->transport->abortConnection();
    runUntil([&] { return failing.attempts() > before; });
  }
  // By the clock alone there would have been one every tenth of a second.
  EXPECT_LT(reactor.now() - start, kConnections * 100ms);
}

TEST_F(AcceptError, LeavesConnectionsAndOtherListenersAlone) {
  server->script.data = [](Connection& c, BytesView data) { c.transport->write(data); };
  RawPeer peer = connectRaw();
  FailingAccept failing(EMFILE);
  RawPeer waiting(port->getHost());
  runUntil([&] { return failing.attempts() > 0; });
  peer.send("ping");
  runUntil([&] {
    peer.receiveAll();
    return peer.received == "ping";
  });
}

TEST_F(AcceptError, AListenerAtRestCanBeStopped) {
  RawPeer waiting(port->getHost());
  FailingAccept failing(EMFILE);
  runUntil([&] { return failing.attempts() == 1; });
  port->stopListening();
  runUntil([&] { return waiting.ended(); });
  EXPECT_EQ(server->numPorts(), 0);
  EXPECT_EQ(failing.attempts(), 1);
}

TEST_F(AcceptError, AReactorWithAListenerAtRestCanStop) {
  RawPeer waiting(port->getHost());
  FailingAccept failing(EMFILE);
  runUntil([&] { return failing.attempts() == 1; });
  reactor.stop();
  runUntil([&] { return !reactor.running(); });
  waiting.receiveUntilEnd();
}

}  // namespace
}  // namespace plait::testing
