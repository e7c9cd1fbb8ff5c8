#include "end.hpp"

#include <cstring>
#include <plait/core/errors.hpp>

#include "checked_producer.hpp"

namespace plait::stress {

namespace {

constexpr std::size_t kHeader = sizeof(std::uint64_t);

char contentAt(std::uint64_t number, std::uint64_t position) {
  return static_cast<char>(number * 17 + position * 31 + position / 1009);
}

}  // namespace

End::End(Verdict& verdict, std::uint64_t number, std::string kind)
    : verdict(verdict), number(number), kind(std::move(kind)) {
  ++verdict.connections;
}

End::~End() = default;

std::string End::name() const {
  return fmt::format("{} {}", kind, number);
}

Bytes End::content(std::size_t size) const {
  Bytes bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint64_t position = sent + i;
    bytes[i] = position < kHeader ? static_cast<char>(number >> (8 * position))
                                  : contentAt(number, position);
  }
  return bytes;
}

std::string End::state() const {
  const bool producing = !producers.empty() && producers.back()->registered();
  return fmt::format(
      "{}: sent {}, received {}, paused {}, asked {}, aborted {}, read lost {}, loses write {}, "
      "own producer {}, producing {}",
      name(), sent, taken, paused, asked, aborted, readLost, losesWrite, ownProducer, producing);
}

End::Call::Call(End& end, const char* what) : end_(end), outer_(end.running) {
  ++end.verdict.callbacks;
  end.verdict.expect(outer_ == nullptr, "{}: {} came inside of {}", end.name(), what,
                     outer_ ? outer_ : "");
  end.verdict.expect(end.timesLost == 0, "{}: {} came after the loss", end.name(), what);
  end.running = what;
}

void End::made() {
  verdict.expect(timesMade == 0, "{}: made twice", name());
  ++timesMade;
}

std::uint64_t End::peer() const {
  std::uint64_t number = 0;
  std::memcpy(&number, header.data(), kHeader);
  return number;
}

void End::received(BytesView data, bool disconnecting) {
  verdict.expect(timesMade == 1, "{}: data before it was made", name());
  verdict.expect(!paused, "{}: data while paused", name());
  verdict.expect(!disconnecting && !asked, "{}: data while closing", name());
  verdict.expect(!readLost, "{}: data behind the end of file", name());
  verdict.expect(!data.empty(), "{}: no data", name());
  for (const char byte : data) {
    if (taken < kHeader) {
      header += byte;
    } else if (byte != contentAt(peer(), taken)) {
      verdict.expect(false, "{}: byte {} from {} is wrong", name(), taken, peer());
    }
    ++taken;
  }
  verdict.bytes += data.size();
}

void End::lost(const Failure& why) {
  reason = why;
  ++timesLost;
  verdict.expect(timesMade == 1, "{}: lost, but never made", name());
  if (!producers.empty()) {
    verdict.expect(!producers.back()->registered(), "{}: lost with a producer", name());
  }
  const bool known = why.check<ConnectionClosed>() || (aborted && why.check<Thrown>());
  verdict.expect(known, "{}: lost for {}", name(), why.typeName());
  const bool itself =
      aborted || stopping || why.check<WriteBufferFull>() || why.check<WriteBudgetExceeded>();
  if (why.check<ConnectionAborted>()) {
    verdict.expect(itself || why.check<CloseTimeout>(), "{}: aborted by nobody", name());
  }
}

void expectMatch(const End& sender, const End& receiver) {
  Verdict& verdict = sender.verdict;
  verdict.expect(receiver.taken <= sender.sent, "{} received {} bytes of {} from {}",
                 receiver.name(), receiver.taken, sender.sent, sender.name());
  const bool sentAll = sender.reason && sender.reason->check<ConnectionDone>() && !sender.aborted &&
                       !sender.stopping && sender.tailKnown;
  const bool readAll =
      !receiver.stopping && receiver.reason &&
      (receiver.readLost || (receiver.reason->check<ConnectionDone>() && !receiver.asked));
  if (!sentAll || !readAll) return;
  verdict.expect(receiver.taken == sender.sent,
                 "{} has read to the end, and has {} bytes; {} had sent {}", receiver.name(),
                 receiver.taken, sender.name(), sender.sent);
}

}  // namespace plait::stress
