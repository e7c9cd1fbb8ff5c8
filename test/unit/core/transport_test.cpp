#include <gtest/gtest.h>

#include <plait/core/transport.hpp>
#include <plait/testing/string_transport.hpp>

namespace plait {
namespace {

using testing::StringTransport;

TEST(TransportOptions, HaveTheDocumentedDefaults) {
  const TransportOptions options;
  EXPECT_EQ(options.highWaterMark, 65536u);
  EXPECT_EQ(options.lowWaterMark, 0u);
  EXPECT_EQ(options.writeBufferLimit, 64u * 1024 * 1024);
  EXPECT_EQ(options.closeTimeout, std::chrono::seconds(30));
}

TEST(Transport, WritesEveryKindOfBytes) {
  StringTransport transport;
  transport.write("literal ");
  transport.write(BytesView("view "));
  transport.write(Bytes("owned "));
  transport.write(share("shared "));
  const BytesView pieces[] = {"a", "", "b"};
  transport.writeSequence(pieces);
  transport.writeSequence({"c", "d"});
  EXPECT_EQ(transport.value(), "literal view owned shared abcd");
}

TEST(Transport, WritesNulBytes) {
  StringTransport transport;
  transport.write(BytesView("a\0b", 3));
  EXPECT_EQ(transport.value(), BytesView("a\0b", 3));
}

TEST(Transport, LosesItsConnectionWhenItsProducingIsStopped) {
  StringTransport transport;
  static_cast<PushProducer&>(transport).stopProducing();
  EXPECT_TRUE(transport.disconnecting());
}

}  // namespace
}  // namespace plait
