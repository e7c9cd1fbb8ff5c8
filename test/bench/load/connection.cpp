#include "load/connection.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include "load/client_socket.hpp"

namespace bench {

Connection::Connection(const Options& options, std::size_t serial)
    : fd_(connectedSocket(options, serial)) {
  try {
    stream_ = options.mode == Mode::tls ? tlsStream(fd_) : plainStream(fd_);
    if (fcntl(fd_, F_SETFL, O_NONBLOCK) != 0) {
      throw std::runtime_error(fmt::format("fcntl: {}", std::strerror(errno)));
    }
  } catch (...) {
    close(fd_);
    throw;
  }
}

Connection::~Connection() {
  close(fd_);
}

bool Connection::begin() {
  due_ = 0;
  received_ = 0;
  begun_ = Clock::now();
  return send();
}

bool Connection::send() {
  due_ += stream_->send(std::string_view(batch_).substr(due_));
  return due_ == batch_.size();
}

void Connection::expect() {
  due_ = batch_.size();
  received_ = 0;
  begun_ = Clock::now();
}

bool Connection::receive(std::span<char> scratch) {
  const std::size_t before = received_;
  do {
    const Stream::Received got = stream_->receive(scratch);
    if (got.ended) {
      throw std::runtime_error(fmt::format("the server closed a connection, {} of {} bytes replied",
                                           received_, batch_.size()));
    }
    if (got.size == 0) break;
    check(scratch.first(got.size));
  } while (stream_->pending());
  return received_ != before && received_ == batch_.size();
}

void Connection::check(std::span<const char> received) {
  const char* const expected = batch_.data() + received_;
  const std::size_t comparable = std::min(received.size(), due_ - received_);
  if (std::memcmp(received.data(), expected, comparable) != 0) {
    const auto wrong = std::mismatch(expected, expected + comparable, received.data());
    throw std::runtime_error(fmt::format("wrong reply: byte {} of a batch of {} differs",
                                         wrong.first - batch_.data(), batch_.size()));
  }
  if (comparable != received.size()) {
    throw std::runtime_error(fmt::format("wrong reply: {} bytes more than were asked for",
                                         received.size() - comparable));
  }
  received_ += received.size();
}

}  // namespace bench
