#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <functional>
#include <plait/net/detail/epoll_set.hpp>
#include <vector>

namespace plait::detail {
namespace {

/// An eventfd that counts what it is told.
struct Source final : Watched {
  Source() : event(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

  void ring() const { ::eventfd_write(event.get(), 1); }
  int fd() const { return event.get(); }
  void ready(std::uint32_t events) override {
    told.push_back(events);
    if (then) then();
  }

  UniqueDescriptor event;
  std::vector<std::uint32_t> told;
  std::function<void()> then;
};

using Events = std::vector<std::uint32_t>;

TEST(EpollSet, TellsWhomItIsAbout) {
  EpollSet set;
  Source rung;
  Source silent;
  set.add(rung.fd(), rung, EPOLLIN);
  set.add(silent.fd(), silent, EPOLLIN);
  rung.ring();
  EXPECT_EQ(set.dispatch(), 1);
  EXPECT_EQ(rung.told, Events{EPOLLIN});
  EXPECT_TRUE(silent.told.empty());
}

TEST(EpollSet, AnEdgeIsToldOnceUntilItIsAskedForAgain) {
  EpollSet set;
  Source source;
  set.add(source.fd(), source, EPOLLIN | EPOLLET);
  source.ring();
  EXPECT_EQ(set.dispatch(), 1);
  EXPECT_EQ(set.dispatch(), 0);
  set.modify(source.fd(), EPOLLIN | EPOLLET);
  EXPECT_EQ(set.dispatch(), 1);
}

TEST(EpollSet, WhatIsHandedOverIsToldToTheNewOne) {
  EpollSet set;
  Source source;
  Source heir;
  set.add(source.fd(), source, EPOLLIN);
  set.handOver(source.fd(), heir);
  source.ring();
  set.dispatch();
  EXPECT_TRUE(source.told.empty());
  EXPECT_EQ(heir.told, Events{EPOLLIN});
}

TEST(EpollSet, WhatIsRemovedStaysOpenAndIsNotTold) {
  EpollSet set;
  Source source;
  set.add(source.fd(), source, EPOLLIN);
  set.remove(source.fd());
  source.ring();
  EXPECT_EQ(set.dispatch(), 0);
  EXPECT_EQ(set.size(), 0u);
}

TEST(EpollSet, AnEventOfWhatTheSameBatchHasClosedFindsNobody) {
  EpollSet set;
  Source first;
  Source second;
  Source next;
  set.add(first.fd(), first, EPOLLIN);
  set.add(second.fd(), second, EPOLLIN);
  first.ring();
  second.ring();
  // Whichever is told first closes the other, whose number the next to be opened gets.
  const auto replace = [&](Source& other) {
    const int number = other.fd();
    set.forget(number);
    other.event = {};
    next.event = UniqueDescriptor(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    ASSERT_EQ(next.fd(), number);
    set.add(next.fd(), next, EPOLLIN);
  };
  first.then = [&] { replace(second); };
  second.then = [&] { replace(first); };
  EXPECT_EQ(set.dispatch(), 2);
  EXPECT_EQ(first.told.size() + second.told.size(), 1u);
  EXPECT_TRUE(next.told.empty());
}

TEST(EpollSet, ACopyOfWhatWasClosedTellsNobody) {
  EpollSet set;
  Source source;
  const UniqueDescriptor copy(::dup(source.fd()));  // as a child process has one until it execs
  set.add(source.fd(), source, EPOLLIN);
  set.forget(source.fd());
  source.event = {};
  ::eventfd_write(copy.get(), 1);
  EXPECT_EQ(set.dispatch(), 1);
  EXPECT_TRUE(source.told.empty());
}

TEST(EpollSet, ANumberWhoseLastUseLivesOnInACopyCanBeAddedAgain) {
  EpollSet set;
  Source source;
  const UniqueDescriptor copy(::dup(source.fd()));
  set.add(source.fd(), source, EPOLLIN);
  const int number = source.fd();
  set.forget(number);
  source.event = {};
  Source next;  // has the number, perhaps; in any case the file gets it
  ASSERT_EQ(::dup2(copy.get(), number), number);
  if (next.fd() != number) next.event = UniqueDescriptor(number);
  set.add(number, next, EPOLLIN);
  next.ring();
  set.dispatch();
  EXPECT_EQ(next.told, Events{EPOLLIN});
}

TEST(EpollSet, RenewedItTellsOfWhatItWatchedBefore) {
  EpollSet set;
  Source source;
  set.add(source.fd(), source, EPOLLIN);
  const UniqueDescriptor parents(::dup(set.descriptor()));
  set.renew();
  source.ring();
  EXPECT_EQ(set.dispatch(), 1);
  EXPECT_EQ(source.told, Events{EPOLLIN});
  epoll_event event;
  EXPECT_EQ(::epoll_wait(parents.get(), &event, 1, 0), 1) << "the old set still has it";
}

}  // namespace
}  // namespace plait::detail
