#include "support/handshake.hpp"

#include <openssl/bio.h>

#include <fmt/format.h>
#include <plait/tls/certificate.hpp>
#include <plait/tls/detail/tls_failure.hpp>

namespace plait::testing {
namespace {

/// One side of it: the handshake, and then whatever comes behind it, such as tickets.
void step(SSL* ssl, std::optional<Failure>& failure) {
  if (failure) return;
  int result = SSL_do_handshake(ssl);
  char byte;
  if (result == 1) result = SSL_read(ssl, &byte, 1);
  const int error = SSL_get_error(ssl, result);
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_ZERO_RETURN) {
    failure = detail::tlsFailure(ssl);
  }
}

std::optional<Certificate> shownTo(SSL* ssl) {
  X509* const shown = SSL_get0_peer_certificate(ssl);
  return shown ? std::optional(Certificate::fromNative(shown)) : std::nullopt;
}

std::string subject(const std::optional<Certificate>& certificate) {
  return certificate ? certificate->getSubject() : "";
}

}  // namespace

Handshake::Handshake(detail::SslHandle client, detail::SslHandle server)
    : client_(std::move(client)), server_(std::move(server)) {
  BIO* clientEnd = nullptr;
  BIO* serverEnd = nullptr;
  BIO_new_bio_pair(&clientEnd, 0, &serverEnd, 0);
  SSL_set_bio(client_.get(), clientEnd, clientEnd);
  SSL_set_bio(server_.get(), serverEnd, serverEnd);
  constexpr int enough = 6;  // rounds; TLS 1.2 needs three
  for (int round = 0; round < enough; ++round) {
    step(client_.get(), clientFailure_);
    step(server_.get(), serverFailure_);
  }
}

Handshake::~Handshake() {
  SSL_shutdown(client());
  SSL_shutdown(server());
  SSL_shutdown(client());
}

std::string Handshake::shown() const {
  return subject(shownTo(client()));
}

std::string Handshake::shownByClient() const {
  return subject(shownTo(server()));
}

std::string Handshake::shownNames() const {
  const auto certificate = shownTo(client());
  return certificate ? fmt::format("{}", fmt::join(certificate->names(), " ")) : "";
}

std::string Handshake::protocol() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(client(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

}  // namespace plait::testing
