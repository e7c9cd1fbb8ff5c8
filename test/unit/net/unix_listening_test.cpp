#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>

#include "support/unix_test.hpp"

namespace plait::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using namespace std::string_view_literals;

class UNIXListening : public UNIXListenTest {
 protected:
  unsigned modeOfTheFile() const {
    struct stat file {};
    EXPECT_EQ(stat(path.c_str(), &file), 0);
    return file.st_mode & 07777;
  }
};

/// Sets the umask for a scope.
class Umask {
 public:
  explicit Umask(mode_t mask) : before_(umask(mask)) {}
  ~Umask() { umask(before_); }

 private:
  mode_t before_;
};

TEST_F(UNIXListening, ServesConnections) {
  server->script.data = [](Connection& c, BytesView data) { c.transport->write(data); };
  auto port = listenAt(server);
  EXPECT_EQ(port->getHost(), address);
  RawPeer peer(address);
  peer.send("hello");
  runUntil([&] { return peer.receive() > 0; });
  EXPECT_EQ(peer.received, "hello");
  EXPECT_EQ(server->last().transport->getHost(), address);
  EXPECT_EQ(server->last().transport->getPeer(), UNIXAddress{});
}

TEST_F(UNIXListening, KnowsThePathOfAPeerThatHasOne) {
  auto port = listenAt(server);
  const std::string own = directory / "peer";
  RawPeer peer(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un name{.sun_family = AF_UNIX, .sun_path = {}};
  own.copy(name.sun_path, sizeof name.sun_path);
  ASSERT_EQ(bind(peer.socket(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  std::memset(name.sun_path, 0, sizeof name.sun_path);
  path.copy(name.sun_path, sizeof name.sun_path);
  ASSERT_EQ(::connect(peer.socket(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  runUntil([&] { return server->connected(); });
  EXPECT_EQ(server->last().transport->getPeer(), UNIXAddress{own});
}

TEST_F(UNIXListening, ServesManyAtOnce) {
  auto port = listenAt(server);
  std::vector<RawPeer> peers;
  for (int i = 0; i < 200; ++i) peers.emplace_back(address);
  EXPECT_TRUE(runUntil([&] { return server->connections.size() == 200; }));
}

TEST_F(UNIXListening, StoppedLeavesNoFilesAndItsConnectionsAlive) {
  server->script.data = [](Connection& c, BytesView data) { c.transport->write(data); };
  auto port = listenAt(server);
  EXPECT_TRUE(fs::is_socket(path));
  EXPECT_TRUE(fs::exists(lockFile));
  RawPeer peer(address);
  runUntil([&] { return server->connected(); });
  port->stopListening();
  EXPECT_TRUE(directory.empty());
  EXPECT_EQ(port->getHost(), address);
  peer.send("still there?");
  EXPECT_TRUE(runUntil([&] { return peer.receive() > 0; }));
}

TEST_F(UNIXListening, TheEndOfTheReactorRemovesTheFilesToo) {
  {
    Reactor other(kNoSignals);
    other.listenUNIX(path, server);
    EXPECT_TRUE(fs::is_socket(path));
  }
  EXPECT_TRUE(directory.empty());
}

TEST_F(UNIXListening, AgainAfterStopping) {
  for (int round = 0; round < 3; ++round) {
    auto port = listenAt(server);
    EXPECT_TRUE(serves());
    port->stopListening();
  }
}

TEST_F(UNIXListening, AtARelativePathRemovesItWhateverTheWorkingDirectoryIsThen) {
  const fs::path before = fs::current_path();
  fs::current_path(directory.path());
  auto port = reactor.listenUNIX("relative", server);
  fs::current_path(before);
  EXPECT_EQ(port->getHost(), UNIXAddress{"relative"});
  EXPECT_TRUE(fs::is_socket(directory / "relative"));
  port->stopListening();
  EXPECT_TRUE(directory.empty());
}

TEST_F(UNIXListening, WhoseFactoryCannotStartLeavesNoFiles) {
  struct Broken : ScriptedFactory {
    void startFactory() override { throw std::runtime_error("no database"); }
  };
  EXPECT_THROW(listenAt(std::make_shared<Broken>()), std::runtime_error);
  EXPECT_TRUE(directory.empty());
}

// --- Permissions -----------------------------------------------------------------------

TEST_F(UNIXListening, GivesTheFileItsModeWhateverTheUmask) {
  for (mode_t mask : {0000, 0022, 0077}) {
    for (unsigned mode : {0666u, 0660u, 0600u, 0777u}) {
      const Umask umask(mask);
      auto port = listenAt(server, {.mode = mode});
      EXPECT_EQ(modeOfTheFile(), mode);
      port->stopListening();
    }
  }
}

TEST_F(UNIXListening, WithAModeThatIsNoneThrows) {
  EXPECT_THROW(listenAt(server, {.mode = 010000}), std::invalid_argument);
  EXPECT_TRUE(directory.empty());
}

// --- Names -----------------------------------------------------------------------------

TEST_F(UNIXListening, AtAnAbstractNameHasNoFiles) {
  const std::string name = fmt::format("\0plait test {}"sv, getpid());
  auto port = reactor.listenUNIX(name, server);
  EXPECT_EQ(toString(port->getHost()), fmt::format("unix:@plait test {}", getpid()));
  EXPECT_TRUE(directory.empty());
  RawPeer peer(port->getHost());
  runUntil([&] { return server->connected(); });
  EXPECT_EQ(server->last().transport->getHost(), port->getHost());
  port->stopListening();
  EXPECT_THROW(RawPeer{port->getHost()}, std::system_error);
}

TEST_F(UNIXListening, RefusesAnAbstractNameThatIsInUse) {
  const std::string name = fmt::format("\0plait test {}"sv, getpid());
  RawListener other(UNIXAddress{name});
  EXPECT_EQ(refusalAt(name),
            fmt::format("cannot listen on unix:@plait test {}: Address already in use", getpid()));
  EXPECT_TRUE(inUse);
}

TEST_F(UNIXListening, RefusesPathsThatNoSocketCanHave) {
  const std::string longest(107, 'x');
  EXPECT_EQ(refusalAt(longest + "x"),
            fmt::format("cannot listen on unix:{}x: the path has 108 bytes, that of a UNIX socket "
                        "has 107 at most",
                        longest));
  EXPECT_EQ(refusalAt(""), "cannot listen on unix:: the path is empty");
  EXPECT_EQ(refusalAt("/tmp/a\0b"s),
            "cannot listen on unix:/tmp/a@b: the path has a null byte in it");
}

TEST_F(UNIXListening, TakesTheLongestPathThereIs) {
  const std::string name(107 - directory.path().string().size() - 1, 'x');
  auto port = reactor.listenUNIX(directory / name, server);
  RawPeer peer(port->getHost());
  EXPECT_TRUE(runUntil([&] { return server->connected(); }));
}

TEST_F(UNIXListening, InADirectoryThatIsNotThereSaysSo) {
  const std::string at = directory / "nowhere/socket";
  EXPECT_EQ(refusalAt(at),
            fmt::format("cannot listen on unix:{0}: {0}.lock: No such file or directory", at));
  EXPECT_EQ(refusalAt(at, {.lockFile = false}),
            fmt::format("cannot listen on unix:{}: No such file or directory", at));
}

}  // namespace
}  // namespace plait::testing
