#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "support/net_test.hpp"

namespace plait::testing {
namespace {

/// Leaves the process without a free descriptor while it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int highest = dup(0);
    close(highest);
    rlimit low = before_;
    low.rlim_cur = static_cast<rlim_t>(highest) + 8;
    setrlimit(RLIMIT_NOFILE, &low);
    for (int fd = dup(0); fd >= 0; fd = dup(0)) taken_.push_back(fd);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  ~NoDescriptors() {
    for (int fd : taken_) close(fd);
    setrlimit(RLIMIT_NOFILE, &before_);
  }
  void giveOneBack() {
    close(taken_.back());
    taken_.pop_back();
  }

 private:
  rlimit before_;
  std::vector<int> taken_;
};

class DescriptorExhaustion : public ServerTest {
 protected:
  DescriptorExhaustion() {
    server->script.data = [](Connection& c, BytesView data) { c.transport->write(data); };
  }
  bool echoes(RawPeer& peer) {
    const Bytes before = peer.received;
    peer.send("ping");
    return runUntil([&] {
      peer.receiveAll();
      return peer.received == before + "ping";
    });
  }
  std::size_t complaints() const { return captured.count(LogLevel::error, "cannot accept on"); }
};

TEST_F(DescriptorExhaustion, LeavesConnectionsAlone) {
  RawPeer peer = connectRaw();
  RawPeer waiting(port->getHost());  // in the system's queue from now on
  NoDescriptors none;
  runUntil([&] { return complaints() == 1; });
  EXPECT_TRUE(echoes(peer));
  EXPECT_EQ(server->connections.size(), 1u);
}

TEST_F(DescriptorExhaustion, IsToldOnceASecondAndWithoutSpinning) {
  RawPeer waiting(port->getHost());
  NoDescriptors none;
  runUntil([&] { return complaints() == 1; });
  const TimePoint start = reactor.now();
  std::size_t handlers = 0;
  const auto allowed = [&] {
    return 1 + static_cast<std::size_t>((reactor.now() - start) / 1s) + 1;
  };
  bool waited = false;
  reactor.callLater(300ms, [&] { waited = true; });
  while (!waited) handlers += ioContext(reactor).run_one_for(kPatience);
  EXPECT_LE(complaints(), allowed());
  // Ten attempts a second, of a few handlers each. A spinning acceptor makes thousands.
  EXPECT_LE(handlers, 100 * allowed());
  EXPECT_EQ(captured.count(LogLevel::error, "Too many open files"), complaints());
}

TEST_F(DescriptorExhaustion, ServesThoseWhoWaitedWhenAConnectionHasClosed) {
  RawPeer peer = connectRaw();
  RawPeer waiting(port->getHost());
  NoDescriptors none;
  runUntil([&] { return complaints() == 1; });
  peer.close();
  runUntil([&] { return server->connections.size() == 2 && server->connected(); });
  EXPECT_TRUE(echoes(waiting));
}

TEST_F(DescriptorExhaustion, ServesThoseWhoWaitedWhenAnythingElseHasClosed) {
  RawPeer waiting(port->getHost());
  NoDescriptors none;
  runUntil([&] { return complaints() == 1; });
  none.giveOneBack();
  runUntil([&] { return server->connected(); });
  EXPECT_TRUE(echoes(waiting));
}

TEST_F(DescriptorExhaustion, DoesNotKillTheListener) {
  {
    RawPeer waiting(port->getHost());
    NoDescriptors none;
    runUntil([&] { return complaints() == 1; });
  }
  runUntil([&] { return server->connections.size() == 1; });
  RawPeer next = connectRaw();
  EXPECT_TRUE(echoes(next));
}

TEST_F(DescriptorExhaustion, AListenerAtRestCanBeStopped) {
  RawPeer waiting(port->getHost());
  {
    NoDescriptors none;
    runUntil([&] { return complaints() == 1; });
    port->stopListening();
  }
  runUntil([&] { return waiting.ended(); });
  EXPECT_EQ(server->numPorts(), 0);
}

TEST_F(DescriptorExhaustion, FailsAConnectAsTheNetworkWould) {
  auto client = ScriptedFactory::make();
  NoDescriptors none;
  connect(port, client);
  EXPECT_EQ(client->failures, 0);
  runUntil([&] { return client->failures == 1; });
  ASSERT_TRUE(client->failed->check<ConnectError>());
  EXPECT_THAT(client->failed->getErrorMessage(), HasSubstr("Too many open files"));
}

TEST_F(DescriptorExhaustion, FailsAListenWithTheReason) {
  NoDescriptors none;
  try {
    listen(ScriptedFactory::make());
    FAIL() << "nothing was thrown";
  } catch (const CannotListenError& error) {
    EXPECT_THAT(error.what(), HasSubstr("Too many open files"));
  }
}

}  // namespace
}  // namespace plait::testing
