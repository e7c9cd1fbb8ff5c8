#pragma once

#include <memory>
#include <optional>
#include <plait/core/protocol.hpp>
#include <string>
#include <vector>

#include "verdict.hpp"

namespace plait::stress {

class CheckedProducer;
class Player;

/// One end of a connection: what it has sent and been told, however many protocols it has had.
/// Checks the promises that are about the order of callbacks and about bytes.
///
/// What an end sends: its number (8 bytes), then bytes that follow from the number and their
/// position, so that whoever receives them sees what was lost, swapped, or meant for another.
struct End {
  End(Verdict& verdict, std::uint64_t number, std::string kind);
  ~End();

  /// Bytes [position, position + size) of what this end sends.
  Bytes content(std::size_t size) const;

  // --- What is told ------------------------------------------------------------------------------

  /// Brackets a callback of the protocol's.
  class Call {
   public:
    Call(End& end, const char* what);
    ~Call() { end_.running = outer_; }

   private:
    End& end_;
    const char* outer_;
  };
  void made();
  void received(BytesView data, bool disconnecting);
  void lost(const Failure& reason);

  std::string name() const;
  std::string state() const;

  Verdict& verdict;
  const std::uint64_t number;
  const std::string kind;

  const char* running = nullptr;
  int timesMade = 0;
  int timesLost = 0;
  bool paused = false;
  bool asked = false;     ///< it has asked to be closed, or thrown
  bool aborted = false;   ///< it has aborted, or thrown
  bool broken = false;    ///< it has thrown, and not aborted: what a producer writes is still sent
  bool readLost = false;  ///< it was told the end of what the peer sends
  bool stopping = false;  ///< its reactor was being stopped, or destroyed, when it was lost
  bool losesWrite = false;
  bool ownProducer = false;
  /// False when it cannot know how much of what it wrote last counted.
  bool tailKnown = true;
  std::uint64_t sent = 0;
  std::uint64_t taken = 0;  ///< received
  Bytes header;             ///< of the peer: its number
  std::optional<Failure> reason;
  std::weak_ptr<Player> player;  ///< the present one
  /// Of them, the last may be registered; the others must be left alone.
  std::vector<std::shared_ptr<CheckedProducer>> producers;

  /// The number in `header`, once that is complete.
  std::uint64_t peer() const;
};

/// Checks two ends of one connection, after everything is over.
void expectMatch(const End& sender, const End& receiver);

/// Thrown by protocols on purpose.
struct Thrown : std::exception {
  const char* what() const noexcept override { return "thrown on purpose"; }
};

}  // namespace plait::stress
