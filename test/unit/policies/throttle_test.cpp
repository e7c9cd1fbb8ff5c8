#include <gtest/gtest.h>

#include <memory>
#include <plait/policies/throttle.hpp>
#include <plait/testing/clock.hpp>
#include <random>
#include <stdexcept>
#include <vector>

namespace plait {
namespace {

using namespace std::chrono_literals;
using testing::Clock;

/// Wants `wanted` bytes, and takes them as they come.
struct Customer : Throttle::Waiter {
  Customer(std::shared_ptr<Throttle> from, std::size_t bytes)
      : throttle(std::move(from)), wanted(bytes) {}

  void mayGoOn() override {
    ++turns;
    while (wanted > 0) {
      const std::size_t count = throttle->take(wanted, *this);
      if (count == 0) return;
      wanted -= count;
      had += count;
    }
  }

  std::shared_ptr<Throttle> throttle;
  std::size_t wanted;
  std::size_t had = 0;
  int turns = 0;
};

struct ThrottleTest : ::testing::Test {
  std::shared_ptr<Throttle> make(BandwidthLimit limit, std::shared_ptr<Throttle> parent = nullptr) {
    return std::make_shared<Throttle>(clock, limit, std::move(parent));
  }
  void run(Duration time, Duration step = 1ms) {
    for (Duration passed = 0ns; passed < time; passed += step) clock.advance(step);
  }

  Clock clock;
};

TEST_F(ThrottleTest, GivesWhatThereIs) {
  const auto throttle = make({.rate = 100, .burst = 100});
  EXPECT_EQ(throttle->take(30), 30u);
  EXPECT_EQ(throttle->take(100), 70u);
  EXPECT_EQ(throttle->take(100), 0u);
}

TEST_F(ThrottleTest, CostsNoTimerWhileNobodyWaits) {
  const auto throttle = make({.rate = 100, .burst = 100});
  throttle->take(100);
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(ThrottleTest, CostsOneTimerHoweverManyWait) {
  const auto throttle = make({.rate = 1000, .burst = 100});
  throttle->take(100);
  std::vector<std::unique_ptr<Customer>> customers;
  for (int i = 0; i < 100; ++i) {
    customers.push_back(std::make_unique<Customer>(throttle, 100));
    customers.back()->mayGoOn();
  }
  EXPECT_EQ(clock.pendingCalls(), 1u);
}

TEST_F(ThrottleTest, CallsTheOneWhoWaits) {
  const auto throttle = make({.rate = 100'000, .burst = 1000});
  Customer customer(throttle, 3000);
  customer.mayGoOn();
  EXPECT_EQ(customer.had, 1000u);
  EXPECT_TRUE(customer.waiting());
  run(20ms);
  EXPECT_EQ(customer.had, 3000u);
  EXPECT_FALSE(customer.waiting());
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(ThrottleTest, GoesInSmallSteps) {
  const auto throttle = make({.rate = 100'000, .burst = 25'000});
  Customer customer(throttle, 1'000'000);
  customer.mayGoOn();
  for (int step = 1; step <= 100; ++step) {
    clock.advance(10ms);
    EXPECT_EQ(customer.had, 25'000u + 1000u * static_cast<std::size_t>(step));
  }
}

TEST_F(ThrottleTest, LetsNobodyOvertakeThoseWhoWait) {
  const auto throttle = make({.rate = 1000, .burst = 1000});
  throttle->take(1000);
  Customer first(throttle, 500);
  first.mayGoOn();
  clock.advance(499ms);
  Customer second(throttle, 1);
  second.mayGoOn();
  EXPECT_EQ(second.had, 0u);
  run(2ms);
  EXPECT_GT(first.had, 0u);
  run(1s);
  EXPECT_EQ(first.had, 500u);
  EXPECT_EQ(second.had, 1u);
}

TEST_F(ThrottleTest, SharesEvenlyAmongThoseWhoWait) {
  const auto throttle = make({.rate = 1'000'000, .burst = 10'000});
  std::vector<std::unique_ptr<Customer>> customers;
  for (int i = 0; i < 20; ++i) {
    customers.push_back(std::make_unique<Customer>(throttle, 100'000'000));
    customers.back()->mayGoOn();
  }
  run(10s);
  for (const auto& customer : customers) EXPECT_NEAR(customer->had, 500'000, 15'000);
}

TEST_F(ThrottleTest, ServesASmallOneAmongGreedyOnesSoon) {
  const auto throttle = make({.rate = 1'000'000, .burst = 10'000});
  std::vector<std::unique_ptr<Customer>> greedy;
  for (int i = 0; i < 20; ++i) {
    greedy.push_back(std::make_unique<Customer>(throttle, 100'000'000));
    greedy.back()->mayGoOn();
  }
  run(1s);
  Customer small(throttle, 100);
  small.mayGoOn();
  run(50ms);
  EXPECT_EQ(small.had, 100u);
}

TEST_F(ThrottleTest, ForgetsWhoeverLeaves) {
  const auto throttle = make({.rate = 1000, .burst = 100});
  throttle->take(100);
  auto gone = std::make_unique<Customer>(throttle, 100);
  Customer next(throttle, 100);
  gone->mayGoOn();
  next.mayGoOn();
  gone.reset();
  run(1s);
  EXPECT_EQ(next.had, 100u);
}

TEST_F(ThrottleTest, OutlivesTheCallInWhichItIsLetGo) {
  struct LetsGo : Throttle::Waiter {
    void mayGoOn() override { throttle.reset(); }
    std::shared_ptr<Throttle> throttle;
  } customer;
  customer.throttle = make({.rate = 1000, .burst = 100});
  customer.throttle->take(100);
  EXPECT_EQ(customer.throttle->take(100, customer), 0u);
  run(1s);
  EXPECT_FALSE(customer.throttle);
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(ThrottleTest, GivesNoMoreThanItsParent) {
  const auto parent = make({.rate = 1, .burst = 100});
  const auto one = make({.rate = 1000, .burst = 1000}, parent);
  const auto other = make({.rate = 1000, .burst = 1000}, parent);
  EXPECT_EQ(one->take(90), 90u);
  EXPECT_EQ(other->take(90), 10u);
  clock.advance(10s);
  EXPECT_EQ(one->take(100), 10u);
}

TEST_F(ThrottleTest, TakesFromItsParentOnlyWhatItGives) {
  const auto parent = make({.rate = 1, .burst = 100});
  const auto child = make({.rate = 1, .burst = 10}, parent);
  EXPECT_EQ(child->take(90), 10u);
  EXPECT_EQ(parent->take(100), 90u);
}

TEST_F(ThrottleTest, WaitsForItsParent) {
  const auto parent = make({.rate = 10'000, .burst = 1000});
  const auto child = make({.rate = 1'000'000, .burst = 100'000}, parent);
  Customer customer(child, 11'000);
  customer.mayGoOn();
  run(990ms);
  EXPECT_NEAR(customer.had, 10'900, 600);
  run(60ms);
  EXPECT_EQ(customer.had, 11'000u);
}

TEST_F(ThrottleTest, SharesTheParentAmongItsChildren) {
  const auto parent = make({.rate = 100'000, .burst = 1000});
  Customer one(make({.rate = 1'000'000}, parent), 10'000'000);
  Customer other(make({.rate = 1'000'000}, parent), 10'000'000);
  Customer slow(make({.rate = 10'000, .burst = 1000}, parent), 10'000'000);
  for (Customer* customer : {&one, &other, &slow}) customer->mayGoOn();
  run(10s);
  EXPECT_NEAR(slow.had, 100'000, 3000);
  EXPECT_NEAR(one.had, 450'000, 10'000);
  EXPECT_NEAR(other.had, 450'000, 10'000);
}

TEST_F(ThrottleTest, LetsNobodyInATreeStarve) {
  constexpr std::size_t kForEver = 1'000'000'000;
  struct Tree {
    std::uint64_t childRate;
    int ofEachChild, ofTheParent;  // customers
  };
  for (const auto& [childRate, ofEachChild, ofTheParent] :
       {Tree{2000, 4, 2}, Tree{10'000, 2, 20}, Tree{400'000, 3, 3}, Tree{900'000, 3, 1}}) {
    SCOPED_TRACE(childRate);
    const auto parent = make({.rate = 1'000'000});
    std::vector<std::unique_ptr<Customer>> customers;
    for (int child = 0; child < 2; ++child) {
      const auto throttle = make({.rate = childRate}, parent);
      for (int i = 0; i < ofEachChild; ++i) {
        customers.push_back(std::make_unique<Customer>(throttle, kForEver));
      }
    }
    for (int i = 0; i < ofTheParent; ++i) {
      customers.push_back(std::make_unique<Customer>(parent, kForEver));
    }
    for (const auto& customer : customers) customer->mayGoOn();
    for (const auto& customer : customers) customer->had = 0;  // the burst is for the first
    run(20s);
    for (const auto& customer : customers) EXPECT_GT(customer->had, 0u);
  }
}

TEST_F(ThrottleTest, OneThatThrowsKeepsNobodyFromItsTurn) {
  struct Thrower : Throttle::Waiter {
    void mayGoOn() override { throw std::runtime_error("no"); }
  } thrower;
  const auto throttle = make({.rate = 1000});
  throttle->take(10'000);
  EXPECT_EQ(throttle->take(100, thrower), 0u);
  Customer next(throttle, 100'000);
  next.mayGoOn();
  EXPECT_THROW(run(5s), std::runtime_error);
  run(5s);
  EXPECT_GT(next.had, 4000u);
}

TEST_F(ThrottleTest, KeepsItsLimitWhateverHappens) {
  std::mt19937 random(3);
  const BandwidthLimit limit{.rate = 50'000, .burst = 2000};
  const auto throttle = make(limit);
  std::vector<std::unique_ptr<Customer>> customers;
  std::size_t gone = 0;
  for (int step = 0; step < 5000; ++step) {
    if (random() % 10 == 0) {
      customers.push_back(std::make_unique<Customer>(throttle, 1 + random() % 20'000));
      customers.back()->mayGoOn();
    } else if (random() % 50 == 0 && !customers.empty()) {
      const auto leaver = customers.begin() + static_cast<long>(random() % customers.size());
      gone += (*leaver)->had;
      customers.erase(leaver);
    }
    clock.advance(Duration(random() % 3'000'000));
    std::size_t had = gone;
    for (const auto& customer : customers) had += customer->had;
    const double seconds = std::chrono::duration<double>(clock.now().time_since_epoch()).count();
    ASSERT_LE(static_cast<double>(had), 50'000 * seconds + 2000 + 1e-3);
  }
}

}  // namespace
}  // namespace plait
