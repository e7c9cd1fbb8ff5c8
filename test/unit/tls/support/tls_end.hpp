#pragma once

#include <functional>
#include <optional>
#include <plait/core/errors.hpp>
#include <plait/tls/client_tls_options.hpp>
#include <plait/tls/server_tls_options.hpp>
#include <plait/tls/tls_factory.hpp>
#include <plait/tls/tls_transport.hpp>
#include <string>
#include <vector>

#include "support/test_certificates.hpp"

namespace plait::testing {

/// What happens to both ends, in order: "server made", "client data", "client lost ConnectionDone".
using Notes = std::vector<std::string>;

/// A protocol over TLS that notes what happens to it, and does what a test says.
class TLSEnd : public Protocol, public HandshakeListener {
 public:
  TLSEnd(std::string name, Notes& notes) : name(std::move(name)), notes(notes) {}

  void connectionMade() override { happens("made", whenMade); }
  void handshakeCompleted() override { happens("handshake", whenHandshaken); }
  void dataReceived(BytesView bytes) override {
    data += bytes;
    ++chunks;
    happens("data", whenData);
  }
  void connectionLost(const Failure& why) override {
    reason = why;
    ++lost;
    happens("lost " + why.typeName(), whenLost);
  }
  std::string logPrefix() const override { return name; }

  /// What TLS says of the connection.
  TLSTransport& tls() const { return *TLSTransport::of(transport()); }
  template <class Error>
  bool lostWith() const {
    return reason && reason->check<Error>();
  }
  std::string message() const { return reason ? reason->getErrorMessage() : "not lost"; }

  std::string name;
  Notes& notes;
  Bytes data;
  int chunks = 0;
  int lost = 0;
  std::optional<Failure> reason;
  std::function<void()> whenMade, whenHandshaken, whenData, whenLost;

 protected:
  void happens(const std::string& what, const std::function<void()>& then) {
    notes.push_back(name + " " + what);
    if (then) then();
  }
};

class HalfCloseableTLSEnd final : public TLSEnd, public HalfCloseableProtocol {
 public:
  using TLSEnd::TLSEnd;
  void readConnectionLost() override { happens("read lost", whenReadLost); }
  void writeConnectionLost() override { happens("write lost", {}); }
  std::function<void()> whenReadLost;
};

/// A factory of one protocol, which exists already.
template <class Base = Factory>
class FactoryOf final : public Base {
 public:
  explicit FactoryOf(std::shared_ptr<Protocol> protocol) : protocol_(std::move(protocol)) {}
  std::shared_ptr<Protocol> buildProtocol(const Address&) override { return protocol_; }

 private:
  std::shared_ptr<Protocol> protocol_;
};

/// What a transport is to carry, for `protocol` to have TLS.
inline std::shared_ptr<Protocol> overTLS(const std::shared_ptr<TLSContext>& context,
                                         std::shared_ptr<Protocol> protocol) {
  return tlsServer(context, std::make_shared<FactoryOf<>>(std::move(protocol)))
      ->makeProtocol(Address());
}

inline std::shared_ptr<TLSContext> testServerTLS(TLSVersion version = TLSVersion::TLSv1_3) {
  return serverTLS({.certificates = {testServerCertificate()}, .maximumVersion = version});
}
inline std::shared_ptr<TLSContext> testClientTLS() {
  return optionsForClientTLS("localhost", {.trust = testAuthority().trust()});
}

}  // namespace plait::testing
