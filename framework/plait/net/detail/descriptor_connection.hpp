#pragma once

#include <plait/net/detail/connection.hpp>
#include <plait/net/detail/descriptor_end.hpp>

namespace plait::detail {

/// A connection over what is no socket of ours: pipes, terminals, files, serial lines, in any
/// combination. Its two ends are two descriptors, and either may be missing. When nobody reads what
/// is written any more, it is lost though nothing is written; if the other side has closed its
/// output too, behind what came from there. It has no addresses.
class DescriptorConnection final : public Connection {
 public:
  DescriptorConnection(Loop& loop, DescriptorEnd in, DescriptorEnd out,
                       const TransportOptions& options)
      : Connection(loop, options), in_(std::move(in)), out_(std::move(out)) {}

  /// Joins the loop and tells the protocol.
  void open(std::shared_ptr<Protocol> protocol);

  void startRead(bool busy) override;
  /// True when the other side has done something that the loop is about to notice.
  bool hasNews() const;

 private:
  SendResult send(const OutputBuffer& out) override;
  void readingChanged() override;
  void closeWriteSide() override;
  void close(CloseKind kind) override;
  Address mediumPeer() const override { return {}; }
  Address mediumHost() const override { return {}; }

  void readNow();
  void awaitInput();
  void endOfInput();
  bool inputEnds() const;
  void awaitRoom();
  void watchOutput();

  DescriptorEnd in_;
  DescriptorEnd out_;
  bool waiting_ = false;       // for input
  bool moreIsLikely_ = false;  // the last read filled the buffer
  bool outputBroken_ = false;  // to be told at the end of the input
};

}  // namespace plait::detail
