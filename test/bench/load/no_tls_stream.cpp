#include <stdexcept>

#include "load/stream.hpp"

namespace bench {

std::unique_ptr<Stream> tlsStream(int) {
  throw std::runtime_error("bench_load was built without OpenSSL, so there is no TLS");
}

}  // namespace bench
