#include <plait/tls/detail/context_settings.hpp>
#include <plait/tls/detail/server_certificates.hpp>
#include <plait/tls/server_tls_options.hpp>
#include <stdexcept>

namespace plait {
namespace {

using namespace detail;

/// In the cache; one takes a kilobyte or two, with its client's certificate some more.
constexpr long mostSessions = 4096;

struct ServerData : ContextData {
  CurrentCertificates certificates;
  std::string protocols;  // as ALPN has them on the wire
  bool refuseUnknownNames = false;
};

// --- OpenSSL's callbacks, in the order in which a handshake comes by them ------------------------
// Nothing can be thrown through OpenSSL.

int checkName(SSL* ssl, int* alert, void*) noexcept {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (!name) return SSL_TLSEXT_ERR_NOACK;
  const auto& data = dataOf<ServerData>(SSL_get_SSL_CTX(ssl));
  if (data.certificates.get()->find(name)) return SSL_TLSEXT_ERR_OK;
  if (!data.refuseUnknownNames) return SSL_TLSEXT_ERR_NOACK;
  *alert = SSL_AD_UNRECOGNIZED_NAME;
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

int showCertificate(SSL* ssl, void*) noexcept {
  const auto certificates = dataOf<ServerData>(SSL_get_SSL_CTX(ssl)).certificates.get();
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  const ServerCertificate* found = name ? certificates->find(name) : nullptr;
  if (!found) found = &certificates->first();
  return show(ssl, found->certificate, found->chain.get());
}

int chooseProtocol(SSL* ssl, const unsigned char** chosen, unsigned char* size,
                   const unsigned char* offered, unsigned int offeredSize, void*) noexcept {
  const std::string& own = dataOf<ServerData>(SSL_get_SSL_CTX(ssl)).protocols;
  unsigned char* found = nullptr;
  const int result =
      SSL_select_next_proto(&found, size, reinterpret_cast<const unsigned char*>(own.data()),
                            static_cast<unsigned int>(own.size()), offered, offeredSize);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

class Context final : public ServerTLSContext {
 public:
  explicit Context(ServerTLSOptions options)
      : handshakeTimeout_(options.handshakeTimeout),
        context_(newContextFrom(options, std::make_unique<ServerData>())),
        data_(dataOf<ServerData>(context_.get())) {
    data_.protocols = alpnList(options.acceptableProtocols);
    data_.refuseUnknownNames = options.refuseUnknownNames;
    SSL_CTX_set_tlsext_servername_callback(context_.get(), checkName);
    SSL_CTX_set_cert_cb(context_.get(), showCertificate, nullptr);
    if (!data_.protocols.empty()) {
      SSL_CTX_set_alpn_select_cb(context_.get(), chooseProtocol, nullptr);
    }
    if (options.clientTrust) {
      verifyClients(*options.clientTrust, options.requireClientCertificate);
    }
    resume(options.sessionResumption);
    setCertificates(std::move(options.certificates));
  }

  SslHandle open() override {
    SslHandle ssl = newSession(context_.get());
    SSL_set_accept_state(ssl.get());
    return ssl;
  }

  Duration handshakeTimeout() const override { return handshakeTimeout_; }

  void setCertificates(std::vector<PrivateCertificate> certificates) override {
    if (certificates.empty()) throw std::invalid_argument("a TLS server without certificates");
    for (const PrivateCertificate& each : certificates) mustBeUsable(context_.get(), each);
    data_.certificates.set(std::make_shared<const ServerCertificates>(std::move(certificates)));
  }

 private:
  void verifyClients(const TrustRoot& trust, bool require) {
    verifyPeers(context_.get(), SSL_VERIFY_PEER | (require ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                trust);
    // Tells clients which of their certificates would do.
    for (const Certificate& each : trust.certificates()) {
      if (!SSL_CTX_add_client_CA(context_.get(), each.native())) throw std::bad_alloc();
    }
  }

  void resume(bool on) {
    // Sessions are taken back only where they were made, which this tells.
    static constexpr unsigned char name[] = "plait";
    SSL_CTX_set_session_id_context(context_.get(), name, sizeof name - 1);
    SSL_CTX_sess_set_cache_size(context_.get(), mostSessions);
    if (on) return;  // tickets, and the cache for clients that take none
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context_.get(), SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context_.get(), 0);
  }

  Duration handshakeTimeout_;
  SslCtxPtr context_;
  ServerData& data_;  // the SSL_CTX's
};

}  // namespace

std::shared_ptr<ServerTLSContext> serverTLS(ServerTLSOptions options) {
  return std::make_shared<Context>(std::move(options));
}

}  // namespace plait
