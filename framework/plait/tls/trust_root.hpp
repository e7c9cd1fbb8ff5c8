#pragma once

#include <memory>
#include <plait/tls/certificate.hpp>
#include <span>
#include <string>
#include <vector>

struct x509_store_st;

namespace plait {

/// Whose signature is enough for a certificate to be accepted. A value; copies share. Twisted:
/// `IOpenSSLTrustRoot`.
///
/// Thread: any.
class TrustRoot {
 public:
  /// The certificates it was made from; empty for the platform's.
  const std::vector<Certificate>& certificates() const { return certificates_; }

  /// For OpenSSL's own functions; borrowed.
  x509_store_st* native() const { return store_.get(); }

 private:
  friend TrustRoot platformTrust();
  friend TrustRoot trustRootFromCertificates(std::span<const Certificate> certificates);
  TrustRoot(std::shared_ptr<x509_store_st> store, std::vector<Certificate> certificates)
      : store_(std::move(store)), certificates_(std::move(certificates)) {}

  std::shared_ptr<x509_store_st> store_;
  std::vector<Certificate> certificates_;
};

/// The authorities that the system trusts, where OpenSSL looks for them: in Debian, those of
/// package ca-certificates. The environment variables SSL_CERT_FILE and SSL_CERT_DIR say otherwise.
/// They are read once in a process (a matter of 50 ms), and again when one of the variables has
/// changed.
TrustRoot platformTrust();

/// These and nobody else. Each is trusted as it stands, be it an authority's own certificate, an
/// intermediate's, or that of a single server. None is std::invalid_argument: nothing could be
/// accepted.
TrustRoot trustRootFromCertificates(std::span<const Certificate> certificates);
inline TrustRoot trustRootFromCertificates(std::initializer_list<Certificate> certificates) {
  return trustRootFromCertificates(std::span(certificates.begin(), certificates.size()));
}

/// All certificates in a PEM file. CertificateError when it cannot be read or has none.
TrustRoot trustRootFromFile(const std::string& pemFile);

/// All certificates in the files of a directory whose names end in ".pem"; the argument
/// `trustRoots` of Twisted's endpoint strings. A file without a certificate is passed over.
/// CertificateError when it cannot be read or there is no certificate at all.
TrustRoot trustRootFromDirectory(const std::string& directory);

}  // namespace plait
