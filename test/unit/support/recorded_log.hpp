#pragma once

#include <plait/core/log.hpp>
#include <string>
#include <vector>

namespace plait::testing {

/// A log that keeps what it is told.
struct RecordedLog {
  struct Entry {
    LogLevel level;
    std::string source;
    std::string message;
    std::vector<LogField> fields;
    std::string failure;  ///< its message; empty when there is none
  };

  explicit RecordedLog(LogLevel level = LogLevel::debug) : log(level) {
    log.addObserver([this](const LogEvent& event) {
      entries.push_back({event.level,
                         std::string(event.source),
                         std::string(event.message),
                         {event.fields.begin(), event.fields.end()},
                         event.failure ? event.failure->getErrorMessage() : ""});
    });
  }

  std::vector<std::string> failures() const {
    std::vector<std::string> texts;
    for (const Entry& entry : entries) {
      if (!entry.failure.empty()) texts.push_back(entry.failure);
    }
    return texts;
  }

  Log log;
  std::vector<Entry> entries;
};

}  // namespace plait::testing
