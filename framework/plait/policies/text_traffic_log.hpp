#pragma once

#include <optional>
#include <plait/core/unique_function.hpp>
#include <plait/policies/traffic_file.hpp>
#include <plait/policies/traffic_log.hpp>

namespace plait {

/// Traffic as text, a line for each event, as Twisted's `TrafficLoggingFactory` writes it; one file
/// for all connections, which their numbers tell apart:
///
///     * 1: 127.0.0.1:50000 to 127.0.0.1:8000
///     C 1: b'hello\r\n'                       what came
///     S 1: b'Hello yourself!\r\n'             what was written
///     SV 1: [b'5:', b'hello', b',']           ... in several pieces
///     S 1: *                                  closed by the protocol
///     C 1: Connection was closed cleanly.     why it ended
class TextTrafficLog final : public TrafficLog {
 public:
  /// Of each line at most `lengthLimit` bytes of traffic are told, and how many more there were.
  explicit TextTrafficLog(std::shared_ptr<TrafficFile> file,
                          std::optional<std::size_t> lengthLimit = {})
      : file_(std::move(file)), lengthLimit_(lengthLimit) {}

  std::unique_ptr<TrafficRecorder> opened(const TrafficConnection& connection) override;
  void flush() override { file_->flush(); }

  /// The recorder of `connection` that gives its lines (without an end of line) to `say`.
  static std::unique_ptr<TrafficRecorder> recorder(const TrafficConnection& connection,
                                                   std::optional<std::size_t> lengthLimit,
                                                   UniqueFunction<void(const std::string&)> say);

 private:
  std::shared_ptr<TrafficFile> file_;
  std::optional<std::size_t> lengthLimit_;
};

}  // namespace plait
