#include <fmt/format.h>

#include <algorithm>
#include <plait/policies/text_traffic_log.hpp>

namespace plait {

namespace {

void appendEscaped(std::string& to, char c) {
  switch (c) {
    case '\r':
      to += "\\r";
      return;
    case '\n':
      to += "\\n";
      return;
    case '\t':
      to += "\\t";
      return;
    case '\\':
    case '\'':
      to += '\\';
      break;
  }
  if (c >= ' ' && c <= '~') {
    to += c;
  } else {
    to += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
}

/// As Python writes bytes.
std::string quoted(BytesView data) {
  std::string text = "b'";
  for (char c : data) appendEscaped(text, c);
  return text + '\'';
}

class TextRecorder final : public TrafficRecorder {
 public:
  TextRecorder(const TrafficConnection& connection, std::optional<std::size_t> lengthLimit,
               UniqueFunction<void(const std::string&)> say)
      : number_(connection.number), lengthLimit_(lengthLimit), say_(std::move(say)) {
    const auto& [number, peer, host, outgoing] = connection;
    say_(fmt::format("* {}: {} to {}", number, outgoing ? host : peer, outgoing ? peer : host));
  }

  void received(BytesView data) override {
    std::size_t left = limit();
    const std::string text = shown(data, left);
    say_(fmt::format("C {}: {}{}", number_, text, rest(data.size(), left)));
  }

  void written(std::span<const BytesView> pieces) override {
    std::size_t left = limit(), total = 0;
    std::string text;
    for (BytesView piece : pieces) {
      total += piece.size();
      if (left > 0 || piece.empty()) text += (text.empty() ? "" : ", ") + shown(piece, left);
    }
    if (pieces.size() == 1) {
      say_(fmt::format("S {}: {}{}", number_, text, rest(total, left)));
    } else {
      say_(fmt::format("SV {}: [{}]{}", number_, text, rest(total, left)));
    }
  }

  void losing() override { say_(fmt::format("S {}: *", number_)); }
  void lost(const Failure& reason) override {
    say_(fmt::format("C {}: {}", number_, reason.getErrorMessage()));
  }

 private:
  std::size_t limit() const { return lengthLimit_.value_or(std::string::npos); }
  /// As much as is `left`, which it counts down.
  static std::string shown(BytesView data, std::size_t& left) {
    const BytesView part = data.substr(0, left);
    left -= part.size();
    return quoted(part);
  }
  std::string rest(std::size_t total, std::size_t left) const {
    const std::size_t told = limit() - left;
    return told < total ? fmt::format("... and {} bytes more", total - told) : std::string();
  }

  const std::uint64_t number_;
  const std::optional<std::size_t> lengthLimit_;
  UniqueFunction<void(const std::string&)> say_;
};

}  // namespace

std::unique_ptr<TrafficRecorder> TextTrafficLog::recorder(
    const TrafficConnection& connection, std::optional<std::size_t> lengthLimit,
    UniqueFunction<void(const std::string&)> say) {
  return std::make_unique<TextRecorder>(connection, lengthLimit, std::move(say));
}

std::unique_ptr<TrafficRecorder> TextTrafficLog::opened(const TrafficConnection& connection) {
  return recorder(connection, lengthLimit_,
                  [file = file_](const std::string& line) { file->write(line + '\n'); });
}

}  // namespace plait
