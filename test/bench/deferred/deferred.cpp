// What a Deferred costs: make one, chain three callbacks, fire it. Beside it the same chain in
// other ways, all in one run: rounds take turns, and the ratio of the medians is the figure.

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <plait/core/unique_function.hpp>
#include <plait/deferred/deferred.hpp>
#include <vector>

#ifdef HAVE_BOOST_THREAD
#define BOOST_THREAD_VERSION 4
#include <boost/thread/future.hpp>
#endif

namespace {

constexpr int kRounds = 15;
constexpr int kChains = 200'000;

int sum = 0;  // keeps the compiler honest

/// The cheapest that still is a chain: an object to hand out, to which steps are added one by one,
/// each known by its type only to itself.
class HandMade {
 public:
  template <class F>
  HandMade& then(F function) {
    struct Step final : Base {
      explicit Step(F&& f) : function(std::move(f)) {}
      int run(int value) override { return function(value); }
      F function;
    };
    auto step = std::make_unique<Step>(std::move(function));
    Base& added = *step;
    *last_ = std::move(step);
    last_ = &added.next;
    return *this;
  }
  void fire(int value) {
    for (Base* step = first_.get(); step; step = step->next.get()) value = step->run(value);
  }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual int run(int value) = 0;
    std::unique_ptr<Base> next;
  };
  std::unique_ptr<Base> first_;
  std::unique_ptr<Base>* last_ = &first_;
};

void handMade(int n) {
  auto chain = std::make_unique<HandMade>();
  chain->then([](int x) { return x + 1; }).then([](int x) { return x * 2; }).then([](int x) {
    sum += x;
    return 0;
  });
  chain->fire(n);
}

/// Callbacks that know each other: no chain, and nothing can be added later. A lower bound.
void composed(int n) {
  struct Producer {
    plait::UniqueFunction<void(int)> callback;
  };
  auto producer = std::make_unique<Producer>();
  auto third = [](int x) { sum += x; };
  auto second = [third](int x) { third(x * 2); };
  producer->callback = [second](int x) { second(x + 1); };
  producer->callback(n);
}

void functions(int n) {
  auto callbacks = std::make_unique<std::vector<std::function<int(int)>>>();
  callbacks->push_back([](int x) { return x + 1; });
  callbacks->push_back([](int x) { return x * 2; });
  callbacks->push_back([](int x) {
    sum += x;
    return 0;
  });
  for (auto& callback : *callbacks) n = callback(n);
}

void deferred(int n) {
  plait::Deferred<int> deferred;
  deferred.addCallback([](int x) { return x + 1; })
      .addCallback([](int x) { return x * 2; })
      .addCallback([](int x) { sum += x; });
  deferred.callback(n);
}

plait::Deferred<int> addOne(plait::Deferred<int> source) {
  co_return co_await std::move(source) + 1;
}
void coroutine(int n) {
  plait::Deferred<int> deferred;
  addOne(deferred).addCallback([](int x) { sum += x; });
  deferred.callback(n);
}

#ifdef HAVE_BOOST_THREAD
void boostFuture(int n) {
  boost::promise<int> promise;
  auto last = promise.get_future()
                  .then(boost::launch::sync, [](boost::future<int> x) { return x.get() + 1; })
                  .then(boost::launch::sync, [](boost::future<int> x) { return x.get() * 2; })
                  .then(boost::launch::sync, [](boost::future<int> x) { sum += x.get(); });
  promise.set_value(n);
  last.get();
}
#endif

/// The standard's has no `then`: three promises, each fulfilled with what the one before it gave.
void standardFuture(int n) {
  std::promise<int> first;
  std::promise<int> second;
  std::promise<int> third;
  auto firstResult = first.get_future();
  auto secondResult = second.get_future();
  auto thirdResult = third.get_future();
  first.set_value(n);
  second.set_value(firstResult.get() + 1);
  third.set_value(secondResult.get() * 2);
  sum += thirdResult.get();
}

struct Way {
  const char* name;
  void (*run)(int);
  std::vector<double> nanoseconds = {};

  double median() {
    std::sort(nanoseconds.begin(), nanoseconds.end());
    return nanoseconds[nanoseconds.size() / 2];
  }
};

}  // namespace

int main() {
  std::vector<Way> ways{{"hand-made chain", handMade},
                        {"plait::Deferred", deferred},
                        {"plait coroutine, one await", coroutine},
                        {"vector of std::function", functions},
                        {"composed lambdas", composed},
                        {"std::promise and future", standardFuture}};
#ifdef HAVE_BOOST_THREAD
  ways.push_back({"boost::future::then", boostFuture});
#endif
  for (int round = 0; round < kRounds; ++round) {
    for (Way& way : ways) {
      const auto begin = std::chrono::steady_clock::now();
      for (int i = 0; i < kChains; ++i) way.run(i);
      const std::chrono::duration<double, std::nano> took =
          std::chrono::steady_clock::now() - begin;
      way.nanoseconds.push_back(took.count() / kChains);
    }
  }
  const double base = ways.front().median();
  fmt::print("{:<28} {:>9} {:>7}   {} rounds, sum {}\n", "make, chain three, fire", "ns", "ratio",
             kRounds, sum);
  for (Way& way : ways) {
    fmt::print("{:<28} {:>9.1f} {:>7.2f}\n", way.name, way.median(), way.median() / base);
  }
}
