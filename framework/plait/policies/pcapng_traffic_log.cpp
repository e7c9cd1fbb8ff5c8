#include <plait/core/errors.hpp>
#include <plait/policies/detail/pcapng.hpp>
#include <plait/policies/detail/tcp_packet.hpp>
#include <plait/policies/pcapng_traffic_log.hpp>

namespace plait {

namespace {

using namespace detail;

constexpr std::size_t kMostInAPacket = 32 * 1024;
/// Where there are none. Those of peers begin here.
constexpr std::uint16_t kHostPort = 1;
constexpr std::uint16_t kPeerPorts = 1024;

class PcapngRecorder final : public TrafficRecorder {
 public:
  PcapngRecorder(const TrafficConnection& connection, std::shared_ptr<TrafficFile> file,
                 PcapngTrafficLog::WallClock now)
      : ends_(connection.peer, connection.host,
              static_cast<std::uint16_t>(kPeerPorts + connection.number % 60'000), kHostPort),
        file_(std::move(file)),
        now_(now) {
    Side& first = connection.outgoing ? host_ : peer_;
    Side& second = connection.outgoing ? peer_ : host_;
    say(first, tcp_flags::syn);
    say(second, tcp_flags::syn | tcp_flags::ack);
    say(first, tcp_flags::ack);
  }

  void received(BytesView data) override { sayAll(peer_, data); }
  void written(std::span<const BytesView> pieces) override {
    for (BytesView piece : pieces) sayAll(host_, piece);
  }
  void losing() override { hostCloses_ = true; }

  void lost(const Failure& reason) override {
    const std::string why = reason.getErrorMessage();
    if (reason.check<ConnectionAborted>()) {
      say(host_, tcp_flags::rst | tcp_flags::ack, {}, why);
    } else if (reason.check<ConnectionLost>()) {
      say(peer_, tcp_flags::rst | tcp_flags::ack, {}, why);
    } else {
      Side& first = hostCloses_ ? host_ : peer_;
      Side& second = hostCloses_ ? peer_ : host_;
      say(first, tcp_flags::fin | tcp_flags::ack);
      say(second, tcp_flags::fin | tcp_flags::ack);
      say(first, tcp_flags::ack, {}, why);
    }
  }

 private:
  struct Side {
    std::uint32_t next = 0;  // sequence number
  };

  void sayAll(Side& from, BytesView data) {
    for (; !data.empty(); data.remove_prefix(std::min(data.size(), kMostInAPacket))) {
      say(from, tcp_flags::psh | tcp_flags::ack, data.substr(0, kMostInAPacket));
    }
  }

  void say(Side& from, int flags, BytesView payload = {}, BytesView comment = {}) {
    const bool isHost = &from == &host_;
    const Side& other = isHost ? peer_ : host_;
    const Bytes packet = tcpPacket(isHost ? ends_.b : ends_.a, isHost ? ends_.a : ends_.b,
                                   from.next, flags & tcp_flags::ack ? other.next : 0,
                                   static_cast<std::uint8_t>(flags), payload);
    file_->write(pcapngPacket(now_(), packet, comment));
    from.next += static_cast<std::uint32_t>(payload.size());
    if (flags & (tcp_flags::syn | tcp_flags::fin)) ++from.next;
  }

  const PacketEnds ends_;  // a is the peer
  std::shared_ptr<TrafficFile> file_;
  PcapngTrafficLog::WallClock now_;
  Side peer_, host_;
  bool hostCloses_ = false;
};

}  // namespace

PcapngTrafficLog::PcapngTrafficLog(std::shared_ptr<TrafficFile> file, WallClock now)
    : file_(std::move(file)), now_(now) {
  file_->write(pcapngHeader());
}

std::unique_ptr<TrafficRecorder> PcapngTrafficLog::opened(const TrafficConnection& connection) {
  return std::make_unique<PcapngRecorder>(connection, file_, now_);
}

}  // namespace plait
