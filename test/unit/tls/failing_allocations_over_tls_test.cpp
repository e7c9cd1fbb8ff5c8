#include <plait/testing/clock.hpp>
#include <plait/testing/memory_transport.hpp>
#include <plait/tls/start_tls.hpp>
#include <plait/tls/tls_factory.hpp>

#include "../net/support/short_of_memory.hpp"
#include "../support/test_certificates.hpp"
#include "conformance/tls_contexts.hpp"
#include "support/failing_openssl_allocations.hpp"

/// Every allocation of connections that speak TLS fails, one after the other, plait's and
/// OpenSSL's. Whatever fails: each end is told one loss, none takes what was cut short for all, and
/// the same contexts serve the next connection.
namespace plait::testing {
namespace {

/// How both ends of a conversation fared; outlives them.
struct Conversation {
  Tally served, connected;
  bool allCame = false;  // to the client
  int cleanEnds = 0;     // of two
  bool isWhole() const { return allCame || cleanEnds < 2; }
};

constexpr std::size_t kSize = 40'000;

struct TLSTalker : Protocol {
  explicit TLSTalker(Conversation& conversation) : conversation(conversation) {}
  void connectionMade() override {
    ++conversation.connected.made;
    transport().write(Bytes(kSize, 'x'));
  }
  void dataReceived(BytesView data) override {
    received += data.size();
    conversation.allCame = received == kSize;
    if (conversation.allCame) transport().loseConnection();
  }
  void connectionLost(const Failure& reason) override {
    ++conversation.connected.lost;
    conversation.cleanEnds += reason.check<ConnectionDone>() != nullptr;
  }
  Conversation& conversation;
  std::size_t received = 0;
};

struct TLSEchoer : Tallied<Echoer> {
  explicit TLSEchoer(Conversation& conversation)
      : Tallied(conversation.served), conversation(conversation) {}
  void connectionLost(const Failure& reason) override {
    conversation.cleanEnds += reason.check<ConnectionDone>() != nullptr;
    Tallied::connectionLost(reason);
  }
  Conversation& conversation;
};

std::shared_ptr<TLSContext> newClientContext() {
  return optionsForClientTLS("localhost", {.trust = testAuthority().trust()});
}

std::shared_ptr<Protocol> overTLS(const std::shared_ptr<TLSContext>& context,
                                  std::shared_ptr<Factory> factory) {
  return tlsServer(context, std::move(factory))->makeProtocol(Address());
}

void talk(Conversation& conversation, const std::shared_ptr<TLSContext>& client,
          std::size_t nth = 0, bool* happened = nullptr) {
  Clock clock;
  std::unique_ptr<MemoryConnection> connection;
  {
    const FailingAllocation failing(nth);
    try {
      auto there =
          overTLS(testServerContext(), Factory::forProtocol<TLSEchoer>(std::ref(conversation)));
      auto here = overTLS(client, Factory::forProtocol<TLSTalker>(std::ref(conversation)));
      connection = std::make_unique<MemoryConnection>(clock, std::move(there), std::move(here),
                                                      MemoryConnection::Options{.log = &quiet()});
      connection->flush();
    } catch (const std::bad_alloc&) {
    } catch (const TLSError&) {  // no session, for want of memory
    }
    if (happened) *happened = failing.happened();
  }
  if (connection) connection->flush();  // with memory again
}

void failEachAllocationOver(const std::function<std::shared_ptr<TLSContext>()>& client) {
  ASSERT_TRUE(opensslAllocationsFail());
  Conversation untouched;  // makes what is made once a process, too
  talk(untouched, client());
  ASSERT_TRUE(untouched.allCame && untouched.cleanEnds == 2);
  failEachAllocation([&](std::size_t nth) {
    const auto context = client();
    Conversation conversation;
    bool happened = false;
    talk(conversation, context, nth, &happened);
    EXPECT_EQ(conversation.served.lost, conversation.served.made);
    EXPECT_EQ(conversation.connected.lost, conversation.connected.made);
    EXPECT_TRUE(conversation.isWhole());

    if (nth % 50 == 0) {
      Conversation next;
      talk(next, context);
      EXPECT_TRUE(next.allCame && next.cleanEnds == 2);
    }
    return happened;
  });
}

TEST(FailingAllocationsOverTLS, OfAConversation) {
  failEachAllocationOver(newClientContext);
}

TEST(FailingAllocationsOverTLS, OfAConversationThatIsResumed) {
  failEachAllocationOver([] { return testClientContext(); });
}

/// Becomes a TLSTalker, or an echo, over TLS.
template <class P>
struct Starting : P {
  template <class... Args>
  explicit Starting(std::shared_ptr<TLSContext> with, Args&&... args)
      : P(std::forward<Args>(args)...), context(std::move(with)) {}
  void connectionMade() override {
    startTLS(*this, context);
    P::connectionMade();
  }
  std::shared_ptr<TLSContext> context;
};

TEST(FailingAllocationsOverTLS, OfTLSThatIsStarted) {
  failEachAllocation([](std::size_t nth) {
    Conversation conversation;
    const auto context = newClientContext();
    bool happened = false;
    {
      Clock clock;
      std::unique_ptr<MemoryConnection> connection;
      {
        const FailingAllocation failing(nth);
        try {
          connection = std::make_unique<MemoryConnection>(
              clock, std::make_shared<Starting<TLSEchoer>>(testServerContext(), conversation),
              std::make_shared<Starting<TLSTalker>>(context, conversation),
              MemoryConnection::Options{.log = &quiet()});
          connection->flush();
        } catch (const std::bad_alloc&) {
        }
        happened = failing.happened();
      }
      if (connection) connection->flush();
    }
    // Who could not even start was told of a connection only if it came to that.
    EXPECT_LE(conversation.served.made, conversation.served.lost);
    EXPECT_LE(conversation.connected.made, conversation.connected.lost);
    EXPECT_LE(conversation.served.lost, 1);
    EXPECT_LE(conversation.connected.lost, 1);
    EXPECT_TRUE(conversation.isWhole());
    return happened;
  });
}

TEST(FailingAllocationsOverTLS, OfContexts) {
  testServerCertificate();
  failEachAllocation([](std::size_t nth) {
    const FailingAllocation failing(nth);
    try {
      EXPECT_TRUE(serverTLS({.certificates = {testServerCertificate()}}));
      EXPECT_TRUE(newClientContext());
    } catch (const std::exception& error) {
      EXPECT_TRUE(failing.happened()) << error.what();
    }
    return failing.happened();
  });
}

}  // namespace
}  // namespace plait::testing
