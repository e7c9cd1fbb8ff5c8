#include <fmt/format.h>

#include <plait/core/errors.hpp>
#include <plait/tls/detail/context_settings.hpp>
#include <plait/tls/detail/verification.hpp>
#include <stdexcept>

namespace plait::detail {
namespace {

/// Forward secrecy and authenticated encryption; without it, TLS 1.2 is broken.
constexpr const char* goodCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

/// Certificates between a peer's and one that is trusted; as Twisted.
constexpr int mostIntermediates = 9;

int number(TLSVersion version) {
  return version == TLSVersion::TLSv1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

void freeData(void*, void* data, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<ContextData*>(data);
}

int dataIndex() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, freeData);
  return index;
}

void setVersions(SSL_CTX* context, const ContextSettings& settings) {
  if (settings.minimumVersion > settings.maximumVersion) {
    throw std::invalid_argument("minimumVersion of TLS is above maximumVersion");
  }
  SSL_CTX_set_min_proto_version(context, number(settings.minimumVersion));
  SSL_CTX_set_max_proto_version(context, number(settings.maximumVersion));
}

void setCiphers(SSL_CTX* context, const ContextSettings& settings) {
  const char* ciphers = settings.ciphers.empty() ? goodCiphers : settings.ciphers.c_str();
  if (!SSL_CTX_set_cipher_list(context, ciphers)) {
    throw std::invalid_argument(fmt::format("ciphers \"{}\": {}", ciphers, takeErrorText()));
  }
  const char* suites = settings.cipherSuites.c_str();
  if (*suites && !SSL_CTX_set_ciphersuites(context, suites)) {
    throw std::invalid_argument(fmt::format("cipherSuites \"{}\": {}", suites, takeErrorText()));
  }
}

}  // namespace

SslCtxPtr newContext(const ContextSettings& settings, std::unique_ptr<ContextData> data) {
  if (settings.handshakeTimeout < Duration::zero()) {
    throw std::invalid_argument("handshakeTimeout is negative");
  }
  SslCtxPtr context(SSL_CTX_new(TLS_method()));
  // It reads the system's settings, and fails when those are broken.
  if (!context) throw TLSError(fmt::format("OpenSSL cannot be set up: {}", takeErrorText()));
  if (!SSL_CTX_set_ex_data(context.get(), dataIndex(), data.get())) throw std::bad_alloc();
  data.release();  // the context's, now
  setVersions(context.get(), settings);
  setCiphers(context.get(), settings);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE);
  // An idle connection keeps no buffers; the chain is what was given, not what trust makes of it.
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
  return context;
}

ContextData& contextData(const SSL_CTX* context) {
  return *static_cast<ContextData*>(SSL_CTX_get_ex_data(context, dataIndex()));
}

void verifyPeers(SSL_CTX* context, int mode, const TrustRoot& trust) {
  SSL_CTX_set_verify(context, mode, noteRefusal);
  SSL_CTX_set_verify_depth(context, mostIntermediates);
  if (!SSL_CTX_set1_verify_cert_store(context, trust.native())) throw std::bad_alloc();
}

std::string alpnList(const std::vector<std::string>& protocols) {
  std::string list;
  for (const std::string& each : protocols) {
    if (each.empty() || each.size() > 255) {
      throw std::invalid_argument(
          fmt::format("acceptableProtocols: \"{}\" does not have 1 to 255 bytes", each));
    }
    list += static_cast<char>(each.size());
    list += each;
  }
  if (list.size() > 65535) throw std::invalid_argument("acceptableProtocols are too many");
  return list;
}

SslHandle newSession(SSL_CTX* context) {
  return owned<SslHandle>(SSL_new(context));
}

bool show(SSL* session, const PrivateCertificate& certificate, STACK_OF(X509) * chain) {
  return SSL_use_cert_and_key(session, certificate.certificate().native(), certificate.nativeKey(),
                              chain, 1) == 1;
}

void mustBeUsable(SSL_CTX* context, const PrivateCertificate& certificate) {
  const SslHandle trial = newSession(context);
  const X509StackPtr chain = stackOf(certificate.chain());
  if (show(trial.get(), certificate, chain.get())) return;
  throw std::invalid_argument(fmt::format("the certificate of {} cannot be used: {}",
                                          certificate.certificate().getSubject(), takeErrorText()));
}

}  // namespace plait::detail
