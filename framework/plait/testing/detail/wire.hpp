#pragma once

#include <plait/core/address.hpp>
#include <plait/testing/detail/pipe.hpp>
#include <plait/testing/detail/simulated_link.hpp>
#include <plait/testing/simulated_host.hpp>
#include <plait/testing/simulated_network.hpp>
#include <system_error>

namespace plait::testing::detail {

class Wire;

/// Who works on an end of a wire.
class WireUser {
 public:
  /// There is something to read: bytes, or the end of the stream.
  virtual void readable() = 0;
  /// There is room again, after `write` said that it was full.
  virtual void writable() = 0;
  /// The connection is broken. What had come before can still be read; then close the end.
  virtual void broken(std::error_code why) = 0;

 protected:
  ~WireUser() = default;
};

/// One end of a stream connection, as a socket is: it belongs to its user until closed.
class WireEnd {
 public:
  WireEnd(Wire& wire, int index) : out_(wire, index), wire_(wire), index_(index) {}
  WireEnd(const WireEnd&) = delete;

  void use(WireUser& user) { user_ = &user; }
  /// The address of this end, and of the other.
  const Address& host() const;
  const Address& peer() const;
  bool isUnix() const;

  std::size_t write(std::span<const BytesView> pieces, bool& full);
  std::size_t available() const { return in().available(); }
  /// Everything was read, and nothing will follow.
  bool atEnd() const { return in().ended() && available() == 0; }
  bool hasInput() const { return available() > 0 || in().ended(); }
  /// Moves up to `most` bytes to `buffer`; returns how many.
  std::size_t read(char* buffer, std::size_t most) { return in().read(buffer, most); }
  void shutdownWrite() { out_.end(); }
  bool allArrived() const { return out_.allArrived(); }
  /// Silence of the other host ends the connection after this time; zero: only if something waits
  /// to be sent.
  void setKeepAlive(Duration silence);
  Duration keepAlive() const { return keepAlive_; }

  /// As close(2): everything taken is still sent. With unread input it is a reset.
  void close();
  /// Drops everything; the other end is reset.
  void reset();
  /// Closes without a word to the other end.
  void abandon();

 private:
  friend class Wire;
  friend class Pipe;
  const Pipe& in() const;
  Pipe& in();

  Pipe out_;
  Wire& wire_;
  WireUser* user_ = nullptr;
  int index_;
  bool closed_ = false;
  Duration keepAlive_{};
};

/// A stream connection: two ends, two pipes, and the hosts they are on. End 0 is the one that has
/// connected. The network keeps it until both ends are closed.
class Wire {
 public:
  Wire(SimulatedNetwork::Impl& network, std::uint64_t id, SimulatedLink& link,
       SimulatedHost::Impl& client, SimulatedHost::Impl& server, Address clientAddress,
       Address serverAddress);
  Wire(const Wire&) = delete;

  std::uint64_t id() const { return id_; }
  std::string describe() const;
  WireEnd& end(int index) { return index == 0 ? client_ : server_; }
  const WireEnd& end(int index) const { return index == 0 ? client_ : server_; }
  SimulatedHost::Impl& host(int index) const { return *hosts_[index]; }
  bool joins(const SimulatedHost::Impl& one, const SimulatedHost::Impl& other) const;

  /// Breaks it: both ends are told, now.
  void breakBoth();
  /// The link is mended, or a host back. `resend`: what was lost is sent again, some time later.
  void goOn(bool resend);
  /// The link has gone.
  void watchSilence();
  /// A host has gone, perhaps one of its two.
  void hostCrashed(const SimulatedHost::Impl& host);
  bool over() const { return client_.closed_ && server_.closed_; }
  std::size_t bytes() const { return client_.out_.bytes() + server_.out_.bytes(); }

 private:
  friend class Pipe;
  friend class WireEnd;

  Simulation& simulation() const;
  const LinkOptions& options() const { return link_.options; }
  Duration delay() const;
  void trace(Happening what, int end, std::uint64_t size = 0) const;
  /// Nothing gets from that end to the other for now.
  bool blocked(int from) const;
  /// Nothing ever will, unless somebody mends it: the link is cut, or the other host down.
  bool silent(int from) const;
  /// The server's host takes the connection, or not.
  void accept();
  /// Something came to an end that is closed: the sender is told.
  void answerReset(int sender);
  /// That end is broken: its user is told, and nothing travels any more.
  void breakEnd(int index, std::error_code why);
  void closed();

  SimulatedNetwork::Impl& network_;
  std::uint64_t id_;
  SimulatedLink& link_;
  SimulatedHost::Impl* hosts_[2];
  Address addresses_[2];
  WireEnd client_;
  WireEnd server_;
  bool accepted_ = false;
  bool discarded_ = false;
};

}  // namespace plait::testing::detail
