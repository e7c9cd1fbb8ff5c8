#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <plait/core/log.hpp>
#include <string>

/// The values of options, read from their text. UsageError, with one line that names the option and
/// what it takes, for any other.
namespace plait::app {

[[noreturn]] void usageError(std::string message);

/// A whole number from 1 to `most`.
std::size_t parseNumber(const char* option, const std::string& text, std::size_t most);
/// Bytes a second from 1 to 4,000,000,000, in thousands or millions if need be: 250000, 250k, 1M.
std::uint64_t parseRate(const char* option, const std::string& text);
/// From 0 to what fits 32 bits.
std::size_t parseBytes(const char* option, const std::string& text);
/// From 0 to a million, with a fraction if need be.
std::chrono::nanoseconds parseSeconds(const char* option, const std::string& text);
/// `crlf` or `lf`.
std::string parseDelimiter(const std::string& text);
LogLevel parseLogLevel(const std::string& text);

}  // namespace plait::app
