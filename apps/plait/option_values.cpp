#include "option_values.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "endpoints.hpp"

namespace plait::app {

namespace {

/// All of `text` as a number; nullopt when it is none, or does not fit.
template <class Number>
std::optional<Number> numberIn(const std::string& text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && stop == end ? std::optional(number) : std::nullopt;
}

}  // namespace

void usageError(std::string message) {
  throw UsageError(message);
}

std::size_t parseNumber(const char* option, const std::string& text, std::size_t most) {
  const auto number = numberIn<std::size_t>(text);
  if (!number || *number < 1 || *number > most) {
    usageError(fmt::format("{} takes a number from 1 to {}, not '{}'", option, most, text));
  }
  return *number;
}

std::uint64_t parseRate(const char* option, const std::string& text) {
  constexpr std::uint64_t kMost = 4'000'000'000;
  const char last = text.empty() ? '\0' : text.back();
  const std::uint64_t unit = last == 'k' ? 1'000 : last == 'M' ? 1'000'000 : 1;
  const auto number = numberIn<std::uint64_t>(text.substr(0, text.size() - (unit > 1)));
  if (!number || *number < 1 || *number > kMost / unit) {
    usageError(
        fmt::format("{} takes bytes a second from 1 to {}, such as 250000, 250k or 1M, not '{}'",
                    option, kMost, text));
  }
  return *number * unit;
}

std::size_t parseBytes(const char* option, const std::string& text) {
  constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
  const auto number = numberIn<std::size_t>(text);
  if (!number || *number > kMost) {
    usageError(
        fmt::format("{} takes a number of bytes from 0 to {}, not '{}'", option, kMost, text));
  }
  return *number;
}

std::chrono::nanoseconds parseSeconds(const char* option, const std::string& text) {
  constexpr double kLeast = 1e-9, kMost = 1e6;  // less would be none at all
  const auto seconds = numberIn<double>(text);
  if (!seconds || !(*seconds == 0 || (*seconds >= kLeast && *seconds <= kMost))) {  // nor NaN
    usageError(
        fmt::format("{} takes seconds, 0 or from 0.000000001 to 1000000, not '{}'", option, text));
  }
  return std::chrono::nanoseconds(std::llround(*seconds * 1e9));
}

std::string parseDelimiter(const std::string& text) {
  if (text == "crlf") return "\r\n";
  if (text == "lf") return "\n";
  usageError(fmt::format("--delimiter takes crlf or lf, not '{}'", text));
}

LogLevel parseLogLevel(const std::string& text) {
  for (auto level : {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error}) {
    if (text == toString(level)) return level;
  }
  usageError(fmt::format("--log-level takes debug, info, warn or error, not '{}'", text));
}

}  // namespace plait::app
