#pragma once

#include <map>
#include <plait/core/name_resolver.hpp>
#include <plait/deferred/deferred.hpp>
#include <string>
#include <vector>

namespace plait::testing {

/// Looks names up as a test says: at once, what was `add`ed; else the question waits until the test
/// answers it. Twisted: the resolvers of its tests.
///
///     reactor.resolver.add("example.com", {"2001:db8::1", "192.0.2.1"});
///
///     endpoint.connect(factory);
///     reactor.resolver.question("example.com", AddressFamily::ipv4).answer({"192.0.2.1"});
class MemoryResolver : public NameResolver {
 public:
  /// A name that is being looked up.
  class Question {
   public:
    Question(std::string host, AddressFamily family);

    const std::string& host() const { return host_; }
    AddressFamily family() const { return family_; }
    /// False once it was answered or cancelled.
    bool waiting() const { return !answer_.called(); }

    /// The addresses, as literals; they need not be of the family. std::invalid_argument when one
    /// is no address.
    void answer(const std::vector<std::string>& literals);
    /// DNSLookupError.
    void fail(std::string_view why = "Name or service not known");

   private:
    friend class MemoryResolver;
    std::string host_;
    AddressFamily family_;
    Deferred<std::vector<Address>> answer_;
  };

  /// Answers for this name from now on at once, with those of these addresses that are of the
  /// family asked for. None at all: DNSLookupError.
  void add(const std::string& host, const std::vector<std::string>& literals);

  Deferred<std::vector<Address>> resolve(std::string host,
                                         AddressFamily family = AddressFamily::any) override;

  /// All that was asked, oldest first.
  std::vector<std::shared_ptr<Question>> questions;
  /// The one that waits for this; std::logic_error when there is none.
  Question& question(const std::string& host, AddressFamily family = AddressFamily::any) const;
  /// How many wait.
  std::size_t waiting() const;

 private:
  std::map<std::string, std::vector<Address>> known_;
};

}  // namespace plait::testing
