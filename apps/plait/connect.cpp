#include "connect.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <plait/core/errors.hpp>

#include "standard_input.hpp"

namespace plait::app {

namespace {

/// Writes all of it, waiting where it must: one connection, nobody else to hold up.
void writeToStdout(BytesView data) {
  while (!data.empty()) {
    const ssize_t size = ::write(STDOUT_FILENO, data.data(), data.size());
    if (size >= 0) {
      data.remove_prefix(static_cast<std::size_t>(size));
    } else if (errno == EAGAIN) {
      pollfd output{STDOUT_FILENO, POLLOUT, 0};
      poll(&output, 1, -1);
    } else if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "cannot write to standard output");
    }
  }
}

class Pipe : public Protocol, public HalfCloseableProtocol {
 public:
  explicit Pipe(Reactor& reactor) : reactor_(reactor) {}

  void connectionMade() override {
    input_.emplace(reactor_, [this](Bytes piece) { sendPiece(std::move(piece)); });
    transport().registerProducer(*input_);
  }

  void dataReceived(BytesView data) override { writeToStdout(data); }

  void readConnectionLost() override {
    closedByPeer_ = true;
    transport().unregisterProducer();
    transport().loseConnection();
  }

  void writeConnectionLost() override {}

  void connectionLost(const Failure&) override { input_.reset(); }

  /// Closing waits for the producer, and standard input may never end.
  void stopInput() { transport().unregisterProducer(); }

  /// True when the peer has closed cleanly; what happened to our data after that does not matter.
  bool closedByPeer() const { return closedByPeer_; }

 private:
  void sendPiece(Bytes piece) {
    if (!piece.empty()) return transport().write(std::move(piece));
    transport().unregisterProducer();
    transport().loseWriteConnection();
  }

  Reactor& reactor_;
  std::optional<StandardInput> input_;
  bool closedByPeer_ = false;
};

class PipeFactory : public ClientFactory {
 public:
  explicit PipeFactory(Reactor& reactor) : reactor_(reactor) {}

  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    return pipe_ = std::make_shared<Pipe>(reactor_);
  }

  void clientConnectionFailed(Connector&, const Failure& reason) override { end(reason); }

  void clientConnectionLost(Connector& connector, const Failure& reason) override {
    if (pipe_->closedByPeer()) return end(connectionDone());
    if (auto* lost = reason.check<ConnectionLost>(); lost && lost->osError) {
      return end(Failure(Error(fmt::format("connection to {} lost: {}", connector.getDestination(),
                                           describe(lost->osError)))));
    }
    end(reason);
  }

  void stopInput() {
    if (pipe_ && pipe_->connected()) pipe_->stopInput();
  }

  const std::optional<Failure>& reason() const { return reason_; }

 private:
  void end(const Failure& reason) {
    if (!stopping_) reason_ = reason;
    if (!std::exchange(stopping_, true) && reactor_.running()) stop();
  }
  void stop() {
    try {
      reactor_.stop();
    } catch (const ReactorNotRunning&) {  // a signal was faster
    }
  }

  Reactor& reactor_;
  std::shared_ptr<Pipe> pipe_;
  std::optional<Failure> reason_;
  bool stopping_ = false;
};

}  // namespace

void connect(const Options& options) {
  Reactor reactor({.drainTimeout = options.drain});
  const auto factory = std::make_shared<PipeFactory>(reactor);
  reactor.callWhenRunning([&] {
    reactor.connectTCP(options.connect.host, options.connect.port, factory,
                       options.connect.options);
  });
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", [&] { factory->stopInput(); });
  reactor.run();
  if (factory->reason()) factory->reason()->trap<ConnectionDone>();
}

}  // namespace plait::app
