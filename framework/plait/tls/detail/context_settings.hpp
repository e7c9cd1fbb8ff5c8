#pragma once

#include <memory>
#include <plait/core/delayed_call.hpp>
#include <plait/tls/detail/openssl.hpp>
#include <plait/tls/private_certificate.hpp>
#include <plait/tls/tls_context.hpp>
#include <plait/tls/tls_version.hpp>
#include <plait/tls/trust_root.hpp>
#include <string>
#include <vector>

/// What contexts of servers and clients have in common.
namespace plait::detail {

/// What an SSL_CTX's callbacks use, and what lives as long as it does: longer than the TLSContext,
/// when a connection does.
struct ContextData {
  virtual ~ContextData() = default;
};

/// The options that servers and clients share.
struct ContextSettings {
  TLSVersion minimumVersion;
  TLSVersion maximumVersion;
  const std::string& ciphers;
  const std::string& cipherSuites;
  Duration handshakeTimeout;
};

/// An SSL_CTX with these settings and what is common to all, which owns `data`. Throws
/// std::invalid_argument about settings that make no sense.
SslCtxPtr newContext(const ContextSettings& settings, std::unique_ptr<ContextData> data);

template <class Options>
SslCtxPtr newContextFrom(const Options& options, std::unique_ptr<ContextData> data) {
  return newContext({options.minimumVersion, options.maximumVersion, options.ciphers,
                     options.cipherSuites, options.handshakeTimeout},
                    std::move(data));
}

/// What was given to `newContext`.
ContextData& contextData(const SSL_CTX* context);
/// The same, by the type that the caller knows it to have.
template <class Data>
Data& dataOf(const SSL_CTX* context) {
  return static_cast<Data&>(contextData(context));
}

/// Peers are asked for certificates (`mode` is SSL_set_verify's), for which `trust` vouches.
void verifyPeers(SSL_CTX* context, int mode, const TrustRoot& trust);

/// The names as ALPN has them on the wire. std::invalid_argument for one that is empty or longer
/// than 255 bytes.
std::string alpnList(const std::vector<std::string>& protocols);

/// A new session of `context`.
SslHandle newSession(SSL_CTX* context);

/// Lets `session` show `certificate`, of which `chain` is the chain. False when OpenSSL refuses it;
/// its error is pending then.
bool show(SSL* session, const PrivateCertificate& certificate, STACK_OF(X509) * chain);

/// std::invalid_argument when OpenSSL refuses `certificate` for sessions of `context`, as it does
/// with keys that are too short.
void mustBeUsable(SSL_CTX* context, const PrivateCertificate& certificate);

}  // namespace plait::detail
