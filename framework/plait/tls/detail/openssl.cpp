#include <openssl/err.h>

#include <limits>
#include <new>
#include <plait/tls/certificate.hpp>
#include <plait/tls/detail/openssl.hpp>
#include <plait/tls/tls_context.hpp>
#include <stdexcept>

namespace plait::detail {

void SslDeleter::operator()(ssl_st* ssl) const noexcept {
  SSL_free(ssl);
}

BioPtr readingBio(std::string_view text) {
  if (text.size() > std::size_t(std::numeric_limits<int>::max())) {
    throw std::length_error("a PEM text of more than 2 GiB");
  }
  return owned<BioPtr>(BIO_new_mem_buf(text.data(), int(text.size())));
}

std::string contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, std::size_t(size)) : std::string();
}

X509StackPtr stackOf(std::span<const Certificate> certificates) {
  auto stack = owned<X509StackPtr>(sk_X509_new_null());
  for (const Certificate& each : certificates) {
    if (!X509_add_cert(stack.get(), each.native(), X509_ADD_FLAG_UP_REF)) throw std::bad_alloc();
  }
  return stack;
}

std::string takeErrorText() {
  const unsigned long error = ERR_peek_error();
  const char* reason = ERR_reason_error_string(error);
  ERR_clear_error();
  return reason ? reason : "unknown error";
}

}  // namespace plait::detail
