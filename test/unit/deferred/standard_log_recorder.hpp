#pragma once

#include <plait/core/log.hpp>
#include <string>
#include <vector>

namespace plait::testing {

/// Keeps the failures that the standard log is told of, in place of its observers.
struct StandardLogRecorder {
  StandardLogRecorder() {
    standardLog().clearObservers();
    observer = standardLog().addObserver([this](const LogEvent& event) {
      if (event.failure) failures.push_back(event.failure->getErrorMessage());
    });
  }
  StandardLogRecorder(const StandardLogRecorder&) = delete;
  ~StandardLogRecorder() {
    standardLog().removeObserver(observer);
    standardLog().addObserver(logToStderr);
  }

  std::vector<std::string> failures;
  Log::ObserverID observer;
};

}  // namespace plait::testing
