#pragma once

#include <cstdint>
#include <map>
#include <plait/core/unique_function.hpp>
#include <plait/net/detail/loop.hpp>
#include <string>
#include <vector>

namespace plait::detail {

/// Looks host names up with getaddrinfo(3) on threads of its own (four at most), so that neither
/// the loop nor anybody's thread pool waits for a name server. A lookup cannot be interrupted; its
/// result is dropped when nobody wants it any more, and nobody ever waits for its thread.
class SystemResolver {
 public:
  /// The addresses found (port 0), or why there are none.
  struct Result {
    std::vector<Address> addresses;
    std::string error;
  };
  using Callback = UniqueFunction<void(Result)>;

  explicit SystemResolver(Loop& loop);
  ~SystemResolver();

  /// Calls `done` from the loop, never from inside this call.
  void lookUp(std::string host, Callback done);

 private:
  struct Shared;
  static void work(std::shared_ptr<Shared> shared);
  void finished(std::uint64_t id, Result result);

  std::shared_ptr<Shared> shared_;
  // Not in the jobs: what callbacks hold belongs to the reactor's thread and must go there.
  std::map<std::uint64_t, Callback> callbacks_;
  std::uint64_t nextID_ = 0;
};

}  // namespace plait::detail
