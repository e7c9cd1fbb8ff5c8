#pragma once

#include <fmt/core.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <plait/core/failure.hpp>
#include <plait/core/unique_function.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plait {

enum class LogLevel { debug, info, warn, error, critical };

std::string_view toString(LogLevel level);

/// One key and its value, both as text.
struct LogField {
  std::string key;
  std::string value;
};

/// What an observer sees. Borrowed for the call.
struct LogEvent {
  LogLevel level;
  std::string_view source;  ///< who says it, such as "plait.net" or a connection's name
  std::string_view message;
  std::span<const LogField> fields;
  const Failure* failure;  ///< the error it is about, or null
  std::chrono::system_clock::time_point time;
};

/// Where log events go: a list of observers and the lowest level they are given. An object, passed
/// to those who log (`ReactorOptions::log`); `standardLog()` is what they use when given none.
///
/// Thread: any. Observers are called one at a time, on the thread that logs. An observer that
/// throws harms nobody: its exception is swallowed and the others still see the event.
/// Twisted: `LogPublisher` with a level filter.
class Log {
 public:
  using Observer = UniqueFunction<void(const LogEvent&)>;
  using ObserverID = std::size_t;

  /// A log without observers says nothing.
  explicit Log(LogLevel level = LogLevel::info) : level_(level) {}
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  ObserverID addObserver(Observer observer);
  /// Removes it; unknown ids are ignored.
  void removeObserver(ObserverID id);
  /// Removes all of them, the default one included.
  void clearObservers();

  void setLevel(LogLevel level) noexcept { level_ = level; }
  LogLevel level() const noexcept { return level_; }
  bool enabled(LogLevel level) const noexcept { return level >= level_; }

  /// Gives the event to every observer, if its level is enabled. Never throws.
  void emit(const LogEvent& event) noexcept;

 private:
  struct Entry {
    ObserverID id;
    std::shared_ptr<Observer> observer;
  };
  std::atomic<LogLevel> level_;
  std::recursive_mutex mutex_;  // recursive: an observer may log
  std::vector<Entry> observers_;
  ObserverID nextID_ = 1;
};

/// The log of those who were given none: one observer, which writes lines to stderr.
Log& standardLog();

/// Writes `2026-01-31T12:00:00.123Z info source: message key=value` lines to stderr, one write
/// each.
void logToStderr(const LogEvent& event);

/// Says things in the name of a source. Cheap to copy; formats only what is enabled.
///
///     Logger log(reactor.log(), "greeter");
///     log.with("peer", transport().getPeer()).info("greeted {} people", count);
class Logger {
 public:
  Logger(Log& log, std::string source) : log_(&log), source_(std::move(source)) {}

  /// A logger that adds `key=value` to every event.
  template <class T>
  Logger with(std::string key, const T& value) const {
    Logger copy = *this;
    copy.fields_.push_back({std::move(key), fmt::format("{}", value)});
    return copy;
  }

  template <class... Args>
  void debug(fmt::format_string<Args...> text, Args&&... args) const {
    say(LogLevel::debug, nullptr, text, fmt::make_format_args(args...));
  }
  template <class... Args>
  void info(fmt::format_string<Args...> text, Args&&... args) const {
    say(LogLevel::info, nullptr, text, fmt::make_format_args(args...));
  }
  template <class... Args>
  void warn(fmt::format_string<Args...> text, Args&&... args) const {
    say(LogLevel::warn, nullptr, text, fmt::make_format_args(args...));
  }
  template <class... Args>
  void error(fmt::format_string<Args...> text, Args&&... args) const {
    say(LogLevel::error, nullptr, text, fmt::make_format_args(args...));
  }
  template <class... Args>
  void critical(fmt::format_string<Args...> text, Args&&... args) const {
    say(LogLevel::critical, nullptr, text, fmt::make_format_args(args...));
  }
  /// An error event about `failure`. Twisted: `Logger.failure`.
  template <class... Args>
  void failure(const Failure& failure, fmt::format_string<Args...> text, Args&&... args) const {
    say(LogLevel::error, &failure, text, fmt::make_format_args(args...));
  }

 private:
  void say(LogLevel level, const Failure* failure, fmt::string_view text,
           fmt::format_args args) const noexcept;

  Log* log_;
  std::string source_;
  std::vector<LogField> fields_;
};

}  // namespace plait
