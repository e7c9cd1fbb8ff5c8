#pragma once

#include <cstddef>
#include <plait/core/delayed_call.hpp>
#include <plait/core/output_buffer.hpp>
#include <plait/core/throttled_log.hpp>
#include <vector>

namespace plait {

class StreamTransport;

/// Bounds the memory that the write buffers of all transports of a reactor take together, so that
/// many peers that do not read cannot exhaust what one alone may not (see
/// `TransportOptions::writeBufferLimit`).
///
/// * Above three quarters of the limit, those with the most waiting are not read from, so that they
///   cannot ask for more, until what they have waiting is sent, and for a second at most at a time:
///   two that feed each other, each unread, would wait for ever.
/// * Above the limit, those with the most waiting are aborted with WriteBudgetExceeded, until an
///   eighth of it is free.
/// * Below a half, everybody is read from again.
///
/// Who has little waiting is never touched while others have more; what was written in the callback
/// that runs, and may yet be taken, aborts nobody. What counts is memory: a write of a few bytes
/// takes a block of four kilobytes, a large one its whole size until its last byte is sent, and
/// what several connections share counts for each.
///
/// Costs nothing until a medium refuses bytes. Thread: the reactor's.
class WriteBudget {
 public:
  explicit WriteBudget(const BlockPool& pool) : pool_(pool) {}
  ~WriteBudget() { holdEnds_.cancelIfActive(); }
  WriteBudget(const WriteBudget&) = delete;
  WriteBudget& operator=(const WriteBudget&) = delete;

  /// 0 = none.
  void setLimit(std::size_t limit) { limit_ = limit; }
  std::size_t limit() const { return limit_; }

  // --- For StreamTransport -----------------------------------------------------------------

  /// `transport` has bytes waiting that its medium does not take; called after each write to it.
  /// May abort it, and others.
  void waits(StreamTransport& transport);
  /// It has none any more.
  void sent(StreamTransport& transport);

 private:
  bool join(StreamTransport& transport);
  void relieve();
  void abortTheBiggest();
  void holdTheBiggest();
  bool limitHold();
  void release();
  void complain(const StreamTransport& transport);

  const BlockPool& pool_;
  std::size_t limit_ = 0;
  std::size_t holdAgainFrom_ = 0;   // memory in use from which more are held
  std::size_t countAgainFrom_ = 0;  // ... and what is waiting is counted
  std::size_t uncounted_ = 0;       // memory of those who have come since
  DelayedCall holdEnds_;            // active while anybody may be held
  std::vector<StreamTransport*> waiting_;
  ThrottledLog complaints_{std::chrono::seconds(1)};
};

}  // namespace plait
