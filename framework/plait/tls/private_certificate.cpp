#include <fmt/format.h>

#include <plait/tls/detail/openssl.hpp>
#include <plait/tls/detail/pem.hpp>
#include <plait/tls/private_certificate.hpp>

namespace plait {
namespace {

using namespace detail;

/// A PEM text and how errors call it.
struct Source {
  std::string_view pem;
  std::string_view name;
};

std::vector<Certificate> oneOrMore(const Source& source) {
  std::vector<Certificate> found = certificatesIn(source.pem, source.name);
  if (found.empty()) {
    throw CertificateError(fmt::format("there is no certificate in {}", source.name));
  }
  return found;
}

void mustBelong(evp_pkey_st* key, const Source& keySource, const Certificate& certificate,
                const Source& certificateSource) {
  if (X509_check_private_key(certificate.native(), key)) return;
  takeErrorText();
  throw CertificateError(
      fmt::format("the private key in {} does not belong to the certificate in {}, which is {}'s",
                  keySource.name, certificateSource.name, certificate.getSubject()));
}

}  // namespace

PrivateCertificate::PrivateCertificate(std::vector<Certificate> certificates,
                                       std::shared_ptr<evp_pkey_st> key)
    : certificate_(std::move(certificates.front())),
      chain_(std::next(certificates.begin()), certificates.end()),
      key_(std::move(key)) {}

PrivateCertificate PrivateCertificate::loadPEM(std::string_view pem) {
  const Source all{pem, "the PEM text"};
  std::vector<Certificate> certificates = oneOrMore(all);
  auto key = privateKeyIn(pem, all.name);
  mustBelong(key.get(), all, certificates.front(), all);
  return {std::move(certificates), std::move(key)};
}

PrivateCertificate PrivateCertificate::fromFiles(const std::string& keyFile,
                                                 const std::string& certFile,
                                                 const std::string& chainFile) {
  const std::string& certName = certFile.empty() ? keyFile : certFile;
  const std::string keyText = readFile(keyFile);
  const std::string certText = readFile(certName);
  const Source keySource{keyText, keyFile};
  const Source certSource{certText, certName};

  auto key = privateKeyIn(keyText, keyFile);
  std::vector<Certificate> certificates = oneOrMore(certSource);
  mustBelong(key.get(), keySource, certificates.front(), certSource);
  if (!chainFile.empty()) {
    const std::string chainText = readFile(chainFile);
    for (Certificate& each : oneOrMore({chainText, chainFile})) {
      certificates.push_back(std::move(each));
    }
  }
  return {std::move(certificates), std::move(key)};
}

}  // namespace plait
