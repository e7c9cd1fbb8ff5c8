#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <plait/core/bytes.hpp>
#include <string>
#include <vector>

/// Checks of fuzz targets: the first that fails says what is wrong and ends the program, which is
/// how libFuzzer learns of it.
namespace plait::fuzz {

/// `bytes` as they would stand in a C string literal.
inline std::string shown(BytesView bytes) {
  std::string text = "\"";
  for (const char c : bytes) {
    if (c == '"' || c == '\\') {
      text += fmt::format("\\{}", c);
    } else if (c >= ' ' && c <= '~') {
      text += c;
    } else {
      text += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    }
  }
  return text + '"';
}

[[noreturn]] inline void fail(const std::string& message) {
  fmt::print(stderr, "FUZZ: {}\n", message);
  std::fflush(stderr);
  std::abort();
}

inline void check(bool holds, const char* message) {
  if (!holds) fail(message);
}

inline void checkEqual(BytesView actual, BytesView expected, const char* what) {
  if (actual == expected) return;
  fail(fmt::format("{}\n  is       {}\n  must be  {}", what, shown(actual), shown(expected)));
}

using Events = std::vector<std::string>;

/// Shows both from the first difference on.
inline void checkEqual(const Events& actual, const Events& expected, const std::string& what) {
  if (actual == expected) return;
  std::size_t same = 0;
  while (same < actual.size() && same < expected.size() && actual[same] == expected[same]) ++same;
  std::string message = fmt::format("{}: {} equal events, then", what, same);
  const auto list = [&](const char* name, const Events& events) {
    message += fmt::format("\n  {}:", name);
    for (std::size_t i = same; i < events.size() && i < same + 5; ++i) {
      message += "\n    " + shown(events[i]);
    }
  };
  list("is", actual);
  list("must be", expected);
  fail(message);
}

}  // namespace plait::fuzz
