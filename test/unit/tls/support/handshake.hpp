#pragma once

#include <openssl/ssl.h>

#include <optional>
#include <plait/core/failure.hpp>
#include <plait/tls/tls_context.hpp>
#include <string>

namespace plait::testing {

/// A client and a server that have spoken TLS with each other, in memory, until both had finished
/// or one had failed.
class Handshake {
 public:
  Handshake(TLSContext& client, TLSContext& server) : Handshake(client.open(), server.open()) {}
  Handshake(detail::SslHandle client, detail::SslHandle server);
  /// Closes as one should, so that sessions can be resumed.
  ~Handshake();

  bool succeeded() const { return !clientFailure_ && !serverFailure_; }
  /// What went wrong, in the words of the one and the other; empty when nothing did.
  std::string clientError() const {
    return clientFailure_ ? clientFailure_->getErrorMessage() : "";
  }
  std::string serverError() const {
    return serverFailure_ ? serverFailure_->getErrorMessage() : "";
  }
  const std::optional<Failure>& clientFailure() const { return clientFailure_; }
  const std::optional<Failure>& serverFailure() const { return serverFailure_; }

  SSL* client() const { return client_.get(); }
  SSL* server() const { return server_.get(); }

  /// The subject of the certificate that the server has shown.
  std::string shown() const;
  /// The subject of the client's; empty when it has shown none.
  std::string shownByClient() const;
  /// The names in the server's, joined by spaces.
  std::string shownNames() const;
  std::string protocol() const;
  std::string version() const { return SSL_get_version(client()); }
  bool resumed() const { return SSL_session_reused(client()); }

 private:
  detail::SslHandle client_;
  detail::SslHandle server_;
  std::optional<Failure> clientFailure_;
  std::optional<Failure> serverFailure_;
};

}  // namespace plait::testing
