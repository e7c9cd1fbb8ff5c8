#include <algorithm>
#include <plait/core/errors.hpp>
#include <plait/testing/detail/simulated_host_impl.hpp>
#include <plait/testing/detail/simulated_resolver.hpp>

namespace plait::testing::detail {

namespace {

bool isOf(AddressFamily family, const Address& address) {
  if (family == AddressFamily::ipv4) return address.as<IPv4Address>();
  if (family == AddressFamily::ipv6) return address.as<IPv6Address>();
  return true;
}

}  // namespace

Deferred<std::vector<Address>> SimulatedResolver::resolve(std::string name, AddressFamily family) {
  Address literal;
  if (const auto v4 = IPv4Address::parse(name)) literal = *v4;
  if (const auto v6 = IPv6Address::parse(name)) literal = *v6;
  if (literal != Address()) {
    Deferred<std::vector<Address>> answer;
    answer.callback(std::vector{literal});
    return answer;
  }
  const std::uint64_t id = nextID_++;
  // Whoever waits may outlive the host.
  Deferred<std::vector<Address>> answer(
      [this, alive = std::weak_ptr(alive_), id](Deferred<std::vector<Address>>&) {
        if (!alive.expired()) questions_.erase(id);
      });
  questions_.emplace(id, Question{std::move(name), family, answer});
  const Duration time =
      host_.options.lookupTime + host_.simulation.random.upTo(host_.options.lookupJitter);
  host_.postAfter(time, "a name lookup's callback", [this, id] { this->answer(id); });
  return answer;
}

void SimulatedResolver::answer(std::uint64_t id) {
  auto asked = questions_.extract(id);
  if (!asked) return;
  Question& question = asked.mapped();
  host_.trace(Happening::lookup, id);
  const auto fail = [&](const char* why) {
    question.answer.errback(Failure(DNSLookupError(question.name, why)));
  };
  if (host_.simulation.random.chance(host_.options.failingLookups)) {
    return fail("Temporary failure in name resolution");
  }
  std::vector<Address> found;
  if (question.name == "localhost") {
    found = {*IPv4Address::parse("127.0.0.1"), *IPv6Address::parse("::1")};
  } else if (const auto known = host_.network.names.find(question.name);
             known != host_.network.names.end()) {
    found = known->second;
  }
  std::erase_if(found, [&](const Address& each) { return !isOf(question.family, each); });
  if (found.empty()) return fail("Name or service not known");
  question.answer.callback(std::move(found));
}

/// Nobody will be answered. What waited is cancelled by whoever has asked, if at all.
void SimulatedResolver::clear() {
  questions_.clear();
}

std::vector<std::string> SimulatedResolver::waiting() const {
  std::vector<std::string> names;
  for (const auto& [id, question] : questions_) names.push_back(question.name);
  return names;
}

}  // namespace plait::testing::detail
