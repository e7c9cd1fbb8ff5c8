#include "support/held_lookup.hpp"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <string_view>

namespace plait::testing {

struct HeldLookup::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> answer;
  bool released = true;
  int waiting = 0;
};

namespace {

HeldLookup::State& state() {
  static HeldLookup::State& only = *new HeldLookup::State;  // threads may outlive main
  return only;
}

std::vector<std::string> waitForAnswer() {
  auto& s = state();
  std::unique_lock lock(s.mutex);
  ++s.waiting;
  s.changed.notify_all();
  s.changed.wait(lock, [&] { return s.released; });
  --s.waiting;
  s.changed.notify_all();
  return s.answer;
}

using GetAddrInfo = int(const char*, const char*, const addrinfo*, addrinfo**);

GetAddrInfo* theSystems() {
  static auto* found = reinterpret_cast<GetAddrInfo*>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return found;
}

}  // namespace

HeldLookup::HeldLookup(std::vector<std::string> answer) : state_(state()) {
  std::lock_guard lock(state_.mutex);
  state_.answer = std::move(answer);
  state_.released = false;
}

HeldLookup::~HeldLookup() {
  release();
  std::unique_lock lock(state_.mutex);
  state_.changed.wait(lock, [this] { return state_.waiting == 0; });
}

int HeldLookup::waiting() const {
  std::lock_guard lock(state_.mutex);
  return state_.waiting;
}

void HeldLookup::release() {
  std::lock_guard lock(state_.mutex);
  state_.released = true;
  state_.changed.notify_all();
}

}  // namespace plait::testing

/// The system's function is called with literals, so that its own freeaddrinfo fits what it made.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** result) {
  using namespace plait::testing;
  if (!node || !std::string_view(node).ends_with(".held")) {
    return theSystems()(node, service, hints, result);
  }
  addrinfo* last = nullptr;
  *result = nullptr;
  for (const std::string& literal : waitForAnswer()) {
    addrinfo* found = nullptr;
    if (theSystems()(literal.c_str(), service, hints, &found) != 0) continue;
    (last ? last->ai_next : *result) = found;
    last = found;
    while (last->ai_next) last = last->ai_next;
  }
  return *result ? 0 : EAI_NONAME;
}
