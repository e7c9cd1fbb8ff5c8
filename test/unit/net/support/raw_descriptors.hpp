#pragma once

#include <plait/core/bytes.hpp>
#include <plait/net/detail/unique_descriptor.hpp>
#include <vector>

namespace plait::testing {

using Descriptor = detail::UniqueDescriptor;

/// Sends `data` and, with its first byte, `descriptors`: sendmsg(2), without a framework.
void sendDescriptors(int socket, BytesView data, const std::vector<int>& descriptors);

struct ReceivedDescriptors {
  Bytes data;
  std::vector<Descriptor> descriptors;
};
/// One recvmsg(2) of up to `most` bytes, of what is there.
ReceivedDescriptors receiveDescriptors(int socket, std::size_t most = 65536);

/// A pipe, to be told one from the other descriptors by what is written into it.
struct Pipe {
  Pipe();
  Descriptor reading;
  Descriptor writing;

  /// True when nobody has the writing end any more, and nothing is left to read.
  bool ended() const;
  /// What has been written and not read yet.
  Bytes take() const;
};

void writeInto(int descriptor, BytesView text);

}  // namespace plait::testing
