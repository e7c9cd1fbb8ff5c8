#include <optional>
#include <plait/core/errors.hpp>
#include <plait/core/log.hpp>
#include <plait/portforward/port_forward.hpp>
#include <stdexcept>

namespace plait {

namespace {

/// Either end of a forwarded connection.
class ForwardEnd : public Protocol, public HalfCloseableProtocol {
 public:
  void dataReceived(BytesView data) override {
    if (other_) other_->transport().write(data);
  }

  void readConnectionLost() override {
    ended_ = true;
    if (!other_) return transport().loseConnection();
    other_->transport().unregisterProducer();  // it is us, and nothing more comes
    other_->transport().loseWriteConnection();
  }

  void writeConnectionLost() override {}

  void connectionLost(const Failure& reason) override {
    const auto other = std::exchange(other_, nullptr);
    if (!other) return;
    other->other_.reset();
    other->otherLost(reason);
    other->transport().unregisterProducer();
    // Behind its end of file, all that it had to say is with the other, and is still delivered.
    if (ended_ || reason.check<ConnectionDone>()) {
      other->transport().loseConnection();
    } else {
      other->transport().abortConnection(reason);
    }
  }

 protected:
  virtual void otherLost(const Failure&) {}

  /// From here on each end writes what the other reads, and holds it back.
  static void join(const std::shared_ptr<ForwardEnd>& a, const std::shared_ptr<ForwardEnd>& b) {
    a->other_ = b;
    b->other_ = a;
    a->transport().registerProducer(b->transport());
    b->transport().registerProducer(a->transport());
  }

 private:
  std::shared_ptr<ForwardEnd> other_;  // until one of them is lost
  bool ended_ = false;                 // its end of file has come
};

/// The end at the target.
class OutgoingEnd final : public ForwardEnd {
 public:
  std::string logPrefix() const override { return "forward to"; }
};

/// The end at the client.
class IncomingEnd final : public ForwardEnd {
 public:
  IncomingEnd(PortForwardFactory::Connect connect, Log& log)
      : connect_(std::move(connect)), log_(log) {}

  void connectionMade() override {
    transport().pauseProducing();
    // Kept beside its handler: what has no handle left would count as given up.
    connecting_ = connect_(Factory::forProtocol<OutgoingEnd>())
                      .addCallbacks(
                          [self = self()](std::shared_ptr<Protocol> end) {
                            self->targetConnected(std::static_pointer_cast<OutgoingEnd>(end));
                          },
                          [self = self()](const Failure& reason) { self->targetFailed(reason); });
  }

  void connectionLost(const Failure& reason) override {
    if (const auto connecting = std::exchange(connecting_, std::nullopt)) connecting->cancel();
    ForwardEnd::connectionLost(reason);
  }

  std::string logPrefix() const override { return "forward from"; }

 private:
  /// A handshake that fails does so on a connection that was made: nobody else would tell why.
  void otherLost(const Failure& reason) override {
    if (reason.check<ConnectionDone>() || reason.check<ConnectionAborted>()) return;
    Logger(log_, logPrefix())
        .warn("the target of {} is lost: {}", transport().getPeer(), reason.getErrorMessage());
  }

  std::shared_ptr<IncomingEnd> self() {
    return std::static_pointer_cast<IncomingEnd>(shared_from_this());
  }

  void targetConnected(const std::shared_ptr<OutgoingEnd>& end) {
    connecting_.reset();
    if (!connected() || transport().disconnecting()) return end->transport().loseConnection();
    join(self(), end);
    transport().resumeProducing();
  }

  void targetFailed(const Failure& reason) {
    connecting_.reset();
    if (!connected()) return;
    Logger(log_, logPrefix())
        .warn("{} is not served: {}", transport().getPeer(), reason.getErrorMessage());
    transport().loseConnection(reason);
  }

  PortForwardFactory::Connect connect_;
  Log& log_;
  std::optional<Deferred<void>> connecting_;
};

}  // namespace

PortForwardFactory::PortForwardFactory(Connect connect, Log& log)
    : connect_(std::move(connect)), log_(log) {
  if (!connect_) throw std::invalid_argument("PortForwardFactory: there is no target");
}

std::shared_ptr<Protocol> PortForwardFactory::buildProtocol(const Address&) {
  return std::make_shared<IncomingEnd>(connect_, log_);
}

}  // namespace plait
