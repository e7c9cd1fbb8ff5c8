#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <plait/tls/certificate.hpp>
#include <plait/tls/detail/verification.hpp>

namespace plait::detail {
namespace {

/// Longer lists of names are cut: who sends them is not to be trusted.
constexpr std::size_t longestList = 200;

void freeNote(void*, void* note, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<std::string*>(note);
}

int noteIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, freeNote);
  return index;
}

std::string printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c > '~'; }, '?');
  if (text.size() > longestList) text.replace(longestList, std::string::npos, "...");
  return text;
}

std::string day(std::chrono::system_clock::time_point moment) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(moment));
}

std::string namesOf(const Certificate& certificate) {
  const std::vector<std::string> names = certificate.names();
  return names.empty() ? "nobody (it has no subjectAltName)"
                       : printable(fmt::format("{}", fmt::join(names, ", ")));
}

/// What of the certificate makes OpenSSL say so; empty where that says it all.
std::string detailOf(int error, const Certificate& certificate) {
  switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "it is for " + namesOf(certificate);
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return day(certificate.notAfter());
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return day(certificate.notBefore());
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "issued by " + printable(certificate.getIssuer());
    default:
      return {};
  }
}

std::string cause(X509_STORE_CTX* verification) {
  const int error = X509_STORE_CTX_get_error(verification);
  std::string text = X509_verify_cert_error_string(error);
  X509* const native = X509_STORE_CTX_get_current_cert(verification);
  if (!native) return text;
  const Certificate certificate = Certificate::fromNative(native);
  if (X509_STORE_CTX_get_error_depth(verification) > 0) {
    text += fmt::format(", of {}", printable(certificate.getSubject()));
  }
  const std::string detail = detailOf(error, certificate);
  return detail.empty() ? text : fmt::format("{} ({})", text, detail);
}

}  // namespace

int noteRefusal(int accepted, X509_STORE_CTX* verification) noexcept {
  if (accepted) return 1;
  auto* session = static_cast<SSL*>(
      X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto note = std::make_unique<std::string>(cause(verification));
  delete static_cast<std::string*>(SSL_get_ex_data(session, noteIndex()));
  SSL_set_ex_data(session, noteIndex(), note.release());
  return 0;
}

std::string causeOfRefusal(const SSL* session) {
  const auto* note = static_cast<const std::string*>(SSL_get_ex_data(session, noteIndex()));
  if (note) return *note;
  const long result = SSL_get_verify_result(session);
  return result == X509_V_OK ? "" : X509_verify_cert_error_string(result);
}

}  // namespace plait::detail
