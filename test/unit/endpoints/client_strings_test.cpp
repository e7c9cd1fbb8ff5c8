#include <gmock/gmock.h>

#include <plait/endpoints/endpoint_parsers.hpp>

#include "support/endpoint_test.hpp"
#include "support/memory_processes.hpp"

namespace plait::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// What client strings make.
struct ClientStrings : EndpointTest {
  void connectTo(const std::string& text) {
    connecting.push_back(clientFromString(everything, text)->connect(client));
  }
  const MemoryConnector& tcp(const std::string& text) {
    connectTo(text);
    return *everything.tcpClients.back();
  }
  const UNIXConnectOptions& unixSocket(const std::string& text) {
    connectTo(text);
    return everything.unixClients.back()->unixOptions();
  }
  std::string complaint(const std::string& text) {
    try {
      clientFromString(everything, text);
      return "no complaint";
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
  }

  EverythingReactor everything{log.log};
  std::vector<Protocols> connecting;
};

TEST_F(ClientStrings, ConnectToAddresses) {
  const MemoryConnector& v4 = tcp("tcp:127.0.0.1:80");
  EXPECT_EQ(v4.getDestination(), Address(IPv4Address{{127, 0, 0, 1}, 80}));
  EXPECT_EQ(v4.options().timeout, Duration(30s));
  EXPECT_EQ(toString(tcp("tcp:\\:\\:1:80").getDestination()), "[::1]:80");
  const MemoryConnector& full = tcp("tcp:host=127.0.0.1:port=1234:timeout=7:bindAddress=10.0.0.2");
  EXPECT_EQ(full.getDestination().port(), 1234);
  EXPECT_EQ(full.options().timeout, Duration(7s));
  EXPECT_EQ(toString(full.options().bindAddress), "10.0.0.2:0");
  EXPECT_TRUE(everything.resolver.questions.empty());
}

TEST_F(ClientStrings, LookNamesUpInBothFamilies) {
  for (const char* text : {"tcp:example.com:80", "hostname:example.com:80", "TCP:example.com:80",
                           "tcp:host=example.com:port=80"}) {
    everything.resolver.questions.clear();
    connectTo(text);
    EXPECT_EQ(everything.resolver.questions.size(), 2u) << text;
    EXPECT_EQ(everything.resolver.questions.at(0)->host(), "example.com") << text;
  }
}

TEST_F(ClientStrings, TakeTheOptionsOfNames) {
  everything.resolver.add("example.com", {"192.0.2.1"});
  const MemoryConnector& connector = tcp("tcp:example.com:80:timeout=10:bindAddress=10.0.0.2");
  EXPECT_EQ(toString(connector.options().bindAddress), "10.0.0.2:0");
  everything.advance(10s - 1ns);
  assertNoResult(connecting.back());
  everything.advance(1ns);
  failureResultOf<TimeoutError>(connecting.back());
}

TEST_F(ClientStrings, ComplainAboutTCP) {
  EXPECT_EQ(complaint("tcp:a"), "bad endpoint 'tcp:a': it has no port");
  EXPECT_EQ(complaint("tcp:127.0.0.1"), "bad endpoint 'tcp:127.0.0.1': it has no port");
  EXPECT_EQ(complaint("tcp:"), "bad endpoint 'tcp:': it has no host");
  EXPECT_THAT(complaint("tcp:a:1:2"), HasSubstr("'2' is one argument too many"));
  EXPECT_THAT(complaint("tcp:127.0.0.1:1:2"), HasSubstr("'2' is one argument too many"));
  EXPECT_THAT(complaint("tcp:a:1:timeout=x"), HasSubstr("'x' is no timeout"));
  EXPECT_THAT(complaint("tcp:a:1:timeout=-1"), HasSubstr("'-1' is no timeout"));
  EXPECT_THAT(complaint("tcp:a:99999"), HasSubstr("'99999' is no port"));
  EXPECT_THAT(complaint("tcp:a:1:bindAddress=here"),
              HasSubstr("'here' is no IP address to connect from"));
  EXPECT_THAT(complaint("hostname:a"), HasSubstr("it has no port"));
}

TEST_F(ClientStrings, LeaveABadNameToTheConnecting) {
  connectTo("tcp:no host:80");
  failureResultOf<std::invalid_argument>(connecting.back());
}

TEST_F(ClientStrings, ConnectToUNIXSockets) {
  EXPECT_EQ(unixSocket("unix:/run/x").timeout, Duration(30s));
  EXPECT_EQ(toString(everything.unixClients.back()->getDestination()), "unix:/run/x");
  EXPECT_FALSE(unixSocket("unix:/run/x").checkLock);
  EXPECT_EQ(unixSocket("unix:path=/run/x:timeout=5").timeout, Duration(5s));
  EXPECT_TRUE(unixSocket("unix:/run/x:lockfile=1").checkLock);
  EXPECT_EQ(complaint("unix"), "bad endpoint 'unix': it has no path");
  EXPECT_THAT(complaint("unix:/x:5"), HasSubstr("'5' is one argument too many"));
}

TEST_F(ClientStrings, TalkToStandardInputAndOutput) {
  connectTo("stdio:");
  EXPECT_EQ(successResultOf(connecting.back()), client->protocols.at(0));
  EXPECT_THAT(complaint("stdio:x=1"), HasSubstr("'stdio' endpoints have no 'x'"));
}

TEST_F(ClientStrings, RunPrograms) {
  connectTo("process:/usr/bin/sort:-n:key\\=1\\:x");
  const MemoryProcess& process = *everything.processes.at(0);
  EXPECT_EQ(process.executable, "/usr/bin/sort");
  EXPECT_THAT(process.options.args, ElementsAre("/usr/bin/sort", "-n", "key=1:x"));
  EXPECT_EQ(process.options.env, std::nullopt);
  EXPECT_EQ(complaint("process:"), "bad endpoint 'process:': it has no executable");
  EXPECT_THAT(complaint("process:x:y=1"), HasSubstr("'process' endpoints have no 'y'"));
  everything.processes.at(0)->end(Failure(ProcessDone()));
}

}  // namespace
}  // namespace plait::testing
