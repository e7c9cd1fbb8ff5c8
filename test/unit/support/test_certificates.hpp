#pragma once

#include <chrono>
#include <memory>
#include <plait/tls/private_certificate.hpp>
#include <plait/tls/trust_root.hpp>
#include <string>
#include <vector>

namespace plait::testing {

/// A certificate with its key, as the PEM texts that would be in files.
struct IssuedCertificate {
  std::string certificatePEM;
  std::string keyPEM;
  std::string chainPEM;  ///< empty when the issuer is a root

  PrivateCertificate get() const {
    return PrivateCertificate::loadPEM(keyPEM + certificatePEM + chainPEM);
  }
};

/// What a certificate says.
struct CertificateContent {
  /// Host names, wildcards, and IP literals.
  std::vector<std::string> names = {};
  std::string commonName = "test";
  /// From now; negative: in the past.
  std::chrono::hours validFrom = std::chrono::hours(-1);
  std::chrono::hours validUntil = std::chrono::hours(24);
  /// RSA with 1024 bits, which OpenSSL does not let anybody show.
  bool weakKey = false;
};

/// An authority that exists in this process only. EC P-256, so a certificate is made in less than a
/// millisecond.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& commonName = "plait test authority");

  Certificate certificate() const;
  TrustRoot trust() const { return trustRootFromCertificates({certificate()}); }
  IssuedCertificate issue(const CertificateContent& options) const;
  /// An authority that this one vouches for; its chains have its own certificate.
  TestAuthority intermediate(const std::string& commonName,
                             std::chrono::hours validUntil = std::chrono::hours(24)) const;

 private:
  struct Keys;
  explicit TestAuthority(std::shared_ptr<const Keys> keys) : keys_(std::move(keys)) {}
  std::shared_ptr<const Keys> keys_;
};

/// The authority of the tests that need only one.
const TestAuthority& testAuthority();
/// Its certificate for a server: localhost, 127.0.0.1, ::1 and example.com.
const PrivateCertificate& testServerCertificate();
/// Its certificate for a client named "client".
const PrivateCertificate& testClientCertificate();
/// A certificate that vouches for itself.
IssuedCertificate selfSigned(const CertificateContent& options);

}  // namespace plait::testing
