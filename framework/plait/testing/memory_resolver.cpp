#include <algorithm>
#include <plait/core/errors.hpp>
#include <plait/testing/memory_resolver.hpp>
#include <stdexcept>

namespace plait::testing {

namespace {

constexpr const char* kUnknown = "Name or service not known";

std::vector<Address> parseAll(const std::vector<std::string>& literals) {
  std::vector<Address> addresses;
  for (const std::string& literal : literals) {
    if (auto v4 = IPv4Address::parse(literal)) {
      addresses.push_back(*v4);
    } else if (auto v6 = IPv6Address::parse(literal)) {
      addresses.push_back(*v6);
    } else {
      throw std::invalid_argument("MemoryResolver: '" + literal + "' is no IP address");
    }
  }
  return addresses;
}

bool isOf(AddressFamily family, const Address& address) {
  if (family == AddressFamily::ipv4) return address.as<IPv4Address>();
  if (family == AddressFamily::ipv6) return address.as<IPv6Address>();
  return true;
}

}  // namespace

MemoryResolver::Question::Question(std::string host, AddressFamily family)
    : host_(std::move(host)), family_(family) {}

void MemoryResolver::Question::answer(const std::vector<std::string>& literals) {
  answer_.callback(parseAll(literals));
}

void MemoryResolver::Question::fail(std::string_view why) {
  answer_.errback(Failure(DNSLookupError(host_, why)));
}

void MemoryResolver::add(const std::string& host, const std::vector<std::string>& literals) {
  known_[host] = parseAll(literals);
}

Deferred<std::vector<Address>> MemoryResolver::resolve(std::string host, AddressFamily family) {
  const auto question = std::make_shared<Question>(host, family);
  const auto known = known_.find(host);
  if (known == known_.end()) {
    questions.push_back(question);
    return question->answer_;
  }

  std::vector<Address> addresses;
  std::copy_if(known->second.begin(), known->second.end(), std::back_inserter(addresses),
               [family](const Address& address) { return isOf(family, address); });
  if (addresses.empty()) {
    question->fail(kUnknown);
  } else {
    question->answer_.callback(std::move(addresses));
  }
  questions.push_back(question);
  return question->answer_;
}

MemoryResolver::Question& MemoryResolver::question(const std::string& host,
                                                   AddressFamily family) const {
  for (const auto& each : questions) {
    if (each->waiting() && each->host() == host && each->family() == family) return *each;
  }
  throw std::logic_error("MemoryResolver: nobody waits for " + host);
}

std::size_t MemoryResolver::waiting() const {
  return static_cast<std::size_t>(std::count_if(questions.begin(), questions.end(),
                                                [](const auto& each) { return each->waiting(); }));
}

}  // namespace plait::testing
