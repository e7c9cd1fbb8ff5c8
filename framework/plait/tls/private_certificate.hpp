#pragma once

#include <plait/tls/certificate.hpp>

struct evp_pkey_st;

namespace plait {

/// A certificate with its private key, and the certificates that lead from it to one that others
/// trust (the chain): what a server shows, or a client. A value; copies share. Twisted:
/// `PrivateCertificate`.
///
/// Thread: any.
class PrivateCertificate {
 public:
  /// Reads one PEM text with everything in it: the key anywhere, the certificate before its chain.
  /// CertificateError when something is missing, the key is another's, or it is encrypted.
  static PrivateCertificate loadPEM(std::string_view pem);

  /// Reads the files that a certificate authority's tools make: the key; the certificate, perhaps
  /// with its chain behind it (without a name: it is in the file of the key); the rest of the
  /// chain. In Twisted's endpoint strings they are `privateKey`, `certKey` and `extraCertChain`.
  /// CertificateError as above; it names the file.
  static PrivateCertificate fromFiles(const std::string& keyFile, const std::string& certFile = {},
                                      const std::string& chainFile = {});

  const Certificate& certificate() const { return certificate_; }
  /// Without the certificate itself: its issuer first.
  const std::vector<Certificate>& chain() const { return chain_; }

  /// For OpenSSL's own functions; borrowed.
  evp_pkey_st* nativeKey() const { return key_.get(); }

 private:
  PrivateCertificate(std::vector<Certificate> certificates, std::shared_ptr<evp_pkey_st> key);

  Certificate certificate_;
  std::vector<Certificate> chain_;
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace plait
