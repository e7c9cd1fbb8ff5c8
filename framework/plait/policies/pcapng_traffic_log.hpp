#pragma once

#include <chrono>
#include <plait/policies/traffic_file.hpp>
#include <plait/policies/traffic_log.hpp>

namespace plait {

/// Traffic as a capture file (pcapng) that Wireshark and tcpdump read. The packets are made up
/// around what was received and written: IP and TCP headers with the real addresses, sequence
/// numbers from 0, checksums, a handshake before and an end behind; the last packet has the reason
/// of the loss as its comment. So a capture needs no rights, and above TLS it shows plain text.
///
/// What is written is one packet for each piece up to 32 KiB, when it is written. Connections over
/// anything but IP are shown on 127.0.0.1, with ports of no meaning.
class PcapngTrafficLog final : public TrafficLog {
 public:
  using WallClock = std::chrono::system_clock::time_point (*)();

  /// `now` is what packets are stamped with.
  explicit PcapngTrafficLog(std::shared_ptr<TrafficFile> file,
                            WallClock now = std::chrono::system_clock::now);

  std::unique_ptr<TrafficRecorder> opened(const TrafficConnection& connection) override;
  void flush() override { file_->flush(); }

 private:
  std::shared_ptr<TrafficFile> file_;
  WallClock now_;
};

}  // namespace plait
