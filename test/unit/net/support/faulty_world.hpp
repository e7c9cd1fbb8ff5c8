#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <plait/core/errors.hpp>

#include "support/captured_log.hpp"
#include "support/process_test.hpp"
#include "support/run_until.hpp"
#include "support/scripted_protocol.hpp"

namespace plait::testing {

/// A reactor on which something goes wrong, with a server and a client: what a scenario works with.
/// It is made, told to `play`, and looked at by `expectOrder` and `expectToServe`.
class FaultyWorld {
 public:
  using Scenario = std::function<void(FaultyWorld&)>;

  /// Makes the reactor and runs the scenario. What the calls that it makes throw ends it, and is in
  /// `thrown`.
  void play(const Scenario& scenario);

  /// Runs the reactor until `condition`; an exception out of it fails the test.
  bool runUntil(const std::function<bool()>& condition);
  /// Until all that was begun has ended.
  void runUntilOver();

  std::shared_ptr<ListeningPort> listenTCP();
  void connectTCP();
  /// Runs `command` in a shell; what it throws reaches the scenario. What the script captures must
  /// live as long as the world.
  std::shared_ptr<Child> spawn(const std::string& command, ProcessScript script = {},
                               ProcessOptions options = {});

  /// From now on the server answers with what it is sent, and ends when the client has no more to
  /// say, which is to say `text`.
  void scriptEcho(const Bytes& text);
  /// Fails the test unless what has come back is `text`, from its beginning on; all of it after a
  /// clean end.
  void expectEchoed(const Bytes& text);

  /// Fails the test unless everybody was told exactly one end, for a reason that names one.
  void expectOrder();
  /// Fails the test unless the reactor, and the port that listens, still serve.
  void expectToServe();

  CapturedLog captured;
  std::unique_ptr<Reactor> reactor;
  std::shared_ptr<ScriptedFactory> server = ScriptedFactory::make();
  std::shared_ptr<ScriptedFactory> client = ScriptedFactory::make();
  int connects = 0;  // that were begun, and have to end
  std::shared_ptr<ListeningPort> port;
  std::vector<std::shared_ptr<Child>> children;
  /// What is put around the factories that listen and connect: TLS, say. Null: nothing.
  std::function<std::shared_ptr<Factory>(std::shared_ptr<Factory>)> aroundServer;
  std::function<std::shared_ptr<ClientFactory>(std::shared_ptr<ClientFactory>)> aroundClient;
  std::optional<Failure> thrown;

 private:
  std::shared_ptr<ListeningPort> listenOnLoopback(std::shared_ptr<Factory> factory);
  void connectToLoopback(const ListeningPort& to, std::shared_ptr<ClientFactory> factory);
  bool isOver() const;
  void expectOneEnd(const ScriptedFactory& factory);
  void expectOneEnd(const Child& child);
};

/// The descriptors this process has open.
std::size_t openDescriptors();

}  // namespace plait::testing
