#pragma once

#include <plait/core/bytes.hpp>
#include <vector>

namespace plait::fuzz {

/// A fuzz target: a function that tries one input. It returns when everything holds, and ends the
/// program with a message when something does not (check.hpp). Each target is a file of its own,
/// `targets/NAME.cpp`, which defines one of these; the program of libFuzzer has a single one, the
/// test that replays the corpus has them all.
struct Target {
  using TryInput = void (*)(BytesView input);

  Target(const char* name, TryInput tryInput) : name(name), tryInput(tryInput) {
    all().push_back(*this);
  }
  /// Those in this program.
  static std::vector<Target>& all() {
    static std::vector<Target> targets;
    return targets;
  }

  const char* name;  // also of its folder in corpus/
  TryInput tryInput;
};

}  // namespace plait::fuzz
