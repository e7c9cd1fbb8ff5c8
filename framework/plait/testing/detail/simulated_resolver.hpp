#pragma once

#include <map>
#include <plait/core/name_resolver.hpp>
#include <plait/deferred/deferred.hpp>
#include <plait/testing/simulated_host.hpp>

namespace plait::testing::detail {

/// Looks up the names of the network, slowly, and fails when it is to.
class SimulatedResolver final : public NameResolver {
 public:
  explicit SimulatedResolver(SimulatedHost::Impl& host) : host_(host) {}

  Deferred<std::vector<Address>> resolve(std::string host,
                                         AddressFamily family = AddressFamily::any) override;
  /// Forgets all questions.
  void clear();
  /// The names that are being looked up.
  std::vector<std::string> waiting() const;

 private:
  struct Question {
    std::string name;
    AddressFamily family;
    Deferred<std::vector<Address>> answer;
  };

  void answer(std::uint64_t id);

  SimulatedHost::Impl& host_;
  std::map<std::uint64_t, Question> questions_;
  std::uint64_t nextID_ = 1;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace plait::testing::detail
