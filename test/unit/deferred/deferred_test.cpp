#include <gmock/gmock.h>

#include <plait/deferred/deferred.hpp>

namespace plait {
namespace {

TEST(Deferred, RunsItsCallbacksInOrder) {
  std::vector<int> seen;
  Deferred<int> deferred;
  deferred
      .addCallback([&](int n) {
        seen.push_back(n);
        return n + 1;
      })
      .addCallback([&](int n) { seen.push_back(n); });
  deferred.callback(1);
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
}

}  // namespace
}  // namespace plait
