#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace plait {
class Certificate;
}

/// OpenSSL's objects as C++ owns them, and its errors as C++ tells them.
namespace plait::detail {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_pop_free(stack, X509_free); }
};
struct FreeOpenSslString {
  void operator()(char* text) const noexcept { OPENSSL_free(text); }
};

using BioPtr = std::unique_ptr<BIO, FreeWith<&BIO_free>>;
using X509Ptr = std::unique_ptr<X509, FreeWith<&X509_free>>;
using X509StackPtr = std::unique_ptr<STACK_OF(X509), FreeStack>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<&EVP_PKEY_free>>;
using StorePtr = std::unique_ptr<X509_STORE, FreeWith<&X509_STORE_free>>;
using SslCtxPtr = std::unique_ptr<SSL_CTX, FreeWith<&SSL_CTX_free>>;
using SessionPtr = std::unique_ptr<SSL_SESSION, FreeWith<&SSL_SESSION_free>>;
using OpenSslString = std::unique_ptr<char, FreeOpenSslString>;

/// `object` as a Ptr, when OpenSSL gave one; else std::bad_alloc, for it refuses only when memory
/// is short.
template <class Ptr>
Ptr owned(typename Ptr::element_type* object) {
  if (!object) throw std::bad_alloc();
  return Ptr(object);
}

/// Reads `text`, which must outlive it.
BioPtr readingBio(std::string_view text);
/// What was written to a memory BIO.
std::string contents(BIO* bio);

/// The certificates, each shared, as OpenSSL wants them.
X509StackPtr stackOf(std::span<const Certificate> certificates);

/// OpenSSL's words for its oldest pending error, "unknown error" when there is none. Empties the
/// queue.
std::string takeErrorText();

}  // namespace plait::detail
