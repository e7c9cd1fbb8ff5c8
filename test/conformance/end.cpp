#include "end.hpp"

#include <gtest/gtest.h>

#include <plait/core/stream_transport.hpp>

namespace plait::testing {

/// Brackets a callback.
class End::Call {
 public:
  Call(End& end, const std::string& what) : end_(end), outer_(end.running_) {
    EXPECT_EQ(outer_, "") << end.name << ": '" << what << "' came inside of a callback";
    EXPECT_EQ(end.lost, 0) << end.name << ": '" << what << "' came after the loss";
    EXPECT_FALSE(end.handedOver) << end.name << ": '" << what << "' came after the take-over";
    end.running_ = what;
    end.journal.push_back(what);
  }
  ~Call() { end_.running_ = outer_; }

 private:
  End& end_;
  std::string outer_;
};

namespace {

std::shared_ptr<Transport> sharedTransport(Protocol& protocol) {
  auto transport = protocol.switchTransport(nullptr);
  protocol.switchTransport(transport);
  return transport;
}

}  // namespace

class End::Script : public Protocol, public HandshakeListener {
 public:
  explicit Script(End& end) : end_(end) {}

  void connectionMade() override {
    const Call call(end_, "made");
    EXPECT_TRUE(transport().connected());
    end_.made = true;
    end_.transport = sharedTransport(*this);
    if (end_.whenMade) end_.whenMade();
  }
  void handshakeCompleted() override {
    EXPECT_EQ(end_.running_, "");
    end_.handshakeCompleted = true;
  }
  void dataReceived(BytesView data) override {
    const Call call(end_, "data");
    EXPECT_FALSE(data.empty());
    EXPECT_FALSE(transport().disconnecting()) << end_.name << " was given data while closing";
    EXPECT_FALSE(end_.paused_) << end_.name << " was given data while paused";
    end_.received += data;
    ++end_.chunks;
    if (end_.whenData) end_.whenData(data);
  }
  void connectionLost(const Failure& reason) override {
    const Call call(end_, "lost");
    EXPECT_FALSE(transport().connected());
    EXPECT_TRUE(transport().disconnecting());
    ++end_.lost;
    end_.reason = reason;
    if (end_.whenLost) end_.whenLost();
  }
  Bytes takeUnread() override { return std::exchange(end_.unread, {}); }
  std::string logPrefix() const override { return end_.name; }

 protected:
  End& end_;
};

class End::HalfCloseableScript final : public Script, public HalfCloseableProtocol {
 public:
  using Script::Script;

  void readConnectionLost() override {
    const Call call(end_, "read lost");
    if (end_.whenReadLost) end_.whenReadLost();
  }
  void writeConnectionLost() override {
    const Call call(end_, "write lost");
    if (end_.whenWriteLost) end_.whenWriteLost();
  }
};

std::shared_ptr<Protocol> End::makeProtocol() {
  std::shared_ptr<Protocol> made;
  if (halfCloseable) {
    made = std::make_shared<HalfCloseableScript>(*this);
  } else {
    made = std::make_shared<Script>(*this);
  }
  protocol = made;
  return made;
}

std::string End::lossReason() const {
  return reason ? reason->typeName() : "still connected";
}

void End::pause() {
  paused_ = true;
  transport->pauseProducing();
}

void End::resume() {
  paused_ = false;
  transport->resumeProducing();
}

}  // namespace plait::testing
