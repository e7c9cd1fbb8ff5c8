#include <fmt/format.h>
#include <openssl/pem.h>

#include <ctime>
#include <plait/core/address.hpp>
#include <plait/tls/certificate.hpp>
#include <plait/tls/detail/openssl.hpp>
#include <plait/tls/detail/pem.hpp>

namespace plait {
namespace {

using namespace detail;
using GeneralNamesPtr = std::unique_ptr<GENERAL_NAMES, FreeWith<&GENERAL_NAMES_free>>;
using BignumPtr = std::unique_ptr<BIGNUM, FreeWith<&BN_free>>;

BioPtr writingBio() {
  return owned<BioPtr>(BIO_new(BIO_s_mem()));
}

std::string text(const X509_NAME* name) {
  const BioPtr bio = writingBio();
  // Characters beyond ASCII stay what they are, in UTF-8.
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  return contents(bio.get());
}

std::string_view bytes(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          std::size_t(ASN1_STRING_length(string))};
}

std::string addressText(std::string_view octets) {
  IPv4Address v4;
  if (octets.size() == v4.octets.size()) {
    std::copy(octets.begin(), octets.end(), v4.octets.begin());
    return v4.host();
  }
  IPv6Address v6;
  if (octets.size() == v6.octets.size()) {
    std::copy(octets.begin(), octets.end(), v6.octets.begin());
    return v6.host();
  }
  return {};
}

std::chrono::system_clock::time_point moment(const ASN1_TIME* time) {
  using Clock = std::chrono::system_clock;
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  const std::time_t seconds = timegm(&parts);
  // Certificates may name years that the clock does not reach: 9999 means "for ever".
  if (seconds >= Clock::to_time_t(Clock::time_point::max())) return Clock::time_point::max();
  if (seconds <= Clock::to_time_t(Clock::time_point::min())) return Clock::time_point::min();
  return Clock::from_time_t(seconds);
}

}  // namespace

Certificate Certificate::loadPEM(std::string_view pem) {
  std::vector<Certificate> all = loadAllPEM(pem);
  if (all.empty()) throw CertificateError("there is no certificate in the PEM text");
  return std::move(all.front());
}

std::vector<Certificate> Certificate::loadAllPEM(std::string_view pem) {
  return certificatesIn(pem, "the PEM text");
}

Certificate Certificate::fromNative(x509_st* certificate) {
  X509_up_ref(certificate);
  return Certificate(X509Ptr(certificate));
}

std::string Certificate::dumpPEM() const {
  const BioPtr bio = writingBio();
  if (!PEM_write_bio_X509(bio.get(), native())) throw std::bad_alloc();
  return contents(bio.get());
}

std::string Certificate::getSubject() const {
  return text(X509_get_subject_name(native()));
}

std::string Certificate::getIssuer() const {
  return text(X509_get_issuer_name(native()));
}

std::vector<std::string> Certificate::names() const {
  std::vector<std::string> found;
  const GeneralNamesPtr all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(native(), NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    std::string readable;
    if (name->type == GEN_DNS) readable = bytes(name->d.dNSName);
    if (name->type == GEN_IPADD) readable = addressText(bytes(name->d.iPAddress));
    if (!readable.empty()) found.push_back(std::move(readable));
  }
  return found;
}

std::string Certificate::serialNumber() const {
  const auto number =
      owned<BignumPtr>(ASN1_INTEGER_to_BN(X509_get0_serialNumber(native()), nullptr));
  return owned<OpenSslString>(BN_bn2hex(number.get())).get();
}

std::chrono::system_clock::time_point Certificate::notBefore() const {
  return moment(X509_get0_notBefore(native()));
}

std::chrono::system_clock::time_point Certificate::notAfter() const {
  return moment(X509_get0_notAfter(native()));
}

std::string Certificate::digest() const {
  unsigned char octets[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (!X509_digest(native(), EVP_sha256(), octets, &size)) throw std::bad_alloc();
  return fmt::format("{:02X}", fmt::join(octets, octets + size, ":"));
}

bool operator==(const Certificate& a, const Certificate& b) {
  return X509_cmp(a.native(), b.native()) == 0;
}

}  // namespace plait
