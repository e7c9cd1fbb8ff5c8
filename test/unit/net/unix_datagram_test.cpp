#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "support/datagrams.hpp"
#include "support/temporary_directory.hpp"

namespace plait::testing {
namespace {

class UNIXDatagram : public DatagramTest {
 protected:
  std::string path(const std::string& name) const { return directory_ / name; }
  static bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }
  static unsigned modeOf(const std::string& path) {
    struct stat file {};
    ::lstat(path.c_str(), &file);
    return file.st_mode & 0777;
  }

 private:
  TemporaryDirectory directory_;

 protected:
  Protocol server = makeProtocol();
  Protocol client = makeProtocol();
  const std::string at = path("server");
};

TEST_F(UNIXDatagram, ServesAPathAndRemovesIt) {
  auto port = reactor.listenUNIXDatagram(at, server);
  EXPECT_EQ(port->getHost(), Address(UNIXAddress{at}));
  EXPECT_TRUE(exists(at));
  auto other = reactor.listenUNIXDatagram(path("client"), client);
  server->onDatagram = [&](BytesView bytes, const Address& from) { port->write(bytes, from); };
  other->write("round trip", UNIXAddress{at});
  runUntilReceived(client, 1);
  EXPECT_EQ(server->received[0].from, Address(UNIXAddress{path("client")}));
  EXPECT_EQ(client->received[0].from, Address(UNIXAddress{at}));
  port->stopListening();
  other->stopListening();
  EXPECT_FALSE(exists(at));
  EXPECT_FALSE(exists(path("client")));
  EXPECT_EQ(port->getHost(), Address(UNIXAddress{at}));
}

TEST_F(UNIXDatagram, SetsTheModeWhateverTheUmask) {
  const mode_t before = ::umask(077);
  auto wide = reactor.listenUNIXDatagram(path("wide"), server);
  auto narrow = reactor.listenUNIXDatagram(path("narrow"), client, 0600);
  ::umask(before);
  EXPECT_EQ(modeOf(path("wide")), 0666u);
  EXPECT_EQ(modeOf(path("narrow")), 0600u);
}

TEST_F(UNIXDatagram, RefusesAPathThatIsThere) {
  std::ofstream(at) << "precious";
  try {
    reactor.listenUNIXDatagram(at, server);
    FAIL();
  } catch (const CannotListenError& error) {
    EXPECT_EQ(std::string(error.what()),
              "cannot listen on unix:" + at + ": Address already in use");
  }
  EXPECT_TRUE(exists(at));
  EXPECT_TRUE(server->calls.empty());
  ::unlink(at.c_str());
}

TEST_F(UNIXDatagram, RemovesNoFileThatIsNotItsOwn) {
  auto port = reactor.listenUNIXDatagram(at, server);
  ::unlink(at.c_str());
  std::ofstream(at) << "another's";
  port->stopListening();
  EXPECT_TRUE(exists(at));
  ::unlink(at.c_str());
}

TEST_F(UNIXDatagram, RefusesPathsThatAreNone) {
  EXPECT_THROW(reactor.listenUNIXDatagram("", server), CannotListenError);
  EXPECT_THROW(reactor.listenUNIXDatagram(std::string(108, 'x'), server), CannotListenError);
  EXPECT_THROW(reactor.connectUNIXDatagram("", client), ConnectError);
  EXPECT_THROW(reactor.connectUNIXDatagram(std::string(108, 'x'), client), ConnectError);
  EXPECT_THROW(reactor.listenUNIXDatagram(at, nullptr), std::invalid_argument);
  EXPECT_THROW(reactor.connectUNIXDatagram(at, nullptr), std::invalid_argument);
  EXPECT_TRUE(server->calls.empty());
}

TEST_F(UNIXDatagram, ServesAbstractNames) {
  const std::string name = std::string(1, '\0') + at + std::string("\0x", 2);
  auto port = reactor.listenUNIXDatagram(name, server);
  EXPECT_EQ(port->getHost(), Address(UNIXAddress{name}));
  auto sender = reactor.connectUNIXDatagram(name, client, {.bindAddress = name + "2"});
  sender->write("abstract");
  runUntilReceived(server, 1);
  EXPECT_EQ(server->received[0].from, Address(UNIXAddress{name + "2"}));
}

TEST_F(UNIXDatagram, ConnectsBoundToAPath) {
  auto port = reactor.listenUNIXDatagram(at, server);
  auto sender =
      reactor.connectUNIXDatagram(at, client, {.bindAddress = path("client"), .mode = 0640});
  EXPECT_EQ(modeOf(path("client")), 0640u);
  sender->write("one");
  sender->write("two", UNIXAddress{at});
  runUntilReceived(server, 2);
  port->write("answer", server->received[0].from);
  runUntilReceived(client, 1);
  EXPECT_THROW(sender->write("x", UNIXAddress{path("client")}), InvalidAddressError);
  sender->stopListening();
  EXPECT_FALSE(exists(path("client")));
}

TEST_F(UNIXDatagram, ConnectsWithoutANameAndCannotBeAnswered) {
  auto port = reactor.listenUNIXDatagram(at, server);
  auto sender = reactor.connectUNIXDatagram(at, client);
  EXPECT_EQ(sender->getHost(), Address(UNIXAddress{}));
  sender->write("");
  runUntilReceived(server, 1);
  EXPECT_EQ(server->received[0].from, Address(UNIXAddress{}));
  EXPECT_THROW(port->write("answer", server->received[0].from), InvalidAddressError);
}

TEST_F(UNIXDatagram, TellsNobodyOfADestinationThatIsNotThere) {
  auto port = reactor.listenUNIXDatagram(at, server);
  EXPECT_NO_THROW(port->write("x", UNIXAddress{path("nobody")}));
  std::ofstream(path("no socket")) << "a file";
  EXPECT_NO_THROW(port->write("x", UNIXAddress{path("no socket")}));
  ::unlink(path("no socket").c_str());
  EXPECT_THROW(port->write("x", *IPv4Address::parse("127.0.0.1", 9)), InvalidAddressError);
  EXPECT_THROW(port->write("x", UNIXAddress{std::string(108, 'x')}), InvalidAddressError);
  EXPECT_EQ(port->bufferedBytes(), 0u);
}

TEST_F(UNIXDatagram, SaysWhyItCannotConnect) {
  try {
    reactor.connectUNIXDatagram(at, client, {.bindAddress = path("client")});
    FAIL();
  } catch (const ConnectError& error) {
    EXPECT_EQ(std::string(error.what()),
              "cannot connect to unix:" + at + ": No such file or directory");
  }
  EXPECT_FALSE(exists(path("client")));
  auto port = reactor.listenUNIXDatagram(at, server);
  EXPECT_THROW(reactor.connectUNIXDatagram(at, client, {.bindAddress = at}), ConnectBindError);
  EXPECT_TRUE(exists(at));
}

TEST_F(UNIXDatagram, HasNoMulticast) {
  auto port = reactor.listenUNIXDatagram(at, server);
  EXPECT_THROW(port->setBroadcastAllowed(true), std::logic_error);
  EXPECT_THROW(port->getTTL(), std::logic_error);
  EXPECT_THROW(port->joinGroup("228.0.0.5"), std::logic_error);
  EXPECT_THROW(port->setOutgoingInterface("lo"), std::logic_error);
}

TEST_F(UNIXDatagram, TruncatesAndTakesDatagramsLongerThanAnyOfUDP) {
  auto port = reactor.listenUNIXDatagram(at, server, 0666, {.maxPacketSize = 100'000});
  auto sender = reactor.connectUNIXDatagram(at, client);
  const Bytes large = pattern(100'000);
  sender->write(large);
  sender->write(large + "!");
  runUntil([&] { return server->received.size() == 1 && server->truncated.size() == 1; });
  EXPECT_EQ(server->received[0].bytes, large);
  EXPECT_EQ(server->truncated[0].bytes, large);
  EXPECT_EQ(server->truncated[0].size, 100'001u);
  EXPECT_THROW(sender->write(Bytes(10'000'000, 'x')), MessageLengthError);
}

TEST_F(UNIXDatagram, IsToldThatItsPeerHasGoneAndFindsTheNext) {
  auto port = reactor.listenUNIXDatagram(at, server);
  auto sender = reactor.connectUNIXDatagram(at, client);
  port->stopListening();
  sender->write("lost");
  EXPECT_EQ(client->refused, 0);
  runUntil([&] { return client->refused > 0; });
  sender->write("lost too");
  runWhatIsReady();
  auto next = makeProtocol();
  reactor.listenUNIXDatagram(at, next);
  sender->write("heard");
  runUntilReceived(next, 1);
  EXPECT_THAT(next->texts(), ElementsAre("heard"));
}

TEST_F(UNIXDatagram, QueuesInOrderWhatAFullPeerDoesNotTake) {
  auto port = reactor.listenUNIXDatagram(at, server);
  auto sender = reactor.connectUNIXDatagram(at, client);
  port->pauseProducing();
  std::vector<Bytes> sent;
  for (int i = 0; i < 1000; ++i) {
    sent.push_back(fmt::format("datagram {}", i));
    sender->write(sent.back());
  }
  EXPECT_GT(sender->bufferedBytes(), 0u);
  port->resumeProducing();
  runUntilReceived(server, sent.size());
  EXPECT_EQ(server->texts(), sent);
  EXPECT_EQ(sender->bufferedBytes(), 0u);
  EXPECT_EQ(sender->droppedDatagrams(), 0u);
}

TEST_F(UNIXDatagram, DropsTheNewestWhenItsQueueIsFullAndWarnsOnce) {
  auto port = reactor.listenUNIXDatagram(at, server);
  auto sender = reactor.connectUNIXDatagram(at, client, {.datagrams = {.sendQueueLimit = 100}});
  port->pauseProducing();
  std::size_t taken = 0;  // until the first is dropped
  for (; sender->droppedDatagrams() == 0; ++taken) sender->write(fmt::format("{:010}", taken));
  --taken;
  EXPECT_EQ(sender->bufferedBytes(), 100u);
  for (int i = 0; i < 50; ++i) sender->write("late");
  EXPECT_EQ(sender->droppedDatagrams(), 51u);
  EXPECT_EQ(captured.count(LogLevel::warn, "send queue"), 1u);
  port->resumeProducing();
  runUntilReceived(server, taken);
  runWhatIsReady();
  EXPECT_EQ(server->received.size(), taken);
  EXPECT_EQ(server->received.back().bytes, fmt::format("{:010}", taken - 1));
}

TEST_F(UNIXDatagram, ServesOthersWhileOneReceiverIsFull) {
  auto stuck = reactor.listenUNIXDatagram(at, server);
  auto other = reactor.listenUNIXDatagram(path("other"), client);
  auto source = makeProtocol();
  auto sender = reactor.listenUNIXDatagram(path("sender"), source);
  stuck->pauseProducing();
  while (sender->bufferedBytes() == 0) sender->write("stuck", UNIXAddress{at});
  sender->write("one", UNIXAddress{path("other")});
  sender->write("two", UNIXAddress{path("other")});
  runUntilReceived(client, 2);
  EXPECT_THAT(client->texts(), ElementsAre("one", "two"));
  EXPECT_EQ(sender->bufferedBytes(), 5u);
  stuck->resumeProducing();
  runUntil([&] { return sender->bufferedBytes() == 0; });
}

TEST_F(UNIXDatagram, StopsWithDatagramsInItsQueue) {
  auto port = reactor.listenUNIXDatagram(at, server);
  port->pauseProducing();
  auto connected = reactor.connectUNIXDatagram(at, client);
  auto source = makeProtocol();
  auto unconnected = reactor.listenUNIXDatagram(path("sender"), source);
  while (connected->bufferedBytes() == 0) connected->write("x");
  while (unconnected->bufferedBytes() == 0) unconnected->write("x", UNIXAddress{at});
  connected->stopListening();
  unconnected->stopListening();
  runWhatIsReady();
  EXPECT_EQ(connected->bufferedBytes(), 0u);
  EXPECT_THAT(client->calls, ElementsAre("start", "stop"));
  EXPECT_THAT(source->calls, ElementsAre("start", "stop"));
}

TEST_F(UNIXDatagram, ASendBufferLimitsTheirSize) {
  reactor.listenUNIXDatagram(at, server);
  auto usual = reactor.listenUNIXDatagram(path("usual"), client);
  auto small =
      reactor.listenUNIXDatagram(path("small"), makeProtocol(), 0600, {.sendBuffer = 4096});
  const Bytes data = pattern(50'000);
  EXPECT_THROW(small->write(data, UNIXAddress{at}), MessageLengthError);
  usual->write(data, UNIXAddress{at});
  runUntilReceived(server, 1);
  EXPECT_TRUE(server->received.at(0).bytes == data);
}

}  // namespace
}  // namespace plait::testing
