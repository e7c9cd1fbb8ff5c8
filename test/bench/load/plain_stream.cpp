#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "load/stream.hpp"

namespace bench {
namespace {

class PlainStream : public Stream {
 public:
  explicit PlainStream(int fd) : fd_(fd) {}

  std::size_t send(std::string_view bytes) override {
    const ssize_t took = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (took >= 0) return static_cast<std::size_t>(took);
    if (errno == EAGAIN) return 0;
    throw std::runtime_error(fmt::format("cannot send: {}", std::strerror(errno)));
  }

  Received receive(std::span<char> buffer) override {
    const ssize_t got = recv(fd_, buffer.data(), buffer.size(), 0);
    if (got >= 0) return {.size = static_cast<std::size_t>(got), .ended = got == 0};
    if (errno == EAGAIN) return {};
    throw std::runtime_error(fmt::format("cannot receive: {}", std::strerror(errno)));
  }

 private:
  const int fd_;
};

}  // namespace

std::unique_ptr<Stream> plainStream(int fd) {
  return std::make_unique<PlainStream>(fd);
}

}  // namespace bench
