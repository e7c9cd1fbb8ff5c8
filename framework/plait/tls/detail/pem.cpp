#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <cerrno>
#include <cstdio>
#include <plait/tls/detail/openssl.hpp>
#include <plait/tls/detail/pem.hpp>

namespace plait::detail {
namespace {

using FilePtr = std::unique_ptr<std::FILE, FreeWith<&std::fclose>>;

[[noreturn]] void cannotRead(const std::string& file) {
  const std::error_code error(errno, std::generic_category());
  throw CertificateError(fmt::format("cannot read {}: {}", file, describe(error)));
}

/// Asked for a password, OpenSSL gets none: the key is encrypted.
int noteEncryption(char*, int, int, void* encrypted) {
  *static_cast<bool*>(encrypted) = true;
  return -1;
}

}  // namespace

std::string readFile(const std::string& file) {
  const FilePtr in(std::fopen(file.c_str(), "rb"));
  if (!in) cannotRead(file);
  std::string text;
  char block[4096];
  while (const std::size_t got = std::fread(block, 1, sizeof block, in.get())) {
    text.append(block, got);
  }
  if (std::ferror(in.get())) cannotRead(file);
  return text;
}

std::vector<Certificate> certificatesIn(std::string_view pem, std::string_view where) {
  std::vector<Certificate> found;
  const BioPtr bio = readingBio(pem);
  while (const X509Ptr x509{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    found.push_back(Certificate::fromNative(x509.get()));
  }
  const bool end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string why = takeErrorText();
  if (!end) throw CertificateError(fmt::format("a certificate in {} is damaged: {}", where, why));
  return found;
}

std::shared_ptr<evp_pkey_st> privateKeyIn(std::string_view pem, std::string_view where) {
  bool encrypted = false;
  const BioPtr bio = readingBio(pem);
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, noteEncryption, &encrypted));
  ERR_clear_error();
  if (encrypted) {
    throw CertificateError(fmt::format(
        "the private key in {} is encrypted; decrypt it first (openssl pkey -in ...)", where));
  }
  if (!key) throw CertificateError(fmt::format("there is no private key in {}", where));
  return key;
}

}  // namespace plait::detail
