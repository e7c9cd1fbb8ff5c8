#include "connect.hpp"

#include <plait/core/errors.hpp>
#include <plait/net/reactor.hpp>

#include "endpoints.hpp"

namespace plait::app {

namespace {

class Pipe;

/// Standard input and output, joined with the connection.
class Console final : public Protocol, public HalfCloseableProtocol {
 public:
  explicit Console(std::shared_ptr<Pipe> pipe) : pipe_(std::move(pipe)) {}

  void dataReceived(BytesView data) override;
  void readConnectionLost() override;
  void writeConnectionLost() override {}
  void connectionLost(const Failure& reason) override;

 private:
  std::shared_ptr<Pipe> pipe_;  // until the loss
};

/// The connection, joined with standard input and output: each is read no faster than the other
/// takes it.
class Pipe final : public Protocol, public HalfCloseableProtocol {
 public:
  Pipe(ReactorStdio& reactor, UniqueFunction<void()> consoleClosed)
      : reactor_(reactor), consoleClosed_(std::move(consoleClosed)) {}

  void connectionMade() override {
    const auto self = std::static_pointer_cast<Pipe>(shared_from_this());
    // Who reads our output may take his time with the last of it.
    const TransportOptions patient{.closeTimeout = Duration::zero()};
    try {
      console_ = reactor_.standardIO(std::make_shared<Console>(self), {.transport = patient});
    } catch (const std::exception& error) {
      trouble_ = Failure(Error(fmt::format("standard input or output: {}", error.what())));
      return transport().abortConnection();
    }
    transport().registerProducer(*console_);
    console_->registerProducer(transport());
  }

  void dataReceived(BytesView data) override { console_->write(data); }

  void readConnectionLost() override {
    closedByPeer_ = true;
    transport().unregisterProducer();
    transport().loseConnection();
  }

  void writeConnectionLost() override {}

  void connectionLost(const Failure& reason) override;

  void inputEnded() {
    transport().unregisterProducer();
    transport().loseWriteConnection();
  }

  void consoleLost(const Failure& reason) {
    if (const auto* lost = reason.check<ConnectionLost>(); lost && lost->osError) {
      trouble_ = Failure(Error("standard input or output: " + describe(lost->osError)));
    }
    transport().unregisterProducer();
    transport().loseConnection();
    consoleClosed_();
  }

  /// Closing waits for producers, and standard input may never end.
  void separate() {
    if (!console_) return;
    transport().unregisterProducer();
    if (consoleOpen()) console_->unregisterProducer();
  }

  bool consoleOpen() const { return console_ && console_->connected(); }
  /// True when the peer has closed cleanly; what happened to our data after that does not matter.
  bool closedByPeer() const { return closedByPeer_; }
  /// What was wrong with standard input or output, if anything.
  const std::optional<Failure>& trouble() const { return trouble_; }

  std::string logPrefix() const override { return "connect"; }

 private:
  ReactorStdio& reactor_;
  UniqueFunction<void()> consoleClosed_;
  std::shared_ptr<Transport> console_;
  bool closedByPeer_ = false;
  std::optional<Failure> trouble_;
};

void Console::dataReceived(BytesView data) {
  pipe_->transport().write(data);
}

void Console::readConnectionLost() {
  pipe_->inputEnded();
}

void Console::connectionLost(const Failure& reason) {
  std::exchange(pipe_, nullptr)->consoleLost(reason);
}

/// Stops the reactor when both the connection and standard output are done with.
class PipeFactory : public Factory {
 public:
  PipeFactory(Reactor& reactor, std::string destination)
      : reactor_(reactor), destination_(std::move(destination)) {}

  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    return pipe_ = std::make_shared<Pipe>(
               reactor_, weakly(this, [](PipeFactory& self) { self.stopWhenAllIsOver(); }));
  }

  void connectionFailed(const Failure& reason) { end(reason); }

  void connectionLost(const Failure& reason) {
    const bool badStatus = reason.check<ProcessTerminated>();
    if (pipe_->closedByPeer() && !badStatus) return end(connectionDone());
    if (auto* lost = reason.check<ConnectionLost>(); lost && lost->osError) {
      return end(Failure(
          Error(fmt::format("connection to {} lost: {}", destination_, describe(lost->osError)))));
    }
    end(reason);
  }

  /// The reactor stops: for our reasons, or by a signal, which is nobody's fault.
  void stopping() {
    stopping_ = true;
    if (!reason_) reason_ = connectionDone();
    if (pipe_) pipe_->separate();
  }

  /// Why it has ended, if it has.
  const std::optional<Failure>& reason() const {
    return pipe_ && pipe_->trouble() ? pipe_->trouble() : reason_;
  }

 private:
  void end(const Failure& reason) {
    if (!reason_) reason_ = reason;
    stopWhenAllIsOver();
  }
  void stopWhenAllIsOver() {
    if (!reason_ || stopping_ || (pipe_ && pipe_->consoleOpen())) return;
    try {
      reactor_.stop();
    } catch (const ReactorNotRunning&) {  // a signal was faster
    }
  }

  Reactor& reactor_;
  std::string destination_;
  std::shared_ptr<Pipe> pipe_;
  std::optional<Failure> reason_;
  bool stopping_ = false;
};

void Pipe::connectionLost(const Failure& reason) {
  if (consoleOpen()) {
    console_->unregisterProducer();
    console_->loseConnection();
  }
  factoryAs<PipeFactory>().connectionLost(reason);
}

}  // namespace

void connect(const Options& options) {
  Reactor reactor({.drainTimeout = options.drain, .lingerLimit = kLingerLimit});
  const auto endpoint = parseClientEndpoint(reactor, options.to);
  const auto factory = std::make_shared<PipeFactory>(reactor, options.to);
  std::optional<Deferred<void>> connecting;
  reactor.callWhenRunning([&] {
    connecting = endpoint->connect(factory).addCallbacks(
        [](const std::shared_ptr<Protocol>&) {},
        [&](const Failure& reason) { factory->connectionFailed(reason); });
  });
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", [&] {
    factory->stopping();
    connecting->cancel();  // if it is under way still
  });
  reactor.run();
  if (factory->reason()) factory->reason()->trap<ConnectionDone>();
}

}  // namespace plait::app
