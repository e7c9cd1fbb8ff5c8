#include <fmt/format.h>
#include <openssl/err.h>

#include <plait/core/errors.hpp>
#include <plait/tls/detail/openssl.hpp>
#include <plait/tls/detail/tls_failure.hpp>
#include <plait/tls/detail/verification.hpp>

namespace plait::detail {
namespace {

/// The host that a client's session is for; empty on a server.
std::string hostOf(SSL* session) {
  if (SSL_is_server(session)) return {};
  X509_VERIFY_PARAM* expected = SSL_get0_param(session);
  if (const char* name = X509_VERIFY_PARAM_get0_host(expected, 0)) return name;
  if (const OpenSslString address{X509_VERIFY_PARAM_get1_ip_asc(expected)}) return address.get();
  const char* asked = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
  return asked ? asked : "";
}

/// Alerts that came are errors of their own, numbered from here.
bool isAlert(unsigned long error) {
  return ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) >= SSL_AD_REASON_OFFSET;
}

std::string alertName(int alert) {
  switch (alert) {  // those that OpenSSL 3.0 calls "unknown"
    case SSL_AD_MISSING_EXTENSION:
      return "missing extension";
    case SSL_AD_CERTIFICATE_REQUIRED:
      return "certificate required";
    case TLS1_AD_INAPPROPRIATE_FALLBACK:
      return "inappropriate fallback";
  }
  const std::string_view name = SSL_alert_desc_string_long(alert);
  return name == "unknown" ? fmt::format("alert {}", alert) : std::string(name);
}

std::string textOf(unsigned long error) {
  if (isAlert(error)) {
    return "the peer refused: " + alertName(ERR_GET_REASON(error) - SSL_AD_REASON_OFFSET);
  }
  switch (ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
      return fmt::format("what the peer sends is not TLS ({})", ERR_reason_error_string(error));
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return "the peer has shown no certificate";
  }
  const char* reason = ERR_reason_error_string(error);
  return reason ? reason : "OpenSSL does not say why";
}

Failure refused(SSL* session, const std::string& host) {
  const std::string cause = causeOfRefusal(session);
  const std::string_view whose = SSL_is_server(session) ? "the client" : "the server";
  return Failure(TLSVerificationError(
      fmt::format("certificate of {} was not accepted: {}", host.empty() ? whose : host,
                  cause.empty() ? "certificate verify failed" : cause)));
}

}  // namespace

Failure tlsFailure(ssl_st* ssl) {
  const unsigned long error = ERR_peek_error();
  const std::string text = textOf(error);
  // A signature that is wrong has left an error of its own before this one.
  const unsigned long last = ERR_peek_last_error();
  ERR_clear_error();
  const std::string host = hostOf(ssl);
  if (ERR_GET_LIB(last) == ERR_LIB_SSL && ERR_GET_REASON(last) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    return refused(ssl, host);
  }
  if (ERR_GET_LIB(error) == ERR_LIB_SSL) {
    if (ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return Failure(TLSTruncated());
  }
  return Failure(TLSError(host.empty() ? fmt::format("TLS failed: {}", text)
                                       : fmt::format("TLS with {} failed: {}", host, text)));
}

}  // namespace plait::detail
