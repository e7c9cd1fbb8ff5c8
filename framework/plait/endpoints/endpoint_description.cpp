#include <fmt/format.h>

#include <charconv>
#include <plait/endpoints/endpoint_description.hpp>
#include <utility>

namespace plait {

namespace {

/// One argument as it was written: `key` is empty for a positional one.
struct Argument {
  std::string key;
  std::string value;
  bool isKeyword = false;
};

}  // namespace

void EndpointDescription::complain(std::string_view problem) const {
  throw std::invalid_argument(fmt::format("bad endpoint '{}': {}", text_, problem));
}

EndpointDescription EndpointDescription::parse(std::string_view text) {
  EndpointDescription description;
  description.text_ = text;

  std::vector<Argument> arguments(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    Argument& argument = arguments.back();
    if (text[i] == ':') {
      if (arguments.size() == 1) description.restAt_ = i + 1;
      arguments.emplace_back();
    } else if (text[i] == '=' && !argument.isKeyword) {
      argument.key = std::move(argument.value);
      argument.value.clear();
      argument.isKeyword = true;
    } else if (text[i] != '\\') {
      argument.value += text[i];
    } else if (++i < text.size()) {
      argument.value += text[i];
    } else {
      description.complain("it ends in a backslash; write \\\\ for one");
    }
  }

  if (arguments.front().isKeyword || arguments.front().value.empty()) {
    description.complain("it has no type; write tcp:PORT, for example");
  }
  description.prefix_ = std::move(arguments.front().value);
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    Argument& argument = arguments[i];
    if (!argument.isKeyword) {
      description.arguments_.push_back(std::move(argument.value));
    } else if (!description.keywords_.emplace(argument.key, std::move(argument.value)).second) {
      description.complain(fmt::format("'{}' is given twice", argument.key));
    }
  }
  return description;
}

std::optional<std::string> EndpointDescription::take(const std::string& keyword, int position) {
  std::optional<std::string> value;
  const auto at = static_cast<std::size_t>(position);
  if (position >= 0 && at < arguments_.size()) {
    value = std::exchange(arguments_[at], std::nullopt);
  }
  if (auto found = keywords_.find(keyword); found != keywords_.end()) {
    if (value) complain(fmt::format("'{}' is given twice", keyword));
    value = std::move(found->second);
    keywords_.erase(found);
  }
  return value;
}

std::string EndpointDescription::require(const std::string& keyword, int position) {
  auto value = take(keyword, position);
  if (!value || value->empty()) complain(fmt::format("it has no {}", keyword));
  return std::move(*value);
}

std::optional<long> EndpointDescription::takeNumber(const std::string& keyword, int position,
                                                    long least, long most) {
  const auto text = take(keyword, position);
  if (!text) return std::nullopt;
  long number = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc{} || stop != end || number < least || number > most) {
    complain(fmt::format("'{}' is no {}; it must be a number from {} to {}", *text, keyword, least,
                         most));
  }
  return number;
}

std::uint16_t EndpointDescription::requirePort(const std::string& keyword, int position) {
  const auto port = takeNumber(keyword, position, 0, 65535);
  if (!port) complain(fmt::format("it has no {}", keyword));
  return static_cast<std::uint16_t>(*port);
}

std::optional<unsigned> EndpointDescription::takeOctal(const std::string& keyword, int position,
                                                       unsigned most) {
  const auto text = take(keyword, position);
  if (!text) return std::nullopt;
  unsigned number = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number, 8);
  if (error != std::errc{} || stop != end || number > most) {
    complain(
        fmt::format("'{}' is no {}; it must be an octal number up to {:o}", *text, keyword, most));
  }
  return number;
}

std::vector<std::string> EndpointDescription::takeArguments() {
  std::vector<std::string> left;
  for (auto& argument : arguments_) {
    if (argument) left.push_back(std::move(*argument));
    argument.reset();
  }
  return left;
}

std::string EndpointDescription::takeRest() {
  if (restAt_ == 0 || restAt_ == text_.size()) {
    complain(fmt::format("'{}:' stands before another endpoint; write {}:tcp:PORT, for example",
                         prefix_, prefix_));
  }
  arguments_.clear();
  keywords_.clear();
  return text_.substr(restAt_);
}

void EndpointDescription::checkAllTaken() const {
  const bool nothing = arguments_.size() == 1 && arguments_[0] == "";  // as in "stdio:"
  for (const auto& argument : arguments_) {
    if (argument && !nothing) complain(fmt::format("'{}' is one argument too many", *argument));
  }
  if (!keywords_.empty()) {
    complain(fmt::format("'{}' endpoints have no '{}'", prefix_, keywords_.begin()->first));
  }
}

std::string quoteStringArgument(std::string_view argument) {
  std::string quoted;
  for (char c : argument) {
    if (c == ':' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted;
}

}  // namespace plait
