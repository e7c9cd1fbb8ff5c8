#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/datagrams.hpp"

namespace plait::testing {
namespace {

/// A socket somebody else has opened.
class Opened {
 public:
  Opened(int family, int type) : fd(::socket(family, type, 0)) {}
  Opened(const Opened&) = delete;
  ~Opened() { ::close(fd); }

  void bindToLoopback() {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&in), sizeof in), 0);
  }

  const int fd;
};

class AdoptedDatagramPort : public DatagramTest {
 protected:
  std::string whyNot(int descriptor) {
    try {
      reactor.adoptDatagramPort(descriptor, protocol);
    } catch (const CannotListenError& error) {
      return error.what();
    }
    return "";
  }
  Protocol protocol = makeProtocol();
};

TEST_F(AdoptedDatagramPort, ReceivesThroughADuplicate) {
  Protocol client = makeProtocol();
  auto clientPort = listenUDP(client);
  Port port;
  {
    Opened opened(AF_INET, SOCK_DGRAM);
    opened.bindToLoopback();
    port = reactor.adoptDatagramPort(opened.fd, protocol);
    EXPECT_THAT(protocol->calls, ElementsAre("start"));
  }
  clientPort->write("ping", port->getHost());
  runUntilReceived(protocol, 1);
  port->write("pong", protocol->received[0].from);
  runUntilReceived(client, 1);
}

TEST_F(AdoptedDatagramPort, LeavesTheDescriptorToItsOwner) {
  Opened opened(AF_INET, SOCK_DGRAM);
  opened.bindToLoopback();
  reactor.adoptDatagramPort(opened.fd, protocol)->stopListening();
  EXPECT_GE(::fcntl(opened.fd, F_GETFD), 0);
  EXPECT_EQ(whyNot(opened.fd), "");  // again
}

TEST_F(AdoptedDatagramPort, KnowsThatItIsConnected) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
  Protocol other = makeProtocol();
  auto one = reactor.adoptDatagramPort(pair[0], protocol);
  auto two = reactor.adoptDatagramPort(pair[1], other);
  ::close(pair[0]);
  ::close(pair[1]);
  one->write("to the other end");
  runUntilReceived(other, 1);
}

TEST_F(AdoptedDatagramPort, SaysWhatIsNone) {
  Opened unbound(AF_INET, SOCK_DGRAM);
  EXPECT_EQ(whyNot(unbound.fd),
            fmt::format("cannot listen on descriptor {}: the socket is not bound", unbound.fd));
  Opened stream(AF_INET, SOCK_STREAM);
  EXPECT_EQ(whyNot(stream.fd),
            fmt::format("cannot listen on descriptor {}: it is no datagram socket", stream.fd));
  EXPECT_EQ(whyNot(-1), "cannot listen on descriptor -1: Bad file descriptor");
  const int file = ::open("/dev/null", O_RDONLY);
  EXPECT_EQ(whyNot(file), fmt::format("cannot listen on descriptor {}: Socket operation on "
                                      "non-socket",
                                      file));
  ::close(file);
  EXPECT_THROW(reactor.adoptDatagramPort(0, nullptr), std::invalid_argument);
  EXPECT_TRUE(protocol->calls.empty());
}

}  // namespace
}  // namespace plait::testing
