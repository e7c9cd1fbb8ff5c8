#include <liburing.h>

/// Asio's own code, compiled here once for the whole program (BOOST_ASIO_SEPARATE_COMPILATION) when
/// plait is built on io_uring, so that one fault of it can be mended in one place: the requests by
/// which it cancels others carry no name, and liburing from 2.2 on hands out entries with the name
/// that they had before. In a ring that has come round (after 16,384 requests) each cancel would
/// be taken for the end of somebody else's wait.
static io_uring_sqe* unnamedRequest(io_uring* ring) {
  io_uring_sqe* request = io_uring_get_sqe(ring);
  if (request) io_uring_sqe_set_data(request, nullptr);
  return request;
}

#define io_uring_get_sqe unnamedRequest
#include <boost/asio/impl/src.hpp>
