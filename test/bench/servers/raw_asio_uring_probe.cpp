// Linked into bench_raw_asio_uring: where the kernel refuses io_uring, that ends before it begins.

#include <liburing.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

const bool probed = [] {
  io_uring ring;
  if (const int error = io_uring_queue_init(8, &ring, 0); error < 0) {
    std::fprintf(stderr, "bench_raw_asio_uring: the kernel refuses io_uring: %s\n",
                 std::strerror(-error));
    std::exit(3);
  }
  io_uring_queue_exit(&ring);
  return true;
}();

}  // namespace
