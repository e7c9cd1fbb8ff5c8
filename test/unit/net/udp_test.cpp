#include "support/datagrams.hpp"

namespace plait::testing {
namespace {

/// Two ports on the loopback.
class UDP : public DatagramTest {
 protected:
  Protocol server = makeProtocol();
  Protocol client = makeProtocol();
  Port serverPort = listenUDP(server);
  Port clientPort = listenUDP(client);
  const Address toServer = serverPort->getHost();
};

TEST_F(UDP, DeliversDatagramsWholeWithTheirSender) {
  clientPort->write("one", toServer);
  clientPort->write("two two", toServer);
  runUntilReceived(server, 2);
  EXPECT_THAT(server->texts(), ElementsAre("one", "two two"));
  EXPECT_EQ(server->received[0].from, clientPort->getHost());
}

TEST_F(UDP, AnswersFromInsideDatagramReceived) {
  server->onDatagram = [&](BytesView bytes, const Address& from) {
    server->transport().write(bytes, from);
    server->transport().write("and more", from);
  };
  clientPort->write("ping", toServer);
  runUntilReceived(client, 2);
  EXPECT_THAT(client->texts(), ElementsAre("ping", "and more"));
}

TEST_F(UDP, DeliversAnEmptyDatagram) {
  clientPort->write("", toServer);
  runUntilReceived(server, 1);
  EXPECT_THAT(server->texts(), ElementsAre(""));
}

TEST_F(UDP, DeliversTheLongestDatagramThereIs) {
  const Bytes longest = pattern(65'507);
  clientPort->write(longest, toServer);
  runUntilReceived(server, 1);
  EXPECT_EQ(server->received[0].bytes, longest);
}

TEST_F(UDP, ThrowsForADatagramTooLong) {
  EXPECT_THROW(clientPort->write(pattern(65'508), toServer), MessageLengthError);
  EXPECT_THROW(clientPort->write(pattern(70'000), toServer), MessageLengthError);
  clientPort->write("short", toServer);
  runUntilReceived(server, 1);
  EXPECT_THAT(server->texts(), ElementsAre("short"));
}

TEST_F(UDP, TellsWhatWasTruncated) {
  auto small = makeProtocol();
  auto port = listenUDP(small, {.maxPacketSize = 10});
  clientPort->write("0123456789", port->getHost());
  clientPort->write("0123456789abc", port->getHost());
  clientPort->write("behind", port->getHost());
  runUntilReceived(small, 2);
  EXPECT_THAT(small->texts(), ElementsAre("0123456789", "behind"));
  ASSERT_EQ(small->truncated.size(), 1u);
  EXPECT_EQ(small->truncated[0].bytes, "0123456789");
  EXPECT_EQ(small->truncated[0].size, 13u);
  EXPECT_EQ(small->truncated[0].from, clientPort->getHost());
}

TEST_F(UDP, RefusesAMaxPacketSizeOfNothing) {
  EXPECT_THROW(listenUDP(client, {.maxPacketSize = 0}), std::invalid_argument);
}

TEST_F(UDP, RefusesANameAsDestination) {
  try {
    clientPort->write("x", HostnameAddress{"localhost", 1});
    FAIL();
  } catch (const InvalidAddressError& error) {
    EXPECT_STREQ(error.what(),
                 "cannot send to localhost:1: only IP addresses are accepted, not hostnames");
  }
}

TEST_F(UDP, RefusesADestinationOfAnotherFamily) {
  try {
    clientPort->write("x", *IPv6Address::parse("::1", 7));
    FAIL();
  } catch (const InvalidAddressError& error) {
    EXPECT_STREQ(error.what(),
                 "cannot send to [::1]:7: the port's family is IPv4, the address's IPv6");
  }
  EXPECT_THROW(clientPort->write("x", UNIXAddress{"/tmp/x"}), InvalidAddressError);
  EXPECT_THROW(clientPort->write("x", Address()), InvalidAddressError);
}

TEST_F(UDP, RefusesPortZeroAsDestination) {
  EXPECT_THROW(clientPort->write("x", *IPv4Address::parse("127.0.0.1", 0)), InvalidAddressError);
}

TEST_F(UDP, RefusesToWriteToNobody) {
  EXPECT_THROW(clientPort->write("x"), std::logic_error);
}

TEST_F(UDP, LivesThroughAnExceptionInDatagramReceived) {
  server->onDatagram = [](BytesView bytes, const Address&) {
    if (bytes == "bad") throw std::runtime_error("no good");
  };
  clientPort->write("bad", toServer);
  clientPort->write("good", toServer);
  runUntilReceived(server, 2);
  EXPECT_TRUE(captured.hasFailure("no good"));
  EXPECT_EQ(captured.count(LogLevel::error, "datagramReceived of"), 1u);
  EXPECT_EQ(captured.count(LogLevel::error, toString(toServer)), 1u);
}

TEST_F(UDP, LivesThroughADestinationWhereNobodyListens) {
  const Address gone = serverPort->getHost();
  serverPort->stopListening();
  for (int i = 0; i < 3; ++i) clientPort->write("x", gone);
  runWhatIsReady();
  auto other = makeProtocol();
  auto port = listenUDP(other);
  clientPort->write("y", port->getHost());
  runUntilReceived(other, 1);
  EXPECT_EQ(client->refused, 0);
  EXPECT_TRUE(clientPort->connected());
}

TEST_F(UDP, GivesOthersTheirTurnUnderAFlood) {
#ifdef BOOST_ASIO_HAS_IO_URING
  GTEST_SKIP() << "on io_uring, a timer comes two turns of the loop later: behind the whole flood";
#endif
  constexpr std::size_t kMany = 150;  // as many as the system holds for it
  for (std::size_t i = 0; i < kMany; ++i) clientPort->write("flood", toServer);
  std::size_t whenCalled = 0;
  server->onDatagram = [&](BytesView, const Address&) {
    if (server->received.size() == 1) {
      reactor.callLater(0s, [&] { whenCalled = server->received.size(); });
    }
  };
  runUntilReceived(server, kMany);
  EXPECT_GT(whenCalled, 0u);
  EXPECT_LT(whenCalled, kMany);
}

TEST_F(UDP, PausesAndResumesInTheMiddle) {
  server->onDatagram = [&](BytesView, const Address&) { serverPort->pauseProducing(); };
  for (const char* text : {"a", "b", "c"}) clientPort->write(text, toServer);
  runUntilReceived(server, 1);
  runWhatIsReady();
  EXPECT_THAT(server->texts(), ElementsAre("a"));
  serverPort->resumeProducing();
  serverPort->resumeProducing();
  runUntilReceived(server, 2);
  runWhatIsReady();
  EXPECT_THAT(server->texts(), ElementsAre("a", "b"));
  serverPort->resumeProducing();
  runUntilReceived(server, 3);
}

TEST_F(UDP, BroadcastsOnlyWhenAllowed) {
  auto hearer = makeProtocol();
  auto port = reactor.listenUDP(0, hearer, {.interface = "127.255.255.255"});
  const Address everybody = *IPv4Address::parse("127.255.255.255", port->getHost().port());
  EXPECT_FALSE(clientPort->getBroadcastAllowed());
  EXPECT_THROW(clientPort->write("all", everybody), InvalidAddressError);
  clientPort->setBroadcastAllowed(true);
  EXPECT_TRUE(clientPort->getBroadcastAllowed());
  clientPort->write("all", everybody);
  runUntilReceived(hearer, 1);
  EXPECT_THAT(hearer->texts(), ElementsAre("all"));
}

TEST_F(UDP, ServesIPv6) {
  auto six = makeProtocol();
  auto port = listenOn("::1", six);
  auto other = makeProtocol();
  auto sender = listenOn("::1", other);
  EXPECT_THROW(sender->write("x", toServer), InvalidAddressError);
  sender->write("six", port->getHost());
  runUntilReceived(six, 1);
  EXPECT_EQ(six->received[0].from, sender->getHost());
  EXPECT_EQ(six->received[0].from.host(), "::1");
}

TEST_F(UDP, HearsIPv4OnAnIPv6PortUnlessToldNotTo) {
  auto both = makeProtocol();
  auto port = listenOn("::", both);
  clientPort->write("four", *IPv4Address::parse("127.0.0.1", port->getHost().port()));
  runUntilReceived(both, 1);
  EXPECT_EQ(both->received[0].from.host(), "::ffff:127.0.0.1");
  port->write("back", both->received[0].from);
  runUntilReceived(client, 1);

  auto only = listenOn("::", makeProtocol(), {.ipv6Only = true});
  auto four = reactor.listenUDP(only->getHost().port(), makeProtocol(), {.interface = "127.0.0.1"});
  EXPECT_EQ(four->getHost().port(), only->getHost().port());
}

TEST_F(UDP, HoldsNoMoreThanItsReceiveBuffer) {
  auto narrow = makeProtocol();
  auto port = listenUDP(narrow, {.receiveBuffer = 16 * 1024});
  for (int i = 0; i < 100; ++i) clientPort->write(pattern(1000), port->getHost());
  runWhatIsReady();
  EXPECT_GT(narrow->received.size(), 0u);
  EXPECT_LT(narrow->received.size(), 100u);
}

TEST_F(UDP, SharesAPortWhenListenMultiple) {
  auto first = listenUDP(makeProtocol(), {.listenMultiple = true});
  const auto number = first->getHost().port();
  const DatagramOptions shared{.interface = "127.0.0.1", .listenMultiple = true};
  EXPECT_NO_THROW(reactor.listenUDP(number, makeProtocol(), shared));
  EXPECT_THROW(reactor.listenUDP(number, makeProtocol(), {.interface = "127.0.0.1"}),
               CannotListenError);
}

TEST_F(UDP, SaysWhatItCannotListenOn) {
  try {
    reactor.listenUDP(toServer.port(), makeProtocol(), {.interface = "127.0.0.1"});
    FAIL();
  } catch (const CannotListenError& error) {
    EXPECT_EQ(std::string(error.what()),
              fmt::format("cannot listen on {}: Address already in use", toServer));
    EXPECT_EQ(error.osError, std::errc::address_in_use);
  }
  EXPECT_THROW(listenOn("localhost", makeProtocol()), CannotListenError);
  EXPECT_THROW(listenOn("192.0.2.77", makeProtocol()), CannotListenError);
  EXPECT_THROW(reactor.listenUDP(0, nullptr), std::invalid_argument);
}

TEST_F(UDP, AMaximumBeyondWhatTheReactorReadsAtOnceIsGranted) {
  auto patient = makeProtocol();
  auto port = listenUDP(patient, {.maxPacketSize = kMegabyte});
  const Bytes data = pattern(60'000);
  clientPort->write(data, port->getHost());
  runUntilReceived(patient, 1);
  EXPECT_TRUE(patient->received.at(0).bytes == data);
}

}  // namespace
}  // namespace plait::testing
