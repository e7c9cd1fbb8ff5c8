#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace plait {

/// An endpoint string, taken apart: `tcp:8080:interface=127.0.0.1` is prefix "tcp", arguments
/// ["8080"], keywords {interface: 127.0.0.1}. The grammar is Twisted's (`endpoints._tokenize`): ':'
/// separates, the first '=' of an argument makes it a keyword's, and '\' takes the next character
/// as it is.
///
/// Whoever knows a prefix takes the values out by name and calls `checkAllTaken`, so that a
/// misspelt one is an error. All functions throw std::invalid_argument, whose text says what is
/// wrong with the string and what would be right.
class EndpointDescription {
 public:
  static EndpointDescription parse(std::string_view text);

  const std::string& prefix() const { return prefix_; }
  /// The string as it was given.
  const std::string& text() const { return text_; }

  /// The value of `keyword`, or of the argument in `position` (from 0; negative: only by keyword).
  std::optional<std::string> take(const std::string& keyword, int position);
  /// The same for a value that must be there.
  std::string require(const std::string& keyword, int position);
  /// The same for a whole number from `least` to `most`.
  std::optional<long> takeNumber(const std::string& keyword, int position, long least, long most);
  /// A number that must be there: a port.
  std::uint16_t requirePort(const std::string& keyword, int position);
  /// A number in octal, as permissions are written; at most `most`.
  std::optional<unsigned> takeOctal(const std::string& keyword, int position, unsigned most);
  /// The positional arguments that nobody has taken.
  std::vector<std::string> takeArguments();
  /// Everything behind the prefix, as it was written: an endpoint string of its own, for prefixes
  /// that stand before another.
  std::string takeRest();
  /// Complains about what nobody took.
  void checkAllTaken() const;

  /// std::invalid_argument about this string.
  [[noreturn]] void complain(std::string_view problem) const;

 private:
  std::string text_;
  std::string prefix_;
  std::size_t restAt_ = 0;                             // in text_, behind the prefix's ':'
  std::vector<std::optional<std::string>> arguments_;  // empty once taken
  std::map<std::string, std::string> keywords_;
};

/// Escapes ':' and '\' so that any text can be the value of a keyword. ('=' is left alone, as by
/// Twisted's `quoteStringArgument`: in a positional argument it would make a keyword.)
std::string quoteStringArgument(std::string_view argument);

}  // namespace plait
