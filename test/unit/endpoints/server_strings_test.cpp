#include <gmock/gmock.h>

#include <cstdlib>
#include <plait/endpoints/endpoint_parsers.hpp>

#include "support/endpoint_test.hpp"
#include "support/memory_processes.hpp"

namespace plait::testing {
namespace {

using ::testing::HasSubstr;

/// What server strings make.
struct ServerStrings : EndpointTest {
  /// Listens on what the string says.
  std::string listenOn(const std::string& text) {
    const auto endpoint = serverFromString(everything, text);
    return endpoint->describe(*successResultOf(endpoint->listen(server)));
  }
  const ListenOptions& tcp(const std::string& text) {
    listenOn(text);
    return everything.tcpServers.back()->options();
  }
  const UNIXListenOptions& unixSocket(const std::string& text) {
    listenOn(text);
    return everything.unixServers.back()->unixOptions();
  }
  std::string path(const std::string& text) {
    listenOn(text);
    return everything.unixServers.back()->getHost().host();
  }
  std::string complaint(const std::string& text) {
    try {
      serverFromString(everything, text);
      return "no complaint";
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
  }

  EverythingReactor everything{log.log};
};

TEST_F(ServerStrings, ListenOnTCP) {
  EXPECT_EQ(listenOn("tcp:80"), "tcp:0.0.0.0:80");
  EXPECT_EQ(tcp("tcp:80").backlog, 511);
  EXPECT_EQ(tcp("tcp:80").interface, "");
  EXPECT_EQ(listenOn("tcp:80:interface=127.0.0.1"), "tcp:127.0.0.1:80");
  EXPECT_EQ(listenOn("tcp:port=80"), "tcp:0.0.0.0:80");
  EXPECT_EQ(listenOn("tcp:interface=\\:\\:1:port=80"), "tcp6:[::1]:80");
  EXPECT_EQ(tcp("tcp:80:127.0.0.1:7").backlog, 7);
  EXPECT_EQ(tcp("tcp:80:backlog=9").backlog, 9);
}

TEST_F(ServerStrings, ListenOnTCPOverIPv6) {
  EXPECT_EQ(listenOn("tcp6:80"), "tcp6:[::]:80");
  EXPECT_EQ(tcp("tcp6:80").backlog, 511);
  EXPECT_EQ(tcp("tcp6:80:7:\\:\\:1").backlog, 7) << "the order differs from tcp's";
  EXPECT_EQ(listenOn("tcp6:80:7:\\:\\:1"), "tcp6:[::1]:80");
  EXPECT_EQ(listenOn("tcp6:80:interface=\\:\\:1"), "tcp6:[::1]:80");
  EXPECT_EQ(listenOn("TCP6:80"), "tcp6:[::]:80");
  EXPECT_FALSE(tcp("tcp6:80").ipv6Only);
  EXPECT_TRUE(tcp("tcp6:80:ipv6Only=1").ipv6Only);
}

TEST_F(ServerStrings, ComplainAboutTCP) {
  EXPECT_EQ(complaint("tcp:"),
            "bad endpoint 'tcp:': '' is no port; it must be a number from 0 to 65535");
  EXPECT_EQ(complaint("tcp:abc"),
            "bad endpoint 'tcp:abc': 'abc' is no port; it must be a number from 0 to 65535");
  EXPECT_EQ(complaint("tcp"), "bad endpoint 'tcp': it has no port");
  EXPECT_EQ(complaint("tcp:80:bogus=1"),
            "bad endpoint 'tcp:80:bogus=1': 'tcp' endpoints have no 'bogus'");
  EXPECT_THAT(complaint("tcp:80::9:x"), HasSubstr("'x' is one argument too many"));
  EXPECT_THAT(complaint("tcp:80:backlog=0"), HasSubstr("'0' is no backlog"));
  EXPECT_THAT(complaint("tcp:80\\"), HasSubstr("it ends in a backslash"));
  EXPECT_THAT(complaint("tcp6:80:interface=127.0.0.1"),
              HasSubstr("'127.0.0.1' is no IPv6 address; write interface=\\:\\:1, for example"));
}

TEST_F(ServerStrings, ListenOnUNIXSockets) {
  EXPECT_EQ(listenOn("unix:/var/run/finger"), "unix:/var/run/finger");
  EXPECT_EQ(unixSocket("unix:/x").mode, 0666u);
  EXPECT_EQ(unixSocket("unix:/x").backlog, 511);
  EXPECT_TRUE(unixSocket("unix:/x").lockFile);
  EXPECT_EQ(unixSocket("unix:/x:mode=660").mode, 0660u);
  EXPECT_EQ(unixSocket("unix:/x:mode=0660").mode, 0660u);
  EXPECT_FALSE(unixSocket("unix:/x:lockfile=0").lockFile);
  EXPECT_EQ(unixSocket("unix:/x:600:7:0").mode, 0600u);
  EXPECT_EQ(unixSocket("unix:/x:600:7:0").backlog, 7);
  EXPECT_FALSE(unixSocket("unix:/x:600:7:0").lockFile);
}

TEST_F(ServerStrings, TakeAnyPath) {
  EXPECT_EQ(path("unix:foo\\:bar\\=baz\\:qux\\\\"), "foo:bar=baz:qux\\");
  EXPECT_EQ(path("unix:address=foo=bar"), "foo=bar");
  EXPECT_EQ(path("unix:\\=x"), "=x");
  EXPECT_EQ(path("unix:C\\:\\\\tmp"), "C:\\tmp");
  const std::string odd = "some : stuff \\";
  EXPECT_EQ(path("unix:" + quoteStringArgument(odd)), odd);
}

TEST_F(ServerStrings, ComplainAboutUNIXSockets) {
  EXPECT_EQ(complaint("unix:"), "bad endpoint 'unix:': it has no address");
  EXPECT_THAT(complaint("unix:/x:mode=888"),
              HasSubstr("'888' is no mode; it must be an octal number up to 777"));
  EXPECT_THAT(complaint("unix:/x:mode=1777"), HasSubstr("'1777' is no mode"));
  EXPECT_THAT(complaint("unix:/x:mode=-1"), HasSubstr("'-1' is no mode"));
  EXPECT_THAT(complaint("unix:/x:lockfile=yes"), HasSubstr("'yes' is no lockfile"));
}

TEST_F(ServerStrings, ServeStandardInputAndOutput) {
  EXPECT_EQ(listenOn("stdio:"), "stdio:");
  EXPECT_EQ(listenOn("stdio"), "stdio:");
  EXPECT_EQ(server->protocols.size(), 2u);
  EXPECT_THAT(complaint("stdio:1"), HasSubstr("one argument too many"));
}

TEST_F(ServerStrings, AdoptDescriptors) {
  everything.openSockets = {{7, IPv4Address{{127, 0, 0, 1}, 80}}};
  EXPECT_EQ(listenOn("fd:7"), "tcp:127.0.0.1:80");
  EXPECT_EQ(listenOn("fd:descriptor=7"), "tcp:127.0.0.1:80");
  EXPECT_THAT(complaint("fd"), HasSubstr("it has no descriptor; write fd:3, for example"));
  EXPECT_THAT(complaint("fd:x"), HasSubstr("'x' is no descriptor"));
  EXPECT_THAT(complaint("fd:-1"), HasSubstr("'-1' is no descriptor"));
  EXPECT_THAT(complaint("fd:99999999999"), HasSubstr("is no descriptor"));
}

TEST_F(ServerStrings, LeaveAMissingDescriptorToTheListening) {
  failureResultOf<CannotListenError>(serverFromString(everything, "fd:9")->listen(server));
  const auto systemd = serverFromString(everything, "systemd:domain=INET:index=0");
  failureResultOf<CannotListenError>(systemd->listen(server));
}

TEST_F(ServerStrings, ComplainAboutSystemd) {
  EXPECT_EQ(complaint("systemd:INET6:0"), "no complaint");
  EXPECT_EQ(complaint("systemd:domain=UNIX:name=web"), "no complaint");
  EXPECT_THAT(complaint("systemd:"), HasSubstr("it has no domain"));
  EXPECT_THAT(complaint("systemd:domain=IPX:index=0"),
              HasSubstr("'IPX' is no domain; it must be INET, INET6 or UNIX"));
  EXPECT_THAT(complaint("systemd:INET"), HasSubstr("it must have an index or a name"));
  EXPECT_THAT(complaint("systemd:INET:index=0:name=a"), HasSubstr("one of both"));
  EXPECT_THAT(complaint("systemd:INET:index=x"), HasSubstr("'x' is no index"));
}

TEST_F(ServerStrings, PutPROXYHeadersBeforeOthers) {
  EXPECT_EQ(listenOn("haproxy:tcp:80"), "haproxy:tcp:0.0.0.0:80");
  EXPECT_EQ(listenOn("haproxy:tcp:80:interface=127.0.0.1"), "haproxy:tcp:127.0.0.1:80");
  EXPECT_EQ(listenOn("haproxy:haproxy:tcp:1"), "haproxy:haproxy:tcp:0.0.0.0:1");
  EXPECT_EQ(listenOn("haproxy:unix:address=/tmp/a"), "haproxy:unix:/tmp/a");
  EXPECT_EQ(listenOn("HAProxy:unix:/tmp/a\\:b"), "haproxy:unix:/tmp/a:b");
  EXPECT_THAT(complaint("haproxy:"), HasSubstr("write haproxy:tcp:PORT, for example"));
  EXPECT_THAT(complaint("haproxy"), HasSubstr("'haproxy:' stands before another endpoint"));
  EXPECT_THAT(complaint("haproxy:tcp:x"), HasSubstr("bad endpoint 'tcp:x': 'x' is no port"));
  EXPECT_THAT(complaint("haproxy:ftl:x"), HasSubstr("unknown endpoint type 'ftl'"));
}

}  // namespace
}  // namespace plait::testing
