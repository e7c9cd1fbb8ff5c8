#pragma once

#include <chrono>
#include <plait/core/delayed_call.hpp>
#include <plait/core/factory.hpp>
#include <plait/core/throttled_log.hpp>
#include <plait/endpoints/proxy_header.hpp>

namespace plait {

/// Options of ProxyProtocolFactory.
struct ProxyProtocolOptions {
  /// How long a connection may take to send its header; 0 or less = for ever.
  Duration headerTimeout = std::chrono::seconds(5);
  /// The longest header of version 2 accepted, without its first 16 bytes.
  std::size_t maxHeaderLength = 4096;
};

/// Beside Protocol, for those that want to know all that the PROXY header says.
class ProxyHeaderListener {
 public:
  virtual ~ProxyHeaderListener() = default;
  /// Called before `connectionMade`: there is no transport yet.
  virtual void proxyHeaderReceived(const ProxyHeader& header) = 0;
};

/// Reads the PROXY header that HAProxy, nginx and others put in front of the connections they pass
/// on, then hands over to the protocol of another factory. That one is built for the client's
/// address, and its transport answers with the addresses of the header from `connectionMade` on.
/// Nothing more is between them and the transport from then on. Twisted: `HAProxyWrappingFactory`.
///
/// A connection that begins with anything else, or is silent for too long, is closed without a
/// word, and with a line in the log: of many such, one a minute, with their number.
///
/// Whoever can connect can claim any address: only proxies must reach the port.
class ProxyProtocolFactory : public Factory {
 public:
  explicit ProxyProtocolFactory(std::shared_ptr<Factory> factory, ProxyProtocolOptions options = {})
      : factory_(std::move(factory)), options_(options) {}

  std::shared_ptr<Protocol> buildProtocol(const Address& address) override;
  void startFactory() override { factory_->doStart(); }
  void stopFactory() override { factory_->doStop(); }

 private:
  class Reader;
  void refused(Transport& transport, std::string_view why);

  std::shared_ptr<Factory> factory_;
  ProxyProtocolOptions options_;
  ThrottledLog refusals_;
};

/// The other side: sends a PROXY header, then hands over to the protocol of another factory.
class ProxyHeaderSender : public Factory {
 public:
  enum class Version { v1, v2 };

  /// A header whose source or destination is unknown says what the connection's are: it comes from
  /// here, and goes to the peer.
  explicit ProxyHeaderSender(std::shared_ptr<Factory> factory, ProxyHeader header = {},
                             Version version = Version::v2)
      : factory_(std::move(factory)), header_(std::move(header)), version_(version) {}

  std::shared_ptr<Protocol> buildProtocol(const Address& address) override;
  void startFactory() override { factory_->doStart(); }
  void stopFactory() override { factory_->doStop(); }

 private:
  std::shared_ptr<Factory> factory_;
  ProxyHeader header_;
  Version version_;
};

}  // namespace plait
