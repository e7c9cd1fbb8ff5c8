#pragma once

#include <optional>
#include <plait/core/protocol.hpp>
#include <string>
#include <vector>

#include "run.hpp"

namespace plait::sim {

/// Watches what one end of a connection is told: `connectionMade` once and first, data only while
/// it reads, never one callback inside of another, `connectionLost` once and last, with a reason
/// that may be. To be told by the protocol; `Watched` does so.
class ConnectionWatch {
 public:
  ConnectionWatch(Run& run, std::string name) : run_(run), name_(std::move(name)) {}
  ConnectionWatch(const ConnectionWatch&) = delete;

  /// Brackets a callback.
  class Call {
   public:
    Call(ConnectionWatch& watch, const char* what);
    Call(const Call&) = delete;
    ~Call();

   private:
    ConnectionWatch& watch_;
    const char* outer_;
  };
  void made(const Transport& transport);
  /// Something was received: bytes, a line, a string.
  void data(const Transport& transport);
  void lost(const Transport& transport, const Failure& reason);
  /// Nothing is allowed to be left open when the run is over.
  void finish();

  /// The classes the reason may be of, such as "plait::ConnectionDone". None: any.
  void allowReasons(std::vector<std::string> types) { reasons_ = std::move(types); }
  /// More than this must never be buffered; looked at in every callback.
  void limitBuffer(std::size_t bytes) { mostBuffered_ = bytes; }

  const std::string& name() const { return name_; }
  bool isMade() const { return made_; }
  bool isLost() const { return lost_; }
  bool isOpen() const { return made_ && !lost_; }
  const std::optional<Failure>& reason() const { return reason_; }
  /// True once it was lost with ConnectionDone.
  bool endedCleanly() const;

 private:
  void check(const Transport& transport);

  Run& run_;
  std::string name_;
  const char* running_ = nullptr;  // the callback that runs now
  bool made_ = false;
  bool lost_ = false;
  std::optional<Failure> reason_;
  std::vector<std::string> reasons_;
  std::size_t mostBuffered_ = SIZE_MAX;
};

/// A protocol of class P that is watched. What it receives as frames it tells itself, with
/// `received()` in its callback: framing protocols take the bytes where no subclass sees them.
template <class P>
class Watched : public P {
 public:
  template <class... Args>
  explicit Watched(ConnectionWatch& watch, Args&&... args)
      : P(std::forward<Args>(args)...), watch_(watch) {}

  void connectionMade() override {
    const ConnectionWatch::Call call(watch_, "connectionMade");
    watch_.made(this->transport());
    P::connectionMade();
  }
  void connectionLost(const Failure& reason) override {
    const ConnectionWatch::Call call(watch_, "connectionLost");
    watch_.lost(this->transport(), reason);
    P::connectionLost(reason);
  }
  ConnectionWatch& watch() { return watch_; }

 protected:
  /// Keep what it returns until the callback ends.
  [[nodiscard]] ConnectionWatch::Call received() {
    watch_.data(this->transport());
    return ConnectionWatch::Call(watch_, "a frame");
  }

 private:
  ConnectionWatch& watch_;
};

/// The same for protocols that take the bytes as they come.
template <class P>
class WatchedStream : public Watched<P> {
 public:
  using Watched<P>::Watched;

  void dataReceived(BytesView data) override {
    this->watch().data(this->transport());
    const ConnectionWatch::Call call(this->watch(), "dataReceived");
    P::dataReceived(data);
  }
};

}  // namespace plait::sim
