// What a connection knows of what was agreed.
#include <plait/tls/detail/openssl.hpp>
#include <plait/tls/detail/tls_connection.hpp>

namespace plait::detail {

std::optional<Certificate> TLSConnection::peerCertificate() const {
  X509* certificate = SSL_get0_peer_certificate(ssl_.get());
  if (!certificate) return std::nullopt;
  return Certificate::fromNative(certificate);
}

std::string TLSConnection::negotiatedProtocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return name ? std::string(reinterpret_cast<const char*>(name), size) : std::string();
}

std::string TLSConnection::version() const {
  return SSL_get_version(ssl_.get());
}

std::string TLSConnection::cipher() const {
  const char* name = SSL_get_cipher_name(ssl_.get());
  return name ? name : "";
}

bool TLSConnection::sessionReused() const {
  return SSL_session_reused(ssl_.get()) == 1;
}

std::string TLSConnection::serverName() const {
  const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name ? name : "";
}

}  // namespace plait::detail
