#pragma once

#include <memory>
#include <optional>
#include <plait/tls/private_certificate.hpp>
#include <plait/tls/tls_context.hpp>
#include <plait/tls/tls_version.hpp>
#include <plait/tls/trust_root.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace plait {

/// How a client speaks TLS. The defaults are right for servers on the Internet. Twisted: the
/// arguments of `optionsForClientTLS`.
struct ClientTLSOptions {
  /// Who vouches for servers; not given: `platformTrust()`.
  std::optional<TrustRoot> trust = {};
  /// What is shown to servers that ask for it.
  std::optional<PrivateCertificate> clientCertificate = {};

  /// The protocols to be spoken over TLS (ALPN, RFC 7301), such as "h2" and "http/1.1", best first.
  std::vector<std::string> acceptableProtocols = {};

  TLSVersion minimumVersion = TLSVersion::TLSv1_2;
  TLSVersion maximumVersion = TLSVersion::TLSv1_3;
  /// Ciphers for TLS 1.2, in OpenSSL's words; empty: those with forward secrecy and authenticated
  /// encryption.
  std::string ciphers = {};
  /// Ciphers for TLS 1.3, separated by ':'; empty: all.
  std::string cipherSuites = {};

  /// The certificate must be for the host name (or address) given. Off, any certificate that
  /// `trust` vouches for will do: for private authorities that sign no names.
  bool verifyHostname = true;
  /// Accepts whatever certificate comes: whoever sits on the way can read and change everything.
  bool insecurelyAcceptAnyCertificate = false;

  /// Sessions that servers offer are kept (a few, in the context) and resumed by later connections.
  bool sessionResumption = true;

  /// How long a handshake may take; 0 = for ever.
  Duration handshakeTimeout = std::chrono::seconds(30);
};

/// TLS of clients that connect to `hostname`, whose certificate they demand. A name is sent to the
/// server (SNI), international ones ("bücher.example", in UTF-8) as IDNA has them; an IP address
/// is not, and is looked for among the addresses of the certificate. An empty name or one that
/// cannot be a host's is std::invalid_argument, and so are options that make no sense.
///
/// Keep the context for as long as connections to that host are made: it has the sessions to
/// resume. Twisted: `optionsForClientTLS`.
std::shared_ptr<TLSContext> optionsForClientTLS(std::string_view hostname,
                                                ClientTLSOptions options = {});

}  // namespace plait
