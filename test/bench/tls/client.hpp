#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

/// Blocking TLS connections that send a message each, then read as much back, round by round; every
/// byte is compared. Raw OpenSSL, so that neither contender drives.
class Client {
 public:
  Client(std::uint16_t port, std::size_t connections, std::size_t messageSize);
  ~Client();

  void round();

 private:
  struct Connection;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::string message_;
  std::string answer_;
};
