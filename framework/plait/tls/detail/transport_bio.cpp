#include <algorithm>
#include <cstring>
#include <plait/tls/detail/openssl.hpp>
#include <plait/tls/detail/transport_bio.hpp>

namespace plait::detail {

namespace {

TransportBio& of(BIO* bio) {
  return *static_cast<TransportBio*>(BIO_get_data(bio));
}

int read(BIO* bio, char* to, int size) {
  BIO_clear_retry_flags(bio);
  BytesView& input = of(bio).input;
  if (input.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const std::size_t count = std::min(input.size(), static_cast<std::size_t>(size));
  std::memcpy(to, input.data(), count);
  input.remove_prefix(count);
  return static_cast<int>(count);
}

int write(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  try {
    of(bio).output.write(BytesView(from, static_cast<std::size_t>(size)));
  } catch (...) {  // memory is short; OpenSSL is C, nothing must pass through it
    return -1;
  }
  return size;
}

long control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* makeMethod() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "plait transport");
  if (!method) throw std::bad_alloc();
  BIO_meth_set_read(method, read);
  BIO_meth_set_write(method, write);
  BIO_meth_set_ctrl(method, control);
  return method;
}

}  // namespace

void TransportBio::attachTo(ssl_st* ssl) {
  static const BIO_METHOD* const method = makeMethod();
  BIO* bio = owned<BioPtr>(BIO_new(method)).release();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
}

}  // namespace plait::detail
