#pragma once

#include <chrono>
#include <memory>
#include <plait/core/errors.hpp>
#include <string>
#include <string_view>
#include <vector>

struct x509_st;

namespace plait {

/// A certificate or a key that cannot be used: not there, not what it should be, not belonging
/// together. The message names the file, where there is one, and the cause.
struct CertificateError : Error {
  using Error::Error;
};

/// An X.509 certificate: who somebody is, says whom. A value; copies share. Twisted: `Certificate`.
///
/// Thread: any.
class Certificate {
 public:
  /// Reads the first certificate of a PEM text ("-----BEGIN CERTIFICATE-----"). CertificateError
  /// when there is none.
  static Certificate loadPEM(std::string_view pem);
  /// Every certificate of a PEM text, in its order; there may be none. CertificateError when one
  /// cannot be read.
  static std::vector<Certificate> loadAllPEM(std::string_view pem);
  /// Shares OpenSSL's `certificate` (never null).
  static Certificate fromNative(x509_st* certificate);

  std::string dumpPEM() const;

  /// Who it is about, as RFC 2253 has it: "CN=example.com,O=Example".
  std::string getSubject() const;
  /// Who vouches for it, in the same way.
  std::string getIssuer() const;
  /// The names and addresses a server with this certificate may have, without their kinds:
  /// "example.com", "*.example.com", "127.0.0.1". Only subjectAltName counts, as in RFC 6125.
  std::vector<std::string> names() const;
  /// In hexadecimal, such as "0A1B".
  std::string serialNumber() const;
  /// It is valid from here ...
  std::chrono::system_clock::time_point notBefore() const;
  /// ... up to and including here.
  std::chrono::system_clock::time_point notAfter() const;
  /// SHA-256 of the whole, as "AB:CD:...": tells certificates apart.
  std::string digest() const;

  /// For OpenSSL's own functions; borrowed.
  x509_st* native() const { return x509_.get(); }

  /// Byte for byte the same.
  friend bool operator==(const Certificate& a, const Certificate& b);

 private:
  explicit Certificate(std::shared_ptr<x509_st> x509) : x509_(std::move(x509)) {}

  std::shared_ptr<x509_st> x509_;  // never null
};

}  // namespace plait
