#pragma once

#include <plait/core/bytes.hpp>
#include <plait/testing/detail/simulation.hpp>
#include <span>
#include <vector>

namespace plait::testing::detail {

class Wire;

/// One direction of a wire: the bytes that one system has taken from its writer and the other's
/// reader has not read yet, and the segments in which they travel.
///
///     ├─ arrived ─┼─ in flight ─┼─ unsent ─┤
///      unread by    segments      no room at the receiver
///      the reader   on their way
class Pipe {
 public:
  /// `from`: the end of the wire that writes, 0 or 1.
  Pipe(Wire& wire, int from) : wire_(wire), from_(from) {}
  Pipe(const Pipe&) = delete;
  ~Pipe() { drop(); }

  // --- The writer -------------------------------------------------------------------------------

  /// Takes what there is room for, or less; returns how much. `full`: the writer will be told when
  /// there is room.
  std::size_t write(std::span<const BytesView> pieces, bool& full);
  /// The end of the stream, behind everything.
  void end();
  /// Drops what was not sent yet, and sends a reset.
  void reset();
  /// The step of connecting that lets the other end accept.
  void sendAcknowledgement();
  /// Forgets everything.
  void drop();
  /// The reader has gone: what has come is lost. What has not is answered with a reset.
  void dropArrived();
  bool dropped() const { return dropped_; }
  /// The other system has got everything, the end of the stream included.
  bool allArrived() const { return endArrived_ || dropped_; }
  std::size_t bytes() const { return data_.size() - head_; }

  // --- The reader -------------------------------------------------------------------------------

  std::size_t available() const { return arrived_; }
  bool ended() const { return endArrived_; }
  /// Moves up to `most` bytes to `buffer`; returns how many.
  std::size_t read(char* buffer, std::size_t most);

  // --- The network ------------------------------------------------------------------------------

  /// The way, or the host at the end of it, has become unreachable, or the writer wants to know.
  void watchSilence();
  /// It is reachable again: what is under way goes on after `delay`.
  void goOn(Duration delay);

 private:
  struct Segment {
    enum class Kind : std::uint8_t { data, end, reset, acknowledgement };
    TimePoint when;
    std::size_t size;
    Kind kind;
  };

  std::size_t room() const;
  std::size_t unsent() const { return data_.size() - head_ - arrived_ - inFlight_; }
  void transmit();
  std::size_t nextSize(std::size_t window);
  void send(Segment::Kind kind, std::size_t size);
  void awaitArrival();
  void arrive();
  void removeFirst();
  void arrived(const Segment& segment);
  void dataArrived(std::size_t size);
  void wantRoom(Duration delay);
  void tellRoom();
  void openWindow();
  bool blocked() const;
  void dropData(std::size_t keep);

  Wire& wire_;
  int from_;
  bool endWanted_ = false;
  bool endSent_ = false;
  bool endArrived_ = false;
  bool waitsForRoom_ = false;
  bool dropped_ = false;
  Bytes data_;  // from head_ on
  std::size_t head_ = 0;
  std::size_t arrived_ = 0;
  std::size_t inFlight_ = 0;
  std::vector<Segment> segments_;  // from firstSegment_ on
  std::size_t firstSegment_ = 0;
  TimePoint lastArrival_{};
  TimePoint lineFree_{};
  DelayedCall arrival_;
  DelayedCall room_;
  DelayedCall window_;
  DelayedCall giveUp_;
};

}  // namespace plait::testing::detail
