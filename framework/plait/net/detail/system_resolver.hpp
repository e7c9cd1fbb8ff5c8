#pragma once

#include <cstdint>
#include <map>
#include <plait/core/name_resolver.hpp>
#include <plait/deferred/deferred.hpp>
#include <plait/net/detail/loop.hpp>
#include <string>
#include <vector>

namespace plait::detail {

/// Looks host names up with getaddrinfo(3) on threads of its own, so that neither the loop nor
/// anybody's thread pool waits for a name server. Four at most; as a lookup under way cannot be
/// interrupted, one that nobody waits for any more is left alone, and another thread may take its
/// place, up to 32 in all. Nobody ever waits for such a thread, a stop neither.
///
/// More than 10,000 lookups waiting for a thread: the next fails at once.
class SystemResolver final : public NameResolver {
 public:
  explicit SystemResolver(Loop& loop);
  ~SystemResolver() override;

  /// Fires from the loop, but for an IP literal, which is its own address at once.
  Deferred<std::vector<Address>> resolve(std::string host,
                                         AddressFamily family = AddressFamily::any) override;

 private:
  struct Shared;
  static void work(std::shared_ptr<Shared> shared);
  void finished(std::uint64_t id, std::vector<Address> addresses, const std::string& error);
  void forget(std::uint64_t id);

  struct Asked {
    std::string host;
    Deferred<std::vector<Address>> answer;
  };
  std::shared_ptr<Shared> shared_;
  // Not in the jobs: what callbacks hold belongs to the reactor's thread and must go there.
  std::map<std::uint64_t, Asked> asked_;
  std::uint64_t nextID_ = 0;
};

}  // namespace plait::detail
