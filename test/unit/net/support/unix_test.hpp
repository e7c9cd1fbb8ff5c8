#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include "support/net_test.hpp"
#include "support/temporary_directory.hpp"

namespace plait::testing {

/// NetTest with a path for a socket.
class UNIXTest : public NetTest {
 protected:
  std::shared_ptr<ListeningPort> listenAt(std::shared_ptr<Factory> factory,
                                          UNIXListenOptions options = {}) {
    return reactor.listenUNIX(path, std::move(factory), options);
  }
  std::shared_ptr<Connector> connectTo(std::shared_ptr<ClientFactory> factory,
                                       UNIXConnectOptions options = {}) {
    return reactor.connectUNIX(path, std::move(factory), options);
  }

  TemporaryDirectory directory;
  const std::string path = directory / "socket";
  const std::string lockFile = path + ".lock";
  const Address address = UNIXAddress{path};
};

/// UNIXTest with a server, for who may listen at a path.
class UNIXListenTest : public UNIXTest {
 protected:
  /// The message with which listening fails.
  std::string refusal(UNIXListenOptions options = {}) { return refusalAt(path, options); }
  std::string refusalAt(const std::string& at, UNIXListenOptions options = {}) {
    try {
      reactor.listenUNIX(at, server, options);
    } catch (const CannotListenError& error) {
      EXPECT_EQ(server->numPorts(), 0);
      inUse = error.osError == std::errc::address_in_use;
      return error.what();
    }
    return "it listens";
  }
  /// True when who connects to the path gets to the server.
  bool serves() {
    RawPeer peer(address);
    const std::size_t before = server->connections.size();
    return runUntil([&] { return server->connections.size() > before; });
  }

  std::shared_ptr<ScriptedFactory> server = ScriptedFactory::make();
  bool inUse = false;  // was the cause of the last refusal
};

/// Runs `what` in a child process, which then ends without cleaning up; returns the child's number,
/// which is nobody's any more.
template <class F>
pid_t inAChildThatDies(F what) {
  const pid_t child = fork();
  if (child == 0) {
    what();
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  return child;
}

}  // namespace plait::testing
