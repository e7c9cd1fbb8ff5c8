#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <plait/core/log.hpp>

namespace plait {

namespace {

/// Control characters as \xNN, so that what a peer sent cannot forge a line or move a terminal's
/// cursor.
void appendPrintable(std::string& out, std::string_view text) {
  for (char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
}

}  // namespace

std::string_view toString(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
    case LogLevel::critical:
      return "critical";
  }
  return "unknown";
}

Log::ObserverID Log::addObserver(Observer observer) {
  std::lock_guard lock(mutex_);
  observers_.push_back({nextID_, std::make_shared<Observer>(std::move(observer))});
  return nextID_++;
}

void Log::removeObserver(ObserverID id) {
  std::lock_guard lock(mutex_);
  std::erase_if(observers_, [id](const Entry& entry) { return entry.id == id; });
}

void Log::clearObservers() {
  std::lock_guard lock(mutex_);
  observers_.clear();
}

void Log::emit(const LogEvent& event) noexcept {
  if (!enabled(event.level)) return;
  try {
    std::lock_guard lock(mutex_);
    const auto observers = observers_;  // an observer may add or remove observers
    for (const Entry& entry : observers) {
      try {
        (*entry.observer)(event);
      } catch (...) {  // the promise of the class: a throwing observer harms nobody
      }
    }
  } catch (...) {  // out of memory: the event is lost, the program is not
  }
}

Log& standardLog() {
  // Never destroyed: destructors of static objects may still log.
  static Log& log = *[] {
    auto* made = new Log;
    made->addObserver(logToStderr);
    return made;
  }();
  return log;
}

void logToStderr(const LogEvent& event) {
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(event.time.time_since_epoch()).count();
  std::string line = fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z {} ",
                                 fmt::gmtime(std::chrono::system_clock::to_time_t(event.time)),
                                 ms % 1000, toString(event.level));
  appendPrintable(line, event.source);
  line += ": ";
  appendPrintable(line, event.message);
  if (event.failure) {
    line += fmt::format(": {}: ", event.failure->typeName());
    appendPrintable(line, event.failure->getErrorMessage());
  }
  for (const LogField& field : event.fields) {
    line += ' ';
    appendPrintable(line, field.key);
    line += '=';
    appendPrintable(line, field.value);
  }
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void Logger::say(LogLevel level, const Failure* failure, fmt::string_view text,
                 fmt::format_args args) const noexcept {
  if (!log_->enabled(level)) return;
  try {
    const std::string message = fmt::vformat(text, args);
    log_->emit({level, source_, message, fields_, failure, std::chrono::system_clock::now()});
  } catch (...) {  // a formatter that throws must not take the program along
  }
}

}  // namespace plait
