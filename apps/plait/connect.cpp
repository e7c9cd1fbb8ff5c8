#include "connect.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <plait/core/errors.hpp>

#include "standard_input.hpp"

namespace plait::app {

namespace {

/// Standard output, which may stall without stalling the reactor: what it does not take now is
/// kept, and offered again until it does. Whoever feeds it pauses meanwhile.
class StandardOutput {
 public:
  explicit StandardOutput(ReactorTime& time) : time_(time) {}

  /// Calls `drained` once everything is written; at once if it takes everything now.
  void write(BytesView data, UniqueFunction<void()> drained) {
    waiting_ += data;
    drained_ = std::move(drained);
    writeOn();
  }

  bool empty() const { return waiting_.empty(); }

 private:
  // A pipe that polls writable takes this much without blocking.
  static constexpr std::size_t kPiece = PIPE_BUF;
  static constexpr Duration kRetry = std::chrono::milliseconds(5);

  void writeOn() {
    std::size_t written = 0;
    while (written < waiting_.size()) {
      pollfd output{STDOUT_FILENO, POLLOUT, 0};
      if (poll(&output, 1, 0) == 0) break;
      const auto piece = BytesView(waiting_).substr(written, kPiece);
      const ssize_t size = ::write(STDOUT_FILENO, piece.data(), piece.size());
      if (size < 0 && errno == EAGAIN) break;
      if (size < 0 && errno != EINTR) {
        throw std::system_error(errno, std::generic_category(), "cannot write to standard output");
      }
      written += size > 0 ? static_cast<std::size_t>(size) : 0;
    }
    waiting_.erase(0, written);
    if (waiting_.empty()) return std::exchange(drained_, nullptr)();
    retry_ = time_.callLater(kRetry, [this] { writeOn(); });
  }

  ReactorTime& time_;
  Bytes waiting_;
  UniqueFunction<void()> drained_;
  DelayedCall retry_;
};

class Pipe : public Protocol, public HalfCloseableProtocol {
 public:
  explicit Pipe(Reactor& reactor) : reactor_(reactor), output_(reactor) {}

  void connectionMade() override {
    input_.emplace(reactor_, [this](Bytes piece) { sendPiece(std::move(piece)); });
    transport().registerProducer(*input_);
  }

  void dataReceived(BytesView data) override {
    transport().pauseProducing();
    output_.write(data, [this] { transport().resumeProducing(); });
  }

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

  std::string logPrefix() const override { return "connect"; }

 private:
  void sendPiece(Bytes piece) {
    if (!piece.empty()) return transport().write(std::move(piece));
    transport().unregisterProducer();
    transport().loseWriteConnection();
  }

  Reactor& reactor_;
  StandardOutput output_;
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

  /// The reactor stops: for our reasons, or by a signal, which is nobody's fault.
  void stopping() {
    if (!std::exchange(stopping_, true)) reason_ = connectionDone();
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
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", [&] { factory->stopping(); });
  reactor.run();
  if (factory->reason()) factory->reason()->trap<ConnectionDone>();
}

}  // namespace plait::app
