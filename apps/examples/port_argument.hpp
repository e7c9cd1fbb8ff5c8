#pragma once

#include <fmt/core.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

/// The port on the command line, or `fallback` when there is none.
inline std::uint16_t portArgument(int argc, char** argv, std::uint16_t fallback) {
  if (argc < 2) return fallback;
  std::uint16_t port = 0;
  const char* end = argv[1] + std::strlen(argv[1]);
  if (auto [stop, error] = std::from_chars(argv[1], end, port);
      error == std::errc() && stop == end) {
    return port;
  }
  fmt::print(stderr, "usage: {} [PORT]\n", argv[0]);
  std::exit(2);
}
