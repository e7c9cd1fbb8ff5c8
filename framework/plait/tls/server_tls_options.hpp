#pragma once

#include <memory>
#include <optional>
#include <plait/tls/private_certificate.hpp>
#include <plait/tls/tls_context.hpp>
#include <plait/tls/tls_version.hpp>
#include <plait/tls/trust_root.hpp>
#include <string>
#include <vector>

namespace plait {

/// How a server speaks TLS. Only `certificates` must be given. Twisted: `CertificateOptions`.
struct ServerTLSOptions {
  /// What the server shows. Of several, the first one whose names include the name that the client
  /// asks for (SNI; "*.example.com" stands for one label); the first of all for clients that ask
  /// for another or none.
  std::vector<PrivateCertificate> certificates = {};
  /// Clients that ask for a name no certificate has are refused (alert unrecognized_name) instead.
  bool refuseUnknownNames = false;

  /// The protocols spoken over TLS (ALPN, RFC 7301), such as "h2" and "http/1.1", best first. A
  /// client that offers some and none of these is refused (alert no_application_protocol); with
  /// one that offers none there is no negotiated protocol. None given: ALPN is not spoken.
  std::vector<std::string> acceptableProtocols = {};

  /// Who vouches for clients. Given, clients are asked for a certificate, and a bad one is refused.
  std::optional<TrustRoot> clientTrust = {};
  /// With `clientTrust`: clients without a certificate are refused too.
  bool requireClientCertificate = true;

  TLSVersion minimumVersion = TLSVersion::TLSv1_2;
  TLSVersion maximumVersion = TLSVersion::TLSv1_3;
  /// Ciphers for TLS 1.2, in OpenSSL's words and the server's order; empty: those with forward
  /// secrecy and authenticated encryption.
  std::string ciphers = {};
  /// Ciphers for TLS 1.3, separated by ':'; empty: all.
  std::string cipherSuites = {};

  /// Clients may resume a session instead of repeating the whole handshake: by tickets, whose keys
  /// the context makes and keeps for itself, or by a cache of 4096 sessions.
  bool sessionResumption = true;

  /// How long a handshake may take; 0 = for ever.
  Duration handshakeTimeout = std::chrono::seconds(30);
};

/// A server's TLS. Renegotiation and compression are off.
///
/// Thread: any.
class ServerTLSContext : public TLSContext {
 public:
  /// Other certificates from now on, as after a renewal: handshakes that begin later show them;
  /// connections that live, and sessions that are resumed, are not touched. None given is
  /// std::invalid_argument, and then the old ones stay.
  virtual void setCertificates(std::vector<PrivateCertificate> certificates) = 0;
};

/// std::invalid_argument when the options make no sense, naming the one and why.
std::shared_ptr<ServerTLSContext> serverTLS(ServerTLSOptions options);

}  // namespace plait
