#pragma once

#include <algorithm>
#include <mutex>
#include <optional>
#include <plait/core/log.hpp>
#include <string>
#include <vector>

namespace plait::testing {

/// A log that keeps what it is told.
class CapturedLog {
 public:
  struct Line {
    LogLevel level;
    std::string source;
    std::string message;
    std::optional<Failure> failure;
  };

  CapturedLog() : log(LogLevel::debug) {
    log.addObserver([this](const LogEvent& event) {
      std::lock_guard lock(mutex_);
      lines_.push_back({event.level, std::string(event.source), std::string(event.message),
                        event.failure ? std::optional(*event.failure) : std::nullopt});
    });
  }

  std::vector<Line> lines() const {
    std::lock_guard lock(mutex_);
    return lines_;
  }
  /// How many lines of this level or a higher one have `text` in their message.
  std::size_t count(LogLevel level, std::string_view text) const {
    const auto all = lines();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const Line& line) {
      return line.level >= level && line.message.find(text) != std::string::npos;
    }));
  }
  /// True when a line is about a failure that says `text`.
  bool hasFailure(std::string_view text) const {
    const auto all = lines();
    return std::any_of(all.begin(), all.end(), [&](const Line& line) {
      return line.failure && line.failure->getErrorMessage() == text;
    });
  }
  std::size_t errors() const { return count(LogLevel::error, ""); }

  Log log;

 private:
  mutable std::mutex mutex_;
  std::vector<Line> lines_;
};

}  // namespace plait::testing
