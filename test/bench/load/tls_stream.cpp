#include <openssl/err.h>
#include <openssl/ssl.h>

#include <stdexcept>
#include <string>

#include "load/stream.hpp"

namespace bench {
namespace {

struct Deleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
};

[[noreturn]] void fail(const std::string& what) {
  const unsigned long error = ERR_get_error();
  const char* const reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  throw std::runtime_error("TLS: " + what + ": " + (reason == nullptr ? "failed" : reason));
}

SSL_CTX* sharedContext() {
  static const std::unique_ptr<SSL_CTX, Deleter> context = [] {
    std::unique_ptr<SSL_CTX, Deleter> made(SSL_CTX_new(TLS_client_method()));
    if (!made) fail("a context");
    // What the kernel refused may have moved when it is offered again: batches are sent in pieces.
    SSL_CTX_set_mode(made.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return made;
  }();
  return context.get();
}

class TLSStream : public Stream {
 public:
  explicit TLSStream(int fd) : session_(SSL_new(sharedContext())) {
    if (!session_ || SSL_set_fd(session_.get(), fd) != 1 || SSL_connect(session_.get()) != 1) {
      fail("cannot shake hands");
    }
  }

  std::size_t send(std::string_view bytes) override {
    ERR_clear_error();
    std::size_t took = 0;
    const int result = SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &took);
    if (result != 1 && !wantsMore(result)) {
      fail("cannot send");
    }
    return took;
  }

  Received receive(std::span<char> buffer) override {
    ERR_clear_error();
    std::size_t got = 0;
    const int result = SSL_read_ex(session_.get(), buffer.data(), buffer.size(), &got);
    if (result == 1) return {.size = got};
    if (wantsMore(result)) return {};
    if (SSL_get_error(session_.get(), result) == SSL_ERROR_ZERO_RETURN) return {.ended = true};
    fail("cannot receive");
  }

  bool pending() const override { return SSL_has_pending(session_.get()) == 1; }

 private:
  bool wantsMore(int result) const {
    const int error = SSL_get_error(session_.get(), result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
  }

  const std::unique_ptr<SSL, Deleter> session_;
};

}  // namespace

std::unique_ptr<Stream> tlsStream(int fd) {
  return std::make_unique<TLSStream>(fd);
}

}  // namespace bench
