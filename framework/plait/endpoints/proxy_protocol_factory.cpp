#include <fmt/format.h>

#include <plait/endpoints/proxy_header_parser.hpp>
#include <plait/endpoints/proxy_protocol_factory.hpp>

namespace plait {

// --- Reading ---------------------------------------------------------------------------

class ProxyProtocolFactory::Reader final : public Protocol {
 public:
  explicit Reader(std::shared_ptr<ProxyProtocolFactory> factory)
      : factory_(std::move(factory)), parser_(factory_->options_.maxHeaderLength) {}

  void connectionMade() override {
    const Duration timeout = factory_->options_.headerTimeout;
    if (timeout <= Duration::zero()) return;
    deadline_ = transport().clock().callLater(
        timeout, weakly(this, [timeout](Reader& self) {
          self.refuse(ProxyHeaderError(fmt::format(
              "none came within {} s", std::chrono::duration<double>(timeout).count())));
        }));
  }

  void dataReceived(BytesView data) override {
    try {
      if (const auto header = parser_.feed(data)) handOver(*header);
    } catch (const ProxyHeaderError& error) {
      refuse(error);
    }
  }

  void connectionLost(const Failure&) override { deadline_.cancelIfActive(); }

 private:
  void handOver(const ProxyHeader& header) {
    deadline_.cancelIfActive();
    transport().overrideAddresses(header.source, header.destination);
    auto protocol = factory_->factory_->makeProtocol(transport().getPeer());
    if (!protocol) return transport().loseConnection();
    if (auto* listener = protocol->as<ProxyHeaderListener>()) {
      listener->proxyHeaderReceived(header);
    }
    Protocol::handOver(std::move(protocol), parser_.takeRest());
  }

  void refuse(const ProxyHeaderError& error) {
    factory_->refused(transport(), error.what());
    transport().loseConnection(Failure(error));
  }

  std::shared_ptr<ProxyProtocolFactory> factory_;
  ProxyHeaderParser parser_;
  DelayedCall deadline_;
};

std::shared_ptr<Protocol> ProxyProtocolFactory::buildProtocol(const Address&) {
  return std::make_shared<Reader>(
      std::static_pointer_cast<ProxyProtocolFactory>(shared_from_this()));
}

void ProxyProtocolFactory::refused(Transport& transport, std::string_view why) {
  refusals_.warn(Logger(transport.log(), "plait.proxy"), transport.clock().now(),
                 "connection from {} closed: {}", transport.getPeer(), why);
}

// --- Sending ---------------------------------------------------------------------------

namespace {

class Sender final : public Protocol {
 public:
  Sender(std::shared_ptr<Protocol> next, ProxyHeader header, ProxyHeaderSender::Version version)
      : next_(std::move(next)), header_(std::move(header)), version_(version) {}

  void connectionMade() override {
    if (!header_.local) {
      if (header_.source == Address()) header_.source = transport().getHost();
      if (header_.destination == Address()) header_.destination = transport().getPeer();
    }
    const bool text = version_ == ProxyHeaderSender::Version::v1;
    transport().write(text ? proxyHeaderV1(header_) : proxyHeaderV2(header_));
    handOver(std::exchange(next_, nullptr));
  }

 private:
  std::shared_ptr<Protocol> next_;
  ProxyHeader header_;
  ProxyHeaderSender::Version version_;
};

}  // namespace

std::shared_ptr<Protocol> ProxyHeaderSender::buildProtocol(const Address& address) {
  auto next = factory_->makeProtocol(address);
  if (!next) return nullptr;
  return std::make_shared<Sender>(std::move(next), header_, version_);
}

}  // namespace plait
