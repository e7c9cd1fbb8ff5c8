#pragma once

#include <string>
#include <vector>

namespace plait::testing {

/// Takes the place of the system's name lookups (getaddrinfo, in the whole test program) for names
/// under ".held": they wait until they are released, and then find `answer`. All others go to the
/// system. One at a time.
class HeldLookup {
 public:
  explicit HeldLookup(std::vector<std::string> answer = {});
  HeldLookup(const HeldLookup&) = delete;
  /// Releases it, and waits until nobody is inside any more.
  ~HeldLookup();

  /// How many lookups are being held.
  int waiting() const;
  void release();

  struct State;

 private:
  State& state_;
};

}  // namespace plait::testing
