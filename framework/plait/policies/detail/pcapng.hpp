#pragma once

#include <chrono>
#include <plait/core/bytes.hpp>

namespace plait::detail {

// Blocks of a pcapng file (draft-ietf-opsawg-pcapng), with numbers in this machine's byte order, as
// the format allows.

/// What a file begins with: the section header, and one interface whose packets begin with an IP
/// header (LINKTYPE_RAW) and are stamped in nanoseconds.
Bytes pcapngHeader();

/// An enhanced packet block. An empty comment is none.
Bytes pcapngPacket(std::chrono::system_clock::time_point time, BytesView packet, BytesView comment);

}  // namespace plait::detail
