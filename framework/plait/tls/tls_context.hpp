#pragma once

#include <memory>
#include <plait/core/delayed_call.hpp>

struct ssl_st;

namespace plait {

namespace detail {

struct SslDeleter {
  void operator()(ssl_st* ssl) const noexcept;
};
/// A TLS session of OpenSSL (`SSL*`).
using SslHandle = std::unique_ptr<ssl_st, SslDeleter>;

}  // namespace detail

/// What the TLS connections of one side are set up from: certificates, trust, protocols. Made by
/// `serverTLS` and `optionsForClientTLS`, and shared by any number of connections: what is costly
/// to prepare is prepared once, and sessions can be resumed. Twisted: what stands behind
/// `IOpenSSLServerConnectionCreator` and `IOpenSSLClientConnectionCreator`.
///
/// Thread: any; the reactors of a pool may share one.
class TLSContext : public std::enable_shared_from_this<TLSContext> {
 public:
  virtual ~TLSContext() = default;

  /// A new session, set to accept or to connect, without its BIOs. For room tls itself.
  virtual detail::SslHandle open() = 0;
  /// How long a handshake may take; 0 = for ever.
  virtual Duration handshakeTimeout() const = 0;
};

}  // namespace plait
