// StreamTransport: whatever a user calls, from outside and from any callback, and whatever the
// medium does, the promises hold: the order of callbacks, nothing after the loss, every admitted
// byte once and in order, pauses and resumes in pairs, the reason that was first, nothing left.
//
// Input: options (see the constructor of Trial), then operations, a choice each (see Trial::act and
// Trial::happen), and what each asks for behind it. Callbacks act too, as the input goes on.
#include <plait/deferred/deferred.hpp>

#include "../../unit/core/scripted_medium.hpp"
#include "../support/check.hpp"
#include "../support/choices.hpp"
#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

using testing::ScriptedMedium;

struct UserReason : Error {
  UserReason() : Error("the user's reason") {}
};
struct UserException : Error {
  UserException() : Error("the user's exception") {}
};

class Trial;

/// Is told everything, and acts in all of it.
struct Talker : Protocol {
  explicit Talker(Trial& trial) : trial(trial) {}
  void connectionMade() override;
  void dataReceived(BytesView data) override;
  void connectionLost(const Failure& reason) override;
  Trial& trial;
};

struct HalfCloseableTalker : Talker, HalfCloseableProtocol {
  using Talker::Talker;
  void readConnectionLost() override;
  void writeConnectionLost() override;
};

struct Push : PushProducer {
  explicit Push(Trial& trial) : trial(trial) {}
  void pauseProducing() override;
  void resumeProducing() override;
  void stopProducing() override;
  Trial& trial;
};

struct Pull : PullProducer {
  explicit Pull(Trial& trial) : trial(trial) {}
  void resumeProducing() override;
  void stopProducing() override;
  Trial& trial;
};

class Trial {
 public:
  explicit Trial(BytesView input) : choices_(input) {
    options_.highWaterMark = choices_.upTo(30);
    options_.lowWaterMark = choices_.upTo(10);
    options_.writeBufferLimit = choices_.upTo(60);
    options_.closeTimeout = std::chrono::seconds(choices_.upTo(3));
    medium_ = std::make_shared<ScriptedMedium>(clock_, log_, group_, journal_, options_);
    medium_->room = choices_.upTo(50);
    medium_->largestSend = 1 + choices_.upTo(20);
  }

  void run() {
    const std::weak_ptr<ScriptedMedium> medium = medium_;
    std::weak_ptr<Protocol> protocol;
    {
      auto first = make();
      protocol = first;
      protocol_ = first.get();
      medium_->connect(std::move(first));
    }
    while (!choices_.empty()) {
      happen();
      medium_->run();
      check(!medium_->wantsTurn(), "a turn is asked for and not had");
    }
    finish();
    medium_.reset();
    check(medium.expired() && protocol.expired(), "somebody keeps a connection that is lost");
    check(clock_.pendingCalls() == 0, "a timer is left");
    check(drains_ == drained_, "a drained() that never fires");
  }

  // --- What the protocol is told -----------------------------------------------------------------

  void made(Protocol& by) {
    check(!lost_ && &by == protocol_, "connectionMade comes to the wrong one, or too late");
    actOften();
  }
  void data(Protocol& by, BytesView bytes) {
    checkTold(by);
    check(!inData_, "dataReceived is entered again");
    check(!paused_, "dataReceived while reading is paused");
    check(!closed_ && !aborted_, "dataReceived after the connection was closed");
    check(!bytes.empty() && !readLost_, "dataReceived without data, or behind the end of file");
    checkEqual(bytes, BytesView(expected_).substr(0, bytes.size()), "the bytes that are received");
    expected_.erase(0, bytes.size());
    inData_ = true;
    const struct Leave {
      bool& in;
      ~Leave() { in = false; }
    } leave{inData_};
    actOften();
  }
  void readLost(Protocol& by) {
    checkTold(by);
    check(!readLost_ && eofGiven_ && expected_.empty(), "readConnectionLost too often, too early");
    readLost_ = true;
    actOften();
  }
  void writeLost(Protocol& by) {
    checkTold(by);
    check(!writeLost_ && losingWrite_, "writeConnectionLost too often, or for nothing");
    checkEqual(medium_->sent, written_, "what is sent before the sending half is closed");
    writeLost_ = true;
    actOften();
  }
  void lost(Protocol& by, const Failure& reason) {
    checkTold(by);
    lost_ = true;
    checkReason(reason);
    check(!push_ && !pull_, "a producer was not told of the loss");
    actOften();
  }

  // --- What producers are told -------------------------------------------------------------------

  void pausePush() {
    check(push_ && !pushPaused_ && !lost_, "pauseProducing for nothing");
    pushPaused_ = true;
    actOften();
  }
  void resumePush() {
    check(push_ && pushPaused_ && !lost_, "resumeProducing without a pauseProducing before it");
    pushPaused_ = false;
    actOften();
  }
  void resumePull() {
    check(pull_ && !lost_, "a pull producer is asked after it has gone");
    actOften();
  }
  void stopPush() { stop(push_); }
  void stopPull() { stop(pull_); }

 private:
  void stop(bool& producer) {
    check(producer, "a producer is stopped that has gone");
    producer = false;
    actOften();
  }

  // --- What happens ------------------------------------------------------------------------------

  void happen() {
    switch (choices_.upTo(7)) {
      case 0:
        return give();
      case 1:
        if (!medium_->reading()) return;
        eofGiven_ = true;
        return medium_->giveEOF();
      case 2:
        return medium_->makeRoom(choices_.upTo(50));
      case 3:
        if (choices_.upTo(9) != 0) return;
        mayBreak_ = true;
        return medium_->breakDown(std::errc::connection_reset);
      case 4:
        if (choices_.upTo(9) != 0) return;
        mayBreak_ = true;
        medium_->failingSend = medium_->sendCalls + 1 + static_cast<int>(choices_.upTo(3));
        return;
      case 5:
        return clock_.advance(std::chrono::seconds(choices_.upTo(3)));
      default:
        return actOutside();
    }
  }
  void give() {
    const BytesView bytes = choices_.bytes(1 + choices_.upTo(5));
    if (bytes.empty() || !medium_->reading()) return;
    expected_ += bytes;
    medium_->give(bytes);
  }

  /// What the user does; up to three times in a callback, and what it throws is thrown there.
  void actOften() {
    const Protocol* const told = protocol_;
    for (std::size_t often = choices_.upTo(3); often > 0 && !choices_.empty(); --often) {
      try {
        act();
      } catch (const UserException&) {
        thrown();
        throw;
      }
      if (protocol_ != told) return;  // it has handed over
    }
  }
  void thrown() {
    if (!medium_->connected()) return;
    if (!reason_) reason_ = "UserException";
    closed_ = true;
  }

  void act() {
    switch (choices_.upTo(15)) {
      case 0:
      case 1:
      case 2:
        return write();
      case 3:
        medium_->pauseProducing();
        paused_ = medium_->connected() && !medium_->disconnecting();
        return;
      case 4:
      case 5:
        paused_ = false;
        return medium_->resumeProducing();
      case 6:
        return lose();
      case 7:
        losingWrite_ |= !medium_->disconnecting();
        return medium_->loseWriteConnection();
      case 8:
        return abort();
      case 9:
        return registerPush();
      case 10:
        return registerPull();
      case 11:
        push_ = pushPaused_ = pull_ = own_ = false;
        return medium_->unregisterProducer();
      case 12:
        return registerItself();
      case 13:
        ++drains_;
        medium_->drained().addBoth([this](const Result<void>&) {
          ++drained_;
          actOutside();
        });
        return;
      case 14:
        return handOver();
      case 15:
        if (choices_.upTo(3) == 0) throw UserException();
        return;
    }
  }
  /// Where what is thrown is nobody's but the user's.
  void actOutside() {
    if (choices_.empty()) return;
    try {
      act();
    } catch (const UserException&) {
      thrown();
      medium_->failConnection(Failure(), "what runs for the connection");
    }
  }

  void write() {
    Bytes bytes(choices_.upTo(25), '\0');
    for (char& byte : bytes) byte = static_cast<char>('a' + next_++ % 26);
    const bool producing = (push_ || pull_) && !own_;
    const bool closing = medium_->disconnecting() || losingWrite_;
    const bool admitted = !bytes.empty() && medium_->connected() && !aborted_ && !writeLost_ &&
                          (!closing || producing) && !writeSideClosed();
    const std::size_t limit = options_.writeBufferLimit;
    if (admitted && limit != 0 && medium_->bufferedBytes() > limit) {
      aborted_ = true;
      abortReason_ = "WriteBufferFull";
    } else if (admitted) {
      written_ += bytes;
      check(limit == 0 || medium_->bufferedBytes() <= limit, "the limit of what is buffered");
    }
    switch (choices_.upTo(2)) {
      case 0:
        return medium_->write(BytesView(bytes));
      case 1:
        return medium_->write(std::move(bytes));
      case 2:
        return medium_->writeSequence(bytes.substr(0, bytes.size() / 2),
                                      bytes.substr(bytes.size() / 2));
    }
  }
  void lose() {
    const bool giveReason = choices_.flag();
    if (!medium_->disconnecting()) {
      closed_ = true;
      if (giveReason && !reason_) reason_ = "UserReason";
    }
    if (giveReason) return medium_->loseConnection(Failure(UserReason()));
    medium_->loseConnection();
  }
  void abort() {
    if (choices_.upTo(3) != 0) return;
    if (medium_->connected() && !aborted_) {
      aborted_ = true;
      abortReason_ = "ConnectionAborted";
    }
    medium_->abortConnection();
  }

  bool hasProducer() const { return push_ || pull_ || own_; }
  void registerPush() {
    if (hasProducer()) return;
    push_ = true;
    pushPaused_ = false;
    medium_->registerProducer(pushProducer_);
  }
  void registerPull() {
    if (hasProducer()) return;
    pull_ = true;
    try {
      medium_->registerProducer(pullProducer_);
    } catch (const UserException&) {
      pull_ = false;
      throw;
    }
  }
  void registerItself() {
    if (hasProducer()) return;
    medium_->registerProducer(*medium_);
    own_ = !medium_->disconnecting() && !readLost_;
  }
  void handOver() {
    if (!medium_->connected() || inHandOver_) return;
    const Bytes unread(choices_.bytes(choices_.upTo(3)));
    readLost_ = false;  // the next one is told, too
    expected_.insert(0, unread);
    Protocol& old = *protocol_;
    auto next = make();
    protocol_ = next.get();
    inHandOver_ = true;
    const struct Leave {
      bool& in;
      ~Leave() { in = false; }
    } leave{inHandOver_};
    old.handOver(std::move(next), unread);
  }
  std::shared_ptr<Protocol> make() {
    if (choices_.flag()) return std::make_shared<HalfCloseableTalker>(*this);
    return std::make_shared<Talker>(*this);
  }

  // --- What must hold ----------------------------------------------------------------------------

  void checkTold(const Protocol& by) const {
    check(!lost_, "a callback after connectionLost");
    check(&by == protocol_, "a callback of one that has handed over");
  }
  bool writeSideClosed() const {
    return std::count(journal_.begin(), journal_.end(), "close write side") != 0;
  }
  void checkReason(const Failure& reason) const {
    const std::string name = reason.typeName();
    const std::string why = name.substr(name.rfind(':') + 1);
    if (abortReason_) return checkEqual(why, *abortReason_, "the reason of an aborted connection");
    if (reason_) return checkEqual(why, *reason_, "the reason of a connection that was closed");
    if (why == "CloseTimeout") return check(medium_->disconnecting(), "a timeout without a close");
    if (why == "ConnectionLost") return check(mayBreak_, "lost, but nothing was wrong");
    checkEqual(why, "ConnectionDone", "the reason of the loss");
    check(closed_ || eofGiven_, "closed, but nobody has closed it");
    checkEqual(medium_->sent, written_, "what is sent before an orderly close");
  }

  void finish() {
    medium_->unregisterProducer();
    push_ = pull_ = own_ = false;
    medium_->resumeProducing();
    paused_ = false;
    medium_->makeRoom(SIZE_MAX);
    checkEqual(medium_->sent, BytesView(written_).substr(0, medium_->sent.size()), "what is sent");
    if (medium_->connected()) {
      check(!medium_->disconnecting(), "a close that nothing hinders does not end");
      check(expected_.empty(), "bytes that are kept from the protocol");
      check(!losingWrite_ || writeSideClosed(), "the sending half is not closed");
      checkEqual(medium_->sent, written_, "what is sent at the end");
      aborted_ = true;
      abortReason_ = "ConnectionAborted";
      medium_->abortConnection();
      medium_->run();
    }
    check(lost_, "connectionLost never comes");
    check(medium_->bufferedBytes() == 0, "bytes are buffered on a lost connection");
  }

  Choices choices_;
  TransportOptions options_;
  testing::Clock clock_;
  Log log_{LogLevel::critical};
  TransportGroup group_;
  testing::Journal journal_;
  std::shared_ptr<ScriptedMedium> medium_;
  Push pushProducer_{*this};
  Pull pullProducer_{*this};

  // The model.
  Protocol* protocol_ = nullptr;            // the one that is told
  Bytes written_;                           // what was admitted
  Bytes expected_;                          // what is to be received
  std::optional<std::string> reason_;       // that was given first
  std::optional<std::string> abortReason_;  // counts for more
  unsigned next_ = 0;
  int drains_ = 0, drained_ = 0;
  bool lost_ = false, readLost_ = false, writeLost_ = false, inData_ = false, inHandOver_ = false;
  bool paused_ = false, closed_ = false, aborted_ = false, losingWrite_ = false;
  bool eofGiven_ = false, mayBreak_ = false;
  bool push_ = false, pushPaused_ = false, pull_ = false, own_ = false;  // registered, paused
};

void Talker::connectionMade() {
  trial.made(*this);
}
void Talker::dataReceived(BytesView data) {
  trial.data(*this, data);
}
void Talker::connectionLost(const Failure& reason) {
  trial.lost(*this, reason);
}
void HalfCloseableTalker::readConnectionLost() {
  trial.readLost(*this);
}
void HalfCloseableTalker::writeConnectionLost() {
  trial.writeLost(*this);
}
void Push::pauseProducing() {
  trial.pausePush();
}
void Push::resumeProducing() {
  trial.resumePush();
}
void Push::stopProducing() {
  trial.stopPush();
}
void Pull::resumeProducing() {
  trial.resumePull();
}
void Pull::stopProducing() {
  trial.stopPull();
}

void tryTransport(BytesView input) {
  Trial(input).run();
}

const Target target("stream_transport", tryTransport);

}  // namespace
}  // namespace plait::fuzz
