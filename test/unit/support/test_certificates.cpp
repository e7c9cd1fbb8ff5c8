#include "test_certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <plait/core/address.hpp>
#include <stdexcept>

namespace plait::testing {
namespace {

struct FreeAny {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* x509) const { X509_free(x509); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeAny>;
using X509Ptr = std::unique_ptr<X509, FreeAny>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, FreeAny>;
using BioPtr = std::unique_ptr<BIO, FreeAny>;

void must(bool done) {
  if (!done) throw std::runtime_error("OpenSSL could not make a test certificate");
}

template <class Write>
std::string pem(Write write) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  must(write(bio.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, std::size_t(size)};
}

std::string pem(X509* x509) {
  return pem([&](BIO* bio) { return PEM_write_bio_X509(bio, x509); });
}

std::string pem(EVP_PKEY* key) {
  return pem([&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

void extend(X509* x509, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, x509, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  must(extension && X509_add_ext(x509, extension.get(), -1));
}

std::string subjectAltName(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    const bool isAddress = isIPAddress(name) || isIPv6Address(name);
    list += (list.empty() ? "" : ",") + std::string(isAddress ? "IP:" : "DNS:") + name;
  }
  return list;
}

/// A certificate for `key`, not signed yet. Its issuer is itself.
X509Ptr draft(EVP_PKEY* key, const CertificateContent& options) {
  X509Ptr x509(X509_new());
  unsigned char serial[8];
  must(RAND_bytes(serial, sizeof serial) == 1);
  serial[0] &= 0x7F;
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(
      BN_bin2bn(serial, sizeof serial, nullptr), &BN_free);
  must(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509.get())) != nullptr);
  must(X509_set_version(x509.get(), X509_VERSION_3) && X509_set_pubkey(x509.get(), key));
  const auto seconds = [](std::chrono::hours hours) {
    return long(std::chrono::seconds(hours).count());
  };
  X509_gmtime_adj(X509_getm_notBefore(x509.get()), seconds(options.validFrom));
  X509_gmtime_adj(X509_getm_notAfter(x509.get()), seconds(options.validUntil));
  const auto* commonName = reinterpret_cast<const unsigned char*>(options.commonName.c_str());
  must(X509_NAME_add_entry_by_txt(X509_get_subject_name(x509.get()), "CN", MBSTRING_UTF8,
                                  commonName, -1, -1, 0));
  must(X509_set_issuer_name(x509.get(), X509_get_subject_name(x509.get())));
  if (!options.names.empty()) {
    extend(x509.get(), x509.get(), NID_subject_alt_name, subjectAltName(options.names));
  }
  return x509;
}

void makeAuthority(X509* x509) {
  extend(x509, x509, NID_basic_constraints, "critical,CA:TRUE");
  extend(x509, x509, NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(x509, x509, NID_subject_key_identifier, "hash");
}

void sign(X509* x509, X509* issuer, EVP_PKEY* issuerKey) {
  must(X509_set_issuer_name(x509, X509_get_subject_name(issuer)));
  must(X509_sign(x509, issuerKey, EVP_sha256()) > 0);
}

}  // namespace

struct TestAuthority::Keys {
  Key key{EVP_EC_gen("P-256")};
  X509Ptr certificate;
  std::string chainPEM;  // for those whom it issues certificates
};

TestAuthority::TestAuthority(const std::string& commonName) {
  auto keys = std::make_shared<Keys>();
  keys->certificate = draft(keys->key.get(), {.commonName = commonName});
  makeAuthority(keys->certificate.get());
  sign(keys->certificate.get(), keys->certificate.get(), keys->key.get());
  keys_ = std::move(keys);
}

Certificate TestAuthority::certificate() const {
  return Certificate::fromNative(keys_->certificate.get());
}

IssuedCertificate TestAuthority::issue(const CertificateContent& options) const {
  const Key key(options.weakKey ? EVP_RSA_gen(1024) : EVP_EC_gen("P-256"));
  const X509Ptr x509 = draft(key.get(), options);
  sign(x509.get(), keys_->certificate.get(), keys_->key.get());
  return {pem(x509.get()), pem(key.get()), keys_->chainPEM};
}

TestAuthority TestAuthority::intermediate(const std::string& commonName,
                                          std::chrono::hours validUntil) const {
  auto keys = std::make_shared<Keys>();
  keys->certificate = draft(
      keys->key.get(),
      {.commonName = commonName, .validFrom = std::chrono::hours(-48), .validUntil = validUntil});
  makeAuthority(keys->certificate.get());
  sign(keys->certificate.get(), keys_->certificate.get(), keys_->key.get());
  keys->chainPEM = pem(keys->certificate.get()) + keys_->chainPEM;
  return TestAuthority(std::move(keys));
}

const TestAuthority& testAuthority() {
  static const TestAuthority authority;
  return authority;
}

const PrivateCertificate& testServerCertificate() {
  static const PrivateCertificate certificate =
      testAuthority()
          .issue({.names = {"localhost", "127.0.0.1", "::1", "example.com"},
                  .commonName = "test server"})
          .get();
  return certificate;
}

const PrivateCertificate& testClientCertificate() {
  static const PrivateCertificate certificate =
      testAuthority().issue({.commonName = "client"}).get();
  return certificate;
}

IssuedCertificate selfSigned(const CertificateContent& options) {
  const Key key(EVP_EC_gen("P-256"));
  const X509Ptr x509 = draft(key.get(), options);
  sign(x509.get(), x509.get(), key.get());
  return {pem(x509.get()), pem(key.get()), {}};
}

}  // namespace plait::testing
