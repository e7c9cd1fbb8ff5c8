#include <plait/tls/client_tls_options.hpp>
#include <plait/tls/detail/context_settings.hpp>
#include <plait/tls/detail/host_name.hpp>
#include <plait/tls/detail/session_store.hpp>

namespace plait {
namespace {

using namespace detail;

struct ClientData : ContextData {
  SessionStore sessions;
};

int keepSession(SSL* ssl, SSL_SESSION* session) noexcept {
  dataOf<ClientData>(SSL_get_SSL_CTX(ssl)).sessions.keep(SessionPtr(session));
  return 1;  // the reference is ours now
}

class ClientTLSContext final : public TLSContext {
 public:
  ClientTLSContext(HostName host, const ClientTLSOptions& options)
      : host_(std::move(host)),
        options_(options),
        context_(newContextFrom(options, std::make_unique<ClientData>())) {
    verifyServer();
    offerProtocols();
    showCertificate();
    if (options_.sessionResumption) keepSessions();
  }

  SslHandle open() override {
    SslHandle ssl = newSession(context_.get());
    SSL_set_connect_state(ssl.get());
    if (!host_.isAddress && !SSL_set_tlsext_host_name(ssl.get(), host_.text.c_str())) {
      throw std::bad_alloc();
    }
    if (const SessionPtr session = dataOf<ClientData>(context_.get()).sessions.take()) {
      SSL_set_session(ssl.get(), session.get());
    }
    return ssl;
  }

  Duration handshakeTimeout() const override { return options_.handshakeTimeout; }

 private:
  void verifyServer() {
    if (options_.insecurelyAcceptAnyCertificate) {
      SSL_CTX_set_verify(context_.get(), SSL_VERIFY_NONE, nullptr);
      return;
    }
    verifyPeers(context_.get(), SSL_VERIFY_PEER,
                options_.trust ? *options_.trust : platformTrust());
    if (options_.verifyHostname) expectHost();
  }

  void expectHost() {
    X509_VERIFY_PARAM* expected = SSL_CTX_get0_param(context_.get());
    X509_VERIFY_PARAM_set_hostflags(
        expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    const bool done = host_.isAddress ? X509_VERIFY_PARAM_set1_ip_asc(expected, host_.text.c_str())
                                      : X509_VERIFY_PARAM_set1_host(expected, host_.text.data(),
                                                                    host_.text.size());
    if (!done) throw std::bad_alloc();
  }

  void offerProtocols() {
    const std::string list = alpnList(options_.acceptableProtocols);
    // Unlike the others, this function returns 0 when all is well.
    if (!list.empty() &&
        SSL_CTX_set_alpn_protos(context_.get(), reinterpret_cast<const unsigned char*>(list.data()),
                                static_cast<unsigned int>(list.size())) != 0) {
      throw std::bad_alloc();
    }
  }

  void showCertificate() {
    if (!options_.clientCertificate) return;
    const PrivateCertificate& own = *options_.clientCertificate;
    mustBeUsable(context_.get(), own);
    const X509StackPtr chain = stackOf(own.chain());
    if (!SSL_CTX_use_cert_and_key(context_.get(), own.certificate().native(), own.nativeKey(),
                                  chain.get(), 1)) {
      throw std::bad_alloc();
    }
  }

  void keepSessions() {
    SSL_CTX_set_session_cache_mode(context_.get(),
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context_.get(), keepSession);
  }

  HostName host_;
  ClientTLSOptions options_;
  SslCtxPtr context_;
};

}  // namespace

std::shared_ptr<TLSContext> optionsForClientTLS(std::string_view hostname,
                                                ClientTLSOptions options) {
  return std::make_shared<ClientTLSContext>(parseHostName(hostname), options);
}

}  // namespace plait
