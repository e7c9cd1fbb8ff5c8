#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <plait/tls/private_certificate.hpp>

#include "../support/test_certificates.hpp"
#include "support/errors.hpp"
#include "support/temporary_directory.hpp"

namespace plait::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The certificate of an intermediate's client, with its chain.
IssuedCertificate issueWithChain() {
  return testAuthority().intermediate("intermediate").issue({.commonName = "leaf"});
}

std::string encryptedKey() {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                &EVP_PKEY_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), EVP_aes_128_cbc(), "secret", 6, nullptr,
                                nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, std::size_t(size)};
}

TEST(PrivateCertificate, IsReadFromOneText) {
  const IssuedCertificate issued = issueWithChain();
  const auto loaded =
      PrivateCertificate::loadPEM(issued.certificatePEM + issued.chainPEM + issued.keyPEM);
  EXPECT_EQ(loaded.certificate().getSubject(), "CN=leaf");
  EXPECT_THAT(loaded.chain(), ElementsAre(Certificate::loadPEM(issued.chainPEM)));
}

TEST(PrivateCertificate, IsReadFromThreeFiles) {
  const TemporaryDirectory files;
  const IssuedCertificate issued = issueWithChain();
  const auto loaded = PrivateCertificate::fromFiles(files.file("key.pem", issued.keyPEM),
                                                    files.file("cert.pem", issued.certificatePEM),
                                                    files.file("chain.pem", issued.chainPEM));
  EXPECT_EQ(loaded.certificate().getSubject(), "CN=leaf");
  EXPECT_THAT(loaded.chain(), ElementsAre(Certificate::loadPEM(issued.chainPEM)));
}

TEST(PrivateCertificate, IsReadFromOneFileWithEverything) {
  const TemporaryDirectory files;
  const IssuedCertificate issued = testAuthority().issue({.commonName = "alone"});
  const auto loaded = PrivateCertificate::fromFiles(
      files.file("server.pem", issued.keyPEM + issued.certificatePEM));
  EXPECT_EQ(loaded.certificate().getSubject(), "CN=alone");
  EXPECT_THAT(loaded.chain(), IsEmpty());
}

TEST(PrivateCertificate, AFileThatIsNotThereIsNamed) {
  const TemporaryDirectory files;
  EXPECT_EQ(
      errorOf<CertificateError>([&] { PrivateCertificate::fromFiles(files.path("key.pem")); }),
      "cannot read " + files.path("key.pem") + ": No such file or directory");
  EXPECT_EQ(errorOf<CertificateError>([&] { PrivateCertificate::fromFiles(files.path()); }),
            "cannot read " + files.path() + ": Is a directory");
}

TEST(PrivateCertificate, AFileWithoutAKeyIsNamed) {
  const TemporaryDirectory files;
  const std::string file = files.file("cert.pem", testAuthority().issue({}).certificatePEM);
  EXPECT_EQ(errorOf<CertificateError>([&] { PrivateCertificate::fromFiles(file); }),
            "there is no private key in " + file);
}

TEST(PrivateCertificate, AFileWithoutACertificateIsNamed) {
  const TemporaryDirectory files;
  const IssuedCertificate issued = testAuthority().issue({});
  const std::string key = files.file("key.pem", issued.keyPEM);
  const std::string cert = files.file("cert.pem", issued.certificatePEM);
  const std::string empty = files.file("chain.pem", "");
  EXPECT_EQ(errorOf<CertificateError>([&] { PrivateCertificate::fromFiles(key); }),
            "there is no certificate in " + key);
  EXPECT_EQ(errorOf<CertificateError>([&] { PrivateCertificate::fromFiles(key, cert, empty); }),
            "there is no certificate in " + empty);
}

TEST(PrivateCertificate, ADamagedCertificateIsNamed) {
  const TemporaryDirectory files;
  const IssuedCertificate issued = testAuthority().issue({});
  const std::string key = files.file("key.pem", issued.keyPEM);
  const std::string cert = files.file("cert.pem", issued.certificatePEM.substr(0, 200));
  EXPECT_THAT(errorOf<CertificateError>([&] { PrivateCertificate::fromFiles(key, cert); }),
              HasSubstr("a certificate in " + cert + " is damaged: "));
}

TEST(PrivateCertificate, TheKeyOfAnotherIsAnError) {
  const TemporaryDirectory files;
  const std::string key = files.file("key.pem", testAuthority().issue({}).keyPEM);
  const std::string cert =
      files.file("cert.pem", testAuthority().issue({.commonName = "leaf"}).certificatePEM);
  EXPECT_EQ(errorOf<CertificateError>([&] { PrivateCertificate::fromFiles(key, cert); }),
            "the private key in " + key + " does not belong to the certificate in " + cert +
                ", which is CN=leaf's");
}

TEST(PrivateCertificate, AnEncryptedKeyIsAnErrorThatSaysWhatToDo) {
  const TemporaryDirectory files;
  const std::string key = files.file("key.pem", encryptedKey());
  const std::string cert = files.file("cert.pem", testAuthority().issue({}).certificatePEM);
  EXPECT_EQ(errorOf<CertificateError>([&] { PrivateCertificate::fromFiles(key, cert); }),
            "the private key in " + key + " is encrypted; decrypt it first (openssl pkey -in ...)");
}

}  // namespace
}  // namespace plait::testing
