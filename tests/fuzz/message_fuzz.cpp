// A stream of messages, in two chunks: framing, then every decoder.
#include "tests/fuzz/decode_all.hpp"

using namespace pipit;
using namespace pipit::bgp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const net::ByteView input(data, size);
  const Negotiated session = fuzz::session_of(input);
  FrameBuffer buffer;
  buffer.set_max_message(session.max_message());
  const auto on_frame = [&](const Frame& frame) {
    fuzz::decode_frame(frame, session);
    return true;
  };
  const std::size_t half = size / 2;
  for (const net::ByteView chunk : {input.first(half), input.subspan(half)}) {
    if (const auto result = buffer.feed(chunk, on_frame); !result) {
      fuzz::check(result.error());
      break;
    }
    fuzz::require(buffer.held() < session.max_message());
  }
  return 0;
}
