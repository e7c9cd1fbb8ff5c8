#pragma once

#include <functional>
#include <plait/line/line_receiver.hpp>

#include "../support/split_feed.hpp"

namespace plait::testing {

/// Notes "L:line", "R:raw data" and "X:rest of a line too long"; then does what the test says.
/// Closes the connection for a line too long unless `keepsOpen`.
struct RecordingLines : LineReceiver {
  using LineReceiver::LineReceiver;

  void lineReceived(BytesView line) override {
    const Bytes copy(line);
    events.push_back("L:" + copy);
    if (whenLine) whenLine(line);
    EXPECT_EQ(line, copy) << "the view has changed under the callback";
  }
  void rawDataReceived(BytesView data) override {
    const Bytes copy(data);
    events.push_back("R:" + copy);
    if (whenRaw) whenRaw(data);
    EXPECT_EQ(data, copy) << "the view has changed under the callback";
  }
  void lineLengthExceeded(BytesView rest) override {
    if (!keepsOpen) return LineReceiver::lineLengthExceeded(rest);
    events.push_back("X:" + Bytes(rest));
    if (whenExceeded) whenExceeded(rest);
  }

  std::function<void(BytesView)> whenLine, whenRaw, whenExceeded;
  Events events;
  bool keepsOpen = false;
};

}  // namespace plait::testing
