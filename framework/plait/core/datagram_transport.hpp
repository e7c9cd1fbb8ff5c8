#pragma once

#include <cstddef>
#include <plait/core/bytes.hpp>
#include <plait/core/listening_port.hpp>
#include <string>

namespace plait {

/// An open UDP port or UNIX datagram socket: what a DatagramProtocol writes to. `stopListening`
/// closes it. Twisted: `IUDPTransport`, `IMulticastTransport`, `IUNIXDatagramTransport` in one.
///
/// Thread: its reactor's only.
class DatagramTransport : public ListeningPort {
 public:
  // --- Sending ----------------------------------------------------------------------------------
  // Sent at once where the system takes it; else it waits, in order, in a queue of bounded size.

  /// Sends one datagram to `to`: an IP address and port for UDP (no host name), a path for UNIX. On
  /// a connected port only its peer. Throws InvalidAddressError (a name, another family, another
  /// peer, a broadcast that is not allowed) and MessageLengthError (more than the system sends in
  /// one datagram). What the network does to it is told to nobody.
  virtual void write(BytesView datagram, const Address& to) = 0;
  /// Sends to the peer of a connected port; std::logic_error on another.
  virtual void write(BytesView datagram) = 0;
  /// Bytes of datagrams that wait to be sent.
  virtual std::size_t bufferedBytes() const = 0;
  /// Datagrams dropped because the queue was full.
  virtual std::uint64_t droppedDatagrams() const = 0;

  // --- The other end ----------------------------------------------------------------------------

  /// Talks to `peer` alone from now on: others are not heard, and `connectionRefused` is told. An
  /// IP address (no name); a second time is std::logic_error. Throws InvalidAddressError and
  /// ConnectError.
  virtual void connect(const Address& peer) = 0;
  /// True while the port is open.
  virtual bool connected() const = 0;

  // --- Reading ----------------------------------------------------------------------------------

  /// No `datagramReceived` until resumed; what comes meanwhile waits in the system, and is dropped
  /// there when that is full.
  virtual void pauseProducing() = 0;
  virtual void resumeProducing() = 0;

  // --- Broadcast and multicast ------------------------------------------------------------------
  // UDP only; elsewhere std::logic_error.

  /// Allows sending to a broadcast address. Off from the start.
  virtual void setBroadcastAllowed(bool allowed) = 0;
  virtual bool getBroadcastAllowed() const = 0;

  /// Hears what is sent to the multicast group `group` (an IPv4 or IPv6 literal), on `interface`
  /// (an address of it, or its name; empty = the system's choice). Fails with MulticastJoinError.
  virtual Deferred<void> joinGroup(std::string group, std::string interface = {}) = 0;
  virtual Deferred<void> leaveGroup(std::string group, std::string interface = {}) = 0;
  /// How many routers a multicast datagram may pass, 0 to 255; 1 from the start.
  virtual void setTTL(int ttl) = 0;
  virtual int getTTL() const = 0;
  /// Whether this host hears its own multicasts. On from the start.
  virtual void setLoopbackMode(bool on) = 0;
  virtual bool getLoopbackMode() const = 0;
  /// The interface multicasts leave by: its address or name. std::invalid_argument when there is
  /// none such.
  virtual void setOutgoingInterface(std::string interface) = 0;
  virtual std::string getOutgoingInterface() const = 0;
};

}  // namespace plait
