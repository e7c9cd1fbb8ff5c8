#include <plait/endpoints/detail/connecting_factory.hpp>
#include <plait/endpoints/standard_io_endpoint.hpp>

namespace plait {

namespace {

/// Nobody else connects to standard input: there is nothing to stop.
class StandardIOPort final : public ListeningPort {
 public:
  explicit StandardIOPort(std::shared_ptr<Factory> factory) : factory_(std::move(factory)) {}
  Address getHost() const override { return {}; }

 private:
  void doStopListening(UniqueFunction<void()> stopped) override {
    if (const auto factory = std::exchange(factory_, nullptr)) factory->doStop();
    stopped();
  }

  std::shared_ptr<Factory> factory_;
};

}  // namespace

Deferred<std::shared_ptr<ListeningPort>> StandardIOEndpoint::listen(
    std::shared_ptr<Factory> factory) {
  return connect(factory).addCallback([factory](const std::shared_ptr<Protocol>&) {
    return std::shared_ptr<ListeningPort>(std::make_shared<StandardIOPort>(factory));
  });
}

Deferred<std::shared_ptr<Protocol>> StandardIOEndpoint::connect(std::shared_ptr<Factory> factory) {
  return detail::connectWith(std::move(factory), Address(), [this](auto attempt) {
    attempt->doStart();
    try {
      if (auto protocol = attempt->makeProtocol(Address())) {
        reactor_.standardIO(std::move(protocol), options_);
        return;
      }
    } catch (...) {
      attempt->fail(Failure());
    }
    attempt->doStop();
  });
}

}  // namespace plait
