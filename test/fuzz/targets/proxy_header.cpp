// PROXY headers: any split gives the same header, or the same refusal, and the same rest; what is
// written of a header reads as the same, and is written as the same bytes again.
//
// Input: the sizes of pieces and what is not used of the feeding (3 choices), the limit, then the
// stream.
#include <optional>
#include <plait/endpoints/proxy_header_parser.hpp>

#include "../support/split_feed.hpp"
#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

struct Read {
  std::optional<ProxyHeader> header;
  Bytes rest;           // behind the header
  std::string refusal;  // the message, or empty
};

Read read(BytesView stream, std::size_t maxLength, const Feeding& feeding) {
  Read result;
  ProxyHeaderParser parser(maxLength);
  Pieces pieces(stream, feeding);
  try {
    while (!result.header && !pieces.empty()) result.header = parser.feed(pieces.next());
  } catch (const ProxyHeaderError& error) {
    result.refusal = error.what();
    check(!result.refusal.empty(), "a refusal without a reason");
    return result;
  }
  if (result.header) result.rest = parser.takeRest() + Bytes(pieces.rest());
  return result;
}

ProxyHeader readWhole(BytesView bytes, const char* what) {
  const Read again = read(bytes, 65535, Feeding{});
  if (!again.header)
    fail(fmt::format("{} is refused: {}\n  {}", what, again.refusal, shown(bytes)));
  checkEqual(again.rest, "", "there is something behind a header that was written");
  return *again.header;
}

/// A checksum is of the bytes it came with, an unspecified family has no medium.
ProxyHeader comparable(ProxyHeader header) {
  for (ProxyTLV& tlv : header.tlvs) {
    if (tlv.type == ProxyTLV::crc32c) tlv.value.clear();
  }
  if (header.source == Address()) header.medium = ProxyHeader::Medium::stream;
  return header;
}

void tryWriting(const ProxyHeader& header) {
  const Bytes v2 = proxyHeaderV2(header);
  const ProxyHeader again = readWhole(v2, "a header of version 2 that was written");
  check(comparable(again) == comparable(header), "a header, written in version 2 and read");
  checkEqual(proxyHeaderV2(again), v2, "a header, written in version 2 again");

  const ProxyHeader text = readWhole(proxyHeaderV1(header), "a line that was written");
  const bool expressible = !header.local && header.source.as<UNIXAddress>() == nullptr;
  check(text.source == (expressible ? header.source : Address()), "a source, written in a line");
  check(text.destination == (expressible ? header.destination : Address()),
        "a destination, written in a line");
}

void tryHeader(BytesView input) {
  Choices choices(input);
  const Feeding chosen = Feeding::chosenBy(choices);
  const std::size_t maxLength = 16 * choices.upTo(255);
  const BytesView stream = choices.rest();

  const Read whole = read(stream, maxLength, Feeding{});
  for (const Feeding& feeding : {Feeding{.first = 1, .second = 1}, chosen}) {
    const Read other = read(stream, maxLength, feeding);
    check(other.header == whole.header, "a header, cut otherwise");
    checkEqual(other.refusal, whole.refusal, "a refusal, cut otherwise");
    checkEqual(other.rest, whole.rest, "what is behind a header, cut otherwise");
  }
  if (whole.header) tryWriting(*whole.header);
}

const Target target("proxy_header", tryHeader);

}  // namespace
}  // namespace plait::fuzz
