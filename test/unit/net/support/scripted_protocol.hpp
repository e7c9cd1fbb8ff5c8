#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <plait/core/client_factory.hpp>
#include <plait/core/stream_transport.hpp>
#include <string>
#include <vector>

namespace plait::testing {

/// What a test sees of one connection; outlives its protocol.
struct Connection {
  std::shared_ptr<Transport> transport;
  std::weak_ptr<Protocol> protocol;
  Bytes received;
  int made = 0;
  int chunks = 0;
  int readsLost = 0;
  int writesLost = 0;
  int lost = 0;
  std::optional<Failure> reason;

  template <class Error>
  bool lostWith() const {
    return reason && reason->check<Error>();
  }
};

/// What a protocol does in its callbacks, besides recording them. Captures must not own factories.
struct Script {
  std::function<void(Connection&)> made;
  std::function<void(Connection&, BytesView)> data;
  std::function<void(Connection&)> readLost;
  std::function<void(Connection&)> writeLost;
  std::function<void(Connection&, const Failure&)> lost;
};

/// Notes what happens in order, for several factories together.
using Events = std::vector<std::string>;

class ScriptedProtocol : public Protocol {
 public:
  ScriptedProtocol(std::shared_ptr<Connection> connection, Script& script)
      : connection_(std::move(connection)), script_(script) {}

  void connectionMade() override {
    connection_->transport = dynamic_cast<StreamTransport&>(transport()).shared_from_this();
    ++connection_->made;
    if (script_.made) script_.made(*connection_);
  }
  void dataReceived(BytesView data) override {
    connection_->received += data;
    ++connection_->chunks;
    if (script_.data) script_.data(*connection_, data);
  }
  void connectionLost(const Failure& reason) override {
    ++connection_->lost;
    connection_->reason = reason;
    if (script_.lost) script_.lost(*connection_, reason);
  }
  std::string logPrefix() const override { return "Scripted"; }

 protected:
  std::shared_ptr<Connection> connection_;
  Script& script_;  // the factory's
};

class HalfCloseableScriptedProtocol final : public ScriptedProtocol, public HalfCloseableProtocol {
 public:
  using ScriptedProtocol::ScriptedProtocol;

  void readConnectionLost() override {
    ++connection_->readsLost;
    if (script_.readLost) script_.readLost(*connection_);
  }
  void writeConnectionLost() override {
    ++connection_->writesLost;
    if (script_.writeLost) script_.writeLost(*connection_);
  }
};

/// Makes scripted protocols, for listening and for connecting, and records what it is told.
class ScriptedFactory : public ClientFactory {
 public:
  Script script;
  bool halfCloseable = false;
  /// Instead of a scripted protocol.
  std::function<std::shared_ptr<Protocol>(const Address&)> build;
  std::function<void(Connector&)> onStarted;
  std::function<void(Connector&, const Failure&)> onFailed;
  std::function<void(Connector&, const Failure&)> onLost;

  std::vector<std::shared_ptr<Connection>> connections;
  std::optional<Failure> failed;
  int failures = 0;
  int losses = 0;
  /// Where it notes, and under which name.
  Events* events = nullptr;
  std::string name;

  static std::shared_ptr<ScriptedFactory> make(Script script = {}) {
    auto factory = std::make_shared<ScriptedFactory>();
    factory->script = std::move(script);
    return factory;
  }
  static std::shared_ptr<ScriptedFactory> noting(Events& events, std::string name);

  /// The last connection made; fails the test's expectations by being empty when there is none.
  Connection& last() { return *connections.at(connections.size() - 1); }
  bool connected() const { return !connections.empty() && connections.back()->made > 0; }
  int lostConnections() const {
    int count = 0;
    for (const auto& connection : connections) count += connection->lost;
    return count;
  }
  void note(const std::string& what) {
    if (events) events->push_back(name + "." + what);
  }

  std::shared_ptr<Protocol> buildProtocol(const Address& address) override {
    note("buildProtocol");
    if (build) return build(address);
    auto connection = std::make_shared<Connection>();
    connections.push_back(connection);
    std::shared_ptr<Protocol> protocol;
    if (halfCloseable) {
      protocol = std::make_shared<HalfCloseableScriptedProtocol>(connection, script);
    } else {
      protocol = std::make_shared<ScriptedProtocol>(connection, script);
    }
    connection->protocol = protocol;
    return protocol;
  }
  void startFactory() override { note("startFactory"); }
  void stopFactory() override { note("stopFactory"); }
  void startedConnecting(Connector& connector) override {
    note("startedConnecting");
    if (onStarted) onStarted(connector);
  }
  void clientConnectionFailed(Connector& connector, const Failure& reason) override {
    note("clientConnectionFailed");
    ++failures;
    failed = reason;
    if (onFailed) onFailed(connector, reason);
  }
  void clientConnectionLost(Connector& connector, const Failure& reason) override {
    note("clientConnectionLost");
    ++losses;
    if (onLost) onLost(connector, reason);
  }
};

inline std::shared_ptr<ScriptedFactory> ScriptedFactory::noting(Events& events, std::string name) {
  auto factory = make();
  factory->events = &events;
  factory->name = std::move(name);
  ScriptedFactory* self = factory.get();
  factory->script.made = [self](Connection&) { self->note("connectionMade"); };
  factory->script.lost = [self](Connection&, const Failure&) { self->note("connectionLost"); };
  return factory;
}

}  // namespace plait::testing
