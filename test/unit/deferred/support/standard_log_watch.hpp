#pragma once

#include <plait/core/log.hpp>
#include <string>
#include <vector>

namespace plait::testing {

/// Sees what `standardLog()` is told while it lives.
class StandardLogWatch {
 public:
  struct Entry {
    LogLevel level;
    std::string source;
    std::string message;
    std::string failure;  ///< its message; empty when there is none
  };

  StandardLogWatch() {
    id_ = standardLog().addObserver([this](const LogEvent& event) {
      entries.push_back({event.level, std::string(event.source), std::string(event.message),
                         event.failure ? event.failure->getErrorMessage() : ""});
    });
  }
  StandardLogWatch(const StandardLogWatch&) = delete;
  ~StandardLogWatch() { standardLog().removeObserver(id_); }

  std::vector<std::string> failures() const {
    std::vector<std::string> texts;
    for (const Entry& entry : entries) {
      if (!entry.failure.empty()) texts.push_back(entry.failure);
    }
    return texts;
  }

  std::vector<Entry> entries;

 private:
  Log::ObserverID id_;
};

}  // namespace plait::testing
