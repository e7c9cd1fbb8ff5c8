#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <plait/core/transport.hpp>

#include "unit/support/pattern.hpp"

namespace plait::testing {

/// Counts what a producer is told, and fails the test when the order is wrong: each pause is
/// followed by exactly one resume or stop, and nothing follows a stop.
class ProducerRecord {
 public:
  int paused = 0;
  int resumed = 0;
  int stopped = 0;

 protected:
  void notePause() {
    EXPECT_EQ(stopped, 0) << "paused after it was stopped";
    EXPECT_EQ(paused, resumed) << "paused twice";
    ++paused;
  }
  void noteResume() {
    EXPECT_EQ(stopped, 0) << "resumed after it was stopped";
    ++resumed;
  }
  void noteStop() {
    EXPECT_EQ(stopped, 0) << "stopped twice";
    ++stopped;
  }
};

/// A push producer that does what a test says, besides recording.
class PushScript final : public PushProducer, public ProducerRecord {
 public:
  std::function<void()> whenPaused, whenResumed, whenStopped;

  void pauseProducing() override {
    notePause();
    if (whenPaused) whenPaused();
  }
  void resumeProducing() override {
    noteResume();
    EXPECT_EQ(resumed, paused) << "resumed, but was not paused";
    if (whenResumed) whenResumed();
  }
  void stopProducing() override {
    noteStop();
    if (whenStopped) whenStopped();
  }
};

/// The same for a pull producer.
class PullScript final : public PullProducer, public ProducerRecord {
 public:
  std::function<void()> whenResumed, whenStopped;

  void resumeProducing() override {
    noteResume();
    if (whenResumed) whenResumed();
  }
  void stopProducing() override {
    noteStop();
    if (whenStopped) whenStopped();
  }
};

/// Bytes for a producer to write, piece by piece; unregisters it behind the last one.
class Supply {
 public:
  static constexpr std::size_t kPiece = 16 * 1024;

  explicit Supply(std::size_t size) : data(pattern(size)) {}

  void writeNext(Transport& to) {
    to.write(BytesView(data).substr(at_, kPiece));
    at_ = std::min(data.size(), at_ + kPiece);
    if (finished()) to.unregisterProducer();
  }
  bool finished() const { return at_ == data.size(); }

  const Bytes data;

 private:
  std::size_t at_ = 0;
};

}  // namespace plait::testing
